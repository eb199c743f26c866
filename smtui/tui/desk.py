"""Declares what a screen may ask the app for that belongs to another feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.domain.places.choice import Choice
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.preset import Preset
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.version import AgentAbility
    from smtui.engine.fleet import NodeKey
    from smtui.engine.jobs import Job
    from smtui.topics.failure import Failure
    from smtui.tui.parts.header_layout import Lamps
    from smtui.tunnels.tunnel import TunnelView


PlacePane = Literal["profiles", "regions"]
"""The panes of the screen of places."""


class Desk(Protocol):
    """The other features, as a screen sees them. Coroutines may ask the user questions: await them in a worker only.

    A plain method has opened its screen when it returns, so that the next key goes there.
    """

    def lamps(self) -> Lamps:
        """Return what every header shows: tunnels, sessions and plugin."""

    def sessions_on(self, node: Node) -> str:
        """Return who has a session on the node, as far as that was read lately; empty for nobody."""

    async def start_shell(self, node: Node) -> None:
        """Start a shell on the node and stay until it has ended. Says what went wrong."""

    async def resume_session(self, session: AccountSession) -> None:
        """Go on with a shell of one's own and stay until it has ended. Says what went wrong."""

    def is_hopeless(self, node: Node) -> bool:
        """Return whether a session on the node will most likely fail, by its status."""

    async def wants_start(self, node: Node) -> bool:
        """Return whether to start a session on the node; ask the user where it will most likely fail."""

    async def start_ssh(self, node: Node, *, asks: bool) -> None:
        """Run ssh to the node and stay until it has ended. Says what went wrong.

        It asks for user and key where none is remembered, or if it `asks` in any case.
        """

    async def open_tab(self, node: Node) -> None:
        """Start a shell on the node in a new tab of this terminal, and say with which command."""

    def open_documents(self, node: Node) -> None:
        """Show the session documents; start the one that the user chooses."""

    def open_forwards(self, node: Node) -> None:
        """Show the presets and the form for forwarding a port through the node."""

    def open_run(self, nodes: Sequence[Node]) -> None:
        """Ask for a command to run on these nodes; run it and show what comes of it."""

    def open_rules(self, place: Place) -> None:
        """Show the account's session preferences of the place in words."""

    def open_places(self, pane: PlacePane) -> None:
        """Show profiles and Regions, with the cursor in this pane; list the nodes of those that the user chooses."""

    def go_to_places(self, choice: Choice) -> None:
        """List the nodes of these profiles and Regions; where it names no Region, of those in use."""

    def open_transfer(self, node: Node) -> None:
        """Show the form for copying files to the node or from it."""

    def troubleshoot(self, node: Node | None) -> None:
        """Show the checks of a node; None is this machine alone."""

    def troubleshoot_tunnel(self, tunnel: TunnelView) -> None:
        """Show the checks of a tunnel's node and what the tunnel said last; restart it if the user asks for that."""

    async def wants_retry(self, failure: Failure, node: Node, needs: AgentAbility, document: str) -> bool:
        """Show what failed and why; return True if the user wants to try again.

        `needs` is what the failed session asks of the agent, `document` the name of its document, empty for none.
        """

    async def start_tunnel(self, forward: Forward) -> None:
        """Start a tunnel and say so; raises `TunnelRefused`."""

    async def start_preset(self, preset: Preset) -> None:
        """Start a preset through its target, else through the node selected in the list; raises `TunnelRefused`."""

    async def new_preset(self, like: Preset | None, texts: Mapping[str, str]) -> str:
        """Ask for a preset and save it; return its name, empty if none was saved.

        The form starts with the fields of `like`, replaced by `texts` (by the keys of the presets' file).
        """

    def go_to_node(self, key: NodeKey) -> None:
        """Go to the list of nodes, and put its cursor on this one."""

    def wait_for(self, node: Node) -> None:
        """Wait until a session can start on the node, and show that; ask before its instance is started."""

    def opens_jobs(self, kind: str) -> bool:
        """Tell whether there is a screen for jobs of this kind."""

    def open_job(self, job: Job) -> None:
        """Show the screen that follows this job, if there is one for its kind.

        While a screen with the attribute `job` is open, the end of that job is not reported in the status line.
        """

    async def wants_access(self, node: Node) -> bool:
        """Ask for just-in-time access after a denied start; return True if it is granted and a shell wanted now."""

    def ask_access(self, node: Node) -> None:
        """Ask for just-in-time access to the node, and start a shell once it is granted and wanted."""

    def open_requests(self, place: Place) -> None:
        """Show the requests for access in this place: one's own, and those that wait for one's decision."""

    async def plugin_changed(self) -> None:
        """Look which plugin sessions use now: another one was chosen, or one was installed."""

    def open_topic(self, topic_id: str) -> None:
        """Show a troubleshooting text."""

    def may_sign_in(self) -> bool:
        """Return whether some place of the list is signed out, or will be soon."""

    async def browse_accounts(self, session: SsoSession | None) -> bool:
        """Browse the accounts and roles of an SSO session; None is the first of the configuration.

        Return True once the list shows the nodes of a role, or a profile was written.
        """

    async def sign_in(self, place: Place | None, command: tuple[str, ...] = ()) -> bool:
        """Sign in to the place as its profile needs it; None is the place of the list that needs it most.

        `command` is the AWS CLI's, which is run where the configuration does not tell what the place needs.
        Return True once the user is signed in; the lists then refresh by themselves. Says what went wrong.
        """
