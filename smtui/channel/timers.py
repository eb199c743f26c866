"""Times the attempts to connect, and the resending of unacknowledged messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Backoff:
    """A first attempt at once, then pauses that double from `first` to `longest`; none after `total`. Seconds."""

    first: float
    longest: float
    total: float

    async def attempts(self) -> AsyncIterator[int]:
        """Yield the number of each attempt, from 1; waits in between."""
        now = asyncio.get_running_loop().time
        end, wait, attempt = now() + self.total, self.first, 1
        while True:
            yield attempt
            if now() + wait > end:
                return
            await asyncio.sleep(wait)
            wait = min(self.longest, wait * 2)
            attempt += 1


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
