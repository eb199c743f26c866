"""Lines of a shell's log: readable, and nothing in them that a terminal obeys."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.records.terminal_text import readable_line, readable_lines


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[32msh-5.2$\x1b[0m ls\r", "sh-5.2$ ls"),
        ("sl\x08\x1b[K\x08\x1b[Kls", "ls"),
        ("10 %\r100 %", "100 %"),
        ("\x1b]0;root@web-1: ~\x07# id", "# id"),
        ("\x1b[?2004h$ exit\x1b[?2004l", "$ exit"),
        ("\x1bP$qm\x1b\\done", "done"),
        ("\x9b31mred\x9d2;title\x9c", "red"),
        ("ab\x1b[2Dc\x1b[1@X", "cXb"),
        ("\x1b(B\x1b=ok\x1b>", "ok"),
        ("a\tb", "a       b"),
        ("ring\x07", "ring"),
    ],
)
def test_what_a_terminal_would_show(written: str, shown: str) -> None:
    assert readable_line(written) == shown


def test_a_sequence_without_an_end_hides_nothing() -> None:
    assert "rm -rf /srv" in readable_line("\x1b]0;rm -rf /srv")
    assert "rm -rf /srv" in readable_line("\x1b[8mrm -rf /srv")


def test_a_jump_far_to_the_right_takes_no_memory() -> None:
    assert len(readable_line("\x1b[999999999Cx" * 1_000)) < 9_000


def test_blanks_that_are_pushed_in_again_and_again_take_no_memory() -> None:
    tracemalloc.start()
    try:
        assert readable_line("a\x1b[9999@b" * 400).rstrip() == "ab" * 400
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_line_feed_at_the_end_begins_no_line() -> None:
    assert list(readable_lines("a\r\nb\r\n")) == ["a", "b"]
    assert list(readable_lines("")) == []


@given(st.text(alphabet=st.sampled_from("ab;\x1b[]P\\0129mKCDGHX@\x07\x08\r\x9b\x9d\x9c?\x00\u202e"), max_size=80))
def test_nothing_that_a_terminal_obeys_is_left(line: str) -> None:
    assert readable_line(line).isprintable()
