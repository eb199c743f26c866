"""The right end of the filter line: how many nodes, and how old the list is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.tui.lists.count_words import Count, count_words

COUNT = Count(shown=23, total=1041, filtered=True, age="8 s")


@pytest.mark.parametrize(
    ("count", "room", "words"),
    [
        (COUNT, 60, "23 of 1,041 nodes · 8 s ago"),
        (replace(COUNT, filtered=False), 60, "1,041 nodes · 8 s ago"),
        (replace(COUNT, loading=True), 60, "23 of 1,041 nodes · 8 s ago, reading…"),
        (replace(COUNT, loading=True), 30, "23 of 1,041 nodes · 8 s ago ↻"),
        (COUNT, 26, "23 of 1,041 nodes · 8 s"),
        (COUNT, 18, "23 of 1,041 nodes"),
        (COUNT, 12, "23 of 1,041"),
        (COUNT, 5, ""),
        (Count(total=1200, loading=True), 40, "reading… 1,200 nodes"),
        (Count(), 40, "not read yet"),
    ],
)
def test_count_and_age(count: Count, room: int, words: str) -> None:
    assert count_words(count, room) == words
