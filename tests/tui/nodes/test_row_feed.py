"""When the list is read again by itself."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtui.tui.nodes.row_feed import RefreshPace, ResortPace

RESORT, REST = 2.0, 1.0


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


@pytest.fixture(name="unhurried")
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.tui.nodes.row_feed.RESORT_SECONDS", RESORT)
    monkeypatch.setattr("smtui.tui.nodes.row_feed.REST_SECONDS", REST)


@pytest.mark.usefixtures("unhurried")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=30))
def test_rows_change_places_every_2_s_at_most_and_never_within_1_s_of_a_key(steps: list[tuple[float, bool]]) -> None:
    clock = Clock()
    pace = ResortPace(clock)
    assert pace.wait() == 0
    key_at = sorted_at = -100.0
    for passed, is_key in steps:
        clock.now += passed
        if is_key:
            pace.key_pressed()
            key_at = clock.now
        elif pace.wait() == 0:
            assert clock.now - key_at >= REST - 1e-9
            assert clock.now - sorted_at >= RESORT - 1e-9
            pace.resorted()
            sorted_at = clock.now
        else:
            assert clock.now - key_at < REST or clock.now - sorted_at < RESORT
        assert pace.wait() == pytest.approx(max(0, key_at + REST - clock.now, sorted_at + RESORT - clock.now))
        assert pace.wait(filling=True) == pytest.approx(max(0, key_at + REST - clock.now))
