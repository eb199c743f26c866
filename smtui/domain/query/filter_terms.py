"""Splits a filter into terms: words, `key:value`, `-left-out`, `~fuzzy`, `@saved`, and blanks in quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smtui.domain.text import folded

_TERM = re.compile(r'(?:[^\s"]|"[^"]*(?:"|\Z))+')
"""Quotes may stand anywhere in a term; one that is not closed yet reaches to the end."""
_KEYED = re.compile(r"(?P<key>[A-Za-z]+):(?P<operator><=|>=|[<>=~]?)")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f.]*:")
"""The beginning of an IPv6 address, whose first group may look like a key."""
_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Term:
    """One term. What is compared is folded; quotes are gone, and what stood in them has no special meaning."""

    typed: str
    start: int
    """Where it begins in the filter."""
    leaves_out: bool
    key: str
    """The word before the first colon, known or not; empty if there is none."""
    operator: str
    """`<`, `<=`, `>`, `>=`, `=` or `~` behind the colon, `~` or `@` before a word without one; else empty."""
    value: str
    body: str
    """The whole term without its sign."""

    @property
    def end(self) -> int:
        """Where it ends in the filter."""
        return self.start + len(self.typed)

    @property
    def is_unfinished(self) -> bool:
        """Whether its value is still to come: `-`, `name:`, `agent:<`."""
        return not self.value

    @property
    def written(self) -> str:
        """The term as it could be typed, in small letters."""
        return write_term(self.value, self.key, self.operator, leaves_out=self.leaves_out)


def split_terms(text: str) -> tuple[Term, ...]:
    """Return the terms of a filter, in their order."""
    return tuple(_term(found.group(), found.start()) for found in _TERM.finditer(text))


def write_term(value: str, key: str = "", operator: str = "", *, leaves_out: bool = False) -> str:
    """Return a term that is read as these parts, with quotes where it needs them; a quote in the value is left out."""
    value = value.replace('"', "")
    before = f"{'-' if leaves_out else ''}{f'{key}:' if key else ''}{operator}"
    plain = f"{before}{value}"
    terms = split_terms(plain)
    wanted = (leaves_out, key, operator, folded(value))
    if [(one.leaves_out, one.key, one.operator, one.value) for one in terms] == [wanted]:
        return plain
    return f'{before}"{value}"'


def _term(typed: str, start: int) -> Term:
    sign = typed[0] if typed[0] in "-!" else ""
    rest = typed[len(sign) :]
    head = rest.partition('"')[0]
    found = None if _ADDRESS.match(head) else _KEYED.match(head)
    if found is not None:
        key, operator, begin = found["key"].lower(), found["operator"], found.end()
    else:
        operator = head[:1] if head[:1] in ("~", "@") else ""
        key, begin = "", len(operator)
    return Term(typed, start, bool(sign), key, operator, _bare(rest[begin:]), _bare(rest))


def _bare(text: str) -> str:
    return folded(_BLANK.sub(" ", text.replace('"', "")))
