"""A reminder in a running session: shown once, where it disturbs no program."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from smtui.plugin import relay
from smtui.plugin.companions import Companions
from tests.plugin.desk import Desk, Seat, desk, shell

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a pty as on Linux")
READY = "stty -echo; printf '\\nready:'; read x;"


class Reminder:
    """Due when the test says so."""

    def __init__(self) -> None:
        self._due = threading.Event()
        self._wake: Callable[[], None] = lambda: None
        self.keys = 0
        self.asked = 0

    def begin(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def typed(self) -> None:
        self.keys += 1

    def wait(self) -> float | None:
        self.asked += 1
        return 0.0 if self._due.is_set() else None

    def line(self) -> str:
        self._due.clear()
        return "The end is near."

    def come_due(self) -> None:
        self._due.set()
        self._wake()

    def fall_due_asleep(self) -> None:
        self._due.set()


NOTE = b"\r\n\x1b[J\x1b[2msmtui: The end is near.\x1b[22m\r\n"


def seat(at: Desk, code: str) -> tuple[Seat, Reminder]:
    reminder = Reminder()
    launch = dataclasses.replace(shell(code), companions=Companions(reminder=reminder))
    return Seat(at, launch), reminder


def test_the_line_is_shown_once_and_the_prompt_again_below_it() -> None:
    with desk() as at:
        seated, reminder = seat(at, f"{READY} stty echo; printf '\\nready>'; read x; printf '\\nmore>'; read x")
        at.wait_for(b"ready:$")
        at.type(b"\r")
        at.wait_for(b"ready>$")
        at.type(b"abc")
        at.wait_for(b"ready>abc")
        reminder.come_due()
        at.wait_for(b"near")
        at.wait_for(b"\r\nready>abc$")
        at.type(b"\r")
        at.wait_for(b"more>")
        at.type(b"\r")
        seated.run()
        assert bytes(at.shown).count(NOTE + b"ready>abc") == 1
        assert at.shown.count(b"near") == 1
        assert reminder.keys > 0


@pytest.mark.parametrize(
    ("into", "out_of"),
    [
        ("\\033[?1049h", "\\033[?1049l"),
        ("\\033[?25l", "\\033[?25h"),
        ("\\033[2;9r", "\\033[r\\n"),
        ("\\033[5;5H", "\\n"),
        ("\\033]0;half", "\\007"),
    ],
)
def test_nothing_is_drawn_into_a_full_screen_program(into: str, out_of: str) -> None:
    code = f"{READY} printf '{into}'; read x; printf 'still'; read x; printf '{out_of}back\\nready>'; read x"
    with desk() as at:
        seated, reminder = seat(at, code)
        at.wait_for(b"ready:$")
        at.type(b"\r")
        at.wait_for(into.replace("\\033", "\x1b").encode().replace(b"[", rb"\[").replace(b"?", rb"\?"))
        reminder.come_due()
        at.type(b"\r")
        at.wait_for(b"still")
        at.type(b"\r")
        at.wait_for(b"ready>")
        at.wait_for(b"near")
        at.type(b"\r")
        seated.run()
        assert at.shown.index(b"near") > at.shown.index(b"still")
        assert at.shown.count(NOTE) == 1


def test_it_is_not_asked_for_every_piece_of_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_ASK_REMINDER", 1e9)
    with desk() as at:
        seated, reminder = seat(at, "head -c 2000000 /dev/zero | tr '\\0' x; printf '\\nready>'; read x")
        at.wait_for(b"ready>$")
        pieces = len(at.shown) // 65536
        assert 0 < reminder.asked < pieces
        reminder.come_due()
        at.wait_for(b"near")
        at.type(b"\r")
        seated.run()


def test_what_comes_due_while_the_machine_sleeps_is_told_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing wakes the relay then, and the time until which it waits does not count the sleep."""
    monkeypatch.setattr(relay, "_ASK_REMINDER", 0.01)
    monkeypatch.setattr(relay, "_ASK_AFTER_SLEEP", 0.01)

    class Sleeper(Reminder):
        def wait(self) -> float | None:
            return 0.0 if super().wait() is not None else 1e6

    reminder = Sleeper()
    code = f"{READY} stty echo; printf '\\nready>'; read x"
    with desk() as at:
        seated = Seat(at, dataclasses.replace(shell(code), companions=Companions(reminder=reminder)))
        at.wait_for(b"ready:$")
        at.type(b"\r")
        at.wait_for(b"ready>$")
        reminder.fall_due_asleep()
        at.wait_for(b"near")
        at.type(b"\r")
        seated.run()
        assert at.shown.count(NOTE + b"ready>") == 1
