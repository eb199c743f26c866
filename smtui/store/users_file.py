"""Replaces a file that is the user's own, such as an AWS configuration: a backup first, then the file as a whole.

A link stays a link, the file keeps its permissions, and a file that changed meanwhile is left alone.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from smtui.store.file_access import OWNER_ONLY_FILE, OWNER_ONLY_FOLDER, read_bytes, replace_lines

MOST_BYTES = 4 << 20
BACKUP = ".before-smtui"


def read_users_file(path: Path) -> bytes | None:
    """Return the content of the file that the path leads to, None if there is none; raises `UnusableFile`."""
    return read_bytes(Path(os.path.realpath(path)), MOST_BYTES)


def replace_users_file(path: Path, before: bytes | None, after: bytes) -> Path | None:
    """Write `after`, if the file still holds `before`; returns the path of the backup, None for a new file.

    Raises OSError and `UnusableFile`.
    """
    target, backup, mode = Path(os.path.realpath(path)), None, OWNER_ONLY_FILE
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    if before is not None:
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "it is write-protected")
        mode = stat.S_IMODE(target.stat().st_mode)
        backup = path.with_name(path.name + BACKUP)
        replace_lines(backup, [before])
    if read_users_file(path) != before:
        raise OSError(11, "another program changed it just now; try again")
    replace_lines(target, [after], mode=mode)
    return backup
