"""Reads what is uploaded: a file, or a folder as a tar stream that is the same each time it is read.

All of it blocks. A tar stream is never stored: to go on in its middle, its beginning is made again and skipped.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from smtui.domain.text import error_words, harmless
from smtui.transfers.copy_failure import CopyFailed, wrong_size

_BLOCK = 1 << 18
_TAR_END = bytes(2 * tarfile.BLOCKSIZE)
_PLAIN_FILE, _PLAIN_FOLDER, _RUNS = 0o644, 0o755, 0o111


class Changed(Exception):
    """A source is no longer as it was when the copy began."""


class Source(Protocol):
    """A file or folder on this machine."""

    path: bytes
    is_folder: bool
    size: int
    """Bytes to send."""
    mode: int
    mtime: float
    left_out: tuple[str, ...]
    """Sentences on what cannot be copied."""

    def blocks(self) -> Iterator[bytes]:
        """Yield all of it; raises `Changed`, and `CopyFailed` for what cannot be read."""

    def is_unchanged(self) -> bool:
        """Whether it is still what it was."""


def open_source(typed: str, *, recursive: bool, preserve: bool) -> Source:
    """Look at a local path; raises `CopyFailed`."""
    path = os.path.abspath(os.fsencode(os.path.expanduser(typed)))
    shown = harmless(typed)
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            if not recursive:
                raise CopyFailed(f"{shown} is a folder: give -r to copy it with all that is in it.")
            return FolderSource(path, found, preserve=preserve)
        if not stat.S_ISREG(found.st_mode):
            raise CopyFailed(f"{shown} is neither a file nor a folder.")
        if not os.access(path, os.R_OK):
            raise CopyFailed(f"{shown} cannot be read: permission denied.")
        if not found.st_size and _has_content(path):
            raise wrong_size(shown, "On this machine")
    except OSError as error:
        raise CopyFailed(f"{shown} cannot be read: {error.strerror or error_words(error)}.") from None
    return FileSource(path, found)


def _has_content(path: bytes) -> bool:
    """Whether a file of size 0 has content all the same. Some of /proc block where there is nothing to read."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return bool(os.read(descriptor, 1))
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


_Signature = tuple[int, int, int, int]


def _signature(found: os.stat_result) -> _Signature:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class FileSource:
    """A regular file."""

    is_folder = False
    left_out: tuple[str, ...] = ()

    def __init__(self, path: bytes, found: os.stat_result) -> None:
        self.path = path
        self.size = found.st_size
        self.mode = stat.S_IMODE(found.st_mode) & 0o777
        self.mtime = found.st_mtime
        self._signature = _signature(found)

    def blocks(self) -> Iterator[bytes]:
        """Yield its content."""
        yield from _content(self.path, self._signature)

    def is_unchanged(self) -> bool:
        """Whether it is still the same file with the same date."""
        try:
            return _signature(os.stat(self.path)) == self._signature
        except OSError:
            return False


def _content(path: bytes, signature: _Signature) -> Iterator[bytes]:
    try:
        with open(path, "rb", buffering=0) as file:
            if _signature(os.fstat(file.fileno())) != signature:
                raise Changed
            left = signature[2]
            while left:
                block = file.read(min(_BLOCK, left))
                if not block and _signature(os.fstat(file.fileno())) == signature:
                    raise wrong_size(_shown(path), "On this machine")
                if not block:
                    raise Changed
                left -= len(block)
                yield block
    except FileNotFoundError:
        raise Changed from None
    except OSError as error:
        raise CopyFailed(f"{_shown(path)} cannot be read: {error.strerror or error_words(error)}.") from None


def _shown(path: bytes) -> str:
    return harmless(os.fsdecode(path))


@dataclass(frozen=True, slots=True)
class _Entry:
    path: bytes
    header: bytes
    signature: _Signature | None
    """Of a regular file; None for all that has no content."""

    @property
    def size(self) -> int:
        content = self.signature[2] if self.signature is not None else 0
        return len(self.header) + content + -content % tarfile.BLOCKSIZE


class FolderSource:
    """A folder: its entries in the order of their names, with dates but without owners."""

    is_folder = True

    def __init__(self, path: bytes, found: os.stat_result, *, preserve: bool) -> None:
        """Without `preserve` the modes are the usual ones: what may run stays so, nobody else may write."""
        self.path = path
        self.mode = stat.S_IMODE(found.st_mode) & 0o777
        self.mtime = found.st_mtime
        self._preserve = preserve
        self._left_out: list[str] = []
        self._entries = tuple(self._walk(path, b"."))
        self.size = sum(entry.size for entry in self._entries) + len(_TAR_END)
        self.left_out = tuple(self._left_out)

    def _walk(self, folder: bytes, name: bytes) -> Iterator[_Entry]:
        try:
            with os.scandir(folder) as listing:
                inside = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            raise CopyFailed(f"{_shown(folder)} cannot be read: {error.strerror or error_words(error)}.") from None
        for each in inside:
            path, inner = each.path, b"%b/%b" % (name, each.name)
            try:
                found = each.stat(follow_symlinks=False)
                entry = self._entry(path, inner, found)
            except OSError as error:
                raise CopyFailed(f"{_shown(path)} cannot be read: {error.strerror or error_words(error)}.") from None
            if entry is None:
                self._left_out.append(f"{_shown(path)} is neither file, folder nor link.")
                continue
            yield entry
            if stat.S_ISDIR(found.st_mode):
                yield from self._walk(path, inner)

    def _entry(self, path: bytes, name: bytes, found: os.stat_result) -> _Entry | None:
        header = tarfile.TarInfo(os.fsdecode(name))
        header.mtime = int(found.st_mtime)
        header.mode = stat.S_IMODE(found.st_mode) & 0o777
        signature = None
        if stat.S_ISREG(found.st_mode):
            header.size = found.st_size
            signature = _signature(found)
            if not self._preserve:
                header.mode = _PLAIN_FILE | (header.mode & 0o100 and _RUNS)
        elif stat.S_ISDIR(found.st_mode):
            header.type = tarfile.DIRTYPE
            if not self._preserve:
                header.mode = _PLAIN_FOLDER
        elif stat.S_ISLNK(found.st_mode):
            header.type = tarfile.SYMTYPE
            header.linkname = os.fsdecode(os.readlink(path))
        else:
            return None
        return _Entry(path, header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"), signature)

    def blocks(self) -> Iterator[bytes]:
        """Yield the tar stream; small files are joined into larger blocks."""
        gathered = bytearray()
        for piece in self._pieces():
            gathered += piece
            if len(gathered) >= _BLOCK:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)

    def _pieces(self) -> Iterator[bytes]:
        for entry in self._entries:
            yield entry.header
            if entry.signature is not None:
                yield from _content(entry.path, entry.signature)
                yield bytes(-entry.signature[2] % tarfile.BLOCKSIZE)
        yield _TAR_END

    def is_unchanged(self) -> bool:
        """Whether every file is what it was and none was added."""
        try:
            return tuple(self._walk(self.path, b".")) == self._entries
        except CopyFailed:
            return False


class SourceReader:
    """Reads a source block by block from any place on."""

    def __init__(self, source: Source) -> None:
        self._blocks = source.blocks()
        self._rest = memoryview(b"")

    def read(self, number: int) -> bytes:
        """The next `number` bytes, fewer only at the end."""
        taken = bytearray()
        while len(taken) < number:
            if not self._rest:
                block = next(self._blocks, None)
                if block is None:
                    break
                self._rest = memoryview(block)
                continue
            part = self._rest[: number - len(taken)]
            taken += part
            self._rest = self._rest[len(part) :]
        return bytes(taken)

    def skip(self, number: int, each: Callable[[bytes], None]) -> None:
        """Go past the next `number` bytes, and call `each` with them piece by piece."""
        while number:
            piece = self.read(min(_BLOCK, number))
            if not piece:
                raise Changed
            number -= len(piece)
            each(piece)

    def close(self) -> None:
        """Close the file that is being read."""
        if isinstance(self._blocks, Generator):
            with contextlib.suppress(ValueError):  # a thread that nobody waits for any more still reads
                self._blocks.close()
