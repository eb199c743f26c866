"""Writes the plugin's own log: who can read it, how large it gets, and that no disk delays a session.

What happens is put into a queue; a thread words and writes it. If the disk is slower than the session, lines are
dropped and counted. A file that cannot be written ends the log and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from smtui.domain.text import error_words, harmless
from smtui.plugin.builtin.log_lines import LONGEST_RUN, FrameFacts, LogLines, Moment

MOST_BYTES = 4 * 2**20
"""Of one file. A full one is renamed to `NAME.1`, so that the newest lines are kept, and at most twice as much."""

MOST_PENDING = 10_000
"""Entries that wait for the disk."""

_CLOSING_SECONDS = 2.0
_OWNER_ONLY = 0o600
_ONLY_FILES = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_AS_IS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_Entry = tuple[Moment, str | FrameFacts]


def _now() -> Moment:
    return Moment(time.time(), time.monotonic())


class PluginLog:
    """The log of one session, appended to a file. `note` and `frame` return at once, from any thread."""

    def __init__(
        self,
        path: str,
        session_id: str,
        *,
        clock: Callable[[], Moment] = _now,
        most_bytes: int = MOST_BYTES,
        most_pending: int = MOST_PENDING,
    ) -> None:
        self._clock = clock
        self._lines = LogLines(session_id, clock())
        self._file = LogFile(path, most_bytes)
        self._path = path
        self._most_pending = most_pending
        self._entries: deque[_Entry] = deque()
        self._dropped = 0
        self._trouble = ""
        self._is_closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="plugin log", daemon=True)
        self._thread.start()

    def note(self, text: str) -> None:
        """Log one thing that happened; never a token, a key, or anything of a payload."""
        self._put(text)

    def frame(self, facts: FrameFacts) -> None:
        """Log one frame of the data channel."""
        self._put(facts)

    def close(self) -> str:
        """Write the rest, for two seconds at most; returns what went wrong as a sentence, empty if nothing did."""
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join(_CLOSING_SECONDS)
        if self._trouble:
            return f"smtui: the plugin's log {harmless(self._path)} could not be written: {self._trouble}.\n"
        return ""

    def _put(self, entry: str | FrameFacts) -> None:
        with self._change:
            if self._trouble or self._is_closed:
                return
            if len(self._entries) >= self._most_pending:
                self._dropped += 1
                return
            self._entries.append((self._clock(), entry))
            self._change.notify()

    # The thread --------------------------------------------------------------------------------

    def _write_all(self) -> None:
        try:
            self._file.open()
            while lines := self._next_lines():
                self._write(lines)
            self._write(self._lines.noted(self._clock(), self._lines.totals()))
        except OSError as error:
            with self._change:
                self._trouble = error.strerror or error_words(error)
                self._entries.clear()
        self._file.close()

    def _write(self, lines: list[str]) -> None:
        self._file.write("".join(lines).encode("utf-8", "replace"))

    def _next_lines(self) -> list[str]:
        """Wait until there is something to write and return it; nothing at the end."""
        lines: list[str] = []
        while not lines:
            entries, dropped, is_last = self._taken()
            for at, entry in entries:
                lines += self._lines.noted(at, entry) if isinstance(entry, str) else self._lines.frame(at, entry)
            if dropped:
                lines += self._lines.noted(self._clock(), f"{dropped:,} entries are missing: the disk is too slow")
            if is_last and not entries:
                return lines + self._lines.flushed()
            if not entries:
                lines += self._lines.flushed()
        return lines

    def _taken(self) -> tuple[list[_Entry], int, bool]:
        """Wait for entries, or for as long as open runs may wait; returns them, and whether the log was closed."""
        with self._change:
            if not self._entries and not self._is_closed:
                self._change.wait(LONGEST_RUN if self._lines.has_open else None)
            taken, dropped = list(self._entries), self._dropped
            self._entries.clear()
            self._dropped = 0
            return taken, dropped, self._is_closed


class LogFile:
    """A file of our own that other plugins may append to as well. Methods may block and raise OSError."""

    def __init__(self, path: str, most_bytes: int) -> None:
        self._path = Path(path)
        self._most_bytes = most_bytes
        self._descriptor = -1

    def open(self) -> None:
        """Open or make it, for its owner alone; only a regular file that is no link."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _ONLY_FILES | _AS_IS
        self._descriptor = os.open(self._path, flags, _OWNER_ONLY)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            self.close()
            raise OSError(0, "it is not a regular file")
        if sys.platform != "win32":
            os.fchmod(self._descriptor, _OWNER_ONLY)

    def write(self, lines: bytes) -> None:
        """Append whole lines, in one call, so that those of other plugins stay apart."""
        if os.fstat(self._descriptor).st_size + len(lines) > self._most_bytes:
            self._begin_anew()
        while lines:
            lines = lines[os.write(self._descriptor, lines) :]

    def close(self) -> None:
        """Close it; may be called again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _begin_anew(self) -> None:
        """Rename the full file, unless another plugin has done so."""
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if self._is_named_by_path():
                self._path.replace(f"{self._path}.1")
            self.close()
        else:
            self.close()
            self._path.replace(f"{self._path}.1")
        self.open()

    def _is_named_by_path(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False
