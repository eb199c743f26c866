"""Keeps Python's garbage collector away from the start, and from every moment in which somebody may be waiting."""

from __future__ import annotations

import gc
from collections.abc import Callable

_NEVER = 2**31 - 1
QUIET_SECONDS = 20.0
"""So long nobody has done anything when the old generation is collected: it takes some tenths of a second at first."""
APART_SECONDS = 300.0
"""Between two collections of the old generation."""


def collect_later() -> None:
    """Collect nothing while the program is imported; call this at a program's entry point."""
    gc.disable()


def collect_from_now() -> bool:
    """Collect from now on, but never look again through what is there now.

    Does nothing and returns False if it was done before, or nobody had called `collect_later`.
    """
    if gc.isenabled():
        return False
    gc.freeze()
    gc.enable()
    return True


class OldGarbage:
    """Collects the old generation, which Python would do by itself while a list grows: 0.3 s for 10,000 nodes, often.

    The young generations are collected as ever, and hold most of the garbage. `clock` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._touched_at = clock()
        self._due_at = self._touched_at
        gc.set_threshold(*gc.get_threshold()[:2], _NEVER)

    def touch(self) -> None:
        """Note that somebody does something."""
        self._touched_at = self._clock()

    def collect_if_quiet(self, *, busy: bool) -> None:
        """Collect if nobody would notice, and never look again through what is left."""
        now = self._clock()
        if busy or now < self._due_at or now - self._touched_at < QUIET_SECONDS:
            return
        self._due_at = now + APART_SECONDS
        gc.collect()
        gc.freeze()
