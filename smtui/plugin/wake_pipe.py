"""Wakes a selecting thread from other threads and signal handlers, through a pipe."""

from __future__ import annotations

import contextlib
import os
import threading


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
