"""When the list is read again by itself."""

from __future__ import annotations

import pytest

from smtui.tui.nodes.row_feed import RefreshPace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("took", "wait"), [(0.5, 60.0), (10.0, 200.0)])
def test_reading_takes_a_twentieth_of_the_time_at_most_and_a_minute_passes_at_least(took: float, wait: float) -> None:
    clock = Clock()
    pace = RefreshPace(clock)

    def due_at(moment: float) -> bool:
        clock.now = moment
        return pace.due

    assert not due_at(0)
    pace.reading_began()
    assert not due_at(1000)
    clock.now = took
    pace.reading_ended()
    assert not due_at(took + wait - 0.1)
    assert due_at(took + wait)
    pace.reading_began()
    assert not due_at(took + wait + 1)
