"""How a filter is split into terms, and that what is written is read as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.query.filter_terms import Term, split_terms, write_term
from smtui.domain.query.node_query import KEYS
from smtui.domain.text import folded

TYPED = st.text("aZ1é .:-!~@<>=\"'\tİ\n", max_size=30) | st.text(max_size=30)
"""What can be typed, with much that has a meaning."""


def parts(term: Term) -> tuple[bool, str, str, str]:
    return term.leaves_out, term.key, term.operator, term.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  Web   PROD ", [(False, "", "", "web"), (False, "", "", "prod")]),
        ("-web", [(True, "", "", "web")]),
        ("!Tag:Env=Prod", [(True, "tag", "", "env=prod")]),
        ('tag:"cost center"=12', [(False, "tag", "", "cost center=12")]),
        ('"a b" c', [(False, "", "", "a b"), (False, "", "", "c")]),
        ('"not closed yet', [(False, "", "", "not closed yet")]),
        ('"-web" "name:x" "~y" "@z"', [(False, "", "", word) for word in ("-web", "name:x", "~y", "@z")]),
        ("agent:<=3.1 agent:>3 name:=web-1 name:~wb", [(False, "agent", "<=", "3.1"), (False, "agent", ">", "3"),
                                                       (False, "name", "=", "web-1"), (False, "name", "~", "wb")]),
        ("~wb @prod-web -@x", [(False, "", "~", "wb"), (False, "", "@", "prod-web"), (True, "", "@", "x")]),
        ("stat:x", [(False, "stat", "", "x")]),
        ("fe80::1 dead:beef::1", [(False, "", "", "fe80::1"), (False, "", "", "dead:beef::1")]),
        ("tag:aws:groupName=x", [(False, "tag", "", "aws:groupname=x")]),
        ("- name: agent:<", [(True, "", "", ""), (False, "name", "", ""), (False, "agent", "<", "")]),
        ('"', [(False, "", "", "")]),
    ],
)  # fmt: skip
def test_terms(text: str, expected: list[tuple[bool, str, str, str]]) -> None:
    assert [parts(term) for term in split_terms(text)] == expected


@given(TYPED)
def test_every_term_stands_where_it_says_and_only_blanks_between(text: str) -> None:
    terms = split_terms(text)
    assert all(text[term.start : term.end] == term.typed for term in terms)
    ends = [0, *(term.end for term in terms)]
    starts = [*(term.start for term in terms), len(text)]
    assert not any(text[end:start].strip() for end, start in zip(ends, starts, strict=True))


@given(st.text(max_size=12), st.sampled_from(["", *KEYS]), st.sampled_from(["", "=", "~", "<", ">="]), st.booleans())
def test_a_written_term_is_read_as_the_same(value: str, key: str, operator: str, leaves_out: bool) -> None:
    operator = operator if key or operator == "~" else ""
    (term,) = split_terms(write_term(value, key, operator, leaves_out=leaves_out) or '""')
    wanted = folded("".join(" " if letter.isspace() else letter for letter in value.replace('"', "")))
    assert parts(term) == (leaves_out, key, operator, wanted)


@given(TYPED)
def test_what_was_read_is_written_and_read_as_the_same(text: str) -> None:
    terms = [term for term in split_terms(text) if folded(term.value) == term.value]
    again = split_terms(" ".join(term.written or '""' for term in terms))
    assert [parts(term) for term in again] == [parts(term) for term in terms]
