"""The user's hooks around `smtui connect` in a real terminal, which they never touch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, wrapped

NOTES = "import os, sys; open(os.environ['HOOK_LOG'], 'a').write(sys.stdin.read()); print('never shown')"
REFUSES = "print('no ticket'); raise SystemExit(4)"


def configured(world: World, folder: Path, before: str, after: str) -> dict[str, str]:
    """The world's environment, with a config.toml that names these programs of Python as hooks."""
    folder.mkdir()
    hooks = {"before_session": before, "after_session": after}
    lines = [f"{name} = {json.dumps([sys.executable, '-c', code])}" for name, code in hooks.items()]
    (folder / "config.toml").write_text("\n".join(["[hooks]", *lines, ""]))
    return {**world.environment, "SMTUI_CONFIG_DIR": str(folder), "HOOK_LOG": str(folder / "log")}


def test_hooks_run_before_and_after_a_session(world: World, tmp_path: Path) -> None:
    environment = configured(world, tmp_path / "config", NOTES, NOTES)
    with Terminal(wrapped(f"{SMTUI} connect web-1 --reason INC-42"), environment) as terminal:
        terminal.wait_for("web-1")
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        assert terminal.wait_for_end() == 0
        assert_sane(terminal)
        assert b"never shown" not in terminal.output
    before, after = map(json.loads, (tmp_path / "config" / "log").read_text().splitlines())
    assert (before["event"], before["name"], before["reason"]) == ("before_session", "web-1", "INC-42")
    assert (before["node"], before["region"], before["account"]) == (ID, "eu-west-1", "111122223333")
    assert (after["event"], after["outcome"]) == ("after_session", "ended")
    assert "token" not in (tmp_path / "config" / "log").read_text().lower()


def test_a_hook_that_fails_before_a_session_keeps_it_from_starting(world: World, tmp_path: Path) -> None:
    environment = configured(world, tmp_path / "config", REFUSES, NOTES)
    with Terminal(wrapped(f"{SMTUI} connect web-1"), environment, columns=200) as terminal:
        terminal.wait_for("status=1")
        assert terminal.wait_for_end() == 0
        assert_sane(terminal)
        assert "ended with exit status 4: no ticket." in terminal.text()
    assert not world.region.sessions.history()
    assert world.active_sessions() == []
    assert world.plugins() == []
    assert not (tmp_path / "config" / "log").exists()
