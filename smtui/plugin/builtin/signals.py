"""Blocks the plugin's signals while it starts, then handles them, and watches the process that started the plugin.

No signal may end the plugin before its session is ended. The plugin ends with its parent if nobody else would end the
session.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager

_HELD_BACK = ("SIGINT", "SIGTERM", "SIGHUP")
PARENT_PIPE_VARIABLE = "SMTUI_PARENT_PIPE"
"""Set to 1 by smtui: standard input is a pipe whose other end smtui holds without writing to it."""

PARENT_SOCKET_VARIABLE = "SMTUI_PARENT_SOCKET"
"""Set by smtui to the descriptor of a socket, where both outputs belong to a program: our words go there."""

_FAREWELL_SECONDS = 12.0
_LOOKED_AFTER = 0.5
_STDIN = 0


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


class ParentProcess:
    """Watches the parent until this process ends. Make it after blocking signals and before handling any."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._pid = os.getppid()
        self.is_aws_cli = _is_aws_cli()
        """Whether the AWS CLI started this process."""
        self._hung_up = False
        self.socket = int(environ.pop(PARENT_SOCKET_VARIABLE, "-1"))
        """Where our words go instead of stderr; -1 for no such place."""
        if environ.pop(PARENT_PIPE_VARIABLE, "") == "1":
            _in_background(lambda: self._watch(_STDIN, signal.SIGINT))
        elif self.socket >= 0:
            # Not SIGINT, which a shell would get as a key, in the middle of a program's data.
            _in_background(lambda: self._watch(self.socket, signal.SIGTERM))
        elif self.is_aws_cli:
            _in_background(self._watch_aws_cli)

    @property
    def has_gone(self) -> bool:
        """Whether the parent has ended."""
        return self._hung_up or os.getppid() != self._pid

    def _watch(self, descriptor: int, ending: signal.Signals) -> None:
        """End with smtui, which cannot pass SIGKILL on: the descriptor then ends."""
        try:
            while os.read(descriptor, 1):
                pass
        except OSError:
            pass
        self._hung_up = True
        # As with Ctrl-C the session ends first; the process ends in any case.
        _send(ending)
        time.sleep(_FAREWELL_SECONDS)
        os._exit(128 + ending)

    def _watch_aws_cli(self) -> None:
        """End with the AWS CLI, which passes neither SIGTERM nor SIGHUP on."""
        while not self.has_gone:
            time.sleep(_LOOKED_AFTER)
        _send(signal.SIGTERM)


def _is_aws_cli() -> bool:
    """Recognise the AWS CLI: only it ignores all three signals while it starts a plugin, and then waits for it."""
    if sys.platform == "win32":
        return False
    return all(signal.getsignal(number) is signal.SIG_IGN for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP))


def _send(number: signal.Signals) -> None:
    """Signal the process as a whole: this thread may still block the signal."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="parent", daemon=True).start()
