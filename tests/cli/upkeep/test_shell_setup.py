"""Installing completion, and taking it away again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from smtui.cli.group import cli
from smtui.cli.upkeep import shell_setup
from smtui.cli.upkeep.shell_setup import SHELLS, ShellSetup, script


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shell_setup, "BASH_COMPLETION", ())
    return tmp_path


def _setup(shell: str, home: Path) -> ShellSetup:
    return ShellSetup(shell, {"HOME": str(home), "SMTUI_CONFIG_DIR": str(home / "own folder")})


@pytest.mark.parametrize("shell", SHELLS)
def test_installs_once_and_leaves_nothing_when_undone(shell: str, home: Path) -> None:
    startup = home / f".{shell}rc"
    startup.write_text("alias ll='ls -l'", "utf-8")
    setup = _setup(shell, home)
    first = setup.install()
    written = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert any(text == script(shell).encode() for text in written.values())
    again = setup.install()
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == written
    assert first != again
    assert "up to date" in again[0]
    assert first[-1] == f"To undo it: smtui completion {shell} --uninstall"
    setup.uninstall()
    assert startup.read_text("utf-8").strip() == "alias ll='ls -l'"
    assert not any(path.read_bytes() == script(shell).encode() for path in home.rglob("*") if path.is_file())
    assert "not there" in setup.uninstall()[0]


def test_a_home_that_nobody_may_write_to_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, _: str) -> None:
        raise PermissionError(13, "Permission denied", str(path.parent))

    monkeypatch.setattr("smtui.store.file_access.replace_text", denied)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    done = CliRunner().invoke(cli, ["completion", "fish", "--install"])
    assert done.exit_code == 1
    assert f"Nothing more was changed: {home / 'fish' / 'completions'} cannot be written: Permission" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_line_of_the_startup_file_loads_the_script(shell: str, home: Path) -> None:
    said = _setup(shell, home).install()
    startup = (home / f".{shell}rc").read_text("utf-8")
    loaded = home / "own folder" / "completion" / f"smtui.{shell}"
    assert startup == f"[ -r '{loaded}' ] && . '{loaded}'  # smtui completion\n"
    assert any(str(home / f".{shell}rc") in line for line in said)


def test_bash_completion_needs_no_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "there").touch()
    monkeypatch.setattr(shell_setup, "BASH_COMPLETION", (str(home / "there"),))
    _setup("bash", home).install()
    assert (home / ".local/share/bash-completion/completions/smtui").read_text("utf-8") == script("bash")
    assert not (home / ".bashrc").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_without_an_option_the_script_is_printed(shell: str) -> None:
    ran = CliRunner().invoke(cli, ["completion", shell])
    assert (ran.exit_code, ran.output) == (0, script(shell))


def test_a_startup_file_that_cannot_be_written_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SMTUI_CONFIG_DIR", str(home))
    monkeypatch.delenv("ZDOTDIR", raising=False)
    (home / ".zshrc").mkdir()
    ran = CliRunner().invoke(cli, ["completion", "zsh", "--install"])
    assert ran.exit_code == 1
    assert ".zshrc" in ran.output
