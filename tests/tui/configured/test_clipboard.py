"""What the system's clipboard gets."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import psutil
import pytest

from smtui.engine.offloop import OffLoop
from smtui.tui.configured import clipboard as clipboard_module
from smtui.tui.configured.clipboard import SystemClipboard
from tests.waiting import wait_until


async def test_the_system_clipboard_gets_the_text() -> None:
    copied: list[str] = []
    assert await SystemClipboard(OffLoop(), {}, copied.append).put("i-1")
    assert copied == ["i-1"]


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
async def test_over_ssh_the_system_clipboard_is_not_asked(name: str) -> None:
    copied: list[str] = []
    assert not await SystemClipboard(OffLoop(), {name: "x"}, copied.append).put("i-1")
    assert copied == []


async def test_a_clipboard_that_hangs_or_fails_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_module, "PATIENCE_SECONDS", 0.05)
    release = threading.Event()

    def hanging(_: str) -> None:
        release.wait(60)

    def broken(_: str) -> None:
        raise RuntimeError("no clipboard")

    assert not await SystemClipboard(OffLoop(), {}, hanging).put("x")
    release.set()
    assert not await SystemClipboard(OffLoop(), {}, broken).put("x")


async def test_a_failing_system_clipboard_is_said_if_no_other_way_is_wanted() -> None:
    def broken(_: str) -> None:
        raise RuntimeError("no clipboard")

    over_ssh = SystemClipboard(OffLoop(), {"SSH_TTY": "x"}, broken)
    assert await over_ssh.copy("x") == "this system has no clipboard that smtui can reach."


@pytest.mark.integration
async def test_a_command_gets_the_text_on_its_standard_input(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    clipboard = SystemClipboard(OffLoop(), {})
    assert await clipboard.run([sys.executable, "-c", code, str(tmp_path / "copied")], "web-1 é\n") == ""
    assert (tmp_path / "copied").read_bytes() == "web-1 é\n".encode()


@pytest.mark.integration
async def test_what_is_wrong_with_a_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    clipboard, code = SystemClipboard(OffLoop(), {}), "import sys; sys.exit('no \\x1b[1mdisplay')"
    said = await clipboard.run([sys.executable, "-c", code], "x")
    assert said == f"{sys.executable} failed with exit status 1: no ␛[1mdisplay."
    assert await clipboard.run(["/nowhere/copy"], "x") == "/nowhere/copy cannot be started: No such file or directory."
    assert await clipboard.run([], "x") == "the setting clipboard is command, and clipboard_command is empty."
    monkeypatch.setattr(clipboard_module, "PATIENCE_SECONDS", 0.1)
    slow = [sys.executable, "-c", "import time; time.sleep(600)"]
    assert await clipboard.run(slow, "x") == f"{sys.executable} took longer than 0 s."


@pytest.mark.integration
async def test_what_a_slow_command_started_ends_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clipboard_module, "PATIENCE_SECONDS", 0.5)
    noted = tmp_path / "pid"
    said = await SystemClipboard(OffLoop(), {}).run(["sh", "-c", f"sleep 60 & echo $! > {noted}; wait"], "x")
    assert said == "sh took longer than 0 s."
    left = int(noted.read_text())
    wait_until(lambda: not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE)
