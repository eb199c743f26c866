"""Connects the features: opens their screens for one another, and imports each when it is first shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from smtui.tui.parts.header_layout import Lamps

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.domain.places.choice import Choice
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.preset import Preset
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.version import AgentAbility
    from smtui.engine.fleet import NodeKey
    from smtui.engine.jobs import Job
    from smtui.engine.launcher import Launcher
    from smtui.runs.runner import Run
    from smtui.sessions.access_wait import AccessWait
    from smtui.topics.failure import Failure
    from smtui.transfers.copy_job import CopyJob, CopyOrder
    from smtui.tui.app import SmtuiApp
    from smtui.tui.desk import PlacePane
    from smtui.tui.documents.document_screen import DocumentWish
    from smtui.tui.forward.forward_starter import ForwardStarter
    from smtui.tui.parts.main_screen import MainScreen
    from smtui.tui.places.place_chooser import PlaceChooser
    from smtui.tui.session.session_starter import SessionStarter
    from smtui.tui.sessions.ask_access_screen import AskAccessScreen
    from smtui.tui.sign_in.sign_in_watch import SignInWatch
    from smtui.tui.sign_in.signing_in import SigningIn
    from smtui.tui.ssh.ssh_starter import SshStarter
    from smtui.tui.terminal.handover import Handover
    from smtui.tui.transfer.transfer_starter import TransferStarter
    from smtui.tui.troubleshoot.troubleshooting import Troubleshooting
    from smtui.tui.wait.waits import Waits
    from smtui.tunnels.tunnel import TunnelView


class Features:
    """The app's `Desk`, and the screens that have a number."""

    def __init__(
        self,
        app: SmtuiApp,
        launcher: Launcher,
        handover: Handover,
        selected_node: Callable[[], Node | None],
        plugin: Callable[[], tuple[PluginPick | None, bool]],
    ) -> None:
        """`selected_node` is under the list's cursor; `plugin` is what sessions use, and whether it was looked for."""
        self._app = app
        self._launcher = launcher
        self._handover = handover
        self._selected_node = selected_node
        self._plugin = plugin
        self._watch: SignInWatch | None = None
        """None before the list was first painted."""

    def lamps(self) -> Lamps:
        """Return what every header shows: tunnels and plugin."""
        pick, is_sought = self._plugin()
        tunnels, running, failed = self._launcher.open_tunnels, 0, 0
        if tunnels is not None:
            from smtui.tunnels.tunnel import count_tunnels

            count = count_tunnels(tunnels.views())
            running, failed = count.active, count.failed
        if self._launcher.known_jobs:
            from smtui.tui.tunnels.job_rows import failed_jobs

            failed += failed_jobs(self._launcher.known_jobs, self._launcher.fleet.clock())
        jobs, sessions = len(self._launcher.active_jobs), self._own_sessions()
        return Lamps(
            running, failed, pick, is_sought, jobs, sessions, *(self._watch.lamps() if self._watch is not None else ())
        )

    def _own_sessions(self) -> int:
        """How many active sessions are the caller's; none while that is not known, since nothing is read for it."""
        account = self._launcher.known_account_sessions
        if account is None:
            return 0
        return sum(account.list.is_mine(session) is True for session in account.list.lately_active())

    def sessions_on(self, node: Node) -> str:
        """Return who has a session on the node, as far as that was read lately; empty for nobody."""
        account = self._launcher.known_account_sessions
        return account.list.words_on(node.place, node.node_id) if account is not None else ""

    def main_screen(self, where: str) -> MainScreen[Any]:
        """Make the screen that `Command.action` calls `tunnels`, `sessions`, `plugin` or `presets`."""
        if where == "tunnels":
            from smtui.tui.tunnels.tunnels_screen import TunnelsScreen

            return TunnelsScreen(self._launcher, self)
        if where == "sessions":
            from smtui.tui.sessions.sessions_screen import SessionsScreen

            return SessionsScreen(self._launcher, self)
        if where == "plugin":
            from smtui.tui.plugin.plugin_screen import PluginScreen

            return PluginScreen(self._launcher, self)
        from smtui.tui.presets.presets_screen import PresetsScreen

        return PresetsScreen(self._launcher, self)

    def go_to_node(self, key: NodeKey) -> None:
        """Go to the list of nodes, and put its cursor on this one."""
        self._app.go_to_node(key)

    # Jobs --------------------------------------------------------------------------------------

    @cached_property
    def _job_openers(self) -> Mapping[str, Callable[[Any], None]]:
        """By the job's kind."""
        return {
            "wait": self._waits.show,
            "run": self._show_run,
            "transfer": self._show_transfer,
            "request": self._show_request,
        }

    @cached_property
    def _waits(self) -> Waits:
        from smtui.tui.wait.waits import Waits

        return Waits(self._app, self._launcher, self)

    def wait_for(self, node: Node) -> None:
        """Wait until a session can start on the node, and show that; ask before its instance is started."""
        self._waits.wait_for(node)

    def opens_jobs(self, kind: str) -> bool:
        """Tell whether there is a screen for jobs of this kind."""
        return kind in self._job_openers

    def open_job(self, job: Job) -> None:
        """Show the screen that follows this job, if there is one for its kind."""
        if opener := self._job_openers.get(job.kind):
            opener(job)

    # Requests for access -----------------------------------------------------------------------

    def _asking(self, node: Node, *, is_start_denied: bool = False) -> AskAccessScreen:
        from smtui.tui.sessions.ask_access_screen import AskAccessScreen

        return AskAccessScreen(self._launcher, self, node, is_start_denied=is_start_denied)

    async def wants_access(self, node: Node) -> bool:
        """Ask for just-in-time access after a denied start; return True if it is granted and a shell wanted now."""
        return await self._app.push_screen_wait(self._asking(node, is_start_denied=True)) is True

    def ask_access(self, node: Node) -> None:
        """Ask for just-in-time access to the node, and start a shell once it is granted and wanted."""

        def start(wanted: bool | None) -> None:
            if wanted:
                self._app.work(self._sessions.shell(node), "session")

        self._app.push_screen(self._asking(node), start)

    def _show_request(self, job: AccessWait) -> None:
        from smtui.domain.node import known_by_id

        order = job.order
        node = self._launcher.fleet.node_at(order.place, order.node_id)
        self.ask_access(node or known_by_id(order.node_id, order.place))

    def open_requests(self, place: Place) -> None:
        """Show the requests for access in this place: one's own, and those that wait for one's decision."""
        from smtui.tui.sessions.requests_screen import RequestsScreen

        self._app.push_screen(RequestsScreen(self._launcher, self, place))

    async def plugin_changed(self) -> None:
        """Look which plugin sessions use now: another one was chosen, or one was installed."""
        await self._app.plugin_changed()

    def open_topic(self, topic_id: str) -> None:
        """Show a troubleshooting text."""
        from smtui.topics.library import topic
        from smtui.tui.palette.topic_screen import TopicScreen

        self._app.push_screen(TopicScreen(topic(topic_id), self._launcher.setup))

    def open_settings(self) -> None:
        """Show the settings, to change them."""
        from smtui.tui.settings.settings_screen import SettingsScreen

        self._app.push_screen(SettingsScreen(self._launcher, self._handover, self._app))

    # Sessions ----------------------------------------------------------------------------------

    @cached_property
    def _sessions(self) -> SessionStarter:
        from smtui.tui.session.session_starter import SessionStarter

        return SessionStarter(self._app, self._launcher, self._handover, self)

    async def start_shell(self, node: Node) -> None:
        """Start a shell on the node and stay until it has ended. Says what went wrong."""
        await self._sessions.shell(node)

    async def resume_session(self, session: AccountSession) -> None:
        """Go on with a shell of one's own and stay until it has ended. Says what went wrong."""
        await self._sessions.resume(session)

    def is_hopeless(self, node: Node) -> bool:
        """Return whether a session on the node will most likely fail, by its status."""
        return self._sessions.is_hopeless(node)

    async def wants_start(self, node: Node) -> bool:
        """Return whether to start a session on the node; ask the user where it will most likely fail."""
        return await self._sessions.is_wanted(node)

    @cached_property
    def _ssh(self) -> SshStarter:
        from smtui.tui.ssh.ssh_starter import SshStarter

        return SshStarter(self._app, self._launcher, self._handover, self)

    async def start_ssh(self, node: Node, *, asks: bool) -> None:
        """Run ssh to the node and stay until it has ended. Says what went wrong."""
        await self._ssh.run(node, asks=asks)

    async def open_tab(self, node: Node) -> None:
        """Start a shell on the node in a new tab of this terminal, and say with which command."""
        from smtui.tui.session.tab_starter import open_tab

        await open_tab(self._app, self._launcher, node)

    def open_documents(self, node: Node) -> None:
        """Show the session documents; start the one that the user chooses."""
        from smtui.tui.documents.document_screen import DocumentScreen

        self._app.push_screen(DocumentScreen(self._launcher, self, node), partial(self._start_document, node))

    def _start_document(self, node: Node, wish: DocumentWish | None) -> None:
        if wish is not None:
            self._app.work(self._sessions.start(wish.request, node, wish.document), "session")

    @cached_property
    def _signing_in(self) -> SigningIn:
        from smtui.tui.sign_in.signing_in import SigningIn

        return SigningIn(self._app, self._launcher, self._handover, self, self._app.environ)

    def watch_sign_ins(self) -> SignInWatch:
        """Look from now on which sign-ins have ended or end soon, and answer the questions for MFA codes."""
        if self._watch is None:
            from smtui.tui.sign_in.sign_in_watch import SignInWatch

            self._watch = SignInWatch(self._app, self._launcher, self._handover)
        return self._watch

    def may_sign_in(self) -> bool:
        """Return whether some place of the list is signed out, or will be soon."""
        return self._watch is not None and any(self._watch.lamps())

    async def browse_accounts(self, session: SsoSession | None) -> bool:
        """Browse the accounts and roles of an SSO session; None is the first of the configuration."""
        return await self._signing_in.browse(session)

    async def sign_in(self, place: Place | None, command: tuple[str, ...] = ()) -> bool:
        """Sign in to the place as its profile needs it; None is the place of the list that needs it most."""
        is_signed_in = await self._signing_in.sign_in(place, command)
        if is_signed_in:
            await self._app.read_after_sign_in()
        return is_signed_in

    def open_rules(self, place: Place) -> None:
        """Show the account's session preferences of the place in words."""
        from smtui.tui.sessions.rules_screen import RulesScreen

        self._app.push_screen(RulesScreen(self._launcher, place))

    # Places ------------------------------------------------------------------------------------

    @cached_property
    def _places(self) -> PlaceChooser:
        from smtui.tui.places.place_chooser import PlaceChooser

        return PlaceChooser(self._app, self._launcher, self)

    def open_places(self, pane: PlacePane) -> None:
        """Show profiles and Regions, with the cursor in this pane; list the nodes of those that the user chooses."""
        self._places.open(pane)

    def go_to_places(self, choice: Choice) -> None:
        """List the nodes of these profiles and Regions; where it names no Region, of those in use."""
        self._places.go_to(choice)

    # Runs --------------------------------------------------------------------------------------

    def open_run(self, nodes: Sequence[Node]) -> None:
        """Ask for a command to run on these nodes; run it and show what comes of it."""
        from smtui.tui.run.run_form_screen import RunFormScreen

        self._app.push_screen(RunFormScreen(self._launcher, nodes), self._start_run)

    def _start_run(self, run: Run | None) -> None:
        if run is not None:
            self._launcher.jobs.start(run)
            self.open_job(run)

    def _show_run(self, run: Run) -> None:
        from smtui.tui.run.run_screen import RunScreen

        self._app.push_screen(RunScreen(self._launcher, self, run))

    # Troubleshooting ---------------------------------------------------------------------------

    @cached_property
    def _troubleshooting(self) -> Troubleshooting:
        from smtui.tui.troubleshoot.troubleshooting import Troubleshooting

        return Troubleshooting(self._launcher, self)

    def troubleshoot(self, node: Node | None) -> None:
        """Show the checks of a node; None is this machine alone."""
        panes = self._troubleshooting
        self._app.push_screen(panes.of_this_machine() if node is None else panes.of_node(node))

    def troubleshoot_tunnel(self, tunnel: TunnelView) -> None:
        """Show the checks of a tunnel's node and what the tunnel said last; restart it if the user asks for that."""
        self._app.push_screen(self._troubleshooting.of_tunnel(tunnel), partial(self._retry_tunnel, tunnel))

    def _retry_tunnel(self, tunnel: TunnelView, wanted: bool | None) -> None:
        if wanted:
            self._app.work_to_the_end(self._restart(tunnel), "tunnels", f"Restarting the tunnel to {tunnel.far_end}")

    async def _restart(self, tunnel: TunnelView) -> None:
        from smtui.tunnels.supervisor import TunnelRefused

        try:
            await self._launcher.tunnels.restart(tunnel.tunnel_id)
        except TunnelRefused as refused:
            self._app.say(str(refused), "warning")

    async def wants_retry(self, failure: Failure, node: Node, needs: AgentAbility, document: str) -> bool:
        """Show what failed and why; return True if the user wants to try again."""
        return await self._app.push_screen_wait(self._troubleshooting.of_node(node, failure, needs, document))

    # Port forwards and presets -----------------------------------------------------------------

    @cached_property
    def _forwards(self) -> ForwardStarter:
        from smtui.tui.forward.forward_starter import ForwardStarter

        return ForwardStarter(self._app, self._launcher)

    def open_forwards(self, node: Node) -> None:
        """Show the presets and the form for forwarding a port through the node."""
        from smtui.tui.forward.forward_screen import ForwardScreen

        self._app.push_screen(ForwardScreen(self._launcher, self._forwards, self, node))

    @cached_property
    def _transfers(self) -> TransferStarter:
        from smtui.tui.transfer.transfer_starter import TransferStarter

        return TransferStarter(self._app, self._launcher)

    def open_transfer(self, node: Node) -> None:
        """Show the form for copying files to the node or from it."""
        if refusal := self._transfers.refusal():
            self._app.say(refusal, "warning")
        else:
            self._app.push_screen(self._transfers.form(node), partial(self._start_transfer, node))

    def _show_transfer(self, job: CopyJob) -> None:
        self._app.work(self._transfers.show(job), "transfers")

    def _start_transfer(self, node: Node, order: CopyOrder | None) -> None:
        if order is not None:
            self._app.work(self._transfers.run(node, order), "transfers")

    async def start_tunnel(self, forward: Forward) -> None:
        """Start a tunnel and say so; raises `TunnelRefused`."""
        await self._forwards.start(forward)

    async def start_preset(self, preset: Preset) -> None:
        """Start a preset through its target, else through the node selected in the list; raises `TunnelRefused`."""
        await self._forwards.start_preset(preset, self._selected_node())

    async def new_preset(self, like: Preset | None, texts: Mapping[str, str]) -> str:
        """Ask for a preset and save it; return its name, empty if none was saved."""
        from smtui.tui.presets.preset_form import key_texts
        from smtui.tui.presets.preset_form_screen import PresetFormScreen

        given = {**(key_texts(like) if like is not None else {}), **texts}
        return await self._app.push_screen_wait(PresetFormScreen(self._launcher, given, "Save as a preset")) or ""
