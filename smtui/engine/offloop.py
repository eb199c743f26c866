"""Blocking calls beside the event loop, in daemon threads: quitting never waits for a call that hangs."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

_T = TypeVar("_T")

DEFAULT_THREADS = 12
IDLE_SECONDS = 5.0
"""A thread that has nothing to do for so long ends, and another is made when it is needed."""


class OffLoop:
    """A bounded crew of daemon threads. Unlike an executor's, they are not joined when the program ends."""

    def __init__(self, threads: int = DEFAULT_THREADS) -> None:
        self._limit = threads
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._threads = 0
        self._idle = 0
        self._lock = threading.Lock()

    async def call(self, function: Callable[[], _T]) -> _T:
        """Run `function()` in a thread and wait for it; cancelling stops the waiting, not the thread."""
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
                error = RuntimeError(f"StopIteration escaped: {stop}")  # a future cannot carry one
            except BaseException as raised:  # whatever it is belongs to the one who waits
                error = raised
            _tell(loop, lambda: settle(result, error))

        self._submit(job)
        return await future

    async def stream(self, iterate: Callable[[], Iterator[_T]]) -> AsyncIterator[_T]:
        """Run a blocking iterator in a thread and hand its items over one by one, at the reader's pace plus one."""
        iterator: Iterator[_T] | None = None
        end = object()

        def following() -> _T | object:
            nonlocal iterator
            if iterator is None:
                iterator = iterate()
            return next(iterator, end)

        while (item := await self.call(following)) is not end:
            yield item  # type: ignore[misc]  # `end` was just ruled out

    def _submit(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._jobs.put(job)
            if self._idle < self._jobs.qsize() and self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, name=f"smtui-offloop-{self._threads}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            job()
            del job  # what it holds, a whole AWS client perhaps, is not to wait for the next one

    def _next_job(self) -> Callable[[], None] | None:
        """None when the thread may end: nothing came for a while."""
        while True:
            with self._lock:
                self._idle += 1
            try:
                job = self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                job = None
            with self._lock:
                self._idle -= 1
                if job is None and self._jobs.empty():
                    self._threads -= 1
                    return None
            if job is not None:
                return job


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Hand a result to the loop; a loop that has closed meanwhile no longer wants it."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        if not loop.is_closed():
            raise
