"""What the README promises of itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from smtui.cli.group import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL = (ROOT / "docs" / "pages" / "install.md").read_text(encoding="utf-8")


def test_the_two_commands_are_one_line_each() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("smtui --demo")
    assert commands[1].endswith("pytest")


def test_every_picture_and_file_it_names_exists() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert "screens/nodes.svg" in named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_every_subcommand_is_in_its_use(name: str) -> None:
    block = README.partition("## Use")[2].partition("```text")[2].partition("```")[0]
    assert re.search(rf"^smtui {name}\b", block, re.MULTILINE)


def test_it_installs_the_programs_and_extras_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "pipx install ." in README
    assert "uv tool install ." in README
    assert set(re.findall(r"\.\[(\w+)\]", README + INSTALL)) <= set(project["optional-dependencies"])
    assert set(project["scripts"]) == {"smtui", "smtui-plugin"}


@pytest.mark.parametrize("system", [Unix, MacOS])
def test_the_page_names_the_folders_of_our_files(system: type[Unix | MacOS], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    folders = system("smtui", appauthor=False)
    for folder in (folders.user_config_path, folders.user_cache_path, folders.user_state_path):
        assert f"`~/{folder.parent.relative_to(Path.home()).as_posix()}`" in INSTALL
