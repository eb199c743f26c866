"""Opens a recording: checks every line once, and then reads the events again one by one, however long the file is."""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Iterator
from typing import IO

from smtui.domain.text import error_words, harmless
from smtui.recording.asciicast import OUTPUT, RESIZE, BrokenLine, Event, Header, read_event, read_header

_LONGEST_LINE = 32 * 2**20


class BrokenRecording(Exception):
    """The file cannot be played; the message names the file, the line and what is wrong."""


class CastFile:
    """One recording, open for reading. Holds some bytes for each event, never their texts."""

    def __init__(self, path: str) -> None:
        """Open and check the file; raises `BrokenRecording`."""
        self.path = harmless(path)
        self.note = ""
        """A sentence if the last line is cut off, as after a crash; what is before it can be played."""
        self.times = array("d")
        """When each event happened, in seconds; never less than the one before."""
        self._places = array("Q")
        self._file = self._opened(path)
        try:
            self.header = self._checked()
        except BaseException:
            self._file.close()
            raise

    def _opened(self, path: str) -> IO[bytes]:
        try:
            # Opening a FIFO must not wait for its writer.
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or error_words(error)
            raise BrokenRecording(f"{self.path} cannot be read: {said}.") from None
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise BrokenRecording(f"{self.path} is not a file.")
        return os.fdopen(fd, "rb")

    def _checked(self) -> Header:
        header, place = None, 0
        for number, line in enumerate(self._lines(), 1):
            try:
                if len(line) == _LONGEST_LINE:
                    raise BrokenLine("It is longer than any line of a recording.")
                if header is None:
                    header = read_header(line)
                elif line.strip():
                    self._add(read_event(line), place)
            except BrokenLine as broken:
                if header is not None and len(line) < _LONGEST_LINE and not line.endswith(b"\n"):
                    self.note = f"Line {number} of {self.path} is cut off; the recording ends before it."
                    break
                raise BrokenRecording(f"{self.path}, line {number}: {broken}") from None
            place += len(line)
        if header is None:
            raise BrokenRecording(f"{self.path} is empty.")
        return header

    def _lines(self) -> Iterator[bytes]:
        try:
            while line := self._file.readline(_LONGEST_LINE):
                yield line
        except OSError as error:
            said = error.strerror or error_words(error)
            raise BrokenRecording(f"{self.path} cannot be read: {said}.") from None

    def _add(self, event: Event, place: int) -> None:
        if event.code in (OUTPUT, RESIZE):
            self.times.append(max(event.at, self.times[-1] if self.times else 0.0))
            self._places.append(place)

    def __len__(self) -> int:
        return len(self.times)

    def event(self, index: int) -> Event:
        """Read an event again; raises `BrokenRecording` if the file has changed meanwhile."""
        try:
            self._file.seek(self._places[index])
            return read_event(self._file.readline(_LONGEST_LINE))
        except BrokenLine as broken:
            raise BrokenRecording(f"{self.path} has changed while it was played: {broken}") from None
        except OSError as error:
            raise BrokenRecording(f"{self.path} cannot be read any more: {error_words(error)}.") from None

    def texts(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of each output from `start` on."""
        for index in range(start, len(self)):
            event = self.event(index)
            if event.code == OUTPUT:
                yield index, event.text

    def close(self) -> None:
        """Close the file."""
        self._file.close()
