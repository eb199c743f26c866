from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.recording.asciicast import (
    BrokenLine,
    Event,
    Header,
    OutputText,
    event_line,
    header_line,
    read_event,
    read_header,
)

_TEXT = st.text(st.characters(codec="utf-8"))
_CELLS = st.integers(1, 10_000)


@given(
    st.builds(
        Header,
        _CELLS,
        _CELLS,
        st.none() | st.integers(0, 2**40),
        _TEXT,
        st.none() | st.floats(0.001, 1e6),
        st.dictionaries(_TEXT, _TEXT, max_size=3),
    )
)
def test_a_header_is_read_as_it_was_written(header: Header) -> None:
    line = header_line(header)
    assert line.count(b"\n") == 1
    assert read_header(line) == header


@given(st.floats(0, 1e9), _TEXT)
def test_an_event_is_read_as_it_was_written(at: float, text: str) -> None:
    line = event_line(Event(at, "o", text))
    assert line.count(b"\n") == 1
    event = read_event(line)
    assert (event.code, event.text) == ("o", text)
    assert math.isclose(event.at, at, abs_tol=1e-6)


@given(_TEXT, _TEXT)
def test_a_terminal_that_is_shown_the_file_obeys_nothing_in_it(title: str, text: str) -> None:
    lines = header_line(Header(80, 24, title=title)) + event_line(Event(1, "o", text))
    assert [each for each in lines.decode() if (each < " " or "\x7f" <= each <= "\x9f") and each != "\n"] == []


@given(st.text(), st.lists(st.integers(0, 200)))
def test_a_character_that_is_cut_between_reads_is_not_lost(text: str, cuts: list[int]) -> None:
    output, decoder, decoded, start = text.encode("utf-8", "replace"), OutputText(), "", 0
    for cut in sorted(cuts):
        decoded += decoder.decode(output[start:cut])
        start = max(start, cut)
    assert decoded + decoder.decode(output[start:]) + decoder.rest() == output.decode()


@given(st.binary())
def test_bytes_that_are_no_text_become_a_visible_character(output: bytes) -> None:
    decoder = OutputText()
    whole = "".join(decoder.decode(output[at : at + 1]) for at in range(len(output))) + decoder.rest()
    assert whole == output.decode("utf-8", "replace")


def complaint(read: Callable[[bytes], object], line: bytes) -> str:
    try:
        read(line)
    except BrokenLine as broken:
        return str(broken)
    return ""


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.binary() | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_other_line_is_broken_with_a_sentence(line: bytes) -> None:
    for read in (read_header, read_event):
        said = complaint(read, line)
        assert said.isprintable()
        assert said[:1] in ("", *"ABT")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[]", "This is not the header of an asciicast recording."),
        (b'{"version": 3}', "This is version 3 of asciicast; only version 2 can be played. To convert it: "),
        (b'{"version": 1}', "This is version 1 of asciicast; only version 2 can be played. To convert it: "),
        (b'{"version": "\\u001b[2J"}', "This is version "),
        (b'{"version": 2, "width": 0, "height": 24}', "The header's width must be a whole number from 1 to 10000."),
        (b'{"version": 2, "width": 80}', "The header's height must be"),
        (b'{"version": 2, "width": true, "height": 24}', "The header's width must be"),
        (b'{"version": 2', "This is not JSON: "),
        (b"\xff", "Byte 1 is not UTF-8."),
    ],
)
def test_a_broken_header_says_what_is_wrong(line: bytes, why: str) -> None:
    with pytest.raises(BrokenLine) as broken:
        read_header(line)
    assert str(broken.value).startswith(why)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{}", "This is not an event: [seconds, code, text]."),
        (b'[1, "o"]', "This is not an event"),
        (b'[-1, "o", ""]', "The time -1 is not a number of seconds."),
        (b'[NaN, "o", ""]', "The time NaN is not a number of seconds."),
        (b'[1e999, "o", ""]', "The time Infinity is not"),
        (b'["1", "o", ""]', 'The time "1" is not'),
        (b'[1, "o", 2]', "The code and the text of an event must be texts."),
        (b'[1, "r", "80"]', "The size 80 is not COLUMNSxROWS."),
        (b'[1, "r", "0x24"]', "The size 0x24 is not"),
        (b"[" * 100_000, "This JSON cannot be read"),
        (b"[" + b"1" * 5000 + b', "o", ""]', "This JSON cannot be read"),
    ],
)
def test_a_broken_event_says_what_is_wrong(line: bytes, why: str) -> None:
    with pytest.raises(BrokenLine) as broken:
        read_event(line)
    assert str(broken.value).startswith(why)


def test_what_later_programs_add_does_not_matter() -> None:
    assert read_event(b'[1.5, "m", "chapter", {"more": 1}]') == Event(1.5, "m", "chapter")
    header = read_header(b'{"version": 2, "width": 80, "height": 24, "theme": {}, "idle_time_limit": "x", "env": 1}')
    assert header == Header(80, 24)
