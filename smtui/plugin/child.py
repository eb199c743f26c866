"""A child process that is reaped exactly once and signalled only while it is ours to signal (POSIX)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time

_POLL = 0.01


class Child:
    """The leader of a session of its own. Safe to use from several threads.

    `pidfd` becomes readable when the process ends; -1 on systems without pidfds, where `poll` must be asked.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.pidfd = _open_pidfd(pid)
        self._lock = threading.Lock()
        self._status: int | None = None

    def poll(self) -> int | None:
        """None while it runs; then its exit status, or minus the signal that killed it."""
        with self._lock:
            if self._status is None:
                self._reap()
            return self._status

    def _reap(self) -> None:
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Reaped by the kernel: our parent had us ignore SIGCHLD. The status is lost.
            self._status = 0
            return
        if pid:
            self._status = os.waitstatus_to_exitcode(status)

    def wait(self, seconds: float) -> int | None:
        """Like `poll`, but give it some time to end."""
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
        """Signal it and everything in its process group; nothing when it has already been reaped."""
        with self._lock:
            if self._status is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def end(self, patience: float) -> int | None:
        """SIGTERM, then after `patience` seconds SIGKILL; returns its status as `poll` does."""
        self.kill(signal.SIGTERM)
        if self.wait(patience) is None:
            self.kill(signal.SIGKILL)
        return self.wait(patience)

    def close(self) -> None:
        with self._lock:
            if self.pidfd >= 0:
                os.close(self.pidfd)
                self.pidfd = -1


def _open_pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1
