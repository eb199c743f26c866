"""A file of the user's own is replaced as a whole, with a backup, and only if it is still what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtui.store.users_file import read_users_file, replace_users_file


@pytest.mark.parametrize("before", [b"mine\n", None])
def test_a_file_that_another_program_has_changed_is_left_alone(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"theirs\n")
    with pytest.raises(OSError, match="another program changed it just now"):
        replace_users_file(path, before, b"mine and more\n")
    assert path.read_bytes() == b"theirs\n"


def test_a_new_file_and_its_next_content(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "config"
    assert read_users_file(path) is None
    assert replace_users_file(path, None, b"first\n") is None
    backup = replace_users_file(path, b"first\n", b"second\n")
    assert backup is not None
    assert (backup.read_bytes(), path.read_bytes()) == (b"first\n", b"second\n")
