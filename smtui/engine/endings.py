"""Being told to end: SIGTERM, SIGHUP from a terminal that closes, SIGINT, as one orderly step on the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

LAST_RESORT_SECONDS = 2.0
"""After the orderly end. A screen whose terminal is gone can hang for ever in writing to it."""

STUCK_SECONDS = 1.0
"""After which impatience is no longer mistaken for one of the presses before."""


@dataclass
class Ending:
    """Which signal came; 0 while none has."""

    signal: int = 0

    @property
    def exit_status(self) -> int:
        """What a shell would report."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def ended_by_signals(end: Callable[[], Awaitable[None]], hurry: Callable[[], None]) -> Iterator[Ending]:
    """Run `end` on the loop, once, for the first of these signals; what was ignored stays ignored (nohup).

    Ctrl-C once more is `hurry`; where that does not help within a second, the next is KeyboardInterrupt. When the
    process is still there two seconds after `end`, it is ended by force.
    """
    ending = Ending()
    loop = asyncio.get_running_loop()
    tasks = []

    async def orderly() -> None:
        try:
            await end()
        finally:
            _force_later(ending.exit_status)

    def received(number: int) -> None:
        if not ending.signal:
            ending.signal = number
            tasks.append(loop.create_task(orderly()))

    with _on_signals(received), _on_ctrl_c(lambda: received(signal.SIGINT), hurry):
        yield ending


@contextmanager
def _on_signals(received: Callable[[int], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = [] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    ours = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    for number in ours:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number in ours:
            loop.remove_signal_handler(number)


@contextmanager
def _on_ctrl_c(first: Callable[[], None], second: Callable[[], None]) -> Iterator[None]:
    """Not by the loop, which would go on hearing it while a session's guard has taken SIGINT over."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    steps, since = [first, second], 0.0

    def pressed(number: int, frame: FrameType | None) -> None:
        nonlocal since
        if steps:
            since = time.monotonic()
            loop.call_soon_threadsafe(steps.pop(0))
        elif time.monotonic() - since > STUCK_SECONDS:
            raise KeyboardInterrupt

    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _force_later(status: int) -> None:
    timer = threading.Timer(LAST_RESORT_SECONDS, os._exit, [status])
    timer.daemon = True
    timer.start()
