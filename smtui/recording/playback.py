"""Works out which events of a recording are due: pause, speed, steps, jumps and the limit of idle time. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

SLOWEST, FASTEST = 1 / 16, 64.0
_NEAR = 1e-9


def without_long_pauses(times: Sequence[float], limit: float | None) -> array[float]:
    """Return the times with every pause longer than `limit` seconds shortened to it."""
    if limit is None:
        return array("d", times)
    shortened, at, before = array("d"), 0.0, 0.0
    for time in times:
        at += min(time - before, limit)
        before = time
        shortened.append(at)
    return shortened


class Playback:
    """The state of playing; `now` is a monotonic time in seconds, given to each method."""

    def __init__(self, times: Sequence[float], now: float, *, speed: float = 1.0) -> None:
        self._times = times
        self.speed = min(max(speed, SLOWEST), FASTEST)
        self.is_paused = False
        self._at = 0.0
        self._since = now

    @property
    def length(self) -> float:
        """Seconds of the whole recording."""
        return self._times[-1] if self._times else 0.0

    def at(self, now: float) -> float:
        """Return the position in seconds."""
        if self.is_paused:
            return self._at
        return min(self._at + (now - self._since) * self.speed, self.length)

    def due(self, now: float) -> int:
        """Return how many events are due by now."""
        return bisect_right(self._times, self.at(now) + _NEAR)

    def wait(self, shown: int, now: float) -> float | None:
        """Return the seconds until the event after `shown` ones is due; None if it never is without a key."""
        if self.is_paused or shown >= len(self._times):
            return None
        return max((self._times[shown] - self.at(now)) / self.speed, 0.0)

    def is_over(self, now: float) -> bool:
        """Whether the end is reached and not held by a pause."""
        return not self.is_paused and self.due(now) >= len(self._times)

    # Keys --------------------------------------------------------------------------------------

    def pause(self, now: float) -> None:
        """Stop here."""
        self._move(self.at(now), now)
        self.is_paused = True

    def resume(self, now: float) -> None:
        """Go on from here."""
        self._move(self.at(now), now)
        self.is_paused = False

    def change_speed(self, factor: float, now: float) -> None:
        """Multiply the speed, within its limits."""
        self._move(self.at(now), now)
        self.speed = min(max(self.speed * factor, SLOWEST), FASTEST)

    def jump(self, seconds: float, now: float) -> None:
        """Move forward, or back if negative."""
        self._move(self.at(now) + seconds, now)

    def step(self, now: float) -> None:
        """Pause at the next moment at which something was shown."""
        self.pause(now)
        due = self.due(now)
        if due < len(self._times):
            self._move(self._times[due], now)

    def go_to(self, index: int, now: float) -> None:
        """Pause right after this event."""
        self.is_paused = True
        self._move(self._times[index], now)

    def _move(self, at: float, now: float) -> None:
        self._at = min(max(at, 0.0), self.length)
        self._since = now
