"""Describes transfers, waits and runs for the list of what runs in the background: a row each, and sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from textual.notifications import SeverityLevel

from smtui.domain.ages import age
from smtui.engine.jobs import Job, JobState, JobView
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.progress import bar, percent, spinner
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.table_layout import TableColumn

JOBS_HEADING = TableRow("jobs", heading="transfers, waits, runs")
_BAR = 19
JOB_COLUMNS = (
    TableColumn("STATUS", 15),
    TableColumn("WHAT", 20, 60),
    TableColumn("PART", 6, right=True),
    TableColumn("BAR", _BAR, dispensable=2),
    TableColumn("PROGRESS", 40, 80, dispensable=1),
)
"""Their titles are not shown: those above them belong to tunnels."""
_MARKS = {
    JobState.DONE: ("✓", Look.GOOD),
    JobState.FAILED: ("✕", Look.BAD),
    JobState.STOPPED: ("○", Look.QUIET),
}


def job_key(job: Job) -> str:
    """Return the key of its row."""
    return f"job {id(job)}"


def job_row(job: Job, view: JobView, now: datetime) -> TableRow:
    """Return the row of a job."""
    mark, look = _MARKS.get(view.state, (spinner(now), Look.PLAIN))
    is_measured = view.fraction is not None and not view.state.over
    return TableRow(
        job_key(job),
        (
            (f"{mark} {view.word}", look),
            (view.title, Look.PLAIN),
            (_part(view, now), Look.PLAIN if is_measured else Look.QUIET),
            (bar(view.fraction or 0.0, _BAR) if is_measured else "", Look.ACCENT),
            (view.progress, Look.QUIET),
        ),
        other=True,
    )


def _part(view: JobView, now: datetime) -> str:
    if view.state.over:
        return ""
    if view.fraction is not None:
        return percent(view.fraction)
    return age(view.since, now) if view.since is not None else ""


def about_job(view: JobView) -> tuple[str, ...]:
    """Return two lines for what the row may have no room for, and a shorter form: what it is, and how far it is."""
    below = view.progress
    if not view.state.over and view.if_stopped:
        below = " · ".join(part for part in (view.progress, f"if stopped: {view.if_stopped}") if part)
    return tuple(dict.fromkeys(f"{view.title}\n{line}" for line in (below, view.progress)))


def quit_line(view: JobView) -> str:
    """Return the line of a running job for the question before quitting."""
    part = f", {percent(view.fraction)}" if view.fraction is not None else ""
    rest = f": {view.if_stopped}" if view.if_stopped else ""
    return f"⠋  {view.title}{part}{rest}"


def failed_jobs(jobs: Iterable[Job], now: datetime) -> int:
    """Return how many of them have failed."""
    return sum(job.view(now).state is JobState.FAILED for job in jobs)


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The end of a job, for the status line."""

    sentence: str
    severity: SeverityLevel


class JobNews:
    """Reports the end of each job once, unless its own screen shows it or the user stopped it."""

    def __init__(self) -> None:
        self._known_over: set[Job] = set()

    def collect(self, jobs: Iterable[Job], shown: Collection[object], now: datetime) -> list[JobEnd]:
        """Return what is new since the last call; `shown` are the jobs whose own screen is open."""
        found, over = [], {job: view for job in jobs if (view := job.view(now)).state.over}
        for job, view in over.items():
            if job not in self._known_over and job not in shown and view.state is not JobState.STOPPED:
                found.append(_end(view))
        self._known_over = set(over)
        return found


def _end(view: JobView) -> JobEnd:
    said = f"{view.title}: {view.word}" + (f": {view.progress}" if view.progress else "")
    said = said if said.endswith((".", "!", "?")) else f"{said}."
    return JobEnd(view.news or said, "error" if view.state is JobState.FAILED else "information")
