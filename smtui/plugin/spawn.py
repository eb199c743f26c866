"""Starts a program in a pty of its own, with no Python code between fork and exec (POSIX).

The child leads a new session, opens the pty's slave itself and so gets it as controlling terminal. It starts with
every signal at its default (Python ignores SIGPIPE and SIGXFSZ, and ignoring is inherited) and blocks only what the
caller asks for.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smtui.plugin.child import Child

Modes = list[Any]
"""What termios.tcgetattr returns."""

_DEFAULT_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})

# For systems whose posix_spawn cannot start a session: an interpreter takes the same steps, then becomes the program.
_SHIM = """
import os, signal, sys
os.setsid()
os.close(os.open(os.ttyname(0), os.O_RDWR))
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_DFL)
    except OSError:
        pass
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class PtyChild:
    """A child and the master side of its pty, which is non-blocking and ours alone."""

    child: Child
    master: int


def spawn_in_pty(
    argv: Sequence[str],
    environment: Mapping[str, str],
    modes: Modes,
    size: tuple[int, int],
    held_back: Sequence[signal.Signals] = (),
) -> PtyChild:
    """Start `argv` (argv[0] an absolute path) in a pty; `size` is (rows, columns), `held_back` are blocked signals.

    Raises OSError if it cannot be started, and then leaves nothing behind.
    """
    master, slave = os.openpty()
    try:
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        termios.tcsetwinsize(slave, size)
        os.set_blocking(master, False)
        pid = _spawn(argv, environment, os.ttyname(slave), held_back)
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return PtyChild(Child(pid), master)


def _spawn(
    argv: Sequence[str], environment: Mapping[str, str], terminal: str, held_back: Sequence[signal.Signals]
) -> int:
    files: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    try:
        return os.posix_spawn(
            argv[0],
            tuple(argv),
            environment,
            file_actions=files,
            setsid=True,
            setsigmask=held_back,
            setsigdef=_DEFAULT_SIGNALS,
        )
    except NotImplementedError:
        shim = (sys.executable, "-I", "-S", "-c", _SHIM, *argv)
        return os.posix_spawn(sys.executable, shim, environment, file_actions=files, setsigmask=held_back)
