"""Puts smtui's block into an ssh configuration, which is the user's own; no byte outside the block changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smtui.domain.text import error_words
from smtui.ssh.config_block import DamagedBlock, SshConfigUnusable, Written, hosts_in_block, with_block
from smtui.store.file_access import UnusableFile
from smtui.store.users_file import read_users_file, replace_users_file


def write_block(path: Path, lines: Sequence[str]) -> Written:
    """Put the block into the file at `path`, or make the file; raises `SshConfigUnusable`."""
    try:
        before = read_users_file(path)
        after = with_block(before or b"", lines)
        earlier, now = hosts_in_block(before or b""), hosts_in_block(after)
    except UnusableFile as unusable:
        raise SshConfigUnusable(f"Nothing was changed in {path}: {unusable}") from unusable
    except DamagedBlock as damaged:
        raise SshConfigUnusable(f"Nothing was changed in {path}. {damaged}") from damaged
    if after == before:
        return Written(changed=False)
    dropped = tuple(name for name in earlier if name not in now)
    try:
        backup = replace_users_file(path, before, after)
    except UnusableFile as unusable:
        raise SshConfigUnusable(f"Nothing was changed in {path}: {unusable}") from unusable
    except OSError as error:
        raise SshConfigUnusable(f"{path} cannot be written: {error.strerror or error_words(error)}.") from error
    return Written(changed=True, backup=backup, dropped=dropped)
