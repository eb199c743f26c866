"""Asks before running AWS's own troubleshooting automation, then shows its steps and its results live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from smtui.diagnosis.runbook import RUNBOOK, AutomationQuestion, AutomationRun, LineMark, Progress
from smtui.domain.node import Node
from smtui.domain.place import Place
from smtui.domain.text import harmless
from smtui.engine.automation_runs import AutomationRefused, Automations
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import Question
from smtui.tui.parts.main_screen import MainScreen
from smtui.tui.parts.sheet import Sheet

_QUIET = "$muted"
_STEP_MARKS: Mapping[Progress, tuple[str, str]] = MappingProxyType(
    {
        Progress.WAITING: ("·", _QUIET),
        Progress.RUNNING: ("…", "$primary"),
        Progress.SUCCEEDED: ("✓", "$success"),
        Progress.FAILED: ("✕", "$error"),
        Progress.STOPPED: ("–", _QUIET),
    }
)
_LINE_MARKS: Mapping[LineMark, tuple[str, str]] = MappingProxyType(
    {
        LineMark.OK: ("✓ OK      ", "$success"),
        LineMark.INFO: ("i INFO    ", _QUIET),
        LineMark.WARNING: ("! WARNING ", "$warning"),
        LineMark.ERROR: ("✕ ERROR   ", "$error"),
        LineMark.NOTE: ("  ", _QUIET),
    }
)


async def show_automation(screen: MainScreen[bool], automations: Automations, node: Node) -> None:
    """Show the node's run; if there is none, ask first, then start one. Returns when the user goes back."""
    again = automations.run(node.node_id, node.place) is None
    while True:
        if again and not await _is_started(screen, automations, node):
            return
        again = await screen.app.push_screen_wait(AutomationScreen(automations, node.node_id, node.place))
        if not again:
            return


async def _is_started(screen: MainScreen[bool], automations: Automations, node: Node) -> bool:
    """Ask, and begin to start a run in the background; False if the user declined or it is not possible."""
    if objection := automations.objection(node.node_id):
        screen.say(objection, "warning")
        return False
    if not await screen.app.push_screen_wait(AutomationQuestionScreen(automations.question(node.node_id))):
        return False
    screen.work(_start(screen, automations, node), "starting")
    return True


async def _start(screen: MainScreen[bool], automations: Automations, node: Node) -> None:
    try:
        await automations.start(node.node_id, node.place)
    except AutomationRefused as refused:
        screen.say(str(refused), "warning")


class AutomationQuestionScreen(Question):
    """Says what the automation does, costs and needs; dismissed with True to run it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.AUTOMATION_QUESTION)

    def __init__(self, question: AutomationQuestion) -> None:
        permissions = ", ".join(question.permissions)
        super().__init__(
            question.title,
            (question.runs, "", question.cost, "", question.permissions_note, permissions, "", question.limits),
        )


class AutomationScreen(Sheet):
    """Shows a run; leaving does not stop it. Dismissed with True to run it again."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.AUTOMATION)

    def __init__(self, automations: Automations, node_id: str, place: Place) -> None:
        super().__init__(f"{RUNBOOK} for {node_id}")
        self._automations = automations
        self._node_id = node_id
        self._place = place

    @property
    def _run(self) -> AutomationRun | None:
        return self._automations.run(self._node_id, self._place)

    def on_mount(self) -> None:
        """Follow the runs of the automation."""
        self._stop_watching = self._automations.subscribe(self._show)
        self._show()

    def on_unmount(self) -> None:
        """Stop following."""
        self._stop_watching()

    def _show(self) -> None:
        for shown in self.query("ReadingPane Static").results(Static):  # none while the screen closes
            shown.update(self.text())
        self.refresh_bindings()

    def text(self) -> Content:
        """Return the state of the run."""
        run = self._run
        return Content("\n").join(_lines(run) if run else [Content("The automation is being started.")])

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the run allows now."""
        run = self._run
        if action == "stop":
            return run is not None and bool(run.execution_id) and not run.over
        if action == "again":
            return run is not None and run.over
        return True

    def action_stop(self) -> None:
        """Stop the run."""
        self.work(self._automations.stop(self._node_id, self._place), "stopping")

    def action_again(self) -> None:
        """Ask for another run."""
        self.dismiss(True)

    def action_copy_text(self) -> None:
        """Copy everything the run has reported."""
        self.app.copy_to_clipboard(self.text().plain)
        self.notify("Copied.", markup=False)


def _lines(run: AutomationRun) -> Iterator[Content]:
    yield Content.styled(harmless(run.sentence()), "bold")
    if run.failure is not None and run.failure.next_step:
        yield Content(harmless(run.failure.next_step))
    if run.notice:
        yield Content.styled(harmless(run.notice), "$warning")
    if run.steps:
        yield Content.empty()
    for step in run.steps:
        mark, style = _STEP_MARKS[step.progress]
        yield Content.assemble((f"{mark} ", style), harmless(step.name), (f"  {harmless(step.status)}", _QUIET))
        if step.finding:
            yield Content.styled(f"    {harmless(step.finding)}", _QUIET)
    for line in run.lines:
        if line.mark is LineMark.HEADING:
            yield Content.empty()
            yield Content.styled(harmless(line.text), "$primary")
        else:
            mark, style = _LINE_MARKS[line.mark]
            yield Content.assemble((mark, style), harmless(line.text))
    if run.console_url:
        yield Content.empty()
        yield Content.styled(run.console_url, _QUIET)
    if not run.over:
        yield Content.empty()
        yield Content.styled("It keeps running when you leave. Press a to come back.", _QUIET)
