"""Decides when a place is read again by itself: after the user's interval, later where that is slow or in vain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from smtui.domain.fault import CREDENTIAL_KINDS, PASSING_KINDS, FaultKind

READING_SHARE = 20
"""Reading takes at most one part in this many of the time."""
LONGEST_SECONDS = 600.0
"""Until a place is asked again that fails time after time, or says no."""
_STOPS = CREDENTIAL_KINDS - {FaultKind.CREDENTIAL_SOURCE} | {FaultKind.NO_REGION, FaultKind.UNKNOWN_PROFILE}
"""Nothing is asked again before the user signs in or asks for it: no answer could be another one."""


@dataclass(frozen=True, slots=True)
class LastReading:
    """How the last reading of a place went; both times aware."""

    began: datetime
    ended: datetime
    kinds: frozenset[FaultKind] = frozenset()
    """Why nothing at all could be read; empty if anything was."""
    failures: int = 0
    """How many readings in a row have failed as a whole."""

    @classmethod
    def first(cls, began: datetime, ended: datetime, kinds: frozenset[FaultKind]) -> LastReading:
        """Return a reading that none came before."""
        return cls(began, ended, kinds, 1 if kinds else 0)

    def following(self, began: datetime, ended: datetime, kinds: frozenset[FaultKind]) -> LastReading:
        """Return the reading that came after this one."""
        return LastReading(began, ended, kinds, self.failures + 1 if kinds else 0)

    def is_due(self, interval: float, now: datetime) -> bool:
        """Whether to read the place again now; `interval` is the user's, in seconds."""
        pause = self.pause(interval)
        # After the clock was set back, nothing tells how long ago it was.
        return pause is not None and not self.ended <= now < self.ended + timedelta(seconds=pause)

    def pause(self, interval: float) -> float | None:
        """Return the seconds until the next reading; None if none begins by itself."""
        if not self.kinds:
            return max(interval, READING_SHARE * (self.ended - self.began).total_seconds())
        if self.kinds & _STOPS:
            return None
        longest = max(interval, LONGEST_SECONDS)
        return min(longest, interval * 2.0**self.failures) if self.kinds <= PASSING_KINDS else longest
