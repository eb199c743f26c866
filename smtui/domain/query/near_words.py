"""Finds the right word for one that was misspelled."""

from __future__ import annotations

from collections.abc import Iterable

_NEAR_ENOUGH = 0.6
"""How similar (0 to 1, by difflib) two words must be for a typo."""
_MOST_CHARACTERS = 200
_MOST_WORDS = 5_000
"""Comparing more takes longer than anybody waits for a hint."""


def near_word(word: str, known: Iterable[str]) -> str:
    """Return the known word that this one begins, or is spelled like, whatever their case; empty if there is none."""
    sought = word[:_MOST_CHARACTERS].casefold()
    spelled = {each.casefold(): each for each in list(known)[:_MOST_WORDS]}
    beginning = [each for each in spelled if each.startswith(sought)]
    if beginning and sought:
        return spelled[min(beginning, key=len)]
    from difflib import get_close_matches

    return next((spelled[each] for each in get_close_matches(sought, spelled, 1, _NEAR_ENOUGH)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'WORD'?`, to follow a sentence; empty if no known word is near."""
    near = near_word(word, known)
    return f" Did you mean {near!r}?" if near else ""
