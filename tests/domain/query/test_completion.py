"""How a term can go on: with which counts, what is not offered, and what taking it makes of the filter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.node_search import haystack
from smtui.domain.query.completion import MOST_OFFERED, Completer, Completion
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.readiness import readiness
from tests.domain.build import NOW, ec2_facts, node
from tests.domain.query.test_filter_terms import TYPED

NODES = [
    node(ec2=ec2_facts(name=f"{role}-{number}", tags={"env": env, "role": role, "cost center": "a b"}))
    for number, (role, env) in enumerate(
        [("web", "prod"), ("web", "prod"), ("web", "preprod"), ("db", "prod"), ("db", "test")]
    )
]
HAYSTACKS = [haystack(each, readiness(each, NOW)) for each in NODES]
SAVED = {"prod-web": "tag:env=prod web", "databases": "db"}


def completed(text: str) -> Completion:
    query = NodeQuery.parse(text, SAVED)
    shown = sum(query.matches(each) for each in HAYSTACKS)
    return Completer(lambda: HAYSTACKS).complete(text, len(text), SAVED, 1, shown=shown)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("tag:env=pr", "tag:env=prod 3, tag:env=preprod 1, @prod-web"),
        ("web tag:env=pr", "tag:env=prod 2, tag:env=preprod 1, @prod-web"),
        ("tag:env=pr db", ""),
        ("tag:", "tag:\"cost center= 5, tag:env= 5, tag:role= 5"),
        ("tag:r", "tag:role= 5"),
        ("-tag:env=t", "-tag:env=test 1"),
        ("tag:env=test", ""),
        ("status:", "status:ready 5"),
        ("status:zz", ""),
        ("region:west", "region:eu-west-1 5"),
        ("agent:<", "agent:<3.3.987.0 5"),
        ("stat", "status: 0"),
        ("tag", "tag: 0"),
        ("we", ""),
        ("@", "@databases, @prod-web"),
        ("@we", "@prod-web"),
        ("stat:x", ""),
        ("", ""),
        ("web ", ""),
    ],
)  # fmt: skip
def test_what_is_offered(text: str, offered: str) -> None:
    found = (f"{each.term} {each.nodes}" if not each.stands_for else each.term for each in completed(text).suggestions)
    assert ", ".join(found) == offered


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("web tag:env=pr", "web tag:env=prod "),
        ("tag:c", 'tag:"cost center='),
        ('tag:"cost center=', 'tag:"cost center=a b" '),
        ("stat", "status:"),
        ("@pr", "@prod-web "),
    ],
)
def test_what_taking_it_makes_of_the_filter(text: str, taken: str) -> None:
    assert completed(text).taken(text) == (taken, len(taken))


def test_what_else_was_offered_can_be_taken_in_its_place_and_then_the_first_again() -> None:
    text, completion, seen = "web tag:env=pr x", completed("web tag:env=pr"), []
    for _ in range(4):
        text, _cursor = completion.taken(text)
        completion = completion.after_taking()
        seen.append(text)
    assert seen == ["web tag:env=prod x", "web tag:env=preprod x", "web @prod-web x", "web tag:env=prod x"]
    assert completed("tag:env=prep").after_taking() == Completion()
    assert completed("tag:").after_taking() == Completion()


def test_a_term_in_the_middle_is_completed_where_it_stands() -> None:
    text = "tag:env=pr web"
    completion = Completer(lambda: HAYSTACKS).complete(text, len("tag:env=pr"), SAVED, 1, shown=3)
    assert completion.taken(text) == ("tag:env=prod web", len("tag:env=prod "))


def test_no_more_are_offered_than_one_can_look_at_and_the_rest_is_counted() -> None:
    many = [f"\n\x02web-{number}\n" for number in range(20)]
    completion = Completer(lambda: many).complete("name:web", 8, {}, 1, shown=20)
    assert len(completion.suggestions) == MOST_OFFERED
    assert completion.more == 20 - MOST_OFFERED


def test_the_list_is_counted_once_while_a_value_is_typed_on() -> None:
    times = 0

    def haystacks() -> list[str]:
        nonlocal times
        times += 1
        return HAYSTACKS

    completer = Completer(haystacks)
    for end in range(len("tag:env="), len("tag:env=pro") + 1):
        completer.complete("tag:env=pro"[:end], end, {}, 1, shown=1)
    assert times == 1
    completer.complete("tag:env=pro", 11, {}, 2, shown=1)
    assert times == 2


@given(TYPED, st.data())
def test_what_is_taken_never_has_a_mistake_and_finds_a_node(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    completion = Completer(lambda: HAYSTACKS).complete(text, cursor, SAVED, 1, shown=0)
    for each in completion.suggestions:
        query = NodeQuery.parse(each.term, SAVED)
        assert not query.mistakes
        assert each.is_open or each.stands_for or each.term.startswith(("-", "!")) or any(map(query.matches, HAYSTACKS))
