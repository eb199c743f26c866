"""Finds out who may change a program: the owners and permissions of its file and of every folder above it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from smtui.domain.plugin_facts.plugin_survey import CheckState, PluginCheck

NAME = "file"
_ROOT = 0


class FileFacts(Protocol):
    """What `os.stat_result` has of an owner and permissions."""

    @property
    def st_mode(self) -> int:
        """The kind and the permissions."""

    @property
    def st_uid(self) -> int:
        """The owner."""

    @property
    def st_gid(self) -> int:
        """The group."""


Look = Callable[[Path], FileFacts]


def file_check(program: Path, look: Look = Path.stat, me: int | None = None) -> PluginCheck:
    """Check that only root and the user can change the program. Blocks; `me` is the user's number."""
    if sys.platform == "win32":
        return PluginCheck(NAME, CheckState.UNKNOWN, "Not known: who may change it is not looked up on Windows.")
    own = os.getuid() if me is None else me
    try:
        found = [weakness for path in _all_parts(program) if (weakness := _weakness(path, look(path), own))]
        owner = _user(look(program).st_uid)
    except OSError as error:
        return PluginCheck(NAME, CheckState.UNKNOWN, f"Not known: {error.strerror or type(error).__name__}.")
    if found:
        return max(found, key=lambda check: check.state is CheckState.BAD)
    return PluginCheck(NAME, CheckState.GOOD, f"It belongs to {owner}; nobody else can change it.")


def _all_parts(program: Path) -> Iterator[Path]:
    """Yield the file and all folders above it, along its links too."""
    seen = set()
    for way in (program, program.resolve()):
        for part in (way, *way.parents):
            if part not in seen:
                seen.add(part)
                yield part


def _weakness(path: Path, facts: FileFacts, own: int) -> PluginCheck | None:
    """Return who else can change this file or folder; None for nobody."""
    mode = facts.st_mode
    is_sticky = stat.S_ISDIR(mode) and bool(mode & stat.S_ISVTX)
    if mode & stat.S_IWOTH and not is_sticky:
        return PluginCheck(NAME, CheckState.BAD, f"Every user of this machine can change {path}.")
    if facts.st_uid not in (_ROOT, own):
        return PluginCheck(NAME, CheckState.BAD, f"{path} belongs to {_user(facts.st_uid)}, who can change it.")
    if mode & stat.S_IWGRP and not is_sticky and facts.st_gid != _ROOT:
        group = _group(facts.st_gid)
        if group != _user(facts.st_uid):  # a user's own group has nobody else
            return PluginCheck(NAME, CheckState.WARN, f"The members of the group {group} can change {path}.")
    return None


def _user(number: int) -> str:
    if sys.platform == "win32":
        return str(number)
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    if sys.platform == "win32":
        return str(number)
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
