"""Decides which places are read at the same time: few, in order, and none that does not answer holds up another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 8
"""Places that are read at the same time; more finish no sooner, because parsing the answers takes the time."""
MOST_SLOW = 24
"""Places that may go on without a turn, each with up to three calls that hang."""
MUTE_SECONDS = 2.0
"""A place without an answer for so long gives its turn to the next."""


class Turn:
    """The turn of one place."""

    def __init__(self) -> None:
        self.is_slow = False
        """Whether the turn was given to another place, while the calls of this one go on."""
        self._has_answered = False

    def answered(self) -> None:
        """Note an answer: the place keeps its turn."""
        self._has_answered = True

    def take_answer(self) -> bool:
        """Tell whether there was an answer since the last look."""
        has_answered, self._has_answered = self._has_answered, False
        return has_answered


class Turns:
    """Grants turns in the order of asking; places that failed the last time come after all others."""

    def __init__(self, at_once: int = AT_ONCE, most_slow: int = MOST_SLOW, mute_seconds: float = MUTE_SECONDS) -> None:
        self._at_once = at_once
        self._most_slow = most_slow
        self._mute_seconds = mute_seconds
        self._taken = 0
        self._slow = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._waiting_last: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, last: bool = False) -> AsyncIterator[Turn]:
        """Wait for a turn and keep it for the block; `last` lets all others go first."""
        await self._granted(self._waiting_last if last else self._waiting)
        turn = Turn()
        watching = asyncio.create_task(self._watch(turn))
        try:
            yield turn
        finally:
            watching.cancel()
            if turn.is_slow:
                self._slow -= 1
            else:
                self._taken -= 1
            self._grant()

    async def _granted(self, waiting: deque[asyncio.Future[None]]) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        self._grant()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._taken -= 1
            self._grant()
            raise

    def _grant(self) -> None:
        while self._taken < self._at_once and (waiting := self._waiting or self._waiting_last):
            following = waiting.popleft()
            if not following.done():
                self._taken += 1
                following.set_result(None)

    async def _watch(self, turn: Turn) -> None:
        """Take the turn away once the place is mute, unless too many go on without one already."""
        while True:
            await asyncio.sleep(self._mute_seconds)
            if not turn.take_answer() and self._slow < self._most_slow:
                turn.is_slow = True
                self._slow += 1
                self._taken -= 1
                self._grant()
                return
