"""The screen of the node list, and all commands that start from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer

from smtui.domain.fault import AwsCallFailed
from smtui.domain.settings.setting_table import REFRESH
from smtui.engine.launcher_parts import PreparationFailed
from smtui.tui.commands import Scope, bindings
from smtui.tui.lists.filter_bar import FilterBar, FilterInput
from smtui.tui.nodes.list_commands import ListCommands
from smtui.tui.nodes.node_columns import PLACE_COLUMNS
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.row_feed import RowFeed
from smtui.tui.nodes.status_words import status_words
from smtui.tui.parts.empty_state import EmptyState
from smtui.tui.parts.progress import BEAT_SECONDS

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.fleet import FleetChange, NodeKey
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk
    from smtui.tui.nodes.detail_pane import DetailPane
    from smtui.tui.terminal.handover import Handover

EXAMPLES = ("name, address, tag:env=prod, status:ready", "name, address, tag:env=prod", "name, tag:env=prod", "name")
"""Shown while no filter is typed: the first that fits."""
TICK_SECONDS = 5.0
"""Between two redraws of ages and looks for due work."""
DETAILS_OPEN_FROM = 160
"""Columns of a screen that shows the details by itself."""
LIST_BESIDE_FROM = 80
"""Columns of a screen that shows list and details together."""
WRITTEN_SECONDS = 0.05
"""From a paint until the terminal has it: threads that import would take the writer's turns."""
SETTLE_SECONDS = 0.15
"""How long the cursor and the list must rest before visible nodes are probed."""


class NodesScreen(ListCommands):
    """The first screen: header, filter, list, details, problems and keys."""

    AUTO_FOCUS = "NodeTable"
    SCOPE = Scope.NODES
    NAME = "Nodes"
    REFUSED = ("shell", "document", "forward", "run", "transfer", "new-tab")
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (140, "-wide"), (200, "-wider"), (280, "-widest")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.NODES, Scope.WHERE, Scope.SIGN_IN)

    empty = getters.query_one(EmptyState)

    def __init__(
        self,
        launcher: Launcher,
        handover: Handover,
        desk: Desk,
        initial_filter: str = "",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(launcher, desk, clock)
        self._handover = handover
        self._initial_filter = initial_filter
        self._feed = RowFeed(self._fleet, self._rows, self._resort_pace, self._rows_ready)
        self._surroundings.filter_text = initial_filter
        if "@" in initial_filter:  # it was read before
            self._rows.saved = launcher.place_book.filters.now.saved
        self._rows.set_filter(initial_filter)
        self._settling: Timer | None = None
        self._is_prepared = False
        self._details: DetailPane | None = None
        self._chose_details = False
        self._offered: tuple[int, ...] = ()

    def body(self) -> ComposeResult:
        """The filter, the list and the details."""
        yield FilterBar(EXAMPLES, self.make_filter_help)
        with Container(id="body"):
            with Container(id="list"):
                yield NodeTable(self._rows)
                yield EmptyState()
            if self.app.size.width >= DETAILS_OPEN_FROM:
                self._details = _new_details()
                yield self._details

    @property
    def details(self) -> DetailPane:
        """The details, made when they are first shown."""
        if self._details is None:
            self._details = _new_details()
            self.query_one("#body").mount(self._details)
        return self._details

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Name the way back from details that stand in the place of the list, and what one can do with marks."""
        labels = {"details": "List"} if self.has_class("-instead") else {}
        return labels | ({"run": f"Run on {self._rows.marks:,}"} if self._rows.marks else {})

    # Beginning ---------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show what is known; read the nodes after the first paint."""
        if self._initial_filter:
            self.filter_bar.set_text(self._initial_filter)
        self.show_wanted_columns()
        self._feed.fill()
        self.app.app_resume_signal.subscribe(self, self._resumed)
        self._fleet.subscribe(self._other_places)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Start all work; called after the first paint, which nothing may delay."""
        self.work(self._feed.run, "feed", instead=True)
        self.set_interval(TICK_SECONDS, self._tick)
        self.set_interval(BEAT_SECONDS, self._beat)
        if self._rows.view:
            self.set_timer(WRITTEN_SECONDS, self._begin_reading)
        else:
            self._begin_reading()

    def _begin_reading(self) -> None:
        self.work(self._fleet.restore, "last known list", instead=True)
        self.work(self.load_memory, "what is remembered", instead=True)
        self.work(self._prepare, "reading", instead=True)

    async def _prepare(self) -> None:
        try:
            await self._launcher.prepare()
        except PreparationFailed as failed:
            self._surroundings.trouble = str(failed)
            self.show_surroundings()
            return
        self._surroundings.trouble = ""
        self._is_prepared = True
        self.work(self.look_for_plugin, "plugin", instead=True)
        await self._read()

    def _other_places(self, change: FleetChange) -> None:
        if change.is_choice and self._is_prepared:
            self.work(self.look_for_plugin, "plugin", instead=True)

    async def look_for_plugin(self) -> None:
        """Find out which plugin sessions would use now."""
        try:
            self._surroundings.plugin = await self._launcher.inspect_plugin(self._fleet.places[0])
        except AwsCallFailed:
            self._surroundings.plugin = None  # the list says what is wrong with the place
        self._surroundings.plugin_sought = True
        self.show_surroundings()

    async def _read(self, *places: Place) -> None:
        reading = self._fleet.refresh(*places)
        self.call_later(self.show_surroundings)
        await reading

    # What is shown -----------------------------------------------------------------------------

    def _rows_ready(self, changed: frozenset[NodeKey] | None, sort: bool) -> None:
        """Show new facts; change the picture no more than necessary."""
        still, before = self.table.still_point, self._rows.view
        self._rows.settle(sort=sort)
        if changed is not None and self._rows.view == before:
            self.table.repaint(changed)
        else:
            self.table.show_rows(still)
            self.probe_soon()
        self.show_surroundings()

    def show_surroundings(self) -> None:
        """Show everything but the list itself."""
        self.show_header()
        self.status.variants = self._status()
        self.filter_bar.count = self._surroundings.count()
        problems = self._surroundings.problems()
        self.empty.show(self._surroundings.why_empty())
        self.problems.show(problems if len(self._rows) else ())
        selected, marks = self.selected_node is not None, self._rows.marks  # marks go with their rows
        offered = (self._desk.may_sign_in(), bool(self._fleet.sign_in_command), selected, marks)
        if self._offered != offered:
            self._offered = offered
            self.refresh_bindings()
        if self.has_class("-details"):
            node = self.selected_node
            sessions = self._desk.sessions_on(node) if node is not None else ""
            several = self._surroundings.several_places
            told = problems if node is not None else ()
            self.details.show(node, self._fleet.clock(), told, sessions, with_place=several)
        self._place_details()

    def _status(self) -> tuple[str, ...]:
        node, places = self.selected_node, self._surroundings.several_places
        return status_words(node, self._fleet.clock(), with_place=places) if node is not None else ()

    def _resumed(self, _: App[object]) -> None:
        """Catch up after a session, during which much may have changed."""
        self._tick()

    def _beat(self) -> None:
        """Turn the header's spinner."""
        if self._surroundings.waits_for_places and not self._handover.lent:
            self.show_header()

    def _tick(self) -> None:
        """Redraw ages and start due work."""
        if self._handover.lent:
            return
        self.show_surroundings()
        self.table.repaint()
        self._probe()
        interval = self._launcher.setup.settings.now[REFRESH]
        if interval is not None and (due := self._fleet.due(interval)):
            self.work(partial(self._read, *due), "reading", instead=True)

    def probe_soon(self) -> None:
        """Probe the visible nodes once cursor and list rest."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_SECONDS, self._probe)

    def _probe(self) -> None:
        """Probe the visible nodes; the fleet skips those that it knows well enough."""
        self._settling = None
        if self._handover.lent or not self.app.app_focus or not self._is_prepared:
            return
        looked_at = [row.key for row in self.table.visible_rows]
        if self._rows.current is not None:
            looked_at.insert(0, self._rows.current.key)
        self.work(partial(self._fleet.probe, dict.fromkeys(looked_at)), "probing", instead=True)

    @on(NodeTable.Moved)
    def _moved(self) -> None:
        self.show_surroundings()
        self.probe_soon()

    @on(NodeTable.Scrolled)
    def _scrolled(self) -> None:
        self.probe_soon()

    # Commands ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide commands that make no sense now from footer and palette."""
        if action == "filter":
            return not isinstance(self.focused, FilterInput)
        if action == "sort_by":
            return not any(parameters == (column.id,) for column in PLACE_COLUMNS) or self._surroundings.several_places
        if action == "forget_filter":
            return bool(self.saved_name)
        if action == "run" and self._rows.marks:
            return True
        if action in ("shell", "forward", "document", "run", "wait", "new_tab", "mark", "mark_all", "pin"):
            return True if self.selected_node is not None else None
        return True

    def show_marks(self) -> None:
        """Show marks that have come or gone."""
        self.table.repaint()
        self.show_surroundings()
        self.refresh_bindings()

    def action_filter(self) -> None:
        """Open the filter; details in the list's place leave it."""
        if self.has_class("-instead"):
            self.action_details()
        self.filter_bar.open()

    def on_resize(self) -> None:
        """Show the details where there is room for both, until the user decides."""
        if not self._chose_details:
            self.set_class(self.size.width >= DETAILS_OPEN_FROM, "-details")
            self.show_surroundings()

    def action_details(self) -> None:
        """Show or hide the details."""
        self._chose_details = True
        self.toggle_class("-details")
        if not self.has_class("-details"):
            self.table.focus()
        self.show_surroundings()

    def _place_details(self) -> None:
        """Show the details in the place of the list where there is no room for both."""
        has_no_room = self.size.width < LIST_BESIDE_FROM
        is_instead = self.has_class("-details") and has_no_room and self.selected_node is not None
        if is_instead != self.has_class("-instead"):
            self.set_class(is_instead, "-instead")
            self.refresh_bindings()
            self.call_after_refresh(self._focus_what_is_shown)

    def _focus_what_is_shown(self) -> None:
        if not isinstance(self.focused, FilterInput):
            (self.details if self.has_class("-instead") else self.table).focus()

    def action_clear(self) -> None:
        """Leave the details, else clear the filter, else hide the details."""
        if self._details is not None and self._details.has_focus and not self.has_class("-instead"):
            self.table.focus()
        elif self.filter_bar.text:
            self.filter_bar.set_text("")
        elif self.has_class("-details"):
            self.action_details()

    def action_refresh_nodes(self) -> None:
        """Read the nodes now, and look for the plugin again."""
        if not self._is_prepared:
            self.work(self._prepare, "reading", instead=True)
            return
        self.work(self._read, "reading", instead=True)
        self.work(self.look_for_plugin, "plugin", instead=True)


def _new_details() -> DetailPane:
    from smtui.tui.nodes.detail_pane import DetailPane

    return DetailPane()
