"""Shows the checks of a node or of this machine as results arrive, with evidence and fix beside them."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from smtui.diagnosis.check_result import CheckStatus, Diagnosis
from smtui.diagnosis.diagnosis_report import Report, ReportNotSaved, report_lines
from smtui.diagnosis.runbook import RUNBOOK
from smtui.domain.ages import age
from smtui.domain.node import Node
from smtui.domain.shellquote import offered_line
from smtui.domain.text import harmless
from smtui.engine.launcher import Launcher
from smtui.topics.failure import Failure
from smtui.topics.library import topic
from smtui.topics.machines import System, system_named
from smtui.topics.topic import Topic
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.desk import Desk
from smtui.tui.parts.cells import wrap
from smtui.tui.parts.key_footer import KeyFooter
from smtui.tui.parts.main_screen import MainScreen
from smtui.tui.parts.row_table import Look
from smtui.tui.parts.title_line import TitleLine
from smtui.tui.troubleshoot.automation_screen import show_automation
from smtui.tui.troubleshoot.check_chain import CheckChain
from smtui.tui.troubleshoot.check_detail import CheckDetail
from smtui.tui.troubleshoot.check_rows import OVERVIEW, PROBLEMS, cause, check_rows, tally
from smtui.tui.troubleshoot.diagnosis_lines import Page, check_page, overview_page
from smtui.tui.troubleshoot.examinations import Examined
from smtui.tui.troubleshoot.report_saved import ReportSavedScreen

DRAWING_SECONDS = 0.05
"""Results that arrive within this time are drawn together."""
TICK_SECONDS = 1.0
_HEAD_LINES = 2
_PADDING = 2
"""Cells that the padding of the heads takes from a line."""


class TroubleshootScreen(MainScreen[bool]):
    """Checks one subject; dismissed with True to try the failed session again."""

    AUTO_FOCUS = "CheckChain"
    SCOPE = Scope.TROUBLESHOOT
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TROUBLESHOOT, Scope.SIGN_IN, Scope.RETRY)

    title_line = getters.query_one(TitleLine)
    chain = getters.query_one(CheckChain)
    detail = getters.query_one(CheckDetail)

    def __init__(
        self, launcher: Launcher, desk: Desk, node: Node, examined: Examined, failure: Failure | None = None
    ) -> None:
        """A node without an id means this machine alone."""
        super().__init__()
        self._launcher = launcher
        self._desk = desk
        self._node = node
        self._examined = examined
        self._failure = failure
        self._machines = launcher.setup.machines(_system_of(node))
        self._label = node.name or node.node_id or "this machine"
        self._page = Page(0)
        self._chosen = 0
        self._drawing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TitleLine("Troubleshoot")
        yield Static(id="failure", markup=False)
        yield Static(id="verdict", markup=False)
        with Container(id="body"):
            yield CheckChain("failure" if self._failure else "verdict")
            yield CheckDetail()
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show what is known; run the checks unless fresh results are there."""
        self.set_class(self._failure is not None, "-failed")
        self._examined.look(self._something_came)
        self._stop_watching = self._launcher.automations.subscribe(self._something_came)
        self.set_interval(TICK_SECONDS, self._tick)
        self._draw()
        if self._failure is not None or not self._examined.fresh:
            self._run()
        else:
            self._lead()

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
        if not codes:
            self._lead()

    def _lead(self) -> None:
        """Move the cursor to the cause, unless the user has moved it."""
        found = cause(self._examined.diagnosis, self._failure)
        if found and self._stands and not self.chain.moved_by_hand:
            self.chain.go_to(found)

    def _something_came(self) -> None:
        if self._drawing is None and self._stands:
            self._drawing = self.set_timer(DRAWING_SECONDS, self._draw)

    # What is shown -----------------------------------------------------------------------------

    @property
    def _stands(self) -> bool:
        """Whether the widgets exist: a closing screen loses them before its timers."""
        return bool(self.query(TitleLine)) and bool(self.query(CheckChain)) and bool(self.query(CheckDetail))

    def _draw(self) -> None:
        self._drawing = None
        if not self._stands:
            return
        diagnosis = self._examined.diagnosis
        self.chain.show(check_rows(diagnosis, self._examined.order), tally(diagnosis))
        self._tick()
        self._draw_heads(diagnosis)
        if self._failure is not None:
            self._lead()
        self._draw_page()

    def _tick(self) -> None:
        if not self._stands:
            return
        made_at, now = self._examined.made_at, self._launcher.fleet.clock()
        when = f"{age(made_at, now)} ago" if made_at else "checking …"
        region = self._node.region or self._node.place.region
        parts = dict.fromkeys(part for part in (self._label, when, self._node.node_id, region) if part)
        self.title_line.words = " · ".join(parts)

    def _draw_heads(self, diagnosis: Diagnosis) -> None:
        if self._failure is not None:
            self._head("#failure", f"{self._failure.title}. {self._failure.words}")
        self._head("#verdict", self._sentence(diagnosis))

    def _head(self, selector: str, text: str) -> None:
        """Show at most two lines of this text; the page of the first row has all of it."""
        widget = self.query_one(selector, Static)
        lines = wrap(harmless(text), max(1, self.size.width - _PADDING))
        if len(lines) > _HEAD_LINES:
            lines = [*lines[: _HEAD_LINES - 1], f"{lines[_HEAD_LINES - 1][:-1]}…"]
        widget.update(Content("\n".join(lines)))

    def _sentence(self, diagnosis: Diagnosis) -> str:
        """Return the verdict; until a cause is found, with what the failure most likely means."""
        verdict, guess = diagnosis.verdict, ""
        if self._failure is not None and self._failure.topic:
            guess = f"Most likely: {topic(self._failure.topic).title}. "
        if verdict is None:
            broken = next((result for result in diagnosis.results if result.status is CheckStatus.FAIL), None)
            if broken is not None:
                found = cause(diagnosis, self._failure)
                return f"{'' if found else guess}So far: {broken.finding} Checking …"
            what = f"a session on {self._label} needs" if self._node.node_id else "sessions need on this machine"
            return f"{guess}Checking …" if guess else f"Checking what {what} …"
        return verdict.sentence if cause(diagnosis, self._failure) else f"{guess}{verdict.sentence}"

    def _draw_page(self) -> None:
        if not self.detail.size:
            return  # `Resized` follows the first layout
        diagnosis, code, width = self._examined.diagnosis, self.chain.current, self.detail.page_width
        explaining = cause(diagnosis, self._failure) if self._failure is not None else ""
        found = self._topic(diagnosis, code, explaining)
        if code == OVERVIEW:
            self._page = overview_page(
                self._failure, diagnosis, found, self._machines, self._chosen, width, explaining
            )  # fmt: skip
        else:
            of_failure = self._failure if code == explaining else None
            self._page = check_page(code, diagnosis, found, self._machines, self._chosen, width, of_failure)
        self._tell_of_automation(self._page)
        self.detail.show(code, self._page)

    def _topic(self, diagnosis: Diagnosis, code: str, explaining: str) -> Topic | None:
        """Return the topic of the row; the first row has that of the found cause, else that of the failure."""
        if code == OVERVIEW and not explaining:
            return topic(self._failure.topic) if self._failure is not None and self._failure.topic else None
        result = diagnosis.result(code or explaining)
        return topic(result.topic) if result is not None and result.topic else None

    def _tell_of_automation(self, page: Page) -> None:
        run = self._launcher.automations.run(self._node.node_id, self._node.place)
        if run is not None:
            page.title("AWS's own automation")
            page.write(run.sentence(), indent=2)
            page.write("Press a to see it.", Look.QUIET, indent=2)
        elif page.commands and self._node.node_id and not self._launcher.automations.objection(self._node.node_id):
            page.title("AWS's own automation")
            page.write(f"Press a to run {RUNBOOK}; it asks first.", Look.QUIET, indent=2)

    @on(CheckChain.Moved)
    def _moved(self) -> None:
        self._chosen = 0
        self._draw_page()

    @on(CheckChain.Paged)
    def _paged(self, event: CheckChain.Paged) -> None:
        self.detail.scroll_pages(event.pages)

    @on(CheckDetail.Resized)
    def _resized(self) -> None:
        self._draw_heads(self._examined.diagnosis)
        self._draw_page()

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what this failure and this node allow."""
        if action == "retry" or (action == "save" and parameters == (True,)):
            return self._failure is not None
        if action in ("sign_in", "copy_sign_in"):
            return bool(self._sign_in_command)
        if action == "automation":
            return bool(self._node.node_id)
        return True

    @property
    def _sign_in_command(self) -> tuple[str, ...]:
        """The sign-in that helps against the failure, else against what keeps a place from being read; else empty."""
        return (self._failure.sign_in if self._failure else ()) or self._launcher.fleet.sign_in_command

    def action_retry(self) -> None:
        """Close, and try the failed session again."""
        self.dismiss(True)

    def action_sign_in(self) -> None:
        """Sign in with the AWS CLI."""
        if command := self._sign_in_command:
            self.work(self._signed_in(command), "sign-in")

    async def _signed_in(self, command: tuple[str, ...]) -> None:
        """Sign in, then try again what failed, or check everything again."""
        if not await self._desk.sign_in(command):
            return
        self.app.run_worker(self._launcher.fleet.refresh(), group="list", exit_on_error=False)
        if self._failure is not None:
            self.dismiss(True)
        else:
            self._run()

    def action_copy_sign_in(self) -> None:
        """Copy the sign-in's command."""
        if command := self._sign_in_command:
            copy_and_say(self, offered_line(command))

    def action_fix(self, step: int) -> None:
        """Select the next (1) or previous (-1) command."""
        if self._page.commands:
            self._chosen = max(0, min(self._chosen + step, len(self._page.commands) - 1))
            self._draw_page()
            self.detail.show_line(self._page.command_lines[self._chosen])

    def action_copy_fix(self) -> None:
        """Copy the selected command, or say why there is none."""
        if self._page.commands:
            copy_and_say(self, self._page.commands[self._chosen].text)
        elif self._page.withheld:
            self.say(f"Not copied. {self._page.withheld[0].why}", "warning")
        else:
            self.say("There is no command to copy here. Press n for the next problem.", "warning")

    def action_copy_details(self) -> None:
        """Copy the text beside the chain; on the first row, the details of the failure."""
        of_failure = self._failure if self.chain.current == OVERVIEW else None
        self.app.copy_to_clipboard(of_failure.details() if of_failure is not None else self._page.text())
        self.notify("Details copied.", markup=False)

    def action_next_problem(self) -> None:
        """Move to the next check that found a problem."""
        rows = self.chain.rows
        here = next((index for index, row in enumerate(rows) if row.code == self.chain.current), 0)
        for row in (*rows[here + 1 :], *rows[:here]):
            if row.status in PROBLEMS:
                self.chain.go_to(row.code, by_hand=True)
                return
        self.say("No other problem was found.", "warning")

    def action_run_again(self) -> None:
        """Run the check under the cursor again."""
        code = self.chain.current
        if code == OVERVIEW:
            self.action_run_all()
        elif self._examined.running:
            self.say("The checks are still running.", "warning")
        else:
            self._run((code,))

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
        self.work(show_automation(self, self._launcher.automations, self._node), "automation", instead=True)

    def leave(self) -> None:
        """Close; nothing is tried again."""
        self.dismiss(False)

    def step_aside(self) -> None:
        """Answer no: what waits for the answer must get one."""
        self.leave()


def _system_of(node: Node) -> System:
    """The node's operating system, from Systems Manager, else from EC2; ANY where neither names it."""
    reported = (node.ssm.platform_type if node.ssm else "") or (node.ec2.platform_details if node.ec2 else "")
    return system_named(reported)
