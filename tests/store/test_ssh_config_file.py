"""Writing the block into a file that is the user's own."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from smtui.domain.place import Place
from smtui.ssh.config_block import END, ConfiguredHost, SshConfigUnusable, block_lines
from smtui.store.ssh_config_file import write_block

PLACE = Place("prod", "eu-west-1")
LINES = block_lines(["/opt/smtui"], PLACE, [ConfiguredHost("web-1", "i-0a1b2c3d4e5f60718", PLACE)])


def by_hand(lines: int = 300) -> bytes:
    """A configuration as people write it, with all that a parser could stumble over."""
    chosen = random.Random(13)
    ends = [b"\n", b"\n", b"\r\n", b" \t\n"]
    pieces = [
        b"# my hosts \xe9\xff, not UTF-8", b"ServerAliveInterval 60", b"Host bastion *.corp !dev.corp",
        b"\tUser   ana", b"    IdentityFile \"~/.ssh/my key\"", b"Match host *.lab exec \"test -f /tmp/lab\"",
        b"  ProxyJump bastion", b"", b"Host=web-2", b"   HostName = 10.0.0.2", b"Include conf.d/*", b"# >>> conda >>>",
        b"Host *", b"LocalForward 8080 localhost:80",
    ]  # fmt: skip
    return b"".join(chosen.choice(pieces) + chosen.choice(ends) for _ in range(lines - 1)) + b"  Port 22"


def test_a_configuration_of_300_lines_survives_byte_for_byte(tmp_path: Path) -> None:
    path, mine = tmp_path / "config", by_hand()
    path.write_bytes(mine)
    path.chmod(0o644)
    done = write_block(path, LINES)
    written = path.read_bytes()
    assert written.endswith(mine)
    assert written.count(b"\n") - mine.count(b"\n") == len(LINES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert done.backup is not None
    assert done.backup.read_bytes() == mine
    assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
    before = path.stat()
    assert not write_block(path, LINES).changed
    assert path.read_bytes() == written
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino), "not even touched"
    assert write_block(path, block_lines(["/opt/smtui"], PLACE, [])).dropped == ("web-1",)
    assert path.read_bytes().endswith(mine)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["config", "config.before-smtui"]


def test_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "config"
    assert write_block(path, LINES).backup is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text().splitlines() == list(LINES)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "ssh", tmp_path / "home" / "config"
    for folder in (real.parent, link.parent):
        folder.mkdir()
    real.write_bytes(b"Host a\n")
    link.symlink_to("../dotfiles/ssh")
    write_block(link, LINES)
    assert os.readlink(link) == "../dotfiles/ssh"
    assert real.read_bytes().endswith(b"Host a\n")
    assert (link.parent / "config.before-smtui").read_bytes() == b"Host a\n"
    assert [each.name for each in real.parent.iterdir()] == ["ssh"]


def test_a_link_to_nothing_makes_its_file(tmp_path: Path) -> None:
    link = tmp_path / "config"
    link.symlink_to("later/config")
    write_block(link, LINES)
    assert link.is_symlink()
    assert (tmp_path / "later" / "config").exists()


@pytest.mark.parametrize("kind", ["folder", "pipe", "damaged"])
def test_what_cannot_be_written_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "config"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_text(f"Host a\n{END}\n")
    before = path.stat()
    with pytest.raises(SshConfigUnusable, match="Nothing was changed"):
        write_block(path, LINES)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in tmp_path.iterdir()] == ["config"]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")
def test_ssh_reads_the_file_as_it_is_meant(tmp_path: Path) -> None:
    """What stood there before counts as it did; the block counts for its hosts alone."""
    path = tmp_path / "config"
    path.write_bytes(b"ServerAliveInterval 61\r\nUser ana\nHost bastion\n  Port 2222\nMatch all\n  Compression yes\n")
    write_block(path, LINES)

    def setting(host: str, name: str) -> str:
        done = subprocess.run(["ssh", "-G", "-F", path, host], capture_output=True, text=True, check=True)
        return next((line.partition(" ")[2] for line in done.stdout.splitlines() if line.startswith(f"{name} ")), "")

    for host in ("web-1", "i-0a1b2c3d4e5f60719", "bastion", "elsewhere"):
        assert (setting(host, "user"), setting(host, "serveraliveinterval")) == ("ana", "61")
        assert setting(host, "compression") == "yes"
    assert setting("web-1", "hostname") == setting("web-1", "hostkeyalias") == "i-0a1b2c3d4e5f60718"
    for host in ("web-1", "i-0a1b2c3d4e5f60719", "mi-0a1b2c3d4e5f60719"):
        assert setting(host, "proxycommand") == "/opt/smtui ssh-proxy %h %p --profile prod --region eu-west-1"
    for host in ("bastion", "elsewhere"):
        assert setting(host, "proxycommand") == ""
    assert setting("bastion", "port") == "2222"
