"""Ends sessions by themselves, as the service does: after the idle time-out, and at the maximum duration.

The service counts the idle time from the client's last input. Its exact words are not known; these are like those that
users quote.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

IDLE_WORDS = "Your session timed out due to inactivity."
LONGEST_WORDS = "Your session has reached its maximum duration."


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds; None for no limit."""

    idle: float | None = None
    longest: float | None = None


class Ending(Protocol):
    """A running session."""

    @property
    def last_input(self) -> float:
        """The event loop's time of the client's last input, or of the start."""

    def end_with(self, words: str) -> None:
        """End it; the client gets these words."""


async def enforce(session: Ending, limits: Limits) -> None:
    """End the session when its first limit is reached; returns then."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        dates = []
        if limits.idle is not None:
            dates.append((session.last_input + limits.idle, IDLE_WORDS))
        if limits.longest is not None:
            dates.append((began + limits.longest, LONGEST_WORDS))
        if not dates:
            return
        date, words = min(dates)
        if loop.time() >= date:
            session.end_with(words)
            return
        await asyncio.sleep(date - loop.time())
