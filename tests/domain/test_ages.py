"""Numbers of bytes and lengths of time in words."""

from __future__ import annotations

import pytest

from smtui.domain.ages import clock_words, data_size, duration, part_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (18_400, "18 kB"),
        (4_123_000, "4.1 MB"),
        (200_000_000, "200 MB"),
        (5 * 10**12, "5000 GB"),
    ],
)
def test_sizes(number: int, words: str) -> None:
    assert data_size(number) == words


def test_a_part_names_the_unit_once() -> None:
    assert part_of(124_000_000, 200_000_000) == "124 of 200 MB"
    assert part_of(800_000, 200_000_000) == "800 kB of 200 MB"


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "0 s"), (119, "119 s"), (720, "12 min"), (12_000, "3 h 20 min")])
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_span_as_a_clock_shows_it() -> None:
    assert [clock_words(seconds) for seconds in (0, 9.9, 252, 3600)] == ["0:00", "0:09", "4:12", "60:00"]
