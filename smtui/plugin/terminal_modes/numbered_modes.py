"""Records which of the modes that a terminal switches by number differ from their defaults."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_UNKNOWN = 256
"""More than any terminal has; a remote program must not fill our memory."""
_LARGEST = 99_999


class NumberedModes:
    """Modes of one kind, ANSI's or the private ones.

    `on` and `off` are the modes with the same default on all terminals. The first switch of any other mode shows what
    it was before: the opposite.
    """

    def __init__(self, on: Iterable[int], off: Iterable[int]) -> None:
        self.changed: set[int] = set()
        self._defaults = dict.fromkeys(on, True) | dict.fromkeys(off, False)
        self._most = len(self._defaults) + _MOST_UNKNOWN
        self._saved: dict[int, bool] = {}

    def switch(self, number: int, *, on: bool) -> None:
        """Follow a mode that is set or reset."""
        if number not in self._defaults and 0 < number <= _LARGEST and len(self._defaults) < self._most:
            self._defaults[number] = not on
        if number in self._defaults:
            self._note(number, changed=on != self._defaults[number])

    def save(self, number: int) -> None:
        """Follow a saved mode."""
        if number in self._defaults or (0 < number <= _LARGEST and len(self._saved) < self._most):
            self._saved[number] = number in self.changed

    def restore(self, number: int) -> None:
        """Follow a restored mode. Terminals differ on a mode that was never saved, so it counts as changed."""
        self._note(number, changed=number in self._defaults and self._saved.get(number, True))

    def default(self, number: int) -> bool:
        """Return the default of a changed mode."""
        return self._defaults[number]

    def _note(self, number: int, *, changed: bool) -> None:
        if changed:
            self.changed.add(number)
        else:
            self.changed.discard(number)
