"""Unpacks a tar stream that a node sent. It blocks, and trusts none of it.

Nothing is written outside the folder. An absolute name or `..` refuses the whole archive. Links are made last, when
nothing is written any more that could follow them; those that lead out are taken away again. Devices are left out.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile

from smtui.domain.text import error_words, harmless
from smtui.transfers.copy_failure import CopyFailed, system_words

_MOST_ENTRIES = 5_000_000
_MOST_LEFT_OUT = 1000
_PIECE = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def unpack(archive: bytes, folder: bytes, *, preserve: bool) -> tuple[str, ...]:
    """Unpack into an empty folder; returns sentences on what was left out.

    Raises `CopyFailed` for an archive that is broken or wants out of the folder.
    """
    unpacking = _Unpacking(os.path.realpath(folder), preserve=preserve)
    try:
        with tarfile.open(os.fsdecode(archive), "r:", encoding="utf-8", errors="surrogateescape") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                unpacking.take(tar, member)
        unpacking.make_links()
        unpacking.set_folders()
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise CopyFailed(f"The node's archive is broken ({error_words(error)}), so it was not unpacked.") from None
    except OSError as error:
        raise CopyFailed(f"The node's archive could not be unpacked: {system_words(error)}.") from None
    return tuple(unpacking.left_out)


class _Unpacking:
    def __init__(self, root: bytes, *, preserve: bool) -> None:
        self._root = root
        self._preserve = preserve
        self._entries = 0
        self._links: list[tuple[bytes, bytes]] = []
        self._folders: list[tuple[bytes, int, float]] = []
        self.left_out: list[str] = []

    def take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise CopyFailed("The node's archive has more than five million entries, so it was not unpacked.")
        path = self._below(member.name)
        if path == self._root:
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if member.isdir():
            os.makedirs(path, exist_ok=True)
            self._folders.append((path, member.mode & 0o777, member.mtime))
        elif member.issym():
            self._links.append((path, os.fsencode(member.linkname)))
        elif member.islnk():
            self._hard_link(path, self._below(member.linkname))
        elif member.isreg():
            self._write(tar, member, path)
        else:
            self._leave_out(path, "is neither file, folder nor link.")

    def _below(self, name: str) -> bytes:
        """The path of an entry; raises `CopyFailed` for one outside."""
        parts = [part for part in os.fsencode(name).split(b"/") if part not in (b"", b".")]
        if name.startswith("/") or b".." in parts:
            raise CopyFailed(
                f"The node's archive wants to write to {harmless(name)}, outside its folder, so it was not unpacked. "
                "Whoever made it may mean harm."
            )
        return b"/".join((self._root, *parts))

    def _leave_out(self, path: bytes, why: str) -> None:
        if len(self.left_out) < _MOST_LEFT_OUT:
            self.left_out.append(f"{harmless(os.fsdecode(os.path.relpath(path, self._root)))} {why}")

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: bytes) -> None:
        content = tar.extractfile(member)
        assert content is not None  # noqa: S101 - it is a regular file
        if os.path.isfile(path):  # an archive may hold a file twice: the last one counts
            os.unlink(path)
        with content, open(os.open(path, _NEW, 0o777 if member.mode & 0o100 else 0o666), "wb") as file:
            shutil.copyfileobj(content, file, _PIECE)
            if self._preserve:
                os.fchmod(file.fileno(), member.mode & 0o777)
        if self._preserve:
            os.utime(path, (member.mtime, member.mtime))

    def _hard_link(self, path: bytes, to: bytes) -> None:
        if os.path.isfile(to) and not os.path.lexists(path):
            os.link(to, path)
        else:
            self._leave_out(path, "is a link to a file that is not in the archive.")

    def make_links(self) -> None:
        made = []
        for path, target in self._links:
            if target.startswith(b"/") or not target:
                self._leave_out(path, "is a link that leads out of the folder.")
            elif os.path.lexists(path):
                self._leave_out(path, "is in the archive twice.")
            else:
                os.symlink(target, path)
                made.append(path)
        for path in made:
            # Only now: a link may lead out through another one.
            if os.path.commonpath((self._root, os.path.realpath(path))) != self._root:
                os.unlink(path)
                self._leave_out(path, "is a link that leads out of the folder.")

    def set_folders(self) -> None:
        if self._preserve:
            for path, mode, mtime in reversed(self._folders):
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    os.chmod(path, mode)
                    os.utime(path, (mtime, mtime))
