"""What is printed where a stream's encoding does not have a character: ASCII of the same width."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.cli.output import aligned
from smtui.domain.text import cell_width
from smtui.spelling import spell_out, spelling
from smtui.tui.parts.cells import cell


def written(text: str, encoding: str) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    spell_out(stream, None)
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii", "koi8-r"])
def test_nothing_fails_and_what_there_is_stays(encoding: str) -> None:
    assert written("web-1 漢字", encoding) == "web-1 ????"
    assert len(written("● Ready ✕ ▌│ … n\u0301", encoding)) == len("* Ready x || ~ n")


def test_what_is_drawn_with_has_a_likeness() -> None:
    assert written("● ◐ ○ ✕ ✓ │ ─ ┌ ▲ → … é", "latin-1") == "* o o x v | - + ^ > ~ é"


def test_a_stream_that_has_everything_stays_as_it_is() -> None:
    assert written("● 漢字", "utf-8") == "● 漢字"
    assert written("● 漢字", "utf-16") == "● 漢字"


@given(st.characters(exclude_categories=["Cs", "Cc"]))
def test_a_spelling_is_ascii_and_of_the_same_width(character: str) -> None:
    assert spelling(character).isascii()
    if not unicodedata.category(character).startswith(("M", "C")) and cell_len(character):
        assert len(spelling(character)) == cell_len(character)


RIGHT_TO_LEFT = ["שרת-1", "خادم-2", "web\u202e-3", "\u2067שרת\u2069-4", "سرور"]


@pytest.mark.parametrize("name", RIGHT_TO_LEFT)
def test_right_to_left_names_do_not_shift_columns(name: str) -> None:
    first, second = aligned([[name, "i-1"], ["web-1-of-the-shop", "i-2"]], 40)
    assert cell_width(first.removesuffix("i-1")) == cell_width(second.removesuffix("i-2"))
    assert cell_len(cell(name, 20)) == 20
    assert not {"\u202e", "\u2067", "\u2069"} & set(cell(name, 20))
