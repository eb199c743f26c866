"""How long ago, in the shortest words that still tell: `4 s`, `12 min`, `3 h`, `9 d`."""

from __future__ import annotations

from datetime import datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Never negative: a clock that runs behind AWS's makes facts of the future, which are simply fresh."""
    return max(0.0, (later - earlier).total_seconds())


def age(since: datetime, now: datetime) -> str:
    seconds = int(seconds_between(since, now))
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} d"
