"""Writes the question before AWS's own automation, and its run: warnings first, what is fine folded to a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.diagnosis.runbook import (
    RUNBOOK,
    AutomationExecution,
    AutomationQuestion,
    AutomationRun,
    FinalLine,
    LineMark,
    Progress,
)
from smtui.domain.ages import age
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.troubleshoot.check_rows import PENDING_MARK
from smtui.tui.troubleshoot.page_lines import Page

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.automation_runs import Automations

_STEP_MARKS = {
    Progress.WAITING: ("·", Look.QUIET),
    Progress.RUNNING: (PENDING_MARK, Look.ACCENT),
    Progress.SUCCEEDED: ("✓", Look.GOOD),
    Progress.FAILED: ("✕", Look.BAD),
    Progress.STOPPED: ("–", Look.QUIET),
}
_LINE_MARKS = {
    LineMark.OK: ("✓", Look.GOOD),
    LineMark.INFO: ("i", Look.QUIET),
    LineMark.WARNING: ("!", Look.WARN),
    LineMark.ERROR: ("✕", Look.BAD),
    LineMark.NOTE: (" ", Look.QUIET),
}
_WRONG = (LineMark.ERROR, LineMark.WARNING)
_CHECKS = re.compile(r"^(?:\d+\. *)?(?:Check(?:s|ing)?\s+(?:for\s+|if\s+)?(?:the\s+)?)?")
_LABEL = 9


def question_page(question: AutomationQuestion, width: int) -> Page:
    """Write what the automation does, costs, changes and needs."""
    page = Page(width)
    page.write(question.runs)
    services = Counter(permission.partition(":")[0] for permission in question.permissions)
    needed = ", ".join(f"{many} of {service}" for service, many in services.items())
    rows = {
        "cost": question.cost,
        "changes": question.changes,
        "needs": f"{len(question.permissions)} permissions of yours: {needed}",
        "limits": question.limits,
        "then": f"its steps are shown while it runs; {key_of('automation.stop')} stops it",
    }
    for label, words in rows.items():
        page.write(words, lead=label.ljust(_LABEL))
    return page


def run_page(run: AutomationRun | None, width: int, *, is_open: bool, now: datetime | None = None) -> Page:
    """Write the state of a run; `is_open` shows what is fine and the steps of one that is over, too.

    With `now` it says how long the run has taken so far.
    """
    page = Page(width)
    if run is None:
        page.write(f"{PENDING_MARK} The automation is being started.", Look.QUIET)
        return page
    execution = run.execution
    is_done = run.failure is None and execution is not None and execution.progress is Progress.SUCCEEDED
    if execution is not None and is_done:
        _result(page, execution, is_open=is_open)
    else:
        _state(page, run, now)
    if run.console_url and (is_open or not is_done):
        page.lines.append(())
        page.link(run.console_url)
    if not run.over:
        page.write(f"It keeps running when you leave; {key_of('check.automation')} comes back to it.", Look.QUIET)
    return page


def _state(page: Page, run: AutomationRun, now: datetime | None) -> None:
    """Write the steps of a run that is under way, or how it ended without a result."""
    mark, look = (PENDING_MARK, Look.ACCENT) if not run.over else ("✕", Look.BAD)
    if run.execution is not None and run.execution.progress is Progress.STOPPED:
        mark, look = "–", Look.QUIET
    words = run.sentence() if run.over else _progress(run.execution, now)
    page.write(words, lead=f"{mark} ", lead_look=look)
    if run.failure is not None and run.failure.next_step:
        page.write(run.failure.next_step, lead="  ")
    if run.notice:
        page.write(run.notice, Look.WARN, lead="! ", lead_look=Look.WARN)
    _steps(page, run.execution)


def _progress(execution: AutomationExecution | None, now: datetime | None) -> str:
    """Return how far it is, and for how long: `Step 4 of 11, CheckVpcEndpoints · 12 s`."""
    if execution is None:
        return "The automation is being started."
    done = sum(step.progress.over for step in execution.steps)
    if done == len(execution.steps):
        return "All steps are done." if execution.steps else "The automation waits for its turn."
    step = next((step for step in execution.steps if step.progress is Progress.RUNNING), execution.steps[done])
    lasted = f" · {age(execution.began, now)}" if execution.began and now else ""
    return f"Step {done + 1} of {len(execution.steps)}, {step.name}{lasted}"


def _result(page: Page, execution: AutomationExecution, *, is_open: bool) -> None:
    """Write the findings: errors, then warnings; then one line for all that is fine."""
    counts = Counter(line.mark for line in execution.lines)
    errors, warnings = counts[LineMark.ERROR], counts[LineMark.WARNING]
    mark, look = ("✕", Look.BAD) if errors else ("!", Look.WARN) if warnings else ("✓", Look.GOOD)
    named = [_count(warnings, "warning"), _count(errors, "error")]
    took = [f"took {seconds} s"] if (seconds := execution.seconds) is not None else []
    page.write(" · ".join([", ".join(reversed(named) if errors else named), *took]), lead=f"{mark} ", lead_look=look)
    for line in (line for mark in _WRONG for line in execution.lines if line.mark is mark):
        mark, look = _LINE_MARKS[line.mark]
        page.write(line.text, lead=f"{mark} ", lead_look=look)
    fine = fine_sections(execution.lines)
    steps = f"{len(execution.steps)} steps" if execution.steps else ""
    words = "; ".join(part for part in (f"{len(fine)} fine: {', '.join(fine)}" if fine else "", steps) if part)
    if words and not is_open:
        page.write(words, Look.QUIET, lead="✓ ", lead_look=Look.GOOD)
    if is_open:
        _all(page, execution)


def _all(page: Page, execution: AutomationExecution) -> None:
    for line in execution.lines:
        if line.mark is LineMark.HEADING:
            page.lines.append(())
            page.write(line.text, Look.ACCENT)
        elif line.mark not in _WRONG:
            mark, look = _LINE_MARKS[line.mark]
            page.write(line.text, Look.QUIET, lead=f"  {mark} ", lead_look=look)
    page.lines.append(())
    _steps(page, execution)


def _steps(page: Page, execution: AutomationExecution | None) -> None:
    steps = execution.steps if execution is not None else ()
    widest = max((cell_len(step.name) for step in steps), default=0)
    for step in steps:
        mark, look = _STEP_MARKS[step.progress]
        page.write(step.status, Look.QUIET, lead=f"  {mark} {step.name.ljust(widest)}  ", lead_look=look)
        if step.finding:
            page.write(step.finding, Look.QUIET, lead="    ")


def fine_sections(lines: Iterable[FinalLine]) -> list[str]:
    """Return what the sections without an error or a warning are about, in a few words each."""
    sections: list[tuple[str, list[LineMark]]] = []
    for line in lines:
        if line.mark is LineMark.HEADING:
            sections.append((line.text, []))
        elif sections:
            sections[-1][1].append(line.mark)
    return [_about(heading) for heading, marks in sections if LineMark.OK in marks and not set(marks) & set(_WRONG)]


def _about(heading: str) -> str:
    return _CHECKS.sub("", heading).rstrip(": ") or heading


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def write_automation(page: Page, automations: Automations, node: Node) -> None:
    """Say on a check's page that there is a run, or that one can be started."""
    run = automations.run(node.node_id, node.place)
    if run is not None:
        page.label("AUTOMATION")
        page.item(f"{run.sentence()} Press {key_of('check.automation')} to see it.")
    elif page.choices and node.node_id and not automations.objection(node.node_id):
        page.label("AUTOMATION")
        page.item(f"Press {key_of('check.automation')} to run {RUNBOOK}; it asks first.", Look.QUIET)
