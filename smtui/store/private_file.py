"""Files that only their owner can read, replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

OWNER_ONLY_FOLDER = 0o700


def replace_text(path: Path, text: str) -> None:
    """Write a new file beside `path`, then rename it over: a crash or a full disk leaves the old one.

    Raises OSError. The file is 0600, made so by `mkstemp`; missing folders are made 0700. Line ends
    are written as they are given.
    """
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
