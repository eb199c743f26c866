"""What the system's clipboard gets."""

from __future__ import annotations

import threading

import pytest

from smtui.engine.offloop import OffLoop
from smtui.tui import clipboard as clipboard_module
from smtui.tui.clipboard import SystemClipboard


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
