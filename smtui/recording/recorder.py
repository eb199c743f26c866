"""Writes a recording while its session runs, without ever delaying or ending the session.

The relay hands over what it has shown; a thread of our own writes it. What goes wrong with the file stops the
recording, never the session, and is reported once, after the session.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from smtui.domain.text import error_words, harmless
from smtui.recording.asciicast import OUTPUT, RESIZE, Event, Header, OutputText, event_line, header_line
from smtui.recording.not_recorded import NotRecorded

MOST_PENDING = 64 * 2**20
"""Bytes of output that wait for the disk: some seconds of the busiest session."""
_CLOSING_SECONDS = 3.0
_MOST_IN_ONE_WRITE = 2**20
_OWNER_ONLY = 0o600
_USUAL_SIZE = 24, 80
_Item = tuple[float, bytes | tuple[int, int]]
"""When, and output or the terminal's rows and columns."""
_NOT_THE_LOG = "on this machine, readable only by you. It is not the account's log"


class Recorder:
    """One recording. `shown` and `resized` return at once and may be called from any thread; `close` waits."""

    def __init__(
        self,
        path: str,
        title: str,
        *,
        began_at: float,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        most_pending: int = MOST_PENDING,
    ) -> None:
        """Make the file, which must not exist; raises `NotRecorded`. `began_at` is in seconds since 1970."""
        self.path = path
        self._clock = clock
        self._most_pending = most_pending
        self._file = _CastFile(path, harmless(title), int(began_at), dict(environment or {}))
        self._began: float | None = None
        self._size = (0, 0)
        self._items: deque[_Item] = deque()
        self._pending = 0
        self._trouble = ""
        self._is_closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="recording", daemon=True)
        self._thread.start()

    def announcement(self) -> str:
        """Return the sentence for the start of the session."""
        return f"This session is recorded in {harmless(self.path)}, {_NOT_THE_LOG}."

    # For the relay -----------------------------------------------------------------------------

    def resized(self, rows: int, columns: int) -> None:
        """Record the terminal's size, 0 if it is not known; the first one begins the recording."""
        size = rows or _USUAL_SIZE[0], columns or _USUAL_SIZE[1]
        if size == self._size:
            return
        with self._change:
            if self._began is None:
                self._began = self._clock()
            self._size = size
            self._take(self._size, 0)

    def shown(self, output: bytes) -> None:
        """Record output that the terminal is shown, from the first size on."""
        if self._began is not None and output:
            with self._change:
                self._take(output, len(output))

    def _take(self, what: bytes | tuple[int, int], size: int) -> None:
        if self._is_closed or self._trouble:
            return
        if self._pending + size > self._most_pending:
            self._stop("the disk is slower than the session")
            return
        self._items.append((self._elapsed(), what))
        self._pending += size
        self._change.notify()

    def _elapsed(self) -> float:
        return self._clock() - self._began if self._began is not None else 0.0

    def _stop(self, why: str) -> None:
        minutes, seconds = divmod(round(self._elapsed()), 60)
        when = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        self._trouble = self._trouble or f"stopped after {when}: {why}"

    # The thread --------------------------------------------------------------------------------

    def _write_all(self) -> None:
        try:
            while items := self._next():
                self._file.write(items)
            self._file.end(self._elapsed())
        except OSError as error:
            with self._change:
                self._stop(words_of(error))
                self._items.clear()
        try:
            self._file.close()
        except OSError as error:
            with self._change:
                self._stop(words_of(error))

    def _next(self) -> list[_Item]:
        """Wait for items and return as many as one write should take; none at the end."""
        with self._change:
            while not self._items and not self._is_closed:
                self._change.wait()
            items, size = list[_Item](), 0
            while self._items and size < _MOST_IN_ONE_WRITE:
                items.append(self._items.popleft())
                size += len(items[-1][1])
            self._pending = max(self._pending - size, 0)
            return items

    # The end -----------------------------------------------------------------------------------

    def close(self) -> str:
        """End the recording; return a sentence: where it is, or what went wrong with it. Blocks for some seconds.

        The file of a session that never began is removed.
        """
        is_there = self._file.is_named_by(self.path)
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join(_CLOSING_SECONDS)
        path = harmless(self.path)
        if self._began is None:
            if is_there:
                with contextlib.suppress(OSError):
                    Path(self.path).unlink()
            return ""
        if not is_there:
            return f"The recording is lost: {path} was removed or replaced while the session ran."
        if self._thread.is_alive():
            return f"The recording in {path} may lack its end: the disk does not answer."
        if self._trouble:
            return f"The recording in {path} {self._trouble}. It has what was shown until then."
        return f"The session is recorded in {path}."


class _CastFile:
    """The file, which holds whole lines; only a kill in the middle of a write may cut off the last one."""

    def __init__(self, path: str, title: str, began_at: int, environment: Mapping[str, str]) -> None:
        self._fd = _made(path)
        self._identity = os.fstat(self._fd)
        self._header = (began_at, title, environment)
        self._text = OutputText()
        self._has_header = False
        self._whole = 0
        """Bytes of whole lines in the file."""

    def write(self, items: Sequence[_Item]) -> None:
        """Write these items as lines; raises OSError."""
        self._append(b"".join(line for at, what in items if (line := self._line(at, what))))

    def end(self, at: float) -> None:
        """Write what is left of a character that was cut off; raises OSError."""
        if rest := self._text.rest():
            self._append(event_line(Event(at, OUTPUT, rest)))

    def _line(self, at: float, what: bytes | tuple[int, int]) -> bytes:
        if isinstance(what, bytes):
            text = self._text.decode(what)
            return event_line(Event(at, OUTPUT, text)) if text else b""
        rows, columns = what
        if self._has_header:
            return event_line(Event(at, RESIZE, f"{columns}x{rows}"))
        self._has_header = True
        began_at, title, environment = self._header
        return header_line(Header(columns, rows, began_at, title, environment=environment))

    def _append(self, text: bytes) -> None:
        done = 0
        try:
            while done < len(text):
                done += os.write(self._fd, memoryview(text)[done:])
        except OSError:
            # A line that is cut off would make the file unreadable for other players.
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._whole + text.rfind(b"\n", 0, done) + 1)
            raise
        self._whole += done

    def is_named_by(self, path: str) -> bool:
        """Whether the path still leads to this file."""
        try:
            return os.path.samestat(os.lstat(path), self._identity)
        except OSError:
            return False

    def close(self) -> None:
        """Close the file; raises OSError, as some file systems report only now that they are full."""
        os.close(self._fd)


def _made(path: str) -> int:
    # O_EXCL also refuses a symbolic link.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, flags, _OWNER_ONLY)
    except FileExistsError:
        reason = f"{harmless(path)} exists already, and a recording overwrites nothing. Choose another name."
        raise NotRecorded(reason) from None
    except (OSError, ValueError) as error:
        raise NotRecorded(f"{harmless(path)} cannot be written: {words_of(error)}.") from None


def words_of(error: Exception) -> str:
    """Return what is wrong with a file, without its name."""
    return (error.strerror if isinstance(error, OSError) else None) or error_words(error)
