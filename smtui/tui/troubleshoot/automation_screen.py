"""Asks before running AWS's own troubleshooting automation, then shows its steps and its results live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.diagnosis.runbook import RUNBOOK, AutomationQuestion, AutomationRun, Progress
from smtui.engine.automation_runs import AutomationRefused, Automations
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import Question
from smtui.tui.parts.page import PageText, redraw_pages
from smtui.tui.parts.sheet import Sheet
from smtui.tui.troubleshoot.automation_lines import question_page, run_page

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.tui.parts.main_screen import MainScreen

COPIED_WIDTH = 100
TICK_SECONDS = 5.0
"""How often the time that the run has taken is drawn anew."""


async def show_automation(
    screen: MainScreen[bool], automations: Automations, node: Node, clock: Callable[[], datetime]
) -> None:
    """Show the node's run; if there is none, ask first, then start one. Returns when the user goes back."""
    again = automations.run(node.node_id, node.place) is None
    while True:
        if again and not await _is_started(screen, automations, node):
            return
        again = await screen.app.push_screen_wait(AutomationScreen(automations, node, clock))
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
    footer_labels = MappingProxyType({"back": "No"})

    def __init__(self, question: AutomationQuestion) -> None:
        super().__init__(question.title, ())
        self._question = question

    def body(self) -> ComposeResult:
        """Compose the rows of the question."""
        yield PageText(lambda width: question_page(self._question, width))


class AutomationScreen(Sheet):
    """Shows a run; leaving does not stop it. Dismissed with True to run it again."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.AUTOMATION)
    DEFAULT_CSS = """
    AutomationScreen > #sheet { width: 68; height: 22; }  /* as high as a run with all its steps: it must not grow */
    """

    def __init__(self, automations: Automations, node: Node, clock: Callable[[], datetime]) -> None:
        super().__init__(f"{RUNBOOK} · {node.name or node.node_id}")
        self._clock = clock
        self._automations = automations
        self._node = node
        self._is_open = False

    @property
    def _run(self) -> AutomationRun | None:
        return self._automations.run(self._node.node_id, self._node.place)

    def body(self) -> ComposeResult:
        """Compose the text of the run."""
        yield PageText(lambda width: run_page(self._run, width, is_open=self._is_open, now=self._clock()))

    def on_mount(self) -> None:
        """Follow the runs of the automation, and the time."""
        self.set_interval(TICK_SECONDS, self._show)
        self._stop_watching = self._automations.subscribe(self._show)

    def on_unmount(self) -> None:
        """Stop following."""
        self._stop_watching()

    def _show(self) -> None:
        redraw_pages(self)
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What `space` does now."""
        return {"automation.fold": "Close"} if self._is_open else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the run allows now."""
        run = self._run
        if action == "stop":
            return run is not None and bool(run.execution_id) and not run.over
        if action == "again":
            return run is not None and run.over
        if action == "fold":
            return run is not None and run.execution is not None and run.execution.progress is Progress.SUCCEEDED
        return True

    def action_stop(self) -> None:
        """Stop the run."""
        self.work(self._automations.stop(self._node.node_id, self._node.place), "stopping")

    def action_again(self) -> None:
        """Ask for another run."""
        self.dismiss(True)

    def action_fold(self) -> None:
        """Show or hide what is fine."""
        self._is_open = not self._is_open
        self._show()

    def action_copy_text(self) -> None:
        """Copy everything the run has reported."""
        self.app.copy_to_clipboard(run_page(self._run, COPIED_WIDTH, is_open=True).text())
        self.notify("Copied.", markup=False)
