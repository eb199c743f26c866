"""Refuses folders below `~/.aws` where somebody else could read or replace a token."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_LEVELS = 2
"""`~/.aws/sso/cache` is two levels below `~/.aws`: whoever may write to any of them may replace the last one."""


def refuse_unsafe(folder: Path) -> None:
    """Raises OSError for a folder in which another user could put a token of theirs, or that is not ours to fill.

    The folder may be missing. Made as root in a user's home, it and its files would be closed to that user.
    """
    if not hasattr(os, "geteuid"):
        return
    here, us = folder, os.geteuid()
    while not here.exists() and here != here.parent:
        here = here.parent
    owner = here.stat().st_uid
    if owner != us and (here == folder or not us):
        raise PermissionError(1, "it belongs to another user" if here == folder else f"{here} belongs to another user")
    for each in (folder, *folder.parents[:_LEVELS]):
        mode = each.stat().st_mode if each.exists() else 0
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            what = "" if each == folder else f" to {each}"
            raise PermissionError(1, f"every user of this machine may write{what or ' to it'}")
