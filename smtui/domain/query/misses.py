"""Finds out which term of a filter matches no node, and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from smtui.domain.node_search import FIELD_MARKS, TAG, field_values
from smtui.domain.query.filter_terms import split_terms, write_term

if TYPE_CHECKING:
    from smtui.domain.query.filter_terms import Term
    from smtui.domain.query.node_query import NodeQuery


@dataclass(frozen=True, slots=True)
class Miss:
    """A term of a filter that no node has."""

    term: str
    near: str = ""
    """A term with a similar spelling that some node has; empty if there is none."""

    @property
    def near_part(self) -> str:
        """The part of `near` that differs: of a tag whose key is right, only the value."""
        key, equals, _ = self.term.partition("=")
        return self.near.removeprefix(f"{key}{equals}")

    def mended(self, text: str) -> str:
        """Return the filter's text with the near term in the place of the one that no node has."""
        for term in reversed(split_terms(text)):
            if term.body == self.term and not term.leaves_out:
                text = f"{text[: term.start]}{self.near}{text[term.end :]}"
        return text


_MOST_COMPARED = 10_000
"""Words; comparing takes some microseconds each, and a filter is typed."""
_NEAR_ENOUGH = 0.65
_PARTS = re.compile(r"[^\W_]+")
_MARKS = "".join(mark[-1] for key, mark in FIELD_MARKS.items() if key != "tag")


def find_miss(query: NodeQuery, haystacks: Iterable[str]) -> Miss | None:
    """Return the first term that no node has, and one near it that fits the others; None if each term has a node."""
    everything = list(haystacks)
    missing = [
        test.term for test in query.tests if not test.term.leaves_out and not any(test.has(each) for each in everything)
    ]
    if not missing:
        return None
    others = query
    for term in missing:
        others = others.without(term)
    return Miss(missing[0].body, _near(missing[0], filter(others.matches, everything)))


def near_in(word: str, haystacks: Iterable[str]) -> str:
    """Return a word, or part of one, that is spelled like this one; empty if there is none."""
    words = (found.lstrip(_MARKS) for each in haystacks for found in each.split() if not found.startswith(TAG))
    known = list(dict.fromkeys(islice(words, _MOST_COMPARED)))
    return _closest(word, dict.fromkeys((*known, *(part for each in known for part in _PARTS.findall(each)))))


def _near(term: Term, haystacks: Iterable[str]) -> str:
    if term.operator not in ("", "="):
        return ""
    if not term.key:
        return near_in(term.value, haystacks)
    values = (value for each in haystacks for value in field_values(each, term.key))
    known = list(dict.fromkeys(islice(values, _MOST_COMPARED)))
    kept = "".join(term.value.partition("=")[:2]) if term.key == "tag" else ""
    if not any(value.startswith(kept) for value in known):
        kept = ""  # the key is wrong, not the value
    ends = dict.fromkeys(value.removeprefix(kept) for value in known if value.startswith(kept))
    found = _closest(term.value.removeprefix(kept), ends)
    return write_term(f"{kept}{found}", term.key, term.operator) if found else ""


def _closest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), 1, _NEAR_ENOUGH)), "")
