"""Replaces a file as a whole or not at all; only its owner can read it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

OWNER_ONLY_FOLDER = 0o700


def replace_text(path: Path, text: str) -> None:
    """Write a new file beside `path`, then rename it over: a crash or a full disk leaves the old one.

    Raises OSError, also for text that is no Unicode, such as half a character. `mkstemp` makes the file 0600; missing
    folders are made 0700. Line ends are written as given.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise OSError(errno.EILSEQ, "it holds what is no Unicode text") from error
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
