"""MFA codes on the command line: a visible question on stderr, an answer from the terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from smtui.cli.launcher_context import _report_mute_calls
from smtui.cli.places.code_prompt import CodePrompt, can_ask_for_codes
from smtui.domain.places.mfa_question import MfaQuestion
from smtui.engine.offloop import OffLoop
from tests.cli.test_mute import CALL

NOW = datetime(2026, 11, 29, 9, 14, 16, tzinfo=UTC)
QUESTION = MfaQuestion("audit", "arn:aws:iam::111122223333:mfa/mar\x1bia")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end of a terminal that a person types on; stdin is its other end."""
    master, slave = os.openpty()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(fileno=lambda: slave, isatty=lambda: True))
    yield master
    os.close(master)
    os.close(slave)


def answer(question: MfaQuestion) -> str | None:
    fleet = cast(Any, SimpleNamespace(clock=lambda: NOW))
    return asyncio.run(CodePrompt(fleet, OffLoop()).ask(question))


def test_the_question_names_the_device_and_is_no_output(terminal: int, capsys: pytest.CaptureFixture[str]) -> None:
    os.write(terminal, b"492133\n")
    assert answer(QUESTION) == "492133"
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("MFA code for arn:aws:iam::111122223333:mfa/mar")
    assert "\x1b" not in said.err


def test_after_a_refusal_it_says_why_and_when_the_next_code_comes(
    terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    os.write(terminal, b"492133\n")
    later = NOW + timedelta(seconds=14)
    answer(MfaQuestion("audit", "serial", trouble="The last code was refused: each is good once.", next_code_at=later))
    assert capsys.readouterr().err == (
        "smtui: The last code was refused: each is good once. The next one comes in 14 s.\nMFA code for serial: "
    )


@pytest.mark.parametrize("typed", [b"\n", b"\x04"], ids=["an empty line", "ctrl+d"])
def test_nothing_typed_is_a_no(terminal: int, typed: bytes) -> None:
    os.write(terminal, typed)
    assert answer(QUESTION) is None


def test_without_a_terminal_there_is_nobody_to_ask(terminal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: True))
    assert can_ask_for_codes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert not can_ask_for_codes()
    monkeypatch.setattr("sys.stdin", None)
    assert not can_ask_for_codes()


async def test_the_counter_of_mute_calls_does_not_write_over_the_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("smtui.cli.launcher_context._LOOK_SECONDS", 0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    looks = iter([True, True, True, False])
    seen = asyncio.Event()

    class Prompt:
        @property
        def is_open(self) -> bool:
            is_open = next(looks, False)
            if not is_open:
                seen.set()
            return is_open

    fleet = cast(Any, SimpleNamespace(clock=lambda: NOW, pending=lambda: (CALL,) if not seen.is_set() else ()))
    reporting = asyncio.create_task(_report_mute_calls(fleet, cast(Any, Prompt())))
    async with asyncio.timeout(30):
        await seen.wait()
    reporting.cancel()
    await asyncio.wait([reporting])
    assert capsys.readouterr().err == ""
