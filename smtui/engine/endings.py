"""Being told to end: SIGTERM, and SIGHUP from a terminal that closes, as one orderly step on the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LAST_RESORT_SECONDS = 2.0
"""After the orderly end. A screen whose terminal is gone can hang for ever in writing to it."""


@dataclass
class Ending:
    """Which signal came; 0 while none has."""

    signal: int = 0

    @property
    def exit_status(self) -> int:
        """What a shell would report."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def ended_by_signals(end: Callable[[], Awaitable[None]]) -> Iterator[Ending]:
    """Run `end` on the loop, once, for the first of these signals; what was ignored stays ignored (nohup).

    When the process is still there two seconds after `end`, it is ended by force.
    """
    ending = Ending()
    loop = asyncio.get_running_loop()
    numbers = [] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    ours = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
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

    for number in ours:
        loop.add_signal_handler(number, received, number)
    try:
        yield ending
    finally:
        for number in ours:
            loop.remove_signal_handler(number)


def _force_later(status: int) -> None:
    timer = threading.Timer(LAST_RESORT_SECONDS, os._exit, [status])
    timer.daemon = True
    timer.start()
