"""Turns SIGTERM, SIGHUP (the terminal closed) and SIGINT into one orderly shutdown on the event loop.

A thread watches the shutdown, because the event loop can hang, for example while it writes to a terminal that shows
nothing any more. If the shutdown takes too long, the thread ends the process by force.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from types import FrameType

LOOP_STUCK_SECONDS = 4.0
"""From the signal to the start of the shutdown."""

ORDERLY_SECONDS = 20.0
"""For the shutdown, which takes about ten seconds if sessions and tunnels must be ended."""

LAST_RESORT_SECONDS = 5.0
"""For the rest of the program, after the shutdown."""

STUCK_SECONDS = 1.0
"""A Ctrl-C counts as a new one after so long, not as part of an earlier burst."""


@dataclass
class Ending:
    """Which signal came; 0 if none did."""

    signal: int = 0

    @property
    def exit_status(self) -> int:
        """128 plus the signal, as a shell reports it; 0 without a signal."""
        return 128 + self.signal if self.signal else 0


def _nothing() -> None:
    return


@contextmanager
def shut_down_on_signals(
    end: Callable[[], Awaitable[None]], hurry: Callable[[], None], restore: Callable[[], None] = _nothing
) -> Iterator[Ending]:
    """Run `end` on the loop once, for the first of these signals; a signal that was ignored stays ignored (nohup).

    A second Ctrl-C calls `hurry`; if that does not help within a second, the next raises KeyboardInterrupt. If the loop
    does not begin `end` in time, or the process still runs five seconds after it, another thread calls `restore` and
    ends the process by force.
    """
    ending = Ending()
    loop = asyncio.get_running_loop()
    tasks = []
    watch = _Watch(ending, restore)

    async def orderly() -> None:
        watch.report(_Stage.BEGUN)
        try:
            await end()
        finally:
            watch.report(_Stage.DONE)

    def begin() -> None:
        tasks.append(loop.create_task(orderly()))

    def received(number: int) -> None:
        if not ending.signal:
            ending.signal = number
            watch.report(_Stage.SIGNALLED)
            _on_loop(loop, begin)

    with _on_signals(received), _on_ctrl_c(received, lambda: _on_loop(loop, hurry)):
        try:
            yield ending
        finally:
            if not ending.signal:
                watch.report(_Stage.NOT_NEEDED)


def _on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Calls from a signal handler; a closed loop has nothing more to end."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call)


@contextmanager
def _on_signals(received: Callable[[int], None]) -> Iterator[None]:
    """Installs Python's handlers, not the loop's: they run even if the loop hangs, and a session's guard calls them."""
    numbers = [] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]

    def handler(number: int, frame: FrameType | None) -> None:
        received(number)

    before = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in ours:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number] or signal.SIG_DFL)


@contextmanager
def _on_ctrl_c(received: Callable[[int], None], hurry: Callable[[], None]) -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    presses, since = 0, 0.0

    def pressed(number: int, frame: FrameType | None) -> None:
        nonlocal presses, since
        presses += 1
        if presses == 1:
            received(number)
        elif presses == 2:
            hurry()
        elif time.monotonic() - since > STUCK_SECONDS:
            raise KeyboardInterrupt
        if presses <= 2:
            since = time.monotonic()

    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Stage(Enum):
    SIGNALLED = auto()
    BEGUN = auto()
    DONE = auto()
    NOT_NEEDED = auto()


_PATIENCE = {_Stage.SIGNALLED: LOOP_STUCK_SECONDS, _Stage.BEGUN: ORDERLY_SECONDS, _Stage.DONE: LAST_RESORT_SECONDS}


class _Watch:
    """Ends the process by force if the next stage does not come in time."""

    def __init__(self, ending: Ending, restore: Callable[[], None]) -> None:
        self._ending = ending
        self._restore = restore
        # A SimpleQueue may be put into from a signal handler that interrupts another put.
        self._stages: queue.SimpleQueue[_Stage] = queue.SimpleQueue()
        # Started here: a thread cannot be started safely from a signal handler.
        threading.Thread(target=self._watch, name="smtui-ending", daemon=True).start()

    def report(self, stage: _Stage) -> None:
        self._stages.put(stage)

    def _watch(self) -> None:
        stage = self._stages.get()
        while stage is not _Stage.NOT_NEEDED:
            try:
                stage = self._stages.get(timeout=_PATIENCE[stage])
            except queue.Empty:
                break
        else:
            return
        try:
            self._restore()
        finally:
            os._exit(self._ending.exit_status)
