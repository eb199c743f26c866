"""Filters sessions by what the user typed: words that occur in some column, `status:active`, `who:ana`, `-word`.

Terms are split as those of the nodes' filter are. A field's name before a colon looks in that field alone; before a
colon anything else is a part of the word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.query.filter_terms import split_terms
from smtui.domain.query.misses import Miss, near_in
from smtui.domain.text import folded
from smtui.sessions.session_words import kind_words, status_word, who

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtui.domain.records.account_session import AccountSession

FIELDS = ("status", "who", "node", "kind", "reason", "document", "place", "id")
"""What can stand before a colon."""
_WHOLE_WORDS = frozenset({"status", "kind"})
"""In these a term must begin a word: `status:connected` does not mean disconnected."""


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    """As typed, folded, without the sign."""
    field: str
    """Empty for any."""
    wanted: str
    leaves_out: bool


@dataclass(frozen=True, slots=True)
class Searchable:
    """What terms are looked for in; made once a session, since a filter is matched at each key."""

    fields: dict[str, str]
    everything: str

    def has(self, field: str, wanted: str) -> bool:
        """Tell whether a field, or any if it is empty, has the text."""
        if not field:
            return wanted in self.everything
        value = self.fields[field]
        if field in _WHOLE_WORDS:
            return any(word.startswith(wanted) for word in value.replace(",", " ").split())
        return wanted in value


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """A parsed filter; an empty one matches everything."""

    terms: tuple[_Term, ...]

    @classmethod
    def parse(cls, text: str) -> SessionQuery:
        """Split a filter into terms; a term that is not finished (`-`, `who:`) matches everything."""
        terms = (
            _Term(term.body, term.key, f"{term.operator}{term.value}", term.leaves_out)
            if term.key in FIELDS
            else _Term(term.body, "", term.body, term.leaves_out)
            for term in split_terms(text)
        )
        return cls(tuple(term for term in terms if term.wanted))

    def matches(self, searchable: Searchable) -> bool:
        """Tell whether every term fits the session."""
        return all(searchable.has(term.field, term.wanted) is not term.leaves_out for term in self.terms)


def searchable(session: AccountSession, node_name: str, *, mine: bool | None) -> Searchable:
    """Return what terms are looked for in; `node_name` is empty if the node has none."""
    place = session.place
    words = {
        "status": f"{status_word(session)} {session.status}",
        "who": f"{who(session, mine=mine)} {session.owner}",
        "node": f"{node_name} {session.target}",
        "kind": kind_words(session),
        "reason": session.reason,
        "document": session.document_name,
        "place": f"{place.profile}/{place.region}",
        "id": session.session_id,
    }
    fields = {name: folded(text) for name, text in words.items()}
    return Searchable(fields, "\n".join(fields.values()))


def find_session_miss(query: SessionQuery, everything: Iterable[Searchable]) -> Miss | None:
    """Return the first wanted term that no session has, and a word near it; None if each has one."""
    sessions: Sequence[Searchable] = list(everything)
    for term in query.terms:
        if term.leaves_out or any(each.has(term.field, term.wanted) for each in sessions):
            continue
        near = near_in(term.wanted, [each.fields.get(term.field, each.everything) for each in sessions])
        return Miss(term.text, f"{term.field}:{near}" if near and term.field else near)
    return None
