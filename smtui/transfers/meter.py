"""Measures how far a copy is: bytes, speed, time left. Pure; the clock is passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

_SPAN = 8.0
"""Seconds over which the speed is measured: long enough to be calm, short enough to follow."""
_LEAST = 1.0
"""Seconds before which nobody knows a speed."""


class Meter:
    """Counts the bytes of one copy."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._samples: deque[tuple[float, int]] = deque()
        self.total = 0
        self.done = 0
        self.moved = 0
        """Bytes that this run has moved; less than `done` if an earlier one began."""
        self.resumed_at = 0

    def begin(self, total: int, at: int) -> None:
        """The copy has `total` bytes, of which `at` are there already."""
        self.total, self.done, self.resumed_at = total, at, at
        self._samples.clear()
        self._samples.append((self._clock(), at))

    def advance(self, number: int) -> None:
        """So many more have been moved."""
        self.done += number
        self.moved += number
        now = self._clock()
        self._samples.append((now, self.done))
        while len(self._samples) > 2 and now - self._samples[1][0] > _SPAN:
            self._samples.popleft()

    def back_to(self, at: int) -> None:
        """What was moved beyond `at` has to be moved again."""
        self.done = at
        self._samples.clear()
        self._samples.append((self._clock(), at))

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._clock() - self._began

    @property
    def fraction(self) -> float | None:
        """The part that is done; None while the whole is not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    def speed(self) -> float | None:
        """Bytes a second of late, silence included; None while it is not known."""
        if not self._samples:
            return None
        now = self._clock()
        start, at = self._samples[0]
        return (self.done - at) / (now - start) if now - start >= _LEAST else None

    def seconds_left(self) -> float | None:
        """Seconds until all is moved, at the speed of late; None if nobody knows."""
        speed = self.speed()
        return (self.total - self.done) / speed if speed and self.total else None
