"""An endpoint that takes calls and never answers: the command line says what it waits for, and since when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from smtui.cli.launcher_context import _report_mute_calls
from smtui.cli.output import progress
from smtui.domain.place import PendingCall
from smtui.domain.text import cell_width
from smtui.engine.fleet import Fleet

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CALL = PendingCall("ssm:X at ssm.eu-west-1.amazonaws.com", NOW - timedelta(seconds=6))


class MuteFleet(Fleet):
    """One call that is not answered for two looks, then none; the third look ends the test."""

    def __init__(self) -> None:
        self.looks = 0
        self.seen = asyncio.Event()

    def clock(self) -> datetime:
        return NOW + timedelta(seconds=self.looks)

    def pending(self) -> tuple[PendingCall, ...]:
        self.looks += 1
        if self.looks > 2:
            self.seen.set()
            return ()
        return (CALL,)


@pytest.mark.parametrize("on_terminal", [True, False])
async def test_it_counts_on_a_terminal_and_is_said_once_in_a_script(
    on_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("smtui.cli.launcher_context._LOOK_SECONDS", 0.001)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("sys.stderr.isatty", lambda: on_terminal)
    fleet = MuteFleet()
    telling = asyncio.create_task(_report_mute_calls(fleet))
    async with asyncio.timeout(30):
        await fleet.seen.wait()
        await asyncio.sleep(0)
    telling.cancel()
    await asyncio.wait([telling])
    said = capsys.readouterr().err
    sentence = "Waiting for ssm:X at ssm.eu-west-1.amazonaws.com: no answer for"
    if on_terminal:
        assert said == f"\r\x1b[K{sentence} 7 s.\r\x1b[K{sentence} 8 s.\r\x1b[K"
    else:
        assert said == f"smtui: {sentence} 7 s.\n"


def test_progress_never_fills_the_line_that_it_is_erased_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    progress("x" * 50)
    assert cell_width(capsys.readouterr().err.removeprefix("\r")) == 19
