"""Whatever a name holds, a cell is as wide as it must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.tui.parts.cells import cell

NASTY = [
    "[red]x[/]",
    "[/]",
    "\x1b[31mred\x1b[0m",
    "bell\x07",
    "two\nlines",
    "\u202eltr\u202c",
    "x" * 400,
    "漢字",
    "é",
    "ि",
    "👩‍💻",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("width", [1, 2, 7, 30])
def test_a_cell_has_its_width_and_nothing_a_terminal_obeys(text: str, width: int) -> None:
    shown = cell(text, width)
    assert cell_len(shown) == width
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)


@given(st.text(max_size=40), st.integers(1, 30))
def test_any_text_has_its_width(text: str, width: int) -> None:
    assert cell_len(cell(text, width)) == width


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("width", [1, 2, 7, 30])
@pytest.mark.parametrize(("right", "middle"), [(True, False), (False, True), (True, True)])
def test_a_cell_has_its_width_at_either_end_and_whatever_it_loses(
    text: str, width: int, right: bool, middle: bool
) -> None:
    assert cell_len(cell(text, width, right=right, middle=middle)) == width


def test_profiles_lose_their_middle_and_ages_end_at_the_right() -> None:
    assert cell("acme-production-admin", 13, middle=True) == "acme-pr…admin"
    assert cell("prod", 6, middle=True) == "prod  "
    assert cell("8 s", 6, right=True) == "   8 s"
