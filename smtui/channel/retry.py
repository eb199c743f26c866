"""Paces attempts: the time between them grows, and the last one has a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass


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
