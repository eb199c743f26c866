"""Jobs that do nothing, and end when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from smtui.engine.jobs import Job, Jobs, JobState, JobView
from tests.engine.fakes import NOW


class FakeJob:
    """Shows what it is told to show."""

    def __init__(self, kind: str, shown: JobView) -> None:
        self.kind = kind
        self.shown = shown
        self.may_end = asyncio.Event()
        self.ended_as: dict[str, Any] = {"state": JobState.DONE, "word": "done"}

    def view(self, now: datetime) -> JobView:
        return self.shown

    async def run(self) -> None:
        try:
            await self.may_end.wait()
            self.shown = replace(self.shown, **self.ended_as)
        except asyncio.CancelledError:
            self.shown = replace(self.shown, state=JobState.STOPPED, word="stopped")

    def end(self, state: JobState, word: str, progress: str = "") -> None:
        self.ended_as = {"state": state, "word": word, "progress": progress}
        self.may_end.set()


class FakeTransfer(FakeJob):
    """A transfer, which can go on."""

    def __init__(self) -> None:
        view = JobView(
            JobState.RUNNING,
            "sending",
            "app.tar.gz → web-1:/tmp/app.tar.gz",
            "124 of 200 MB · 8.1 MB/s · 9 s left",
            0.62,
            if_stopped="can go on next time",
        )
        super().__init__("transfer", view)

    def again(self) -> Job:
        return FakeTransfer()


def fake_wait() -> FakeJob:
    title = "web-stopped: Online, not connected yet"
    return FakeJob("wait", JobView(JobState.RUNNING, "waiting", title, since=NOW - timedelta(seconds=48)))


def failed_transfer() -> FakeJob:
    """One that fails at once."""
    job = FakeJob("transfer", JobView(JobState.RUNNING, "sending", "logs.tar → db-1:/var/tmp/logs.tar"))
    job.end(JobState.FAILED, "failed", "No room on db-1: /var/tmp has 40 MB, 76 MB are to come.")
    return job


def started(jobs: Jobs, *made: Callable[[], FakeJob]) -> list[FakeJob]:
    """Start one of each; called on the event loop."""
    found = [make() for make in made]
    for job in found:
        jobs.start(job)
    return found
