"""Watches the process that started the plugin, and ends the plugin with it if nobody else would end the session."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, MutableMapping

PARENT_PIPE_VARIABLE = "SMTUI_PARENT_PIPE"
"""Set to 1 by smtui: standard input is a pipe whose other end smtui holds without writing to it."""

_FAREWELL_SECONDS = 12.0
_LOOKED_AFTER = 0.5
_STDIN = 0


class ParentProcess:
    """Watches the parent until this process ends. Make it after blocking signals and before handling any."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._pid = os.getppid()
        self._hung_up = False
        if environ.pop(PARENT_PIPE_VARIABLE, "") == "1":
            _in_background(self._watch_pipe)
        elif _is_aws_cli():
            _in_background(self._watch_aws_cli)

    @property
    def has_gone(self) -> bool:
        """Whether the parent has ended."""
        return self._hung_up or os.getppid() != self._pid

    def _watch_pipe(self) -> None:
        """End with smtui, which cannot pass SIGKILL on."""
        try:
            while os.read(_STDIN, 1):
                pass
        except OSError:
            pass
        self._hung_up = True
        # As with Ctrl-C the session ends first; the process ends in any case.
        _send(signal.SIGINT)
        time.sleep(_FAREWELL_SECONDS)
        os._exit(128 + signal.SIGINT)

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
