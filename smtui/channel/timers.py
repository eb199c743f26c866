"""Times the attempts to connect, and the resending of unacknowledged messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

_LONGEST_STEP = 40.0
"""Seconds: more than a pause or an attempt takes, so whatever takes longer was interrupted by sleep."""

_SHORTEST_SLEEP = 5.0
"""Seconds by which the wall clock must get ahead of the loop's clock to show that the machine slept."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """A first attempt at once, then pauses that double from `first` to `longest`; none after `total`. Seconds.

    A machine that slept in between begins again: it has to find its network first. On some systems the loop's clock
    runs on during sleep, on others only the wall clock shows it.
    """

    first: float
    longest: float
    total: float

    async def attempts(self) -> AsyncIterator[int]:
        """Yield the number of each attempt, from 1; waits in between."""
        now = asyncio.get_running_loop().time
        end, wait, attempt = now() + self.total, self.first, 1
        while True:
            watch = SleepWatch(now)
            yield attempt
            if watch.slept():
                end, wait = now() + self.total, self.first
            if now() + wait > end:
                return
            watch = SleepWatch(now)
            await asyncio.sleep(wait)
            wait = min(self.longest, wait * 2)
            if watch.slept():
                end, wait = now() + self.total, self.first
            attempt += 1


class SleepWatch:
    """Finds out whether the machine slept since this was made. A wall clock that is set back shows nothing."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self._began_wall = time.time()

    def slept(self) -> bool:
        """Tell whether it slept."""
        passed = self._now() - self._began
        return passed > _LONGEST_STEP or time.time() - self._began_wall - passed > _SHORTEST_SLEEP


TO_CONNECT = Backoff(first=0.2, longest=2.0, total=6.0)
"""For a session that was just started: as long as the official plugin tries."""

TO_RESUME = Backoff(first=0.1, longest=5.0, total=60.0)
"""For a session that lost its connection: ten times the official plugin's 6 s, for a laptop that changes networks."""


class Sending(Protocol):
    """The sending side of a stream."""

    def next_due(self) -> float | None:
        """Return the loop's time at which something should be written again; None for never."""


class ResendTimer:
    """Calls `resend` once when something in `outgoing` is overdue. No timer runs while everything is acknowledged."""

    def __init__(self, outgoing: Sending, resend: Callable[[], None]) -> None:
        self._outgoing = outgoing
        self._resend = resend
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """Set the timer; call it whenever something was staged, acknowledged or resent."""
        due = self._outgoing.next_due()
        if due is None:
            return
        if self._timer is not None:
            # Acknowledgements usually move the due time later: the timer then finds nothing to do and is armed again.
            # It comes earlier if a lost message arrived at last and the one behind it is long overdue.
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._fire)

    def cancel(self) -> None:
        """Stop, until armed again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._resend()
