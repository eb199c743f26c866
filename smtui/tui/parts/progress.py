"""Draws progress: a bar, and the spinner that all screens turn on one beat."""

from __future__ import annotations

from datetime import datetime

BEAT_SECONDS = 0.25
"""Between two frames of a spinner."""
SPINNERS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FULL, _EMPTY = "█", "░"


def spinner(now: datetime) -> str:
    """Return the frame of this moment."""
    return SPINNERS[int(now.timestamp() / BEAT_SECONDS) % len(SPINNERS)]


def bar(fraction: float, width: int) -> str:
    """Return a bar of `width` cells; it is full only when all is done, and shows a cell once something is."""
    part = min(1.0, max(0.0, fraction))
    full = int(part * width)
    if part > 0 and not full:
        full = 1
    return _FULL * full + _EMPTY * (width - full)


def percent(fraction: float) -> str:
    """Return `62 %`; `100 %` only when all is done."""
    return f"{int(min(1.0, max(0.0, fraction)) * 100)} %"
