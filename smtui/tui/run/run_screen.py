"""Shows a run of one command on many nodes: failures first, and beside them what the nodes have said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.domain.text import harmless
from smtui.runs.command_words import shown
from smtui.runs.run_maker import RunRefused
from smtui.runs.run_request import RunRequest, RunTarget, Way
from smtui.runs.run_words import summary, way_sentence
from smtui.tui.commands import Scope, bindings
from smtui.tui.lists.find_input import FindInput
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.page import PageText, Paragraphs
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.run.run_pages import (
    MOST_IN_WHOLE,
    MOST_SHOWN,
    found_lines,
    found_page,
    nodes_line,
    row_page,
    saved_lines,
)
from smtui.tui.run.run_rows import RUN_COLUMNS, RunRow, has_failed, next_row, progress, run_rows, table_row

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.runs.node_run import Line, NodeRun
    from smtui.runs.runner import Run
    from smtui.tui.desk import Desk

FIND_SECONDS = 0.15
"""A pause in typing, before the outputs are searched."""
BEAT_SECONDS = 0.25
"""The beat of the spinners; output that comes within one is drawn together."""


class RunPane(ReadingPane):
    """What the node under the cursor has said."""

    DEFAULT_CSS = """
    RunPane { background: $surface; scrollbar-gutter: stable; }
    """


class RunFind(FindInput, inherit_bindings=False):
    """What is sought in the output."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.RUN_FIND), *FindInput.TYPING]


class RunScreen(InnerScreen[None]):
    """Drawn anew while the run goes on. Leaving it leaves the run running, in the background."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("run.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.RUN
    NAME = "Run"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUN, Scope.SIGN_IN)

    table = getters.query_one(RowTable)
    pane = getters.query_one(RunPane)
    finding = getters.query_one(RunFind)

    def __init__(self, launcher: Launcher, desk: Desk, run: Run) -> None:
        super().__init__(launcher, desk)
        self._run = self.job = run
        self._alike = True
        self._rows: list[RunRow] = []
        self._sought = ""
        self._is_stale = True
        self._was_over = False
        self._changes = 0
        """Lines and states that have come so far."""
        self._page_of: tuple[object, Paragraphs] = (None, Paragraphs(0))
        """The last one, with what it was made from: a long output is not written again four times a second."""
        self._found: list[tuple[NodeRun, Line]] = []
        self._found_from: object = None
        """What was sought, in which state of the run."""
        self._ticking: Timer | None = None

    def body(self) -> ComposeResult:
        """How far it is, the nodes, and what they have said."""
        yield Static(id="progress", markup=False)
        with Container(id="body"):
            yield RowTable(RUN_COLUMNS)
            with RunPane():
                yield PageText(self._page)
        yield RunFind(compact=True, select_on_focus=False, placeholder="words in the output of all nodes")

    def status_line(self) -> StatusLine:
        """Show the way."""
        return StatusLine()

    @property
    def subject(self) -> str:
        """Where it runs."""
        nodes = self._run.nodes
        return f"on {nodes[0].label}" if len(nodes) == 1 else f"on {len(nodes)} nodes"

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The command."""
        return ((" ".join(shown(self._run.request.words).split()),),)

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Name what keys do now."""
        goes_on = not self._run.is_over
        labels = {"back": "Background" if goes_on else "Back"}
        if self._is_whole:
            labels |= {"run.output": "The nodes", "back": "The nodes"}
        elif self._sought:
            labels["back"] = "Clear the search"
        return labels

    def on_mount(self) -> None:
        """Watch the run and the clock."""
        self._stop_watching = self._run.subscribe(self._heard)
        self._ticking = self.set_interval(BEAT_SECONDS, self._tick)
        way = way_sentence(self._run.request)
        way = way[0].upper() + way[1:]
        self.status.variants = (way, way.partition(": ")[0], self._run.request.way.words)
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        """Watch it no more."""
        self._stop_watching()

    def on_resize(self, _: events.Resize) -> None:
        """Draw for the new width."""
        self.call_after_refresh(self._draw)

    def _heard(self, node: NodeRun, line: Line | None) -> None:
        self._is_stale = True
        self._changes += 1

    def _tick(self) -> None:
        is_over = self._run.is_over
        if not self.is_current or (not self._is_stale and is_over and self._was_over):
            return
        self._was_over = is_over
        self._draw()

    # What is shown -----------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self.query(RowTable):
            return
        self._is_stale = False
        now, beat = self._run.clock(), int(self._launcher.fleet.clock().timestamp() / BEAT_SECONDS)
        here = self._current.first if self._current is not None else None
        self._rows = run_rows(self._run, alike=self._alike)
        at = self._rows[0].key
        if self.table.index:  # a node that ends joins another row, and the cursor goes with it; the top stays the top
            at = next((row.key for row in self._rows if here is not None and here in row.nodes), at)
        rows = [table_row(row, now, beat) for row in self._rows]
        self.table.show(rows, from_top=at != self.table.current, at=at)
        self._draw_progress()
        self._seek()
        self._draw_pane()
        self.show_header()
        self.refresh_bindings()

    def _draw_progress(self) -> None:
        words = progress(self._run)
        good = self._run.is_over and all(node.is_good for node in self._run.nodes)
        failed = any(has_failed(row) for row in self._rows)
        look = "$success bold" if good else "$error bold" if failed and self._run.is_over else "bold"
        notes = "  ".join(harmless(note) for note in self._run.notes)
        parts = [(harmless(words), look), (f"  ! {notes}" if notes else "", "$warning")]
        self.query_one("#progress", Static).update(Content.assemble(*parts))

    def _draw_pane(self) -> None:
        for text in self.pane.query(PageText):
            before = self._page_of[1]
            if self._page(max(1, text.content_size.width)) is not before:
                text.refresh(layout=True)

    def _page(self, width: int) -> Paragraphs:
        row = self._current
        made_from = (self._changes, self._sought, id(self._found), row, width, self._is_whole)
        if self._page_of[0] != made_from:
            self._page_of = (made_from, self._written(row, width))
        return self._page_of[1]

    def _written(self, row: RunRow | None, width: int) -> Paragraphs:
        if self._sought:
            return found_page(self._found, self._sought, width)
        if row is None:
            return Paragraphs(width)
        return row_page(row, width, self._run.clock(), most=MOST_IN_WHOLE if self._is_whole else MOST_SHOWN)

    def _seek(self) -> None:
        """Search in a thread, unless that was done already."""
        if self._sought and self._found_from != (self._changes, self._sought):
            self._found_from = (self._changes, self._sought)
            self.work(self._search, "find", instead=True)

    async def _search(self) -> None:
        await asyncio.sleep(FIND_SECONDS)
        run, sought = self._run, self._sought
        self._found = await self._launcher.off_loop.call(lambda: list(found_lines(run, sought)))
        self._draw_pane()
        self.refresh_bindings()

    @property
    def _is_whole(self) -> bool:
        """Whether the output has the whole screen."""
        return self.has_class("-whole")

    @property
    def _current(self) -> RunRow | None:
        key = self.table.current if self.query(RowTable) else ""
        return next((row for row in self._rows if row.key == key), None)

    @on(RowTable.Moved)
    def _moved(self) -> None:
        self.pane.scroll_home(animate=False)
        self._draw_pane()
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense now."""
        if action == "stop":
            return True if not self._run.is_over and not self._run.is_stopping else None
        if action == "run_failed":
            return True if self._run.is_over and self._failed else None
        if action == "by_run_command":
            return self._run.request.way is Way.SESSIONS
        if action == "next":
            return True if self._next else None
        if action in ("output", "troubleshoot"):
            return True if self._current is not None else None
        return True

    @on(RowTable.Chosen)
    def action_output(self) -> None:
        """Show the whole output, or the nodes again."""
        self.toggle_class("-whole")
        (self.pane if self._is_whole else self.table).focus()
        self._draw_pane()
        self.refresh_bindings()

    def action_back(self) -> None:
        """Leave the whole output, else the search, else the screen; the run goes on in the background."""
        if self._is_whole:
            self.action_output()
            return
        if self._sought:
            self.finding.value = ""
            self.finding.remove_class("-used")
            return
        if not self._run.is_over:
            self.say(f"The run goes on in the background: {key_of('go-tunnels')} shows it.")
        self.leave()

    def action_alike(self) -> None:
        """Fold nodes with the same answer, or list each."""
        self._alike = not self._alike
        self._draw()

    def action_find(self) -> None:
        """Search the output of all nodes."""
        self.finding.add_class("-used")
        self.finding.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._sought = event.value.strip()
        self._seek()
        self.pane.scroll_home(animate=False)
        self._draw_pane()

    @on(RunFind.Done)
    def _find_done(self) -> None:
        self.finding.set_class(bool(self._sought), "-used")
        self.table.focus()
        self.refresh_bindings()

    @property
    def _next(self) -> str:
        here = self.table.current if self.query(RowTable) else ""
        if not self._sought:
            return next_row(self._rows, here, has_failed)
        having = {id(node) for node, _ in self._found}
        return next_row(self._rows, here, lambda row: any(id(node) in having for node in row.nodes))

    def action_next(self) -> None:
        """Go to the next node that failed, or that has what is sought."""
        if key := self._next:
            self.table.go_to(key)

    def action_stop(self) -> None:
        """End all that still runs."""
        self._run.stop()
        self._draw()

    @property
    def _failed(self) -> tuple[RunTarget, ...]:
        return tuple(node.target for node in self._run.nodes if not node.is_good)

    def action_run_failed(self) -> None:
        """Run the command again on the nodes where it did not exit with 0."""
        request = self._run.request
        self._begin(RunRequest(
            request.words, self._failed, request.way, request.parallel, request.timeout, reason=request.reason,
            bucket=request.bucket,
        ))  # fmt: skip

    def action_by_run_command(self) -> None:
        """Ask, then run the command by Run Command where it has not exited with 0."""
        self.work(self._by_run_command(), "asking")

    async def _by_run_command(self) -> None:
        targets = self._failed or tuple(node.target for node in self._run.nodes)
        lines = [
            nodes_line([target.label for target in targets]),
            "What still runs here is stopped first. Run Command goes on if smtui ends, AWS keeps a record of it, and "
            "its output is cut after 24,000 characters.",
        ]
        number = "1 node" if len(targets) == 1 else f"{len(targets)} nodes"
        if not await self.app.push_screen_wait(ConfirmScreen(f"Run it by Run Command on {number}?", lines, "Run it")):
            return
        self._run.stop()
        if self._run in self._launcher.jobs.all:
            await self._launcher.jobs.over(self._run)
        request = self._run.request
        self._begin(RunRequest(request.words, targets, Way.RUN_COMMAND, 50, request.timeout, reason=request.reason))

    def _begin(self, request: RunRequest) -> None:
        """Start another run, and show it here."""
        try:
            run = self._launcher.new_run(request)
        except RunRefused as refused:
            self.say(str(refused), "warning")
            return
        self._launcher.jobs.start(run)
        self.leave()
        self._desk.open_job(run)

    def action_troubleshoot(self) -> None:
        """Show the checks of the node under the cursor."""
        row = self._current
        if row is None:
            return
        target = row.first.target
        node = self._launcher.fleet.node_at(target.place, target.node_id)
        if node is not None:
            self._desk.troubleshoot(node)
        else:
            self.say(f"{target.label} is not listed any more.")

    def action_save(self) -> None:
        """Save all output in a file that only the user can read."""
        self.work(self._save(), "report")

    async def _save(self) -> None:
        now = self._launcher.fleet.clock()
        try:
            lines = await self._launcher.off_loop.call(lambda: saved_lines(self._run, now))
            path = await self._launcher.save_report(f"run-{now:%Y%m%d-%H%M%S}.txt", lines)
        except ReportNotSaved as failed:
            self.say(str(failed), "warning")
            return
        self.say(f"Saved {summary(self._run.nodes)} in {path}")
