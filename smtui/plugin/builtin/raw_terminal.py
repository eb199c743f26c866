"""Puts the terminal of standard input into raw mode while a session runs, and restores it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

if sys.platform != "win32":
    import termios

NO_TERMINAL = (300, 100)
"""Columns and rows that the official plugin reports without a terminal."""

_Modes = list[Any]
"""As termios returns them: numbers, and the control characters."""

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6


class Terminal:
    """The terminal of stdin. Every method does nothing if stdin is none."""

    def __init__(self, stdin: int = 0, stdout: int = 1) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._saved: _Modes | None = None
        self.is_interactive = os.isatty(stdin)
        """Whether somebody types; on Windows that is a console, whose modes are not changed."""
        self.is_there = sys.platform != "win32" and self.is_interactive

    @contextlib.contextmanager
    def raw(self) -> Iterator[None]:
        """Set raw mode inside: every key is a byte, none a signal, no echo; output as before. Restores the modes."""
        self._saved = self._get()
        if self._saved is not None:
            self._set(_raw(self._saved))
        try:
            yield
        finally:
            self.give_back()

    def give_back(self) -> None:
        """Restore the modes before `raw` ends: Ctrl-C is a signal again."""
        if self._saved is not None:
            self._set(self._saved)

    def leave_output_alone(self) -> None:
        """Stop changing line ends in output: from now on the remote's terminal makes them."""
        modes = self._get()
        if modes is not None:
            modes[_OFLAG] &= ~termios.OPOST
            self._set(modes)

    def size(self) -> tuple[int, int]:
        """Return columns and rows of stdout, or else stdin; 300x100 if neither is a terminal."""
        for descriptor in (self._stdout, self._stdin):
            with contextlib.suppress(OSError):
                columns, rows = os.get_terminal_size(descriptor)
                if columns and rows:
                    return columns, rows
        return NO_TERMINAL

    def _get(self) -> _Modes | None:
        if not self.is_there:
            return None
        try:
            return list(termios.tcgetattr(self._stdin))
        except termios.error:
            return None

    def _set(self, modes: _Modes) -> None:
        # A background job that sets modes is stopped by SIGTTOU, and would then never give the terminal back.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, modes)
        finally:
            signal.signal(signal.SIGTTOU, before)


def _raw(modes: _Modes) -> _Modes:
    raw = list(modes)
    raw[_IFLAG] &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    )
    raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[_CFLAG] = raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    characters = list(modes[_CC])
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    raw[_CC] = characters
    return raw
