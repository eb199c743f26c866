"""Decides which names fit what was typed, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from smtui.domain.text import folded


class Match(IntEnum):
    """How well a name fits, from best to worst."""

    PREFIX = 0
    WORD_START = 1
    SUBSTRING = 2
    FUZZY = 3


class Kind(IntEnum):
    """What an offer is, in the order in which equals stand."""

    COMMAND = 0
    PRESET = 1
    PLACE = 2
    NODE = 3
    TEXT = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the palette."""

    key: str
    """Identifies it for as long as the program lives."""
    name: str
    kind: Kind = Kind.COMMAND
    subject: str = ""
    """What it acts on, or what it does."""
    right: str = ""
    """Its key, or what else stands at the right end."""
    opens: str = ""
    """The name of the list that it opens; empty if it does something at once."""
    fits: Match | None = None
    """How well it fits what was typed, where its name does not tell."""
    run: Callable[[], object] | None = field(default=None, compare=False)


def match(name: str, typed: str) -> Match | None:
    """Tell how well a name fits what was typed, whatever the case; None if it does not.

    Several words may come in any order. Single letters fit only in their order, the first one at the start of a word.
    """
    name, typed = folded(name), " ".join(folded(typed).split())
    if name.startswith(typed):
        return Match.PREFIX
    words = typed.split()
    if _starts_a_word(name, typed) or all(_starts_a_word(name, word) for word in words):
        return Match.WORD_START
    if all(word in name for word in words):
        return Match.SUBSTRING
    letters = "".join(words)
    starts = [at for at, letter in enumerate(name) if letter == letters[0] and (at == 0 or not name[at - 1].isalnum())]
    return Match.FUZZY if any(_has_in_order(name[at:], letters) for at in starts) else None


def _starts_a_word(name: str, typed: str) -> bool:
    at = name.find(typed)
    while at > 0 and name[at - 1].isalnum():
        at = name.find(typed, at + 1)
    return at >= 0


def _has_in_order(text: str, letters: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def ranked(offers: Iterable[Offer], typed: str, used: Sequence[str]) -> list[Offer]:
    """Return the offers that fit: the best match first, among equals the last used (`used` begins with it).

    Then commands come before presets, presets before places, places before nodes; texts come last, however well they
    fit. What fits by single letters only is left out if anything fits better.
    """
    recency = {key: place for place, key in enumerate(used)}
    found = []
    for position, offer in enumerate(offers):
        fits = Match.PREFIX if not typed.strip() else match(offer.name, typed) if offer.fits is None else offer.fits
        if fits is not None:
            order = (offer.kind is Kind.TEXT, fits, recency.get(offer.key, len(used)), offer.kind, position)
            found.append((order, offer))
    clear = [each for each in found if each[0][1] is not Match.FUZZY]
    return [offer for _, offer in sorted(clear or found, key=lambda pair: pair[0])]


def with_inner(offer: Offer, inner: Iterable[Offer], typed: str) -> list[Offer]:
    """Return an offer that opens a list and, once its own name no longer fits, the lines of that list that do."""
    own = match(offer.name, typed) if typed.strip() else Match.PREFIX
    if own is not None and own is not Match.FUZZY:
        return [offer]
    fitting = [each for each in inner if (fits := match(each.name, typed)) is not None and fits is not Match.FUZZY]
    return fitting or [offer]


def remember(used: list[str], key: str) -> None:
    """Put a key first in the list of those used last."""
    if key in used:
        used.remove(key)
    used.insert(0, key)
