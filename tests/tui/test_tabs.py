"""`T` opens a shell in a new tab, says with which command, or why not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from smtui.engine.launcher_parts import Setup
from smtui.tui.session import tab_starter
from tests.tui.driving import running
from tests.tui.looking import told
from tests.tui.world import World, node_id
from tests.waiting import PATIENCE, until

WORDS = ["connect", node_id(21), "--profile", "ops", "--region", "eu-west-1"]
LINE = f"smtui {' '.join(WORDS)}"


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "ZELLIJ", "STY", "WEZTERM_PANE", "KITTY_WINDOW_ID", "TERM_PROGRAM", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSH_CONNECTION", "SSH_TTY", "SMTUI_NEW_TAB"):
        monkeypatch.delenv(name, raising=False)


async def test_the_command_is_run_and_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "argv"
    script = tmp_path / "opener.py"
    script.write_text(f"import sys\nopen({str(out)!r}, 'w').write(' '.join(sys.argv[-6:]))\n")
    monkeypatch.setenv("SMTUI_NEW_TAB", f"{sys.executable} {script} {{command}}")
    async with running(World()) as pilot:
        await pilot.press("T")
        await until(lambda: f"Opened by your own command: {LINE}" in told(pilot.app))
    assert out.read_text() == " ".join(WORDS)


async def test_where_no_tab_can_be_opened_the_command_is_copied() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("T")
        await until(lambda: world.copied == [LINE])
        assert any("This terminal is not known to open tabs." in sentence for sentence in told(pilot.app))


async def test_an_opener_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTUI_NEW_TAB", "sh -c 'echo no server >&2; exit 4' {command}")
    world = World()
    async with running(world) as pilot:
        await pilot.press("T")
        await until(lambda: any("by your own command (no server)." in sentence for sentence in told(pilot.app)))
        await until(lambda: world.copied == [LINE])


async def test_a_window_of_ones_own_stays_open_and_smtui_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tab_starter, "WINDOW_SECONDS", 0.1)
    noted = tmp_path / "pid"
    monkeypatch.setenv("SMTUI_NEW_TAB", f"sh -c 'echo $$ > {noted}; exec sleep 60' {{command}}")
    world = World()
    async with running(world) as pilot:
        await pilot.press("T")
        await until(lambda: f"Opened by your own command: {LINE}" in told(pilot.app))
    window = psutil.Process(int(noted.read_text()))
    assert window.status() != psutil.STATUS_ZOMBIE
    assert os.getsid(window.pid) == window.pid, "it outlives the terminal of smtui"
    assert world.copied == []
    window.kill()


@pytest.mark.integration
async def test_an_opener_that_leaves_its_window_in_the_background_has_opened_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tab_starter, "WINDOW_SECONDS", PATIENCE)
    noted = tmp_path / "pid"
    monkeypatch.setenv("SMTUI_NEW_TAB", f"sh -c 'sleep 60 & echo $! > {noted}' {{command}}")
    async with running(World()) as pilot:
        await pilot.press("T")
        await until(lambda: f"Opened by your own command: {LINE}" in told(pilot.app), patience=PATIENCE / 2)
    psutil.Process(int(noted.read_text())).kill()


async def test_a_terminal_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tab_starter, "OPENING_SECONDS", 0.1)
    hangs = tmp_path / "tmux"
    hangs.write_text("#!/bin/sh\nexec sleep 60\n")
    hangs.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    world = World()
    async with running(world) as pilot:
        await pilot.press("T")
        await until(lambda: any("by tmux: it did not end within" in sentence for sentence in told(pilot.app)))
        await until(lambda: world.copied == [LINE])


@pytest.mark.parametrize(
    ("setup", "words"), [(Setup(read_only=True), "starts no sessions"), (Setup(demo=True), "the Region of this demo")]
)
async def test_read_only_and_the_demo_open_none(setup: Setup, words: str) -> None:
    world = World(launcher_arguments={"setup": setup})
    async with running(world) as pilot:
        await pilot.press("T")
        await until(lambda: any(words in sentence for sentence in told(pilot.app)))
        assert world.copied == []
