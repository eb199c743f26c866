"""Starts a program in a pty of its own; watches, signals, reaps and ends one child process (POSIX).

A child is reaped once and never signalled after that. One in a pty starts with no Python code between fork and exec: it
leads a new session, opens the pty's slave itself and so gets it as controlling terminal. It starts with every signal at
its default (Python ignores SIGPIPE and SIGXFSZ, and ignoring is inherited) and blocks only what the caller asks for.

A thread that selects on a child is woken from other threads and signal handlers through a pipe.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PASSED_AS = 3
"""The descriptor by which a child has what is passed to it."""
_POLL = 0.01
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


class Child:
    """A child that leads a session of its own. Safe to use from several threads.

    `pidfd` becomes readable when the process ends; it is -1 on systems without pidfds, where `poll` must be called.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.pidfd = _open_pidfd(pid)
        self._lock = threading.Lock()
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return None while it runs, then its exit status, or minus the number of the signal that killed it."""
        with self._lock:
            if self._status is None:
                self._reap()
            return self._status

    def _reap(self) -> None:
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            # The kernel reaped it, because our parent made us ignore SIGCHLD: the status is lost.
            self._status = 0
            return
        if pid:
            self._status = os.waitstatus_to_exitcode(status)

    def wait(self, seconds: float) -> int | None:
        """Like `poll`, but wait up to `seconds` for its end."""
        until = time.monotonic() + seconds
        while (status := self.poll()) is None:
            left = until - time.monotonic()
            if left <= 0:
                break
            self._sleep(left)
        return status

    def _sleep(self, seconds: float) -> None:
        if self.pidfd >= 0:
            ending = select.poll()
            ending.register(self.pidfd, select.POLLIN)
            ending.poll(seconds * 1000)
        else:
            time.sleep(min(seconds, _POLL))

    def kill(self, number: signal.Signals) -> None:
        """Signal it and its process group; do nothing once it has been reaped."""
        with self._lock:
            if self._status is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def end(self, patience: float) -> int | None:
        """Send SIGTERM, and SIGKILL after `patience` seconds; returns its status as `poll` does."""
        self.kill(signal.SIGTERM)
        if self.wait(patience) is None:
            self.kill(signal.SIGKILL)
        return self.wait(patience)

    def close(self) -> None:
        """Close the pidfd; nothing else may be called afterwards."""
        with self._lock:
            if self.pidfd >= 0:
                os.close(self.pidfd)
                self.pidfd = -1


def _open_pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


class Shutdown:
    """Ends a child in steps: SIGTERM, SIGKILL, give up. Never blocks: call `step` at the time of `due`."""

    def __init__(self, child: Child, patience: float) -> None:
        self.given_up = False
        """It outlived SIGKILL, as a process stuck in the kernel does."""
        self._child = child
        self._patience = patience
        self._kill_at: float | None = None
        self._give_up_at: float | None = None

    def terminate(self) -> None:
        """Send SIGTERM, and SIGKILL if it does not end in time."""
        self._child.kill(signal.SIGTERM)
        self.allow(self._patience)

    def allow(self, seconds: float) -> None:
        """Kill it unless it ends by itself within `seconds`. An earlier deadline stays."""
        date = time.monotonic() + seconds
        if self._give_up_at is None and (self._kill_at is None or date < self._kill_at):
            self._kill_at = date

    def due(self) -> float | None:
        """Return the monotonic time of the next step; None if there is none."""
        return self._kill_at if self._kill_at is not None else self._give_up_at

    def step(self) -> None:
        """Take the next step if it is due."""
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._kill_at = None
                self._give_up_at = now + self._patience
                self._child.kill(signal.SIGKILL)
        elif self._give_up_at is not None and now >= self._give_up_at:
            self.given_up = True


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
    passed: int | None = None,
) -> PtyChild:
    """Start `argv` (argv[0] an absolute path) in a pty; `size` is (rows, columns), `held_back` are blocked signals.

    `passed` is a descriptor above 3, which the child has as its 3. Raises OSError if it cannot be started, and then
    leaves nothing behind.
    """
    master, slave = os.openpty()
    try:
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        termios.tcsetwinsize(slave, size)
        os.set_blocking(master, False)
        pid = _spawn(argv, environment, os.ttyname(slave), held_back, passed)
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return PtyChild(Child(pid), master)


def _spawn(
    argv: Sequence[str],
    environment: Mapping[str, str],
    terminal: str,
    held_back: Sequence[signal.Signals],
    passed: int | None,
) -> int:
    files: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    if passed is not None:
        files.append((os.POSIX_SPAWN_DUP2, passed, PASSED_AS))
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


class Wake:
    """Makes `fd` readable when called; does nothing after `close`."""

    def __init__(self) -> None:
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)
        self._open = True
        # Re-entrant: a signal handler may interrupt its own thread in here.
        self._lock = threading.RLock()

    def __call__(self) -> None:
        """Wake the thread that selects on `fd`."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._open:
                os.write(self._write_fd, b"\0")

    def clear(self) -> None:
        """Make `fd` unreadable again."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, 4096)

    def close(self) -> None:
        """Close the pipe. Safe to call twice."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self.fd)
                os.close(self._write_fd)
