"""Offers how the term that is being typed can go on: keys, tags and values of the list with counts, saved filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from heapq import nsmallest

from smtui.domain.node_search import field_values
from smtui.domain.query.filter_terms import Term, split_terms, write_term
from smtui.domain.query.node_query import BEGINS, KEYS, NodeQuery
from smtui.domain.text import folded, natural

MOST_OFFERED = 6
_MOST_SORTED = 1_000
"""Values that are sorted as people count: `web-2` before `web-10`."""
_SHORTEST_KEY = 2
"""Letters of a word before a key is offered for it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on."""

    term: str
    """The whole term."""
    nodes: int = 0
    """How many nodes have it, of those that fit the other terms; 0 if it says nothing about that."""
    stands_for: str = ""
    """The text of a saved filter."""
    is_open: bool = False
    """Whether the term goes on: `tag:env=`."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The term that is being typed, and what is offered in its place, the best first."""

    start: int = 0
    end: int = 0
    suggestions: tuple[Suggestion, ...] = ()
    more: int = 0
    """How many others there are."""
    first: int = 0
    """The suggestion that is taken first; those before it were taken, and come again behind the last one."""

    def taken(self, text: str) -> tuple[str, int]:
        """Return the filter with the first suggestion in the place of the term, and where the cursor then stands."""
        chosen = self.suggestions[self.first]
        before, after = f"{text[: self.start]}{chosen.term}", text[self.end :]
        blank = "" if chosen.is_open or after[:1].isspace() else " "
        return f"{before}{blank}{after}", len(before) + (not chosen.is_open)

    def after_taking(self) -> Completion:
        """Return what is offered in the place of what was just taken: the next suggestion; nothing if it has no other.

        A term that goes on, such as `tag:env=`, is completed further instead.
        """
        chosen = self.suggestions[self.first]
        if len(self.suggestions) == 1 or chosen.is_open:
            return Completion()
        following = (self.first + 1) % len(self.suggestions)
        return replace(self, end=self.start + len(chosen.term), first=following)


def term_at(text: str, cursor: int) -> Term | None:
    """Return the term that is being typed there; None between terms."""
    return next((term for term in split_terms(text) if term.start < cursor <= term.end), None)


class Completer:
    """Counts what the listed nodes have. Counts are kept while only the value of a term is typed on."""

    def __init__(self, haystacks: Callable[[], Iterable[str]]) -> None:
        self._haystacks = haystacks
        self._asked: tuple[str, str, str | None, int] | None = None
        self._counted: Counter[str] = Counter()

    def complete(self, text: str, cursor: int, saved: Mapping[str, str], revision: int, *, shown: int) -> Completion:
        """Return what is offered for the term at the cursor.

        `revision` changes with the list. `shown` is how many nodes match now: a word that finds some is whole already.
        """
        term = term_at(text, cursor)
        if term is None:
            return Completion()
        found, more = self._found(term, text, saved, revision, shown)
        others = [each for each in found if each.term != term.typed]
        if len(others) < len(found) and (more or len(others) > MOST_OFFERED):
            return Completion()  # it is whole, and what only begins with it is too much to look at
        more += max(0, len(others) - MOST_OFFERED)
        return Completion(term.start, term.end, tuple(others[:MOST_OFFERED]), more)

    def _found(
        self, term: Term, text: str, saved: Mapping[str, str], revision: int, shown: int
    ) -> tuple[list[Suggestion], int]:
        """Return what fits the term, the best first, and how many more values do."""
        if term.operator == "@":
            return _saved(term, saved, at_once=True), 0
        if term.key in KEYS:
            if term.operator == "~":
                return [], 0
            others = f"{text[: term.start]} {text[term.end :]}"
            values, more = self._values(term, others, saved, revision)
            return [*values, *_saved(term, saved, at_once=False)], more
        if term.key or term.operator or '"' in term.typed:
            return [], 0
        return _keys(term, shown), 0

    def _values(self, term: Term, others: str, saved: Mapping[str, str], revision: int) -> tuple[list[Suggestion], int]:
        is_tag_key = term.key == "tag" and "=" not in term.value
        tag = term.value.partition("=")[0] if term.key == "tag" and not is_tag_key else None
        asked = (others.strip(), term.key, tag, revision)
        if asked != self._asked:
            self._asked, self._counted = asked, self._count(term.key, tag, NodeQuery.parse(others, saved))
        typed, is_strict = _plain(term.key, term.value), term.key in (*BEGINS, "status")
        fitting = []
        for value, nodes in self._counted.items():
            begins = _plain(term.key, value).startswith(typed)
            if begins or (typed in value and not is_strict):
                fitting.append((not begins, -nodes, value))
        if len(fitting) > _MOST_SORTED:
            best = nsmallest(MOST_OFFERED + 1, fitting)
        else:
            best = sorted(fitting, key=lambda each: (each[0], each[1], natural(each[2])))[: MOST_OFFERED + 1]
        offered = [
            Suggestion(_open(term, value) if is_tag_key else _term(term, value), -minus, is_open=is_tag_key)
            for _, minus, value in best
        ]
        return offered, len(fitting) - len(best)

    def _count(self, key: str, tag: str | None, others: NodeQuery) -> Counter[str]:
        """Count the values of a key, of a tag with its name before them; without a tag the names of tags.

        All texts are searched as one: that takes a tenth of the time that one after another would.
        """
        everything = self._haystacks() if others.is_empty else filter(others.matches, self._haystacks())
        beginning = f"{tag}=" if tag is not None else ""
        values = field_values("".join(everything), key, beginning)
        if key == "tag" and tag is None:
            return Counter(value.partition("=")[0] for value in values)
        return Counter(values)


def _plain(key: str, value: str) -> str:
    """Return the value as it is compared: a status may be typed with a hyphen, or without one."""
    return value.replace(" ", "").replace("-", "") if key == "status" else value


def _term(term: Term, value: str) -> str:
    value = value.replace(" ", "-") if term.key == "status" else value
    return write_term(value, term.key, term.operator, leaves_out=term.leaves_out)


def _open(term: Term, tag: str) -> str:
    """Return the beginning of a tag's term; its quotes, if it needs some, are closed behind the value."""
    whole = write_term(f"{tag}=", "tag", term.operator, leaves_out=term.leaves_out)
    return whole.removesuffix('"') if whole.endswith('="') else whole


def _saved(term: Term, saved: Mapping[str, str], *, at_once: bool) -> list[Suggestion]:
    """Return the saved filters that the term may mean; of a term of another kind only those that have it."""
    value = term.value if at_once else term.body
    if not at_once and term.is_unfinished:
        return []
    return [
        Suggestion(write_term(name, operator="@", leaves_out=term.leaves_out), stands_for=text)
        for name, text in sorted(saved.items(), key=lambda each: natural(each[0]))
        if (at_once and value in folded(name)) or (not at_once and not term.leaves_out and value in folded(text))
    ]


def _keys(term: Term, shown: int) -> list[Suggestion]:
    """Return the keys that a word begins; one that finds nodes is a word, unless it is a whole key."""
    if len(term.value) < _SHORTEST_KEY or (shown and term.value not in KEYS):
        return []
    sign = term.typed[0] if term.leaves_out else ""
    return [Suggestion(f"{sign}{key}:", is_open=True) for key in KEYS if key.startswith(term.value)]
