"""The user's hooks around `smtui connect` in a real terminal, which they never touch, and around `smtui forward`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, wrapped
from tests.waiting import PATIENCE

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


def test_hooks_run_before_and_after_a_forward(world: World, tmp_path: Path) -> None:
    environment = configured(world, tmp_path / "config", NOTES, NOTES)
    with subprocess.Popen([SMTUI, "forward", "web-1", "8080"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert re.match(rb"127\.0\.0\.1:\d+ ", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    before, after = map(json.loads, (tmp_path / "config" / "log").read_text().splitlines())
    assert (before["node"], before["destination"], before["account"]) == (ID, "8080", "111122223333")
    assert (after["event"], after["outcome"], after["said"]) == ("after_session", "ended", "Stopped.")
    assert world.active_sessions() == []


def test_a_hook_that_fails_keeps_a_forward_from_starting(world: World, tmp_path: Path) -> None:
    environment = configured(world, tmp_path / "config", REFUSES, NOTES)
    command = [SMTUI, "forward", "web-1", "8080"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ended with exit status 4: no ticket." in done.stderr
    assert not world.region.sessions.history()
    assert not (tmp_path / "config" / "log").exists()


def test_a_hook_that_fails_after_a_forward_is_said(world: World, tmp_path: Path) -> None:
    environment = configured(world, tmp_path / "config", NOTES, REFUSES)
    with subprocess.Popen(
        [SMTUI, "forward", "web-1", "8080"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert "port 8080 of web-1: The hook after the session" in said.decode()
