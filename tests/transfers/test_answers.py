"""Answers and base64 are found in whatever a shell writes, in whatever pieces it comes."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.transfers.answers import Answer, AnswerReader, BrokenAnswer, PayloadDecoder, parse_answer, whole_number

MARK = "0123456789abcdef"


def pieces_of(data: bytes, sizes: list[int]) -> list[bytes]:
    """The same data in pieces."""
    cut, at = [], 0
    for size in sizes:
        cut.append(data[at : at + size])
        at += size
    return [*cut, data[at:]]


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_an_answer_is_found_behind_anything(noise: bytes, sizes: list[int]) -> None:
    reader = AnswerReader(MARK)
    lines = []
    for piece in pieces_of(noise + f":{MARK} ok 1 2\r\n:{MARK} no full\n".encode(), sizes):
        reader.feed(piece)
        while (line := reader.line()) is not None:
            lines.append(line)
    assert lines == ["ok 1 2", "no full"]


def test_what_was_dropped_is_kept_in_part() -> None:
    reader = AnswerReader(MARK)
    reader.feed(b"x" * 10_000 + b"sh: stty: not found\n$ ")
    assert reader.line() is None
    assert reader.dropped.endswith("sh: stty: not found\n$ ")
    assert len(reader.dropped) <= 2048


def test_an_answer_without_an_end_is_refused() -> None:
    reader = AnswerReader(MARK)
    reader.feed(f":{MARK} ok ".encode() + b"x" * 5000)
    with pytest.raises(BrokenAnswer):
        reader.line()


def test_fields() -> None:
    answer = parse_answer("ok how=in part=none room=12 mode=644")
    assert answer == Answer(True, ("how=in", "part=none", "room=12", "mode=644"))
    assert (answer.field("how"), answer.field("other")) == ("in", "")
    assert (answer.number("part"), answer.number("room"), answer.number("mode", 8)) == (None, 12, 0o644)
    refused = parse_answer("no write  disk full ")
    assert (refused.good, refused.code, refused.said) == (False, "write", "disk full")


@pytest.mark.parametrize("text", ["", "-1", "1e9", "x", "9" * 19, "٣", "1_0"])
def test_numbers_are_plain(text: str) -> None:
    with pytest.raises(BrokenAnswer):
        whole_number(text)


@pytest.mark.parametrize("line", ["yes", ":"])
def test_an_answer_is_ok_or_no(line: str) -> None:
    with pytest.raises(BrokenAnswer):
        parse_answer(line)


@given(st.binary(max_size=3000), st.booleans(), st.integers(20, 90), st.lists(st.integers(1, 200), max_size=40))
def test_base64_in_lines_of_any_length(data: bytes, gzipped: bool, width: int, sizes: list[int]) -> None:
    text = base64.b64encode(gzip.compress(data) if gzipped else data)
    lines = b"".join(text[at : at + width] + b"\r\n" for at in range(0, len(text), width))
    reader, decoder = AnswerReader(MARK), PayloadDecoder(len(data), gzipped=gzipped)
    found, ended = b"", False
    for piece in pieces_of(lines + f"\n:{MARK} end\n".encode(), sizes):
        reader.feed(piece)
        if not ended:
            payload, ended = reader.payload()
            found += b"".join(decoder.feed(payload))
    decoder.finish()
    assert found == data
    assert reader.line() == "end"


@pytest.mark.parametrize(
    ("text", "most", "gzipped"),
    [
        (base64.b64encode(b"x" * 100), 99, False),
        (base64.b64encode(gzip.compress(bytes(50_000_000))), 1000, True),
        (base64.b64encode(b"no gzip at all."), 100, True),
        (base64.b64encode(gzip.compress(b"x") + b"more"), 100, True),
        (b"\x1b[31mAAAA", 100, False),
        (b"AA==AAAA", 100, False),
    ],
    ids=["a-byte-more", "a-bomb", "no-gzip", "more-behind", "an-escape", "padding-within"],
)
def test_more_or_other_than_announced_is_refused(text: bytes, most: int, gzipped: bool) -> None:
    decoder = PayloadDecoder(most, gzipped=gzipped)
    with pytest.raises(BrokenAnswer):
        for _ in decoder.feed(text):
            pass


def test_less_than_announced_is_refused() -> None:
    decoder = PayloadDecoder(10, gzipped=False)
    assert b"".join(decoder.feed(b"AAAA")) == bytes(3)
    with pytest.raises(BrokenAnswer, match="less"):
        decoder.finish()
