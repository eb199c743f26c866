"""Decides when a place is read again by itself: after the user's interval, later where that is slow or in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smtui.domain.fault import CREDENTIAL_KINDS, PASSING_KINDS, FaultKind

REFRESH_VARIABLE = "SMTUI_REFRESH"
USUAL_SECONDS = 60.0
_OFF = "off"
_LEAST_SECONDS = 10
_MOST_SECONDS = 86_400
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


def refresh_interval(environ: Mapping[str, str]) -> tuple[float | None, str]:
    """Return the seconds between two readings, None for off, and a sentence where the setting cannot be used."""
    said = environ.get(REFRESH_VARIABLE, "").strip()
    if not said:
        return USUAL_SECONDS, ""
    if said.casefold() == _OFF:
        return None, ""
    if said.isascii() and said.isdigit() and _LEAST_SECONDS <= int(said[:9]) <= _MOST_SECONDS:
        return float(said), ""
    return USUAL_SECONDS, (
        f"{REFRESH_VARIABLE} must be {_OFF}, or seconds from {_LEAST_SECONDS} to {_MOST_SECONDS:,}. "
        f"The list is read every {USUAL_SECONDS:.0f} s."
    )
