"""Puts smtui's block into an ssh configuration, which is the user's own: a backup first, then the file as a whole.

A link stays a link, the file keeps its permissions, and no byte outside the block changes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from smtui.domain.text import error_words
from smtui.ssh.config_block import DamagedBlock, SshConfigUnusable, Written, hosts_in_block, with_block
from smtui.store.file_access import OWNER_ONLY_FILE, OWNER_ONLY_FOLDER, UnusableFile, read_bytes, replace_lines

MOST_BYTES = 4 << 20
BACKUP = ".before-smtui"


def write_block(path: Path, lines: Sequence[str]) -> Written:
    """Put the block into the file at `path`, or make the file; raises `SshConfigUnusable`."""
    target = Path(os.path.realpath(path))
    before = _read(path, target)
    try:
        after = with_block(before or b"", lines)
        earlier, now = hosts_in_block(before or b""), hosts_in_block(after)
    except DamagedBlock as damaged:
        raise SshConfigUnusable(f"Nothing was changed in {path}. {damaged}") from damaged
    if after == before:
        return Written(changed=False)
    dropped = tuple(name for name in earlier if name not in now)
    try:
        backup = _write(path, target, before, after)
    except OSError as error:
        raise SshConfigUnusable(f"{path} cannot be written: {error.strerror or error_words(error)}.") from error
    return Written(changed=True, backup=backup, dropped=dropped)


def _read(path: Path, target: Path) -> bytes | None:
    try:
        return read_bytes(target, MOST_BYTES)
    except UnusableFile as unusable:
        raise SshConfigUnusable(f"Nothing was changed in {path}: {unusable}") from unusable


def _write(path: Path, target: Path, before: bytes | None, after: bytes) -> Path | None:
    backup = None
    mode = OWNER_ONLY_FILE
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    if before is not None:
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "it is write-protected")
        mode = stat.S_IMODE(target.stat().st_mode)
        backup = path.with_name(path.name + BACKUP)
        replace_lines(backup, [before])
        if read_bytes(target, MOST_BYTES) != before:
            raise OSError(11, "another program changed it just now; try again")
    replace_lines(target, [after], mode=mode)
    return backup
