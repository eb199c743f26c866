"""What is said while a filter is typed, what tab takes, and which earlier filters come."""

from __future__ import annotations

import pytest

from smtui.domain.place import Place
from smtui.domain.query.filter_memory import FilterMemory, View
from smtui.engine.offloop import OffLoop
from smtui.places.filter_book import FilterBook
from smtui.store.filter_file import FiltersInMemory
from smtui.tui.nodes.filter_help import NodeFilterHelp
from smtui.tui.nodes.node_rows import NodeRows
from smtui.tui.parts.cursor_list import Look
from tests.domain.build import NOW, ec2_facts, node

MEMORY = (
    FilterMemory()
    .with_saved("prod-web", "tag:env=prod web")
    .with_earlier("web")
    .with_earlier("Web status:ready")
    .with_earlier("db")
    .with_view("here", View("vpc:1"))
)


def helper(typed: str = "", memory: FilterMemory = MEMORY) -> NodeFilterHelp:
    rows = NodeRows(lambda: NOW)
    for number, env in enumerate(("prod", "prod", "preprod")):
        facts = ec2_facts(name=f"web-{number}", tags={"env": env})
        rows.put(node(node_id=f"i-{number}", place=Place("ops", "eu-west-1"), ec2=facts))
    rows.settle()
    filters = FilterBook(FiltersInMemory(), OffLoop())
    filters.now = memory
    rows.saved = memory.saved
    rows.set_filter(typed)
    return NodeFilterHelp(rows, filters, lambda: "here", lambda _: None)


def said(typed: str) -> list[str]:
    lines = helper(typed).lines(typed, len(typed), 76)
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


def test_what_is_offered_is_listed_with_its_counts() -> None:
    assert said("web tag:env=pr") == [
        "  tag:env=prod     2 nodes",
        "  tag:env=preprod  1",
        "  @prod-web        saved: tag:env=prod web",
    ]
    assert said("tag:env=prep") == ["  tag:env=preprod  1 node"]


def test_mistakes_are_said_with_what_is_near_and_the_keys() -> None:
    assert said("web agent:<3.x stat:ready") == [
        "✕ agent:<3.x: a version is 3.1.1374.0",
        "✕ stat: is no key; status?",
        "  The underlined terms do not filter.",
        "  keys: name id ip tag status platform agent region profile account vpc",
        '  also: -term not · ~fuzzy · "in quotes" · @saved',
    ]
    narrow = helper().lines("stat:x", 6, 40)
    assert ["".join(piece.text for piece in line).rstrip() for line in narrow][2:] == [
        "  keys: name id ip tag status platform",
        "        agent region profile account vpc",
        '  also: -term not · ~fuzzy · "in quotes"',
        "        @saved",
    ]
    assert said("x:1 y:1 z:1 xx:1 web")[-3:][0] == "  1 more. The underlined terms do not filter."


def test_while_a_name_is_typed_that_some_saved_filter_has_nothing_is_wrong_yet() -> None:
    assert said("@we") == ["  @prod-web  saved: tag:env=prod web"]


@pytest.mark.parametrize("typed", ["web", "web ", "tag:env=prod ", "", "-web", "zzz"])
def test_nothing_is_said_that_does_not_help(typed: str) -> None:
    assert said(typed) == []


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("web tag:env=pr", "web tag:env=prod "),
        ("stat:ready", "status:ready "),
        ("agent:<3.x stat:ready web", "agent:<3.x status:ready web"),
        ("web", None),
        ("agent:<3.x", None),
    ],
)
def test_what_tab_takes(typed: str, taken: str | None) -> None:
    found = helper(typed).taken(typed, len(typed))
    assert (found[0] if found is not None else None) == taken


def test_tab_again_takes_what_else_was_offered_which_stays_in_view() -> None:
    one = helper("tag:env=pr")
    text, cursor = one.taken("tag:env=pr", 10) or ("", 0)
    accents = [line[1].text for line in one.lines(text, cursor, 76) if line[1].look is Look.ACCENT]
    assert accents == ["tag:env=preprod"]
    text, cursor = one.taken(text, cursor) or ("", 0)
    assert text == "tag:env=preprod "
    assert one.lines(f"{text}x", cursor + 1, 76) == ()


def test_where_the_mistakes_are() -> None:
    typed = "web stat:ready -x:1"
    assert [typed[start:end] for start, end in helper().mistakes(typed)] == ["stat:ready", "-x:1"]


def test_earlier_filters_begin_with_what_is_typed_and_that_of_these_places_comes_first() -> None:
    assert helper().earlier("") == ["vpc:1", "db", "Web status:ready", "web"]
    assert helper().earlier("we") == ["Web status:ready", "web"]
    assert helper(memory=FilterMemory()).earlier("") == []
