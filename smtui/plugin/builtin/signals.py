"""Blocks the plugin's signals while it starts, then handles them: none may end it before its session is ended."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HELD_BACK = ("SIGINT", "SIGTERM", "SIGHUP")


def hold_back() -> None:
    """Block the signals that would end the process: it already has a session that it must end."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, held_back())


def let_through() -> None:
    """Unblock them once handlers are set; pending ones arrive now."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held_back())


@contextmanager
def started_held_back(*, wanted: bool = True) -> Iterator[None]:
    """Start programs inside with the signals blocked: Ctrl-C must not end Python while it starts up."""
    if sys.platform == "win32" or not wanted:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held_back())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def on_signal(name: str, action: Callable[[], None]) -> None:
    """Call `action` in the running loop on a signal. SIGHUP stays ignored if the parent ignores it, as nohup does."""
    number = getattr(signal, name, None)
    if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
        return
    import asyncio

    try:
        asyncio.get_running_loop().add_signal_handler(number, action)
    except NotImplementedError:
        return  # Windows: Ctrl-C raises KeyboardInterrupt, which ends the loop


def held_back() -> list[signal.Signals]:
    """Return the signals that are blocked during the start."""
    return [getattr(signal, name) for name in _HELD_BACK]
