"""What the bytes of a keyboard are read as."""

from __future__ import annotations

import pytest
from textual import events
from textual.message import Message

from smtui.tui.terminal.prompt_driver import PromptParser


def read(*chunks: str) -> list[str]:
    parser = PromptParser()
    messages: list[Message] = [message for chunk in chunks for message in parser.feed(chunk)]
    return [message.key if isinstance(message, events.Key) else type(message).__name__ for message in messages]


@pytest.mark.parametrize(
    ("bunch", "keys"),
    [
        ("\x1b/web", ["escape", "slash", "w", "e", "b"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1bj", ["escape", "j"]),
        ("\x1bG", ["escape", "G"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1b:sort", ["escape", "colon", "s", "o", "r", "t"]),
        ("\x1b/" + "x" * 40, ["escape", "slash", *"x" * 40]),
        ("\x1b\x1b[Aj", ["escape", "up", "j"]),
        ("\x1b\x03", ["escape", "ctrl+c"]),
    ],
)
def test_an_escape_in_a_bunch_is_not_lost(bunch: str, keys: list[str]) -> None:
    assert read(bunch) == keys
    assert read(*bunch) == keys, "one byte at a time, closely behind each other"


@pytest.mark.parametrize(
    ("sequence", "keys"),
    [
        ("\x1b[A", ["up"]),
        ("\x1bOA", ["up"]),
        ("\x1b\x7f", ["ctrl+w"]),
        ("\x1b[27u", ["escape"]),
        ("\x1b[106;3u", ["alt+j"]),
        ("\x1b[I", ["AppFocus"]),
        ("\x1b[200~a/\x1b[201~j", ["Paste", "j"]),
    ],
)
def test_sequences_stay_what_they_are(sequence: str, keys: list[str]) -> None:
    assert read(sequence) == keys
