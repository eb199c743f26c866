"""The SSH server of the demo's nodes, where an sshd is installed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psutil
import pytest

from smtui.demo.far_end import node_sshd
from smtui.demo.far_end.node_sshd import (
    KEY,
    NodeSshd,
    claim_roots_folder,
    find_sshd,
    make_ssh_folder,
    release_roots_folder,
    ssh_folder,
)
from tests.waiting import until

needs_sshd = pytest.mark.skipif(not find_sshd(), reason="no sshd is installed")
ID = "i-0a1b2c3d4e5f60718"


@needs_sshd
async def test_a_connection_has_a_server_of_its_own_that_listens_nowhere() -> None:
    sshd = NodeSshd()
    first, second = await sshd.dial(ID, "web-1"), await sshd.dial(ID, "web-1")
    try:
        assert (await first.read()).startswith(b"SSH-2.0-OpenSSH")
        assert stat.S_IMODE(sshd.folder.stat().st_mode) == 0o700
        children = [psutil.Process(pid) for pid in sshd._children]
        assert len(children) == 2
        assert not [each for child in children for each in child.net_connections() if each.status == "LISTEN"]
        await second.close()
        await until(lambda: [child for child in children if child.status() == psutil.STATUS_ZOMBIE])
    finally:
        await first.close()
        sshd.close()
        sshd.close()
    assert not sshd.folder.exists()
    assert not any(child.is_running() for child in children)


async def test_without_an_sshd_the_port_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_sshd, "find_sshd", lambda: "")
    sshd = NodeSshd()
    with pytest.raises(ConnectionRefusedError, match="connection refused"):
        await sshd.dial(ID, "web-1")
    assert not sshd.folder.exists()
    sshd.close()


@needs_sshd
def test_the_folder_is_made_once() -> None:
    sshd = NodeSshd()
    assert make_ssh_folder(sshd.folder)
    key = (sshd.folder / KEY).read_bytes()
    assert make_ssh_folder(sshd.folder)
    assert (sshd.folder / KEY).read_bytes() == key
    sshd.close()


def test_no_folder_of_the_users_is_ever_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(node_sshd.SSH_VARIABLE, str(tmp_path))
    assert NodeSshd().folder != tmp_path
    own = ssh_folder()
    monkeypatch.setenv(node_sshd.SSH_VARIABLE, os.fspath(own))
    assert NodeSshd().folder == own


def test_the_folder_that_root_needs_goes_with_the_last_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = tmp_path / "sshd"
    monkeypatch.setattr(node_sshd, "_ROOTS_FOLDER", roots)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    first, second = claim_roots_folder("smtui-demo-1-ssh"), claim_roots_folder("smtui-demo-2-ssh")
    assert first is not None
    assert second is not None
    release_roots_folder(first)
    assert roots.is_dir(), "the second still needs it"
    release_roots_folder(second)
    assert not roots.exists()
    roots.mkdir()
    assert claim_roots_folder("smtui-demo-3-ssh") is None, "the system's own"
    assert list(roots.iterdir()) == []
