"""Keeps what runs in the background beside tunnels (copies, waits, commands on many nodes), for the screen."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from datetime import datetime


class JobState(Enum):
    """How far a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on."""
        return self is not JobState.RUNNING


@dataclass(frozen=True, slots=True)
class JobView:
    """What a list shows of a job; all texts are harmless."""

    state: JobState
    word: str
    """What it does now, or how it ended, in one word: `sending`, `waiting`, `failed`."""
    title: str
    """What it is: `app.tar.gz → web-1:/tmp/app.tar.gz`."""
    progress: str = ""
    """How far it is: `124 of 200 MB · 8.1 MB/s · 9 s left`; or in a sentence why it failed."""
    fraction: float | None = None
    """The part that is done, 0 to 1, if that is known."""
    topic: str = ""
    """The id of the topic that helps; empty if none does."""
    since: datetime | None = None
    """When it began; how long ago that is stands where the part that is done would."""
    if_stopped: str = ""
    """What becomes of it if it is stopped now, in a few words: `can go on next time`."""
    news: str = ""
    """The sentence for the status line once it is over; empty for one made of title, word and progress."""


class Job(Protocol):
    """Something that runs in the background, in the event loop."""

    kind: str
    """In one word, for counts: `transfer`, `wait`, `run`."""

    def view(self, now: datetime) -> JobView:
        """What to show of it."""

    async def run(self) -> None:
        """Go through it once; it keeps how it ended, and raises nothing. Cancelling it stops it in order."""


@runtime_checkable
class RepeatableJob(Job, Protocol):
    """A job that can be done again, or go on, once it is over."""

    def again(self) -> Job:
        """Make the job that takes its place."""


def jobs_in_words(jobs: Iterable[Job]) -> str:
    """Return how many there are of each kind: `1 transfer, 2 waits`; empty for none."""
    count = Counter(job.kind for job in jobs)
    return ", ".join(f"{number} {kind}" if number == 1 else f"{number} {kind}s" for kind, number in count.items())


class Jobs:
    """The jobs of this smtui, in the order of their starts. For the event loop."""

    def __init__(self) -> None:
        self._jobs: dict[Job, asyncio.Task[None]] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def all(self) -> tuple[Job, ...]:
        """All that were started and not forgotten."""
        return tuple(self._jobs)

    @property
    def active(self) -> tuple[Job, ...]:
        """Those that are not over."""
        return tuple(job for job, task in self._jobs.items() if not task.done())

    def start(self, job: Job) -> None:
        """Run it in the background."""
        self._jobs[job] = asyncio.create_task(self._run(job.run()))
        self.changed()

    def repeat(self, job: RepeatableJob) -> None:
        """Put the job that goes on with it, or does it again, in its place, if it is over."""
        if not self._jobs[job].done():
            return
        new = job.again()
        task = asyncio.create_task(self._run(new.run()))
        self._jobs = {new if each is job else each: task if each is job else old for each, old in self._jobs.items()}
        self.changed()

    async def _run(self, running: Coroutine[None, None, None]) -> None:
        try:
            await running
        finally:
            asyncio.get_running_loop().call_soon(self.changed)

    def stop(self, job: Job) -> None:
        """Stop it; it is over soon."""
        self._cancel(self._jobs[job])

    def _cancel(self, task: asyncio.Task[None]) -> None:
        # A task that is cancelled before its first step never runs, and would not know how it ended.
        asyncio.get_running_loop().call_soon(task.cancel)

    async def over(self, job: Job) -> None:
        """Wait until it is over. Cancelling the waiting does not stop it."""
        await asyncio.wait([self._jobs[job]])

    def forget(self, job: Job) -> None:
        """Take one that is over off the list."""
        if self._jobs[job].done():
            del self._jobs[job]
            self.changed()

    async def settle(self) -> None:
        """Stop all, and wait until they are over: smtui ends."""
        tasks = [task for task in self._jobs.values() if not task.done()]
        for task in tasks:
            self._cancel(task)
        if tasks:
            await asyncio.wait(tasks)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each start and end; returns what ends that. Progress is to be read every second."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self) -> None:
        """Tell the listeners."""
        for listener in tuple(self._listeners):
            listener()
