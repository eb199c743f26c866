"""Writes ages, lengths of time and numbers of bytes in the shortest clear form: `4 s`, `12 min`, `9 d`, `4.2 MB`."""

from __future__ import annotations

from datetime import datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_UNIT_STEP = 1000


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


def data_size(number: int) -> str:
    """Write a number of bytes with the unit that fits: `812 B`, `18 kB`, `4.2 MB`."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _UNIT_STEP or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= _UNIT_STEP
    raise AssertionError("the last unit always fits")


def part_of(done: int, total: int) -> str:
    """Write how much of a whole is done, the unit once where it is the same: `124 of 200 MB`."""
    left, right = data_size(done), data_size(total)
    number, _, unit = left.partition(" ")
    return f"{number} of {right}" if right.endswith(f" {unit}") else f"{left} of {right}"


def time_of_day(moment: datetime) -> str:
    """Return the local time of day: `12:11`."""
    return f"{moment.astimezone():%H:%M}"


def clock_words(seconds: float) -> str:
    """Return a span as a clock shows it, never negative: `4:12`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Write a length of time: `9 s`, `12 min`, `3 h 20 min`."""
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE} min"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
