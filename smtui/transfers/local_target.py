"""Writes what is downloaded: into a part file beside the target, which takes the target's name when it is whole.

All of it blocks. The part file survives a crash, so that the next copy can go on with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator

from smtui.domain.ages import data_size
from smtui.domain.text import harmless
from smtui.transfers.copy_failure import CopyFailed, system_words
from smtui.transfers.unpacking import unpack

_LONGEST_NAME = 230
_PIECE = 1 << 20


class LocalTarget:
    """A file or folder that is being written on this machine."""

    def __init__(self, destination: str, name: str, *, is_folder: bool, must_be_folder: bool) -> None:
        """`name` is used inside a folder; `must_be_folder` for several sources. Raises `CopyFailed`."""
        given = os.fsencode(os.path.expanduser(destination))
        shown = harmless(destination)
        self.is_folder = is_folder
        if os.path.isdir(given):
            path = os.path.join(given, os.fsencode(name))
        elif must_be_folder or (given.endswith(b"/") and not is_folder):
            raise CopyFailed(f"{shown} is not a folder on this machine.")
        else:
            path = given.rstrip(b"/")
        if not is_folder:
            path = os.path.realpath(path) if os.path.islink(path) else path
            if os.path.isdir(path):
                raise CopyFailed(f"{self._words(path)} is a folder, so no file can take its name.")
            if os.path.exists(path) and not os.path.isfile(path):
                raise CopyFailed(f"{self._words(path)} is neither a file nor a folder, so it is not replaced.")
        elif os.path.lexists(path) and not os.path.isdir(path):
            raise CopyFailed(f"{self._words(path)} exists and is not a folder.")
        self.path = os.path.abspath(path)
        self._folder, last = os.path.split(self.path)
        if not os.path.isdir(self._folder):
            raise CopyFailed(f"There is no folder {self._words(self._folder)} on this machine.")
        short = last if len(last) <= _LONGEST_NAME else last[: _LONGEST_NAME - 20] + b"%x" % zlib.crc32(last)
        self._part = os.path.join(self._folder, b"." + short + b".smtui-part")
        self._new = os.path.join(self._folder, b"." + short + b".smtui-new")
        self._file = -1

    @staticmethod
    def _words(path: bytes) -> str:
        return harmless(os.fsdecode(path))

    @property
    def shown(self) -> str:
        """Its path, for sentences."""
        return self._words(self.path)

    def open(self) -> int:
        """Open the part file for this copy alone; returns how much of it an earlier copy has written."""
        with self._explained():
            self._file = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            found = os.fstat(self._file)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
                raise CopyFailed(f"{self._words(self._part)} is not a part file of yours. Remove it, then copy again.")
            os.fchmod(self._file, 0o600)
            self._lock()
            return found.st_size

    def _lock(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CopyFailed(f"Another smtui is copying to {self.shown} right now.") from None

    def read_part(self, size: int, each: Callable[[bytes], None]) -> None:
        """Call `each` with the first `size` bytes of the part, piece by piece, and go on behind them."""
        with self._explained():
            os.lseek(self._file, 0, os.SEEK_SET)
            while size:
                piece = os.read(self._file, min(size, _PIECE))
                if not piece:
                    raise CopyFailed(f"{self._words(self._part)} became shorter meanwhile. Copy again.")
                size -= len(piece)
                each(piece)
            os.ftruncate(self._file, os.lseek(self._file, 0, os.SEEK_CUR))

    def begin_anew(self) -> None:
        """Throw away what the part has."""
        with self._explained():
            os.lseek(self._file, 0, os.SEEK_SET)
            os.ftruncate(self._file, 0)

    def check_room(self, number: int) -> None:
        """Raise `CopyFailed` unless so many more bytes have room."""
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._folder).free
            if free < number:
                raise CopyFailed(
                    f"No room on this machine: {self._words(self._folder)} has {data_size(free)}, "
                    f"{data_size(number)} are to come."
                )

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        with self._explained():
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]

    def finish(self, mode: int | None, mtime: int | None, *, preserve: bool) -> tuple[str, ...]:
        """Give the whole part the target's name; returns sentences on what was left out of a folder."""
        with self._explained():
            if self.is_folder:
                return self._finish_folder(mode, mtime, preserve=preserve)
            if os.path.isdir(self.path):
                raise CopyFailed(f"{self.shown} has become a folder, so no file can take its name.")
            os.fchmod(self._file, self._mode(mode, preserve=preserve))
            if preserve and mtime is not None:
                os.utime(self._part, (mtime, mtime))
            os.fsync(self._file)
            os.replace(self._part, self.path)
            self.close()
        return ()

    def _mode(self, mode: int | None, *, preserve: bool) -> int:
        if preserve and mode is not None:
            return mode
        try:
            return stat.S_IMODE(os.stat(self.path).st_mode)
        except OSError:
            return self._usual(0o666 if mode is None else mode)

    def _usual(self, mode: int) -> int:
        """The mode as this user's umask has it, learnt from a file, because only setting it would tell."""
        self._clear_new()
        os.mkdir(self._new, 0o777)
        try:
            return mode & os.stat(self._new).st_mode & 0o777
        finally:
            os.rmdir(self._new)

    def _clear_new(self) -> None:
        """Remove what a copy that was killed while unpacking has left."""
        if os.path.isdir(self._new) and not os.path.islink(self._new):
            shutil.rmtree(self._new)

    def _finish_folder(self, mode: int | None, mtime: int | None, *, preserve: bool) -> tuple[str, ...]:
        usual = self._usual(0o777)
        os.mkdir(self._new, 0o700)
        try:
            left_out = unpack(self._part, self._new, preserve=preserve)
            if os.path.isdir(self.path):
                _merge(self._new, self.path)
            else:
                os.chmod(self._new, mode if preserve and mode is not None else usual)
                os.rename(self._new, self.path)
        finally:
            shutil.rmtree(self._new, ignore_errors=True)
        if preserve and mtime is not None:
            os.utime(self.path, (mtime, mtime))
        os.unlink(self._part)
        self.close()
        return left_out

    def discard(self) -> None:
        """Remove the part."""
        with contextlib.suppress(OSError):
            os.unlink(self._part)
        self.close()

    def close(self) -> None:
        """Keep the part for the next copy."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CopyFailed(f"{self.shown} could not be written: {system_words(error)}.") from None


def _merge(new: bytes, target: bytes) -> None:
    """Move each file to its place in a folder that is there already; each appears whole."""
    for folder, folders, files in os.walk(new):
        there = os.path.join(target, os.path.relpath(folder, new))
        for name in folders + files:
            path, place = os.path.join(folder, name), os.path.join(there, name)
            if os.path.isdir(path) and not os.path.islink(path):
                if not os.path.isdir(place) or os.path.islink(place):
                    os.mkdir(place)
            else:
                os.replace(path, place)
