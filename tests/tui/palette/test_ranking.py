"""Which names fit what was typed, and in which order they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.tui.palette.ranking import Kind, Match, Offer, match, ranked, remember, with_inner


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Match.PREFIX),
        ("copy", Match.PREFIX),
        ("COPY  the", Match.PREFIX),
        ("node", Match.WORD_START),
        ("node copy", Match.WORD_START),
        ("no th", Match.WORD_START),
        ("ode", Match.SUBSTRING),
        ("ode copy", Match.SUBSTRING),
        ("ctnid", Match.FUZZY),
        ("tnid", Match.FUZZY),
        ("opnid", None),
        ("dic", None),
        ("copyx", None),
    ],
)
def test_how_well_a_name_fits(typed: str, expected: Match | None) -> None:
    assert match("Copy the node's id", typed) is expected


@given(name=st.text(), start=st.integers(0, 20), length=st.integers(0, 20))
def test_every_part_of_a_name_finds_it(name: str, start: int, length: int) -> None:
    found = match(name, name[start : start + length])
    assert found is not None
    assert found is not Match.FUZZY or not name.isascii()


@given(name=st.text(), typed=st.text())
def test_any_text_may_be_typed(name: str, typed: str) -> None:
    match(name, typed)


def names(*offers: Offer, typed: str = "", used: tuple[str, ...] = ()) -> list[str]:
    return [offer.name for offer in ranked(offers, typed, used)]


def offer(name: str, kind: Kind = Kind.COMMAND, fits: Match | None = None) -> Offer:
    return Offer(name.lower(), name, kind, fits=fits)


def test_a_prefix_comes_before_a_word_start_before_a_substring() -> None:
    offers = [offer("Perform"), offer("Start a form"), offer("Forward"), offer("Fine oar")]
    assert names(*offers, typed="for") == ["Forward", "Start a form", "Perform"]


def test_single_letters_count_only_where_nothing_fits_better() -> None:
    assert names(offer("Fine oar"), offer("Help"), typed="for") == ["Fine oar"]


def test_among_equals_the_last_used_comes_first() -> None:
    offers = [offer("Copy a"), offer("Copy b"), offer("Copy c"), offer("A copy")]
    assert names(*offers, typed="copy", used=("a copy", "copy c", "copy b")) == ["Copy c", "Copy b", "Copy a", "A copy"]
    assert names(*offers, used=("copy b",)) == ["Copy b", "Copy a", "Copy c", "A copy"]


def test_commands_come_before_presets_and_nodes_and_texts_are_last() -> None:
    offers = [
        offer("Web text", Kind.TEXT, Match.PREFIX),
        offer("Web node", Kind.NODE),
        offer("Web preset", Kind.PRESET),
        offer("Web command"),
        offer("A web command"),
    ]
    assert names(*offers, typed="web") == ["Web command", "Web preset", "Web node", "A web command", "Web text"]


def test_the_lines_of_a_list_stand_for_it_once_its_own_name_no_longer_fits() -> None:
    sort = Offer("sort", "Sort by …", opens="sort")
    inner = [offer("Sort by name"), offer("Sort by agent")]
    assert with_inner(sort, inner, "") == [sort]
    assert with_inner(sort, inner, "sort") == [sort]
    assert with_inner(sort, inner, "by agent") == [inner[1]]
    assert with_inner(sort, inner, "xyz") == [sort]


def test_what_is_used_again_is_remembered_once() -> None:
    used: list[str] = []
    for key in ("a", "b", "a"):
        remember(used, key)
    assert used == ["a", "b"]
