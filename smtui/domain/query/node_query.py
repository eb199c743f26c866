"""Matches nodes with a filter, which is compiled once: then each term is a search in a node's `haystack`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import eq, ge, gt, le, lt
from types import MappingProxyType

from smtui.domain.node_search import FIELD_MARKS
from smtui.domain.query.filter_terms import Term, split_terms, write_term
from smtui.domain.readiness import Badge
from smtui.domain.text import folded
from smtui.domain.version import Version

NO_FILTERS: Mapping[str, str] = MappingProxyType({})

KEYS = ("name", "id", "ip", "tag", "status", "platform", "agent", "region", "profile", "account", "vpc")
"""What can stand before a colon."""
HINTS = ("-term not", "~fuzzy", '"in quotes"', "@saved")
"""What else a term can be, for those who made a mistake."""
BEGINS = frozenset({"ip", "account", "agent", "tag"})
"""In these the value must stand at the beginning, in others anywhere."""
_COMPARISONS: Mapping[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": eq,
}
_NOT_IP = re.compile(r"[^0-9a-f.:]")
_VERSION = re.compile(r"\d+(\.\d+){0,3}\.?", re.ASCII)
_LINE_END = "\n"

Matcher = Callable[[str], bool]
"""Tells whether a haystack has what a term asks for, whether or not the term leaves it out."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a term, which therefore does not filter."""

    term: Term
    what: str
    """`stat: is no key`"""
    near: str = ""
    """The word that may have been meant: `status`; empty if none is near."""
    mended: str = ""
    """The whole term with that word."""

    @property
    def sentence(self) -> str:
        """Say what is wrong, and what may have been meant."""
        return f"{self.what}; {self.near}?" if self.near else self.what


@dataclass(frozen=True, slots=True)
class Test:
    """A term that filters, compiled."""

    term: Term
    has: Matcher


@dataclass(frozen=True, slots=True)
class NodeQuery:
    """A parsed filter. Terms with a mistake and unfinished ones match everything, and so does an empty filter."""

    tests: tuple[Test, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    _words: tuple[str, ...] = ()
    """The plain words, which are looked for first: that is fastest."""
    _others: tuple[tuple[Matcher, bool], ...] = ()
    """The other terms, and whether each leaves out what it matches."""

    @classmethod
    def parse(cls, text: str, saved: Mapping[str, str] | None = NO_FILTERS) -> NodeQuery:
        """Parse a filter; `saved` has the filters that `@name` stands for, None where it must not stand."""
        return _parsed(text, saved, ())

    @classmethod
    def parse_whole(cls, text: str, saved: Mapping[str, str] | None = NO_FILTERS) -> NodeQuery:
        """Parse a filter that nobody goes on typing: in `name:$UNSET` the missing value is a mistake.

        Otherwise it would match every node.
        """
        query = cls.parse(text, saved)
        unfinished = (term for term in split_terms(text) if _is_unfinished(term))
        missing = tuple(Mistake(term, f"{term.typed} has no value") for term in unfinished)
        return replace(query, mistakes=(*query.mistakes, *missing))

    @property
    def is_empty(self) -> bool:
        """Whether it matches everything."""
        return not self.tests

    def matches(self, haystack: str) -> bool:
        """Tell whether a node with this haystack fits every term."""
        for word in self._words:
            if word not in haystack:
                return False
        return all(has(haystack) is not leaves_out for has, leaves_out in self._others)

    def without(self, term: Term) -> NodeQuery:
        """Return the filter without this term."""
        return _of(tuple(test for test in self.tests if test.term != term), self.mistakes)

    def wanted_in(self, key: str) -> tuple[str, ...]:
        """Return the texts that the terms look for in the column of this key, folded; for those without a key `""`.

        A word without a key is looked for in every column.
        """
        return tuple(
            test.term.value
            for test in self.tests
            if not test.term.leaves_out and test.term.operator in ("", "=") and test.term.key in ("", key)
        )


class _Wrong(Exception):
    """The term has a mistake."""

    def __init__(self, what: str, near: str = "", mended: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.near = near
        self.mended = mended


def _parsed(text: str, saved: Mapping[str, str] | None, within: tuple[str, ...]) -> NodeQuery:
    tests, mistakes = [], []
    for term in split_terms(text):
        if _is_unfinished(term):
            continue
        try:
            tests.append(Test(term, _matcher(term, saved, within)))
        except _Wrong as wrong:
            mistakes.append(Mistake(term, wrong.what, wrong.near, wrong.mended))
    return _of(tuple(tests), tuple(mistakes))


def _is_unfinished(term: Term) -> bool:
    return term.is_unfinished and term.key in ("", *KEYS)


def _of(tests: tuple[Test, ...], mistakes: tuple[Mistake, ...]) -> NodeQuery:
    words = [test for test in tests if _is_word(test.term)]
    others = tuple((test.has, test.term.leaves_out) for test in tests if not _is_word(test.term))
    return NodeQuery(tests, mistakes, tuple(test.term.value for test in words), others)


def _is_word(term: Term) -> bool:
    return not (term.key or term.operator or term.leaves_out)


def _matcher(term: Term, saved: Mapping[str, str] | None, within: tuple[str, ...]) -> Matcher:
    """Compile a term; raises `_Wrong`."""
    if not term.key:
        return _keyless(term, saved, within)
    if term.key not in KEYS:
        from smtui.domain.query.near_words import near_word

        near = near_word(term.key, KEYS)
        mended = write_term(term.value, near, term.operator, leaves_out=term.leaves_out) if near else ""
        raise _Wrong(f"{term.key}: is no key", near, mended)
    if term.operator in ("<", "<=", ">", ">=") and term.key != "agent":
        raise _Wrong(f"{term.body}: {term.operator} is for versions of the agent")
    if term.key == "status":
        return _in_status(term)
    if term.key == "agent" and term.operator in _COMPARISONS:
        return _in_versions(term)
    _check_value(term)
    return _in_field(term)


def _check_value(term: Term) -> None:
    if term.operator == "~":
        return
    if term.key == "agent" and not _VERSION.fullmatch(term.value):
        raise _Wrong(_no_version(term))
    if term.key == "ip" and _NOT_IP.search(term.value):
        raise _Wrong(f"{term.body}: an address is 10.0.1.12")
    if term.key == "account" and not term.value.isdecimal():
        raise _Wrong(f"{term.body}: an account is 111122223333")


def _no_version(term: Term) -> str:
    return f"{term.body}: a version is 3.1.1374.0"


def _keyless(term: Term, saved: Mapping[str, str] | None, within: tuple[str, ...]) -> Matcher:
    value = term.value
    if term.operator == "~":
        return _searching(FIELD_MARKS["name"] + _letters_of(value))
    if term.operator != "@":
        return lambda haystack: value in haystack
    if saved is None:
        raise _Wrong(f"{term.body}: write the terms of the saved filter here")
    names = {folded(name): name for name in saved}
    if value in within:
        raise _Wrong(f"{term.body}: it leads back to itself")
    if value not in names:
        from smtui.domain.query.near_words import near_word

        near = near_word(value, names)
        mended = write_term(names[near], operator="@", leaves_out=term.leaves_out) if near else ""
        raise _Wrong(f"{term.body}: no filter is saved as that", mended.removeprefix("-"), mended)
    query = _parsed(saved[names[value]], saved, (*within, value))
    if query.mistakes:
        raise _Wrong(f"{term.body}: {query.mistakes[0].what}")
    return query.matches


def _in_field(term: Term) -> Matcher:
    mark, value = FIELD_MARKS[term.key], term.value
    if term.operator == "=":
        whole = f"{mark}{value}{_LINE_END}"
        return lambda haystack: whole in haystack
    if term.operator == "~":
        return _searching(mark + _letters_of(value))
    if term.key in BEGINS:
        beginning = f"{mark}{value}"
        return lambda haystack: beginning in haystack
    return _searching(f"{mark}[^\n]*?{re.escape(value)}")


def _in_status(term: Term) -> Matcher:
    words = {_joined(badge.word): folded(badge.word) for badge in Badge}
    value, mark = _joined(term.value), FIELD_MARKS["status"]
    meant = {words[word] for word in words if word.startswith(value)}
    if term.operator == "=":
        meant = {words[value]} if value in words else set()
    elif term.operator == "~":
        meant = {words[word] for word in words if re.match(_letters_of(value), word)}
    if not meant:
        from smtui.domain.query.near_words import near_word

        near = near_word(value, words)
        mended = write_term(near, "status", leaves_out=term.leaves_out) if near else ""
        raise _Wrong(f"{term.body}: no status begins so", near, mended)
    lines = tuple(f"{mark}{word}{_LINE_END}" for word in meant)
    return lambda haystack: any(line in haystack for line in lines)


def _joined(text: str) -> str:
    """Write `Not connected` as it can be typed without quotes, whether `not-connected` or `notconnected`."""
    return folded(text).replace(" ", "").replace("-", "")


def _in_versions(term: Term) -> Matcher:
    """Compare as many numbers as are given: 3.1.1374.0 is neither older nor newer than 3.1."""
    compare, given = _COMPARISONS[term.operator], term.value.rstrip(".")
    wanted = Version.parse(given) if _VERSION.fullmatch(term.value) else None
    if wanted is None:
        raise _Wrong(_no_version(term))
    count = given.count(".") + 1
    numbers = wanted.parts[:count]
    known: dict[str, bool] = {}
    """A fleet has few versions."""
    field = re.compile(f"{FIELD_MARKS['agent']}([^\n]*)")

    def matches(haystack: str) -> bool:
        found = field.search(haystack)
        if found is None:
            return False
        text = found[1]
        if text not in known:
            version = Version.parse(text)
            known[text] = version is not None and compare(version.parts[:count], numbers)
        return known[text]

    return matches


def _letters_of(value: str) -> str:
    """Return a pattern for these letters in this order with anything between them, which never searches twice."""
    return "".join(f"[^{re.escape(letter)}\n]*{re.escape(letter)}" for letter in value if letter != " ")


def _searching(pattern: str) -> Matcher:
    search = re.compile(pattern).search
    return lambda haystack: search(haystack) is not None
