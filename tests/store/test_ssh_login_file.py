"""The user and key of each node, between runs."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from smtui.ssh.ssh_login import SshLogin
from smtui.store import ssh_login_file
from smtui.store.ssh_login_file import FILE_NAME, SshLoginFile

WEB, DB = SshLogin("ec2-user", "~/.ssh/web.pem"), SshLogin("admin")


def test_a_login_is_kept_for_its_node(tmp_path: Path) -> None:
    SshLoginFile(tmp_path).remember("i-1", WEB)
    SshLoginFile(tmp_path).remember("i-2", DB)
    logins = SshLoginFile(tmp_path)
    assert (logins.login("i-1"), logins.login("i-2"), logins.login("i-3")) == (WEB, DB, SshLogin())
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_the_node_used_longest_ago_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_login_file, "MOST_LOGINS", 2)
    logins = SshLoginFile(tmp_path)
    for node_id in ("i-1", "i-2", "i-1", "i-3"):
        logins.remember(node_id, WEB)
    assert [bool(logins.login(node_id)) for node_id in ("i-1", "i-2", "i-3")] == [True, False, True]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        json.dumps({"format": 1, "logins": []}),
        json.dumps({"format": 1, "logins": {"i-1": {"user": "-oProxyCommand=x", "key": ""}}}),
        json.dumps({"format": 1, "logins": {"i-1": {"user": "a"}}}),
        json.dumps({"format": 1, "logins": {"i-1": {"user": "a", "key": "x" * 5000}}}),
    ],
)
def test_a_file_that_cannot_be_used_is_set_aside(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    told: list[str] = []
    assert SshLoginFile(tmp_path, told.append).login("i-1") == SshLogin()
    assert FILE_NAME in told[0]
    assert not (tmp_path / FILE_NAME).exists()
