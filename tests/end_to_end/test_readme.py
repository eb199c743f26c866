"""What the README promises of itself."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_are_one_line_each() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("smtui --demo")
    assert commands[1].endswith("pytest")


def test_every_picture_and_file_it_names_exists() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert "screens/nodes.svg" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
