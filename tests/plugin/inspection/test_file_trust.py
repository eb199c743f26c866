"""Who may change a plugin, by the owners and permissions of its file and of every folder above it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from smtui.domain.plugin_facts.plugin_survey import CheckState
from smtui.plugin.inspection.file_trust import Look, file_check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
ME, SOMEBODY, NOBODYS_GROUP = 4_001, 4_002, 4_003


@dataclass
class Facts:
    st_mode: int = 0o755
    st_uid: int = 0
    st_gid: int = 0


def looking(program: Path, of_file: Facts | None = None, **folders: Facts) -> Look:
    """What stat would say: everything root's, but the file and the folders of these names."""
    known: Mapping[str, Facts] = folders

    def look(path: Path) -> Facts:
        if path == program:
            return of_file or Facts(stat.S_IFREG | 0o755)
        return known.get(path.name, Facts(stat.S_IFDIR | 0o755))

    return look


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "session-manager-plugin"
    path.parent.mkdir()
    path.touch()
    return path.resolve()


def test_what_root_or_the_user_owns_is_good(program: Path) -> None:
    assert file_check(program, looking(program), ME).text == "It belongs to root; nobody else can change it."
    own = looking(program, Facts(stat.S_IFREG | 0o755, ME), bin=Facts(stat.S_IFDIR | 0o755, ME))
    assert file_check(program, own, ME).state is CheckState.GOOD


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(stat.S_IFREG | 0o757), "Every user of this machine can change"),
        (Facts(stat.S_IFREG | 0o755, SOMEBODY), f"belongs to user {SOMEBODY}, who can change it"),
    ],
)
def test_a_file_that_others_can_change_is_bad(program: Path, facts: Facts, said: str) -> None:
    check = file_check(program, looking(program, facts), ME)
    assert check.state is CheckState.BAD
    assert said in check.text


def test_a_folder_that_others_can_change_is_as_bad(program: Path) -> None:
    check = file_check(program, looking(program, bin=Facts(stat.S_IFDIR | 0o777)), ME)
    assert check.state is CheckState.BAD
    assert str(program.parent) in check.text
    sticky = Facts(stat.S_IFDIR | stat.S_ISVTX | 0o777)
    assert file_check(program, looking(program, bin=sticky), ME).state is CheckState.GOOD


def test_a_group_is_said_unless_it_is_the_owners_own(program: Path) -> None:
    of_group = Facts(stat.S_IFREG | 0o775, 0, NOBODYS_GROUP)
    check = file_check(program, looking(program, of_group), ME)
    assert check.state is CheckState.WARN
    assert f"group {NOBODYS_GROUP}" in check.text
    assert file_check(program, looking(program, Facts(stat.S_IFREG | 0o775)), ME).state is CheckState.GOOD


def test_the_worst_is_said(program: Path) -> None:
    look = looking(program, Facts(stat.S_IFREG | 0o775, 0, NOBODYS_GROUP), bin=Facts(stat.S_IFDIR | 0o755, SOMEBODY))
    assert file_check(program, look, ME).state is CheckState.BAD


def test_a_link_is_followed_and_its_own_folder_counts(program: Path, tmp_path: Path) -> None:
    way = tmp_path.resolve() / "open" / "session-manager-plugin"
    way.parent.mkdir()
    way.symlink_to(program)
    look = looking(program, open=Facts(stat.S_IFDIR | 0o777))
    assert file_check(way, look, ME).state is CheckState.BAD
    assert file_check(program, look, ME).state is CheckState.GOOD


def test_a_real_file_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "plugin"
    path.touch()
    path.chmod(0o777)
    assert file_check(path).state is CheckState.BAD
    assert file_check(tmp_path / "none").state is CheckState.UNKNOWN
    assert os.access(path, os.W_OK)
