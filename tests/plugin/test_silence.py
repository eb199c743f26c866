from __future__ import annotations

import pytest

from smtui.plugin.handoff import Patience
from smtui.plugin.silence import FirstWord, Watchdog

BANNER = b"\r\nStarting session with SessionId: u-1\r\n"


@pytest.mark.parametrize(
    ("output", "spoken"),
    [
        (b"", False),
        (BANNER, False),
        (BANNER + b"\r\n  ", False),
        (BANNER + b"$ ", True),
        (b"This session is encrypted using AWS KMS.", True),
        (b"\r\nStartled", True),
        (BANNER + b"Port 8080 opened for sessionId u-1.", True),
    ],
)
def test_a_banner_is_no_word(output: bytes, spoken: bool) -> None:
    whole, split = FirstWord(), FirstWord()
    whole.feed(output)
    for byte in output:
        split.feed(bytes((byte,)))
    assert (whole.spoken, split.spoken) == (spoken, spoken)


def test_echo_of_typed_keys_is_no_word() -> None:
    waiting = FirstWord()
    waiting.typed(b"ls -l\r")
    waiting.feed(b"ls" + BANNER + b" -l\r\n")
    waiting.typed(b"\x03\x1a")
    waiting.feed(b"^C^Z")
    assert not waiting.spoken
    waiting.feed(b"sh-5.1$ ")
    assert waiting.spoken


def test_endless_blank_output_is_a_word() -> None:
    waiting = FirstWord()
    waiting.feed(b" " * 5000)
    assert waiting.spoken


def test_the_watchdog_speaks_once_and_names_the_node_harmlessly() -> None:
    watchdog = Watchdog(FirstWord(), "web\x1b[31m", 0.0)
    assert "no answer from web␛[31m for 0 s. Still waiting" in watchdog.line().decode()
    assert watchdog.line() == b""
    assert watchdog.due() is None


def test_the_watchdog_is_silent_once_there_was_a_word() -> None:
    first_word = FirstWord()
    watchdog = Watchdog(first_word, "web-1", 0.0)
    first_word.feed(b"$ ")
    assert watchdog.due() is None
    assert watchdog.line() == b""


def test_the_watchdog_waits_its_time() -> None:
    watchdog = Watchdog(FirstWord(), "web-1", 60.0)
    assert watchdog.due() is not None
    assert watchdog.line() == b""


def test_a_user_who_waits_gets_a_note_within_ten_seconds() -> None:
    assert Patience().word < 10
