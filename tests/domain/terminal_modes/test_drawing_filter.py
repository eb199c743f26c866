from __future__ import annotations

import re
from typing import Any

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtui.domain.terminal_modes.drawing_filter import DrawingFilter, PlainText


def drawn(text: str) -> str:
    return DrawingFilter().feed(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain grün 漢 🙂\r\n\ttab\b",
        "\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3mrgb \x1b[4:3mcurly",
        "\x1b[H\x1b[2J\x1b[10;20Hthere\x1b[K\x1b[3A\x1b[2L\x1b[5;20r\x1b[S",
        "\x1b7\x1b8\x1bD\x1bM\x1bE\x1b(0lqk\x1b(B\x0e\x0f\x1b#8",
        "\x1b[?25l\x1b[?1049h\x1b[?7l\x1b[4h\x1b[?2026h\x1b[2 q",
        "ab\x1b[3bc\x1b[?2J\x1b[!p",
    ],
)
def test_what_draws_passes(text: str) -> None:
    assert drawn(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("\x1b[c", "\x1b[>c", "\x1b[=c", "\x1bZ", "\x05", "\x1b[5n", "\x1b[6n", "\x1b[?6n", "\x1b[x", "\x1b[?25$p"),
        *("\x1b[>q", "\x1b[?u", "\x1b[14t", "\x1b[21t", "\x1b[8;99;99t", "\x1b[22;0t", "\x1b[?1;1;0S"),
        *("\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x1bPq#0\x1b\\", "\x1b_Ga=q\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\"),
        *("\x1b]52;c;aGk=\x07", "\x1b]52;c;?\x1b\\", "\x1b]0;title\x07", "\x1b]4;1;?\x07", "\x1b]11;red\x1b\\"),
        *("\x1b]8;;http://x\x1b\\", "\x1b]1337;File=:\x07", "\x9d0;title\x9c", "\x9b6n", "\x90$qm\x9c"),
        *("\x1b[?1000h", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1h", "\x1b[?2l", "\x1b[2h", "\x1b[12l", "\x1b=", "\x1b>"),
        *("\x1b[>1u", "\x1b[>4;2m", "\x1b[=1u", "\x1b[5i", "\x1b[?5i", "\x1b[3J", "\x1b[03J", "\x1b[1;2;3;4;5T"),
        *("\x1b%@", "\x1b F", "\x1b[1q", "\x1b[?3h", "\x1bl", "\x1b6", "\x00\x11\x13\x18\x7f\x07"),
    ],
)
def test_what_does_anything_else_is_dropped(text: str) -> None:
    assert drawn(f"a{text}b") == "ab"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\x1b[?1049;1000;2004h", "\x1b[?1049h"),
        ("\x1b[999999999b", "\x1b[9999b"),
        ("\x9b1m", "\x1b[1m"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("\x1b[1\x1b[2m", "[1\x1b[2m"),
        ("\x1b]0;never ended", ""),
        ("\x1b]0;a\x18b", "b"),
    ],
)
def test_what_is_kept_of_a_mixture(text: str, kept: str) -> None:
    assert drawn(text) == kept


def test_a_full_reset_becomes_one_that_draws_only() -> None:
    assert "\x1bc" not in drawn("\x1bc")
    assert drawn("\x1b[?1049h\x1bc").startswith("\x1b[?1049h\x1b[?1049l\x1b[!p")
    assert drawn("\x1bc").endswith("\x1b[H\x1b[2J")


_PARTS = st.sampled_from(
    [
        *(
            "\x1b",
            "[",
            "]",
            "P",
            "?",
            ">",
            ";",
            "6",
            "n",
            "c",
            "h",
            "1049",
            "52",
            "\x07",
            "\x1b\\",
            "\x9b",
            "\x9c",
            "$q",
        ),
        *("m", "H", "text", "\r\n", "é", "\x18", "\x90", "t", "\x1b[c", "\x1b[6n", "\x1bZ", " ", "\x05", "3", "J"),
    ]
)
_OUTPUT = st.lists(_PARTS | st.text(max_size=3), max_size=30).map("".join)


class _Asked(Exception):
    pass


class _Terminal(pyte.Screen):
    def write_process_input(self, data: str) -> None:
        raise _Asked(data)

    def set_title(self, param: Any) -> None:
        raise _Asked(param)

    set_icon_name = set_title


@given(_OUTPUT)
@example("\x1b[6n")
def test_a_terminal_never_answers(output: str) -> None:
    pyte.Stream(_Terminal(80, 24)).feed(drawn(output))


def test_that_terminal_would_answer() -> None:
    with pytest.raises(_Asked):
        pyte.Stream(_Terminal(80, 24)).feed("\x1b[6n")


@given(_OUTPUT)
def test_nothing_is_left_to_filter(output: str) -> None:
    once = drawn(output)
    assert drawn(once) == once
    assert not re.search("[\x80-\x9f\x00-\x07]", once)


@given(_OUTPUT, st.lists(st.integers(0, 100)))
def test_pieces_of_any_size_give_the_same(output: str, cuts: list[int]) -> None:
    pieces, start = DrawingFilter(), 0
    plain, whole = PlainText(), ""
    text = ""
    for cut in (*sorted(cuts), len(output)):
        whole += pieces.feed(output[start:cut])
        text += plain.feed(output[start:cut])
        start = max(start, cut)
    assert whole == drawn(output)
    assert text == PlainText().feed(output)


@given(_OUTPUT)
def test_plain_text_holds_no_control_but_line_ends_and_tabs(output: str) -> None:
    assert not re.search(r"[^\n\t -~\xa0-\U0010ffff]", PlainText().feed(output))


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("\x1b[?2004l\r42\r\n", "42\n"),
        ("10%\r20%\r\n", "10%\n20%\n"),
        ("\x1b[1mbold\x1b[0m\x1b]0;t\x07!", "bold!"),
        ("a\r\r\nb", "a\nb"),
    ],
)
def test_plain_text(output: str, text: str) -> None:
    assert PlainText().feed(output) == text
