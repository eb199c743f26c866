from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.plugin.terminal_modes import TerminalModes


def undo(output: bytes, rows: int = 24) -> bytes:
    modes = TerminalModes()
    modes.feed(output)
    return modes.undo(rows)


@pytest.mark.parametrize(
    ("left", "undone"),
    [
        *((b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode) for mode in (1, 5, 6, 66, 2004, 2026, 2031, 2048)),
        *((b"\x1b[?%dh" % m, b"\x1b[?%dl" % m) for m in (9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016)),
        *((b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode) for mode in (47, 1047, 1049)),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?7l", b"\x1b[?7h"),
        (b"\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l"),
        (b"\x1b[4h", b"\x1b[4l"),
        (b"\x1b[5 q", b"\x1b[0 q"),
        (b"\x1b=", b"\x1b>"),
        (b"\x1b[>1u", b"\x1b[<1u"),
        (b"\x1b[>1u\x1b[>5u", b"\x1b[<2u"),
        (b"\x1b[=3;1u", b"\x1b[=0;1u"),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[5;10r", b"\x1b7\x1b[r\x1b8"),
        (b"\x1b[1;20r", b"\x1b7\x1b[r\x1b8"),
        (b"\x0e", b"\x0f"),
        (b"\x1b(0", b"\x1b(B"),
        (b"\x1b[1m", b"\x1b[0m"),
        (b"\x1b[0;38;5;196m", b"\x1b[0m"),
        (b"\x1b[4:3m", b"\x1b[0m"),
        (b"\x1b]0;half a title", b"\x18\x1b\\"),
        (b"\x1bPq#0;2;0;0;0", b"\x18\x1b\\"),
        (b"text\x1b", b"\x18\x1b\\"),
        (b"text\x1b[38;5", b"\x18\x1b\\"),
        # The alternate screen has a keyboard stack of its own, and is left before anything is drawn.
        (b"\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[31m", b"\x1b[<1u\x1b[?1049l\x1b[<1u\x1b[0m"),
    ],
)
def test_what_was_left_is_undone_exactly(left: bytes, undone: bytes) -> None:
    assert undo(left) == undone
    assert undo(left + b"\x18" + undone) == b"", "the undoing is itself complete"


@pytest.mark.parametrize(
    "clean",
    [
        b"",
        b"plain caf\xc3\xa9 \xe6\xbc\xa2\r\n",
        b"\x1b[?1049h\x1b[?25l\x1b[2J\x1b[?25h\x1b[?1049l",
        b"\x1b[?1000h\x1b[?1006h\x1b[?1006l\x1b[?1000l",
        b"\x1b[1;31mred\x1b[0m \x1b[32mgreen\x1b[m \x1b[33myellow\x1b[39m \x1b[1mbold\x1b[22m \x1b[48;2;1;2;3m\x1b[49m",
        b"\x1b[38;5;1m\x1b[1;0m",
        b"\x1b[4:3m\x1b[4:0m",
        b"\x1b[5 q\x1b[ q",
        b"\x1b[>1u\x1b[<u",
        b"\x1b[?u\x1b[c\x1b[6n\x1b[?2026$p\x1b[u",
        b"\x1b[>4;2m\x1b[>4;m",
        b"\x1b[>4;2m\x1b[>4n",
        b"\x1b[3;9r\x1b[r",
        b"\x1b[1;24r",
        b"\x1b(0lqk\x1b(B\x0e\x0f",
        b"\x1b=\x1b>",
        b"\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        b"\x1b]0;\x1b[?1000h\x07",
        b"\x1bP\x1b\\\x1b_G\x07\x1b\\",
        b"\x1b[?1003h\x1b[31m\x1b[?25l\x1b[>1u\x1b(0\x1bc",
        b"\x1b[31m\x1b[?25l\x1b[?1h\x1b[4h\x1b[2;5r\x1b[!p",
    ],
)
def test_nothing_is_undone_that_was_not_left(clean: bytes) -> None:
    # `\x1b]0;\x1b[?1000h\x07`: an ESC ends a string, so the mode inside it counts.
    expected = b"\x1b[?1000l" if clean == b"\x1b]0;\x1b[?1000h\x07" else b""
    assert undo(clean) == expected


def test_a_soft_reset_leaves_the_mouse_and_the_screen() -> None:
    assert undo(b"\x1b[?1049h\x1b[?1000h\x1b[!p") == b"\x1b[?1049l\x1b[?1000l"


def test_without_the_height_a_region_is_always_reset() -> None:
    assert undo(b"\x1b[1;24r", rows=0) == b"\x1b7\x1b[r\x1b8"


def test_the_remote_cannot_make_it_fail_with_numbers() -> None:
    digits = b"9" * 5000
    for final in (b"m", b"h", b"r", b"u", b" q"):
        for private in (b"", b"?", b">", b"<", b"="):
            undo(b"\x1b[" + private + digits + b";" + digits + final)
            undo(b"\x1b[" + private + b"9" * 100 + b";" + b"8" * 20 + final)
            undo(b"\x1b[" + private + b";:;::" + final)


_PIECES = st.lists(
    st.sampled_from(
        [b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h", b"\x1b[31m", b"\x1b[m", b"\x1b[1;39m", b"\x1b]0;t",
         b"\x07", b"\x1b\\", b"\x1bP", b"\x1bc", b"\x1b[!p", b"\x0e", b"\x0f", b"\x1b(0", b"\x1b[>1u", b"\x1b[<u",
         b"\x1b", b"\x1b[", b"\x1b[?20", b"04h", b"\x18", b"text", b"\x1b[2;4r", b"\x1b[>4;1m", b"\xe6\xbc", b"\x1b="]
    )
)  # fmt: skip


@given(_PIECES, st.lists(st.integers(0, 200)))
def test_chunks_make_no_difference(pieces: list[bytes], cuts: list[int]) -> None:
    output = b"".join(pieces)
    modes = TerminalModes()
    edges = [0, *sorted(cut for cut in cuts if cut < len(output)), len(output)]
    for start, end in itertools.pairwise(edges):
        modes.feed(output[start:end])
    assert modes.undo(24) == undo(output)


@given(_PIECES)
def test_undoing_is_complete_and_final(pieces: list[bytes]) -> None:
    output = b"".join(pieces)
    assert undo(output + undo(output)) == b""


def test_it_does_not_slow_a_big_cat() -> None:
    line = b"2026-11-22T07:20:00 GET /index.html 200 some ordinary log line of the usual length\r\n"
    chunk = (line * 50)[:4095]
    modes = TerminalModes()
    begun = time.process_time()
    for _ in range(10_000):
        modes.feed(chunk)
    assert 10_000 * len(chunk) / (time.process_time() - begun) > 200e6, "bytes a second"
