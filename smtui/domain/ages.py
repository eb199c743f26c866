"""Writes how long ago something was, in the shortest clear form: `4 s`, `12 min`, `3 h`, `9 d`."""

from __future__ import annotations

from datetime import datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Return seconds, never negative: if our clock is behind AWS's, facts from the future count as new."""
    return max(0.0, (later - earlier).total_seconds())


def age(since: datetime, now: datetime) -> str:
    """Return the age of `since`, such as `12 min`; the unit changes at 2 min, 2 h and 2 d."""
    seconds = int(seconds_between(since, now))
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} d"
