"""A line of ours between the remote's: what was half typed still looks right, and goes on right."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.plugin.prompt_line import PromptLine

NOTE = "smtui: this session ends in 5 min"
COLUMNS, ROWS = 40, 8


class Live:
    """A terminal that is shown output, with a note of ours in between."""

    def __init__(self) -> None:
        self.screen = pyte.HistoryScreen(COLUMNS, ROWS, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self.line = PromptLine()

    def show(self, output: bytes) -> None:
        self.line.feed(output)
        self._stream.feed(output)

    def note(self) -> None:
        self._stream.feed(self.line.below(NOTE))

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    def current(self) -> tuple[list[str], tuple[int, int]]:
        """The lines below the last note, and where the cursor is among them."""
        lines = self.lines()
        first = max((at + 1 for at, line in enumerate(lines) if line == NOTE), default=0)
        cursor = self.screen.cursor
        return [line for line in lines[first:] if line], (cursor.y - first, cursor.x)


LONG = b"$ " + b"x" * 100
AT_THE_BOTTOM = b"".join(b"line %d\r\n" % number for number in range(20))


@pytest.mark.parametrize("before", [b"", b"a\r\nb\r\n", AT_THE_BOTTOM])
@pytest.mark.parametrize(
    "typed",
    [
        b"$ ",
        b"$ ls -l /etc",
        b"$ ls -l /etc\b\b\b\b",
        LONG,
        LONG + b"\r\x1b[A\x1b[A\x1b[5C",
        b"\x1b[?2004h\x1b[1;32m$ \x1b[0mgr\xc3\xbcn \xe6\xbc\xa2",
        b"\x1b]0;title\x07\x1b[c\x1b[6n$ asked",
        b"Password: ",
    ],
)
@pytest.mark.parametrize("cleared", [b"", b"\x1b[H\x1b[2J", b"\x1b[H\x1b[J", b"\x1b[2J\x1b[H", b"\x1b[H\x1b[2J\x1b[3J"])
def test_a_half_typed_line_is_drawn_again_below(before: bytes, typed: bytes, cleared: bytes) -> None:
    live, undisturbed = Live(), Live()
    live.show(before + cleared)
    for each in (live, undisturbed):
        each.show(typed)
    live.note()
    assert live.current() == undisturbed.current()
    assert NOTE in live.lines()
    assert not live.line.is_busy
    for each in (live, undisturbed):
        each.show(b"!")
    assert live.current() == undisturbed.current()


def test_nothing_is_asked_or_switched_again() -> None:
    line = PromptLine()
    line.feed(b"\r\n\x1b[>1u\x1b]0;t\x07\x1b[6n\x1b[?2004h$ ls")
    assert line.below(NOTE).endswith(b"\r\n$ ls")


@pytest.mark.parametrize(
    ("shown", "busy"),
    [
        (b"$ ls", False),
        (b"\x1b[5;1Hrow", True),
        (b"\x1b[5;1Hrow\r\n$ ", False),
        (b"\x1b[?1049l$ ", False),
        (b"\x1b[5;10r", True),
        (b"\x1b[3d", True),
        (b"gr\xc3", True),
        (b"gr\xc3\xbc", False),
        (b"\xff", False),
    ],
)
def test_a_program_that_chooses_its_rows_is_left_alone(shown: bytes, busy: bool) -> None:
    line = PromptLine()
    line.feed(shown)
    assert line.is_busy == busy


def test_a_line_without_end_is_not_kept() -> None:
    line = PromptLine()
    for _ in range(100):
        line.feed(b"%50\r" * 500)
    assert line.below(NOTE) == f"\r\n\x1b[J\x1b[2m{NOTE}\x1b[22m\r\n".encode()
    line.feed(b"\r\n$ ")
    assert line.below(NOTE).endswith(b"$ ")


def test_rows_that_were_chosen_count_however_much_was_drawn_since() -> None:
    """A full-screen program without the alternate screen, whose picture is larger than what is kept."""
    line = PromptLine()
    line.feed(b"\x1b[5;1Hrow")
    line.feed(b"x" * 200_000)
    before = line.is_busy
    line.feed(b"\r\n$ ")
    assert (before, line.is_busy) == (True, False)


def test_a_sequence_that_came_in_two_pieces_counts() -> None:
    line = PromptLine()
    line.feed(b"$ \x1b[5;")
    line.feed(b"1H")
    before = line.is_busy
    line.feed(b"\x1b[H\x1b")
    line.feed(b"[2J$ ls")
    assert (before, line.is_busy) == (True, False)
    assert line.below(NOTE).endswith(b"\r\n$ ls")


def test_a_line_that_readline_draws_again_and_again_is_kept() -> None:
    """Somebody goes through old commands with the arrows, and has not pressed Enter yet."""
    live, undisturbed = Live(), Live()
    for each in (live, undisturbed):
        each.show(b"$ ")
        for number in range(1000):
            each.show(b"\r\x1b[2Cmake test-%d\x1b[K" % (number % 10))
    live.note()
    assert live.current() == undisturbed.current()
    assert live.lines()[live.screen.cursor.y] == "$ make test-9"


@given(st.text("ab é\b", max_size=60), st.integers(0, 12), st.lists(st.integers(0, 80)))
def test_whatever_is_typed_in_pieces(typed: str, lines: int, cuts: list[int]) -> None:
    output, live, undisturbed = f"$ {typed}".encode(), Live(), Live()
    live.show(b"line\r\n" * lines)
    undisturbed.show(output)
    start = 0
    for cut in (*sorted(cuts), len(output)):
        live.show(output[start:cut])
        start = max(start, cut)
    live.note()
    assert live.current() == undisturbed.current()
