"""Lines come out whole, whatever the pieces are that the bytes arrive in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtui.runs.line_splitter import LineSplitter

_BYTES = st.binary(max_size=60) | st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xff"])).map(b"".join)


def split(pieces: list[bytes], longest: int = 1000) -> list[bytes]:
    splitter = LineSplitter(longest)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return [*lines, *splitter.rest()]


@given(st.lists(_BYTES))
def test_the_pieces_do_not_matter(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    expected = [line.removesuffix(b"\r") for line in whole.split(b"\n")]
    if expected[-1] == b"" and not whole.split(b"\n")[-1]:
        expected.pop()
    assert split(pieces) == expected


@given(st.lists(st.binary(max_size=40)), st.integers(1, 20))
def test_no_line_is_longer_than_allowed_and_no_byte_is_lost(pieces: list[bytes], longest: int) -> None:
    lines = split(pieces, longest)
    assert all(len(line) <= longest for line in lines)
    whole = b"".join(pieces).replace(b"\r", b"").replace(b"\n", b"")
    assert b"".join(lines).replace(b"\r", b"") == whole


def test_an_unfinished_line_waits_for_its_end() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntw") == [b"one"]
    assert splitter.feed(b"o\r\n") == [b"two"]
    assert splitter.rest() == []
