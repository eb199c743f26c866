"""Waits for the user to press enter on a bare terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from smtui.domain.text import harmless

_LOOK_SECONDS = 0.2
_READ_BYTES = 4096


def wait_for_enter(sentence: str, is_over: Callable[[], bool]) -> None:
    """Print the sentence and wait for enter, the end of the input, or `is_over`. Blocks; never raises."""
    try:
        _say(f"\r\n{harmless(sentence)}\r\nPress enter to go back to smtui. ")
        if sys.platform == "win32":
            input()
        else:
            _wait(sys.__stdin__.fileno() if sys.__stdin__ else 0, is_over)
    except (EOFError, OSError, ValueError):
        return  # the terminal is gone, so nobody can press enter


def _say(text: str) -> None:
    if sys.__stdout__ is not None:
        sys.__stdout__.write(text)
        sys.__stdout__.flush()


def _wait(descriptor: int, is_over: Callable[[], bool]) -> None:
    import select
    import termios

    if os.isatty(descriptor):
        termios.tcflush(descriptor, termios.TCIFLUSH)  # keys typed earlier were not meant for this question
    while not is_over():
        ready, _, _ = select.select([descriptor], [], [], _LOOK_SECONDS)
        if not ready:
            continue
        read = os.read(descriptor, _READ_BYTES)
        if not read or b"\n" in read or b"\r" in read:
            return
