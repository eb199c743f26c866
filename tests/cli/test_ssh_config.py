"""`smtui ssh-config`: what it prints, and what it writes."""

from __future__ import annotations

from pathlib import Path

from smtui.ssh.config_block import BEGIN, END
from tests.cli.conftest import Run

ID = "i-0a1b2c3d4e5f60718"


def test_without_a_name_it_prints_the_block_for_every_id(run: Run, tmp_path: Path) -> None:
    done = run("ssh-config")
    assert done.exit_code == 0
    printed = done.stdout.splitlines()
    assert (printed[0], printed[1], printed[-1]) == (BEGIN, "Host i-* mi-*", END)
    assert printed[2].endswith("ssh-proxy %h %p --region eu-west-1"), "the keys of the environment have no profile"
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-3\n")
    assert "--profile work --region eu-west-1" in run("ssh-config", AWS_PROFILE="work", AWS_ACCESS_KEY_ID=None).stdout


def test_names_become_hosts(run: Run) -> None:
    done = run("ssh-config", "web-1", "10.0.1.12", ID)
    assert done.stdout.count("\nHost web-1\n") == 1
    assert f"    HostName {ID}\n    HostKeyAlias {ID}\n" in done.stdout
    missing = run("ssh-config", "nowhere-1")
    assert missing.exit_code == 1
    assert missing.stdout == ""


def test_writing_twice_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ssh" / "config"
    first = run("ssh-config", "--write", "--file", str(path), "web-1")
    assert "was written" in first.stdout
    written = path.read_bytes()
    again = run("ssh-config", "--write", "--file", str(path), "web-1")
    assert "nothing was changed" in again.stdout
    assert path.read_bytes() == written
    assert "No longer in it: web-1" in run("ssh-config", "--write", "--file", str(path)).stdout
    refused = run("ssh-config", "--read-only", "--write", "--file", str(path))
    assert (refused.exit_code, "read-only" in refused.stderr) == (1, True)
