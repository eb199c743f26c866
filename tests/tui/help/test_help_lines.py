"""The lines of the help at any width, and the way from part to part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.tui.commands import Scope
from smtui.tui.help.help_lines import help_lines, next_part
from smtui.tui.help.help_sections import HelpEntry, HelpSection, help_sections

EVERYTHING = help_sections(Scope.NODES)
LONGEST = 2 + max(len(text) for each in EVERYTHING for text in (each.title, *(entry.term for entry in each.entries)))
"""Cells of the longest heading or keys, which are not wrapped."""


def texts(*entries: HelpEntry, width: int) -> list[str]:
    laid = help_lines([HelpSection("Heading", entries)], width)
    return ["".join(text for text, _ in pieces) for pieces in laid.lines]


def test_what_has_room_stands_on_one_line() -> None:
    assert texts(HelpEntry("f", "Forward a port", "presets first"), width=60) == [
        "Heading",
        "  f                Forward a port  presets first",
    ]


def test_what_has_none_hangs_under_the_name() -> None:
    assert texts(HelpEntry("f", "Forward a port", "presets of this node come first"), width=48) == [
        "Heading",
        "  f          Forward a port",
        "             presets of this node come first",
    ]


def test_long_keys_push_the_name_aside_or_above_it() -> None:
    long = HelpEntry("enter q ctrl+q ctrl+c", "Quit")
    assert texts(long, width=60)[1:] == ["  enter q ctrl+q ctrl+c  Quit"]
    assert texts(HelpEntry("enter q ctrl+q ctrl+c", "Quit and close them all"), width=44)[1:] == [
        "  enter q ctrl+q ctrl+c",
        "             Quit and close them all",
    ]


@given(width=st.integers(1, 300))
def test_no_line_is_wider_than_the_pane_unless_a_term_is(width: int) -> None:
    for pieces in help_lines(EVERYTHING, width).lines:
        line = "".join(text for text, _ in pieces)
        assert cell_len(line) <= max(width, LONGEST), line


@given(width=st.integers(1, 300))
def test_no_word_is_lost_at_any_width(width: int) -> None:
    def words(text: str) -> str:
        return "".join(text.split())

    shown = "".join(text for pieces in help_lines(EVERYTHING, width).lines for text, _ in pieces)
    wanted = "".join(
        section.title + "".join(entry.term + entry.name + entry.more for entry in section.entries)
        for section in EVERYTHING
    )
    assert words(shown) == words(wanted)


def test_tab_goes_from_part_to_part_and_from_the_last_to_the_first() -> None:
    laid = help_lines(EVERYTHING, 60)
    assert laid.parts[0] == 0
    last_top = len(laid.lines) - 20
    top, met = 0, [0]
    while (top := next_part(laid.parts, top, last_top)) and len(met) < 50:
        top = min(top, last_top)
        met.append(top)
    assert set(met) >= {part for part in laid.parts if part < last_top}
    assert next_part((), 0, 0) == 0
