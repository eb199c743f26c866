"""With which command smtui names itself where another program is to start it later: ssh, a new tab."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from smtui.engine.ssh_access import own_program


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / name
    made.write_text("#!/bin/sh\n")
    return made


@pytest.fixture(autouse=True)
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """smtui as it is installed, with its Python beside it."""
    installed = program(tmp_path / "bin", "smtui")
    monkeypatch.delenv("PEX", raising=False)
    monkeypatch.setattr(sys, "argv", [str(installed)])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    return installed


def test_it_is_the_program_that_was_started(started: Path) -> None:
    assert own_program() == (str(started),)


@pytest.mark.parametrize("name", ["smtui", "smtui.pex"])
def test_as_one_file_it_is_that_file_and_not_its_cache(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_file = program(tmp_path / "home", name)
    monkeypatch.setattr(sys, "argv", [str(program(tmp_path / "cache", "pex"))])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEX", f"home/{name}")
    assert own_program() == (str(one_file),)


@pytest.mark.parametrize("other", ["home/another.pex", "home/smtui", ""])
def test_a_pex_that_is_not_smtui_or_is_gone_does_not_count(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Path
) -> None:
    program(tmp_path / "home", "another.pex")
    monkeypatch.setenv("PEX", str(tmp_path / other) if other else "")
    assert own_program() == (str(started),)


def test_run_as_a_module_it_is_the_program_beside_python(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(started.with_name("__main__.py"))])
    assert own_program() == (str(started.with_name("smtui.exe" if sys.platform == "win32" else "smtui")),)


def test_without_an_installed_program_it_is_python(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started.unlink()
    assert own_program()[0] == sys.executable
    assert "smtui.cli" in own_program()[-1]
