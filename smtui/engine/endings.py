"""Being told to end: SIGTERM, and SIGHUP from a terminal that closes, as one orderly step on the event loop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Ending:
    """Which signal came; 0 while none has."""

    signal: int = 0

    @property
    def exit_status(self) -> int:
        """What a shell would report."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Iterator[Ending]:
    """Call `end` on the loop, once, for the first of these signals; what was ignored stays ignored (nohup)."""
    ending = Ending()
    loop = asyncio.get_running_loop()
    numbers = [] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    ours = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]

    def received(number: int) -> None:
        if not ending.signal:
            ending.signal = number
            end()

    for number in ours:
        loop.add_signal_handler(number, received, number)
    try:
        yield ending
    finally:
        for number in ours:
            loop.remove_signal_handler(number)
