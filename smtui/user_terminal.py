"""Reads and writes the user's terminal while a session or a player has it: raw, afterwards as it was (POSIX)."""

from __future__ import annotations

import contextlib
import os
import select
import termios
from collections.abc import Iterator
from typing import Any

Modes = list[Any]
"""What termios.tcgetattr returns."""
_IFLAG, _OFLAG, _CFLAG, _LFLAG, _ISPEED, _OSPEED, _CC = range(7)
_CAREFUL_CHUNK = 512


def plugin_modes(fd: int) -> Modes:
    """Return the modes that a plugin's pty starts with: those of the terminal `fd`.

    While a full-screen program (our TUI) holds the terminal they are raw; then the ordinary flags are set again and
    the user's own control characters kept.
    """
    modes = termios.tcgetattr(fd)
    if not modes[_LFLAG] & termios.ICANON:
        modes[_IFLAG] |= termios.BRKINT | termios.ICRNL | termios.IXON
        modes[_OFLAG] |= termios.OPOST | termios.ONLCR
        modes[_LFLAG] |= termios.ISIG | termios.ICANON | termios.IEXTEN | termios.ECHO | termios.ECHOE | termios.ECHOK
        modes[_LFLAG] |= termios.ECHOCTL | termios.ECHOKE
        modes[_CC][termios.VMIN] = b"\x01"
        modes[_CC][termios.VTIME] = b"\x00"
    return modes


class UserTerminal:
    """Reads and writes the terminal without blocking, through file descriptions of our own.

    O_NONBLOCK on the inherited description would affect the shell that started us. `input` and `output` are
    descriptors to select on. Every method raises OSError (EIO) once the terminal is gone.
    """

    def __init__(self, input_fd: int = 0, output_fd: int = 1) -> None:
        self._fd = input_fd
        self._saved = termios.tcgetattr(input_fd)
        self.input = _open_again(input_fd, os.O_RDONLY)
        self.output = _open_again(output_fd, os.O_WRONLY)
        # If the terminal cannot be opened again we must not write more than surely fits.
        self._careful = os.get_blocking(self.output)

    def make_raw(self) -> None:
        """Set raw mode, so that every key is passed on; typed-ahead keys are kept."""
        raw = list(self._saved)
        raw[_IFLAG] &= ~(
            termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.INPCK | termios.ISTRIP
            | termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON
        )  # fmt: skip
        raw[_OFLAG] &= ~termios.OPOST
        raw[_CFLAG] = (raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
        raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
        raw[_CC] = list(raw[_CC])
        raw[_CC][termios.VMIN] = b"\x01"
        raw[_CC][termios.VTIME] = b"\x00"
        # Never TCSADRAIN: it would wait for ever on a terminal that has stopped showing.
        termios.tcsetattr(self._fd, termios.TCSANOW, raw)

    def restore(self) -> None:
        """Set the saved modes again, and drop unread input, which was not meant for smtui.

        It may hold the terminal's late replies to a remote program.
        """
        with contextlib.suppress(termios.error):
            termios.tcflush(self._fd, termios.TCIFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)

    def read(self) -> bytes | None:
        """Return typed keys; None if there are none, empty if the terminal is gone."""
        try:
            return os.read(self.input, 65536)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def write(self, data: bytes | bytearray) -> int:
        """Write what fits now; return the number of bytes."""
        if self._careful:
            if not select.select([], [self.output], [], 0)[1]:
                return 0
            data = data[:_CAREFUL_CHUNK]
        try:
            return os.write(self.output, data)
        except BlockingIOError:
            return 0

    def size(self) -> tuple[int, int]:
        """Return rows and columns."""
        return termios.tcgetwinsize(self.output)

    def close(self) -> None:
        """Close our descriptors; the modes stay as they are."""
        os.close(self.input)
        os.close(self.output)


def _open_again(fd: int, flags: int) -> int:
    """Open the same terminal again, non-blocking; if the system forbids that, duplicate the blocking descriptor."""
    for name in _names(fd):
        with contextlib.suppress(OSError):
            return os.open(name, flags | os.O_NONBLOCK | os.O_NOCTTY)
    return os.dup(fd)


def _names(fd: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield os.ttyname(fd)
    # After `su` the terminal's own file may be closed to us; /dev/tty is not, if it is our controlling terminal.
    with contextlib.suppress(OSError):
        os.tcgetpgrp(fd)
        yield "/dev/tty"
