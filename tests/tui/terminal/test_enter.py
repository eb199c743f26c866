"""Waiting for enter on a real terminal, and on one that is gone."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from smtui.tui.terminal.enter import wait_for_enter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys")


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> Iterator[int]:
    """The end of a terminal that keys are typed into; our side of it is stdin."""
    typed, ours = os.openpty()
    with os.fdopen(ours, closefd=True) as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        monkeypatch.setattr(sys, "__stdout__", said)
        yield typed
    os.close(typed)


def waiting(is_over: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=wait_for_enter, args=("It \x1b ended.", is_over.is_set), daemon=True)
    thread.start()
    return thread


def test_enter_ends_it_and_other_keys_do_not(keyboard: int, said: io.StringIO) -> None:
    thread = waiting(threading.Event())
    os.write(keyboard, b"abc")
    thread.join(0.5)
    assert thread.is_alive()
    os.write(keyboard, b"\n")
    thread.join(60)
    assert not thread.is_alive()
    assert "It ␛ ended." in said.getvalue()


def test_being_told_to_end_ends_it(keyboard: int) -> None:
    over = threading.Event()
    thread = waiting(over)
    over.set()
    thread.join(60)
    assert not thread.is_alive()


def test_what_was_typed_before_the_question_does_not_answer_it(keyboard: int) -> None:
    os.write(keyboard, b"\n")
    over = threading.Event()
    thread = waiting(over)
    thread.join(0.5)
    assert thread.is_alive()
    over.set()
    thread.join(60)


def test_without_a_terminal_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdout__", io.StringIO())
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "__stdin__", nothing)
        wait_for_enter("Over.", lambda: False)
