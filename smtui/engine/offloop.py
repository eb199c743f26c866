"""Runs blocking calls off the event loop, in daemon threads: quitting never waits for a call that hangs."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from smtui.domain.text import error_words, harmless

_T = TypeVar("_T")

DEFAULT_THREADS = 12
IDLE_SECONDS = 5.0
"""A thread that is idle for so long ends; another is made when one is needed."""

CHANGE_SECONDS = 5.0
"""How long the end of the program waits for changes that are under way."""

RELIEF_SECONDS = 0.25
MOST_THREADS = 100
"""A call that waits so long for a thread gets one more, up to so many: calls that hang must not hold up a file."""


class OffLoop:
    """A bounded pool of daemon threads. Unlike an executor's, they are not joined when the program ends."""

    def __init__(self, threads: int | None = None) -> None:
        """Never use more than `threads` threads; without a number, more than usual while calls hang."""
        self._limit = threads or DEFAULT_THREADS
        self._most = threads or MOST_THREADS
        self._jobs: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._idle = 0
        self._changed = threading.Condition()
        self._changes: dict[asyncio.Future[Any], str] = {}
        self._is_settling = False
        self._failed: list[str] = []
        """What went wrong with changes while the program ended, as sentences."""

    async def call(self, function: Callable[[], _T]) -> _T:
        """Run `function()` in a thread, return what it returns, raise what it raises.

        Cancelling stops the waiting, not the thread.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()

        def settle(result: _T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None only where _T allows it

        def job() -> None:
            result: _T | None = None
            error: BaseException | None = None
            try:
                result = function()
            except StopIteration as stop:
                error = RuntimeError(f"StopIteration escaped: {error_words(stop)}")  # a future cannot carry one
            except BaseException as raised:  # the waiting caller gets it, whatever it is
                error = raised
            _tell(loop, lambda: settle(result, error))

        if self._submit(job):
            return await future
        relief = loop.call_later(RELIEF_SECONDS, self._relieve, job)
        try:
            return await future
        finally:
            relief.cancel()

    def change(
        self, function: Callable[[], _T], what: str, why_not: Callable[[_T], str] = lambda _: ""
    ) -> Awaitable[_T]:
        """As `call`, for what changes something; it begins at once, awaited or not, and `settle` waits for it.

        `what` completes a sentence: `terminating session s-1`. It may hold text from outside. `why_not` returns a
        sentence where a result says that nothing was changed.
        """
        changing: asyncio.Future[_T] = asyncio.ensure_future(self.call(function))
        self._changes[changing] = what
        changing.add_done_callback(partial(self._changed_something, why_not))
        return asyncio.shield(changing)

    def _changed_something(self, why_not: Callable[[_T], str], changing: asyncio.Future[_T]) -> None:
        """Keep what went wrong while the program ends: no screen shows it any more."""
        what = self._changes.pop(changing)
        if not self._is_settling or changing.cancelled():
            return
        if (error := changing.exception()) is not None:
            self._failed.append(f"{what[:1].upper()}{what[1:]} failed: {error_words(error).removesuffix('.')}.")
        elif wrong := why_not(changing.result()):
            self._failed.append(wrong)

    async def settle(self, patience: float = CHANGE_SECONDS) -> None:
        """Wait until every change is done, at most `patience` seconds; what begins meanwhile is waited for as well."""
        self._is_settling = True
        deadline = asyncio.get_running_loop().time() + patience
        while self._changes and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._changes, timeout=left)
            await asyncio.sleep(0)  # lets the next one begin

    def unsettled(self) -> tuple[str, ...]:
        """A sentence for each change that failed or is still under way; call it after `settle`."""
        pending = (f"smtui ended before it was known to be done: {what}." for what in self._changes.values())
        return tuple(map(harmless, (*self._failed, *pending)))

    async def stream(self, iterate: Callable[[], Iterator[_T]]) -> AsyncIterator[_T]:
        """Run a blocking iterator in a thread and yield its items one by one, at the reader's pace."""
        iterator: Iterator[_T] | None = None
        end = object()

        def following() -> _T | object:
            nonlocal iterator
            if iterator is None:
                iterator = iterate()
            return next(iterator, end)

        while (item := await self.call(following)) is not end:
            yield item  # type: ignore[misc]  # `end` was just ruled out

    def _submit(self, job: Callable[[], None]) -> bool:
        """Queue a job; return whether a thread is free for it, or starts for it."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
            if self._idle >= len(self._jobs):
                return True
            if has_room := self._threads < self._limit:
                self._start_thread()
            return has_room

    def _relieve(self, job: Callable[[], None]) -> None:
        """Start one more thread if the job still waits: every other one may hang."""
        with self._changed:
            if job in self._jobs and self._threads < self._most:
                self._start_thread()

    def _start_thread(self) -> None:
        self._threads += 1
        threading.Thread(target=self._work, name=f"smtui-offloop-{self._threads}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            job()
            del job  # frees what it holds, perhaps a whole AWS client, before the next one comes

    def _next_job(self) -> Callable[[], None] | None:
        """The next job; None if none came for a while, and the thread may end.

        Takes the job and stops being idle under one lock. Otherwise the next call would count on this thread and wait
        as long as the job hangs.
        """
        with self._changed:
            self._idle += 1
            came = self._changed.wait_for(lambda: self._jobs, IDLE_SECONDS)
            self._idle -= 1
            if came:
                return self._jobs.popleft()
            self._threads -= 1
            return None


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Hand a result to the loop, unless the loop has closed."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        if not loop.is_closed():
            raise
