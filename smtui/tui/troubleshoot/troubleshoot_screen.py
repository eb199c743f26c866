"""Shows the checks of a node or of this machine as results arrive, with evidence and fix beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from smtui.diagnosis.diagnosis_report import Report, ReportNotSaved, report_lines
from smtui.domain.ages import age
from smtui.topics.library import topic
from smtui.topics.topic import ReadyCommand, Topic
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.parts.working import SignInHelps
from smtui.tui.troubleshoot.access_offer import AccessOffer
from smtui.tui.troubleshoot.automation_lines import write_automation
from smtui.tui.troubleshoot.automation_screen import show_automation
from smtui.tui.troubleshoot.check_chain import CheckChain
from smtui.tui.troubleshoot.check_detail import CheckDetail
from smtui.tui.troubleshoot.check_rows import OVERVIEW, PROBLEMS, RowKind, cause, group_of
from smtui.tui.troubleshoot.diagnosis_lines import Reading, check_page, failure_page, group_page, system_of
from smtui.tui.troubleshoot.page_lines import Page
from smtui.tui.troubleshoot.report_saved import ReportSavedScreen
from smtui.tui.troubleshoot.verdict_line import failure_lines, headline, tallies, verdict_line

if TYPE_CHECKING:
    from smtui.diagnosis.check_result import Diagnosis
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher
    from smtui.topics.failure import Failure
    from smtui.tui.desk import Desk
    from smtui.tui.troubleshoot.examinations import Examined

DRAWING_SECONDS = 0.05
"""Results that arrive within this time are drawn together."""
TICK_SECONDS = 5.0
_PADDING = 2
"""Cells that the padding of the heads takes from a line."""
_HEAD_LINES = 3
"""Lines for the words of a failure; the page has them whole."""
_QUIET = "$muted"
_LONG_LABELS = {"check.problem": "Next problem", "check.save": "Save report"}


class TroubleshootScreen(SignInHelps, InnerScreen[bool]):
    """Checks one subject; dismissed with True to try the failed session again."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("troubleshoot.tcss")]
    AUTO_FOCUS = "CheckChain"
    SCOPE = Scope.TROUBLESHOOT
    NAME = "Troubleshoot"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TROUBLESHOOT, Scope.SIGN_IN, Scope.RETRY)

    chain = getters.query_one(CheckChain)
    detail = getters.query_one(CheckDetail)

    def __init__(
        self, launcher: Launcher, desk: Desk, node: Node, examined: Examined, failure: Failure | None = None
    ) -> None:
        """A node without an id means this machine alone."""
        super().__init__(launcher, desk)
        self._node = node
        self._examined = examined
        self._failure = failure
        self._machines = launcher.setup.machines(system_of(node))
        self._label = node.name or node.node_id or "this machine"
        self._page = Page(0)
        self._chosen: int | None = None
        self._causes_shown = False
        self._words_cut = False
        self._drawing: Timer | None = None
        self._access = AccessOffer(launcher, node, failure)

    def body(self) -> ComposeResult:
        """The failure, the verdict, the checks, and the page of the chosen one."""
        yield Static(id="failure", markup=False)
        yield Static(id="verdict", markup=False)
        with Container(id="body"):
            yield CheckChain(has_failed=self._failure is not None)
            yield CheckDetail()

    def on_mount(self) -> None:
        """Show what is known; run the checks unless fresh results are there."""
        self.set_class(self._failure is not None, "-failed")
        self._examined.look(self._something_came)
        self._stop_watching = self._launcher.automations.subscribe(self._something_came)
        self.set_interval(TICK_SECONDS, self._tick)
        self._draw()
        if self._failure is not None or not self._examined.fresh:
            self._run()
        self.work(self._access.look(self.refresh_bindings), "reading")

    def on_unmount(self) -> None:
        """Stop following the checks and the automation."""
        self._stop_watching()
        self._examined.look_away(self._something_came)

    # Examining ---------------------------------------------------------------------------------

    def _run(self, codes: Collection[str] = ()) -> None:
        self.work(self._examine(codes), "examination", instead=True)

    async def _examine(self, codes: Collection[str]) -> None:
        await self._examined.run(codes)
        self._draw()

    def _lead(self) -> None:
        """Move the cursor to the cause, unless the user has moved it."""
        if not self._stands or self.chain.moved_by_hand:
            return
        if found := self._explaining:
            self.chain.go_to(found)
        elif self._failure is None:
            self.chain.go_to_first_failure()

    def _something_came(self) -> None:
        if self._drawing is None and self._stands:
            self._drawing = self.set_timer(DRAWING_SECONDS, self._draw)

    # What is shown -----------------------------------------------------------------------------

    @property
    def _stands(self) -> bool:
        """Whether the widgets exist: a closing screen loses them before its timers."""
        return bool(self.query(CheckChain)) and bool(self.query(CheckDetail))

    def _draw(self) -> None:
        self._drawing = None
        if not self._stands:
            return
        diagnosis = self._examined.diagnosis
        self.chain.show(diagnosis, self._examined.order)
        self._draw_heads()
        self._lead()
        self._draw_page()

    def _tick(self) -> None:
        if self._stands:
            self.show_header()
            self._draw_verdict()

    def status_line(self) -> StatusLine:
        """Show news only: the page has every fact."""
        return StatusLine(least=0)

    @property
    def subject(self) -> str:
        """The node's name."""
        return self._label

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The node's id and its place."""
        node_id = "" if self._node.node_id == self._label else self._node.node_id
        region = self._node.region or self._node.place.region
        place = "/".join(part for part in (self._node.place.profile, region) if part)
        return (node_id, place), (node_id, region), (node_id,)

    def _draw_heads(self) -> None:
        if self._failure is not None:
            lines, self._words_cut = failure_lines(self._failure, max(1, self.size.width - _PADDING), _HEAD_LINES)
            text = [Content.styled(line, "$error") for line in lines]
            if self._failure.context:
                text.append(Content.styled(cell(f"  {self._failure.context}", self.size.width - _PADDING), _QUIET))
            self.query_one("#failure", Static).update(Content("\n").join(text))
        self._draw_verdict()

    def _draw_verdict(self) -> None:
        made_at, now = self._examined.made_at, self._launcher.fleet.clock()
        diagnosis = self._examined.diagnosis
        left = headline(diagnosis, self._explaining, has_failed=self._failure is not None)
        counts = tallies(diagnosis, age(made_at, now) if made_at else "")
        words, gap, count = verdict_line(left, counts, max(1, self.size.width - _PADDING))
        style = f"{left.look.role} bold" if left.look is not Look.QUIET else _QUIET
        self.query_one("#verdict", Static).update(
            Content.assemble((f"{left.mark} ", style), (words, "bold"), gap, (count, _QUIET))
        )

    @property
    def _explaining(self) -> str:
        """The code of the check that explains the failure, or without one what is wrong; empty if none is known."""
        return cause(self._examined.diagnosis, self._failure)

    def _draw_page(self) -> None:
        if not self.detail.size:
            return  # `Resized` follows the first layout
        self._page = self._written()
        write_automation(self._page, self._launcher.automations, self._node)
        self.detail.show(self.chain.current, self._page)
        self.refresh_bindings()

    def _written(self) -> Page:
        diagnosis, row = self._examined.diagnosis, self.chain.row
        reading = Reading(self._machines, self.detail.page_width, self._chosen, self._causes_shown)
        explaining = self._explaining if self._failure is not None else ""
        found = self._topic(diagnosis, row.code, explaining)
        if row.kind in (RowKind.PROBLEM, RowKind.CHECK):
            of_failure = self._failure if row.code == explaining else None
            return check_page(row.code, diagnosis, found, reading, of_failure)
        if row.kind is RowKind.OVERVIEW and self._failure is not None:
            return failure_page(
                self._failure, diagnosis, found, reading, explaining, words_cut=self._words_cut
            )  # fmt: skip
        return group_page(group_of(row.code, self._examined.order), diagnosis, reading.width)

    def _topic(self, diagnosis: Diagnosis, code: str, explaining: str) -> Topic | None:
        """Return the topic of the row; the first row has that of the found cause, else that of the failure."""
        if code == OVERVIEW and not explaining:
            return topic(self._failure.topic) if self._failure is not None and self._failure.topic else None
        result = diagnosis.result(code or explaining)
        return topic(result.topic) if result is not None and result.topic else None

    @on(CheckChain.Moved)
    def _moved(self) -> None:
        self._chosen = None
        self._draw_page()

    @on(CheckChain.Paged)
    def _paged(self, event: CheckChain.Paged) -> None:
        self.detail.scroll_pages(event.pages)

    @on(CheckDetail.Resized)
    def _resized(self) -> None:
        self._draw_heads()
        self._draw_page()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """The longer ones where there is room."""
        return _LONG_LABELS if self.has_class("-wide") else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what this failure and this node allow."""
        if action == "retry" or (action == "save" and parameters == (True,)):
            return self._failure is not None
        if action == "ask_access":
            return self._access.is_open
        choices = len(self._page.choices)
        of_the_row = {"fix": choices > 1, "copy_fix": choices > 0, "next_problem": self._next_problem is not None}
        if action in of_the_row:
            return of_the_row[action] or None
        if action == "automation":
            return bool(self._node.node_id)
        return True

    def sign_in_command(self) -> tuple[str, ...]:
        """Return what helps against the failure, else against what keeps a place from being read; else empty."""
        return (self._failure.sign_in if self._failure else ()) or self._launcher.fleet.sign_in_command

    def action_retry(self) -> None:
        """Close, and try the failed session again."""
        self.dismiss(True)

    def action_ask_access(self) -> None:
        """Ask for just-in-time access, and try again once it is granted."""
        self.work(self._ask_access, "access")

    async def _ask_access(self) -> None:
        if await self._desk.wants_access(self._node):
            self.dismiss(True)

    def signed_out_place(self) -> Place | None:
        """Return the node's place if its credentials made the session fail."""
        return self._node.place if self._failure is not None and self._failure.wants_sign_in else None

    def signed_in(self) -> None:
        """Try again what failed, or check everything again."""
        if self._failure is not None:
            self.dismiss(True)
        else:
            self._run()

    def action_fix(self, step: int) -> None:
        """Show the next (1) or previous (-1) fix; after the fixes come the commands that only read."""
        if self._page.choices:
            self._chosen = max(0, min(self._page.chosen + step, len(self._page.choices) - 1))
            self._draw_page()
            self.detail.show_line(self._page.chosen_line)

    def action_copy_fix(self) -> None:
        """Copy the shown fix, or say why there is none."""
        choice = self._page.choices[self._page.chosen] if self._page.choices else None
        if isinstance(choice, ReadyCommand):
            copy_and_say(self, choice.text)
        elif choice is not None:
            self.say(f"Not copied. {choice.why}", "warning")

    def action_fold(self) -> None:
        """Open or close the group of checks under the cursor, or the causes that the page has folded."""
        if self._page.folds and self.chain.row.kind is RowKind.PROBLEM:
            self._causes_shown = not self._causes_shown
            self._draw_page()
        else:
            self.chain.fold()

    def action_copy_details(self) -> None:
        """Copy the text beside the chain; on the first row, the details of the failure."""
        row = self.chain.row
        of_failure = self._failure if row.code == OVERVIEW else None
        head = f"{row.code} {row.word}\n" if row.kind in (RowKind.PROBLEM, RowKind.CHECK) else ""
        self.app.copy_to_clipboard(of_failure.details() if of_failure is not None else head + self._page.text())
        self.notify("Details copied.", markup=False)

    @property
    def _next_problem(self) -> int | None:
        """The row of the next check that found a problem, from the top again after the last; None without another."""
        if not self._stands:
            return None
        rows, here = list(enumerate(self.chain.rows)), self.chain.index
        found = (
            index
            for index, row in (*rows[here + 1 :], *rows[:here])
            if row.kind is RowKind.PROBLEM and row.status in PROBLEMS
        )
        return next(found, None)

    def action_next_problem(self) -> None:
        """Move to the next check that found a problem."""
        if (index := self._next_problem) is not None:
            self.chain.move_to(index)

    def action_run_again(self) -> None:
        """Run the check under the cursor again."""
        row = self.chain.row
        if self._examined.running and row.kind is not RowKind.OVERVIEW:
            self.say("The checks are still running.", "warning")
        elif row.kind in (RowKind.OVERVIEW, RowKind.ALL):
            self.action_run_all()
        else:
            self._run(group_of(row.code, self._examined.order) if row.kind is RowKind.GROUP else (row.code,))

    def action_run_all(self) -> None:
        """Run all checks again."""
        self._run()

    def action_save(self, with_output: bool) -> None:
        """Save a report, with or without the plugin's output."""
        self.work(self._save(with_output=with_output), "report")

    async def _save(self, *, with_output: bool) -> None:
        from smtui import __version__

        now = self._launcher.fleet.clock()
        report = Report(
            self._label, self._examined.diagnosis, now, __version__, self._failure, self._machines
        )  # fmt: skip
        try:
            lines = report_lines(report, topic, plugin_output=with_output)
            path = await self._launcher.save_report(report.file_name, lines)
        except ReportNotSaved as failed:
            self.say(str(failed), "warning")
            return
        self.app.push_screen(ReportSavedScreen(path, in_demo=self._launcher.setup.demo))

    def action_automation(self) -> None:
        """Show the run of AWS's automation, or ask whether to start one."""
        clock = self._launcher.fleet.clock
        self.work(show_automation(self, self._launcher.automations, self._node, clock), "automation", instead=True)

    def leave(self) -> None:
        """Close; nothing is tried again."""
        self.dismiss(False)

    def step_aside(self) -> None:
        """Answer no: what waits for the answer must get one."""
        self.leave()
