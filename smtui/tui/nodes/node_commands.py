"""Does with the node under the cursor what the list's keys say: sessions, checks, the sign-in, copying."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.actions import SkipAction

from smtui.domain.shellquote import Unquotable
from smtui.domain.text import harmless
from smtui.tui.copying import copy_and_say, copy_selection, copy_word
from smtui.tui.nodes.node_rows import NodeRows
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.surroundings import Surroundings
from smtui.tui.parts.main_screen import MainScreen

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.plugin_grade import PluginPick
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk


class NodeCommands(MainScreen[None]):
    """What one can do with the node under the cursor, and while there is none."""

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._fleet = launcher.fleet
        self._rows = NodeRows(self._fleet.clock)
        self._surroundings = Surroundings(launcher, self._rows)

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Who and where: profile, account and Region, or how many places."""
        return self._surroundings.words()

    @property
    def plugin(self) -> tuple[PluginPick | None, bool]:
        """The plugin that sessions use, and whether it was looked for."""
        return self._surroundings.plugin, self._surroundings.plugin_sought

    def action_refresh_nodes(self) -> None:
        """Read the nodes now."""
        raise NotImplementedError

    def show_marks(self) -> None:
        """Show marks that have come or gone."""
        raise NotImplementedError

    @on(NodeTable.Chosen)
    def action_shell(self) -> None:
        """Start a shell on the selected node."""
        node = self._current_node()
        if node is not None:
            self.work(partial(self._desk.start_shell, node), "session")

    def action_forward(self) -> None:
        """Forward a port through the selected node."""
        node = self._current_node()
        if node is not None:
            self._desk.open_forwards(node)

    def action_preferences(self) -> None:
        """Show the session preferences of the selected node's place in words."""
        node = self.selected_node
        self._desk.open_rules(node.place if node is not None else self._launcher.fleet.places[0])

    def action_wait(self) -> None:
        """Wait until a session can start on the selected node."""
        node = self._current_node()
        if node is not None:
            self._desk.wait_for(node)

    def action_ask_access(self) -> None:
        """Ask for just-in-time access to the selected node."""
        node = self._current_node()
        if node is not None:
            self._desk.ask_access(node)

    def action_transfer(self) -> None:
        """Copy files to the selected node or from it."""
        node = self._current_node()
        if node is not None:
            self._desk.open_transfer(node)

    def action_new_tab(self) -> None:
        """Start a shell on the selected node in a new tab or window of this terminal."""
        node = self._current_node()
        if node is not None:
            self.work(partial(self._desk.open_tab, node), "new tab")

    def action_troubleshoot(self) -> None:
        """Check the selected node; without one, this machine."""
        self._desk.troubleshoot(self.selected_node)

    def action_document(self) -> None:
        """Choose a document for the selected node."""
        node = self._current_node()
        if node is not None:
            self._desk.open_documents(node)

    def action_ssh(self) -> None:
        """Run ssh to the selected node."""
        self._ssh(asks=False)

    def action_ssh_login(self) -> None:
        """Run ssh to the selected node, and ask for the user and key first."""
        self._ssh(asks=True)

    def _ssh(self, *, asks: bool) -> None:
        node = self._current_node()
        if node is not None:
            self.work(partial(self._desk.start_ssh, node, asks=asks), "session")

    def action_copy_id(self) -> None:
        """Copy the selected node's id."""
        if self.selected_node is not None:
            copy_word(self, self.selected_node.node_id)
        else:
            self.say("No node is selected.")

    def action_copy_info(self) -> None:
        """Copy what a bug report needs to say about this machine."""
        self.work(self._copy_info, "info", instead=True)

    async def _copy_info(self) -> None:
        from smtui.engine.configuration.bug_facts import bug_facts, fact_lines

        text = "\n".join(harmless(line) for line in fact_lines(await bug_facts(self._launcher)))
        self.app.copy_to_clipboard(text)
        self.say(f"Copied {text.count(chr(10)) + 1} lines for a bug report; they hold no secret and no name.")

    def action_copy_text(self) -> None:
        """`ctrl+c`: Textual's own would copy the same again and again, or nothing, and never let it quit."""
        if not copy_selection(self):
            raise SkipAction

    async def action_copy_command(self) -> None:
        """Copy the aws command that starts a shell on the selected node; without one, that which signs in."""
        from smtui.domain.request import SessionRequest
        from smtui.engine.shell_choice import platform_of, wanted_shell

        if self.selected_node is None and self._fleet.sign_in_command:
            await self.run_action("app.copy_sign_in")
            return
        node = self._current_node()
        if node is None:
            return
        plain, settings = SessionRequest(node.node_id, node.place), self._launcher.setup.settings.now
        try:
            copy_and_say(self, self._launcher.command_line(wanted_shell(settings, plain, platform_of(node))))
        except Unquotable as refused:
            self.say(f"Not copied: {refused}.", "warning")

    def action_mark(self) -> None:
        """Mark the selected node, or take its mark away, and go on to the next."""
        self._rows.turn_mark()
        self.query_one(NodeTable).move_to(self._rows.cursor + 1)
        self.show_marks()

    def action_mark_all(self) -> None:
        """Mark all nodes that are shown; again: none."""
        self._rows.mark_all()
        self.show_marks()

    def action_run(self) -> None:
        """Run a command on the marked nodes, else on the selected one."""
        from smtui.domain.request import READ_ONLY

        if self._launcher.setup.read_only:
            self.say(READ_ONLY, "warning")
            return
        nodes = self._rows.marked or tuple(filter(None, (self._current_node(),)))
        if out_of_reach := [node for node in nodes if node.no_way_in]:
            self._refuse_without_a_way_in(out_of_reach[0])
        elif nodes:
            self._desk.open_run(nodes)

    def action_organisation(self) -> None:
        """List the organisation's nodes too; again: only the chosen places."""
        if self._fleet.organisation is not None:
            self._fleet.drop_organisation()
            self.say("The organisation's nodes are not listed any more.")
        else:
            self.work(self._list_organisation, "organisation", instead=True)

    async def _list_organisation(self) -> None:
        from smtui.engine.listing.organisation_list import list_organisation

        self.say("The organisation's list is being read …")
        await list_organisation(self._launcher)
        if (listed := self._fleet.organisation) is not None:
            self.say(listed.outcome(), "warning" if listed.fault is not None else "information")

    @property
    def selected_node(self) -> Node | None:
        """The node under the cursor, if any."""
        return self._rows.current.node if self._rows.current else None

    def _refuse_without_a_way_in(self, node: Node) -> None:
        from smtui.topics.next_step import without_a_way_in

        self.say(f"{node.name or node.node_id}: {without_a_way_in(node.account)}", "warning")

    def _current_node(self) -> Node | None:
        """The selected node, if a session can be asked for there at all; says why not."""
        node = self.selected_node
        if node is None:
            self.say("No node is selected.")
        elif node.no_way_in:
            self._refuse_without_a_way_in(node)
            return None
        return node
