"""Remembers the terminal as smtui found it and restores it at the end, whatever happened in between."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

_LEAVE_SCREEN = (
    b"\x18\x1b\\"  # ends a sequence that was cut in its middle
    b"\x1b[?2026l"  # synchronized output, which would hide all the rest
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus, paste, sizes
    b"\x1b[<u"  # kitty keyboard, which the alternate screen keeps apart
    b"\x1b[?1049l\x1b[<u\x1b[?7h\x1b[?25h\x1b[0m"
)
_LOCAL_FLAGS = 3
"""Their index in the answer of tcgetattr."""


class StartingTerminal:
    """Remembers the modes of the terminal at standard input; does nothing without one (or on Windows)."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._modes = _modes(descriptor)

    def restore_modes(self, *, more_is_shown: bool = False) -> None:
        """Put the modes back where they differ; never blocks or raises.

        `more_is_shown`: a slow terminal has output left to show, which Ctrl-C must not discard yet.
        """
        if self._modes is None:
            return
        wanted = without_flush(self._modes) if more_is_shown else self._modes
        if _modes(self._descriptor) != wanted:
            import termios

            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, wanted)

    def restore_by_force(self) -> None:
        """Also leave the alternate screen, for a program that could not end in order. Never blocks or raises."""
        self.restore_modes()
        if self._modes is None:
            return
        with contextlib.suppress(OSError):
            # Opened anew: O_NONBLOCK on the inherited description would affect the shell.
            terminal = os.open(os.ttyname(self._descriptor), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                os.write(terminal, _LEAVE_SCREEN)
            finally:
                os.close(terminal)


def without_flush(modes: list[Any]) -> list[Any]:
    """Return these modes changed so that Ctrl-C keeps output that the terminal has not shown yet."""
    import termios

    kept = list(modes)
    kept[_LOCAL_FLAGS] |= termios.NOFLSH
    return kept


def _modes(descriptor: int) -> list[Any] | None:
    if sys.platform == "win32":
        return None
    import termios

    try:
        return termios.tcgetattr(descriptor)
    except (termios.error, OSError):
        return None
