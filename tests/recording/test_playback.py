from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smtui.recording.playback import FASTEST, SLOWEST, Playback, without_long_pauses

TIMES = [0.0, 1.0, 1.0, 5.0]
_SORTED = st.lists(st.floats(0, 1e6), min_size=1).map(sorted)


def test_events_are_due_when_they_happened() -> None:
    play = Playback(TIMES, 100.0)
    assert [play.due(now) for now in (100, 100.9, 101, 104.9, 105, 200)] == [1, 1, 3, 3, 4, 4]
    assert play.wait(1, 100.25) == 0.75
    assert play.wait(1, 102) == 0
    assert play.wait(4, 102) is None
    assert not play.is_over(104.9)
    assert play.is_over(105)


def test_a_pause_holds_the_position_and_the_end() -> None:
    play = Playback(TIMES, 0.0)
    play.pause(0.5)
    assert (play.at(9), play.due(9), play.wait(1, 9)) == (0.5, 1, None)
    play.resume(10)
    assert play.at(10.25) == 0.75
    play.pause(100)
    assert play.due(100) == 4
    assert not play.is_over(100)


def test_speed_changes_from_here_on_and_within_limits() -> None:
    play = Playback(TIMES, 0.0, speed=2)
    assert play.at(1) == 2
    assert play.wait(3, 1) == 1.5
    play.change_speed(0.5, 1)
    assert play.at(2) == 3
    play.change_speed(1e9, 2)
    assert play.speed == FASTEST
    play.change_speed(1e-9, 2)
    assert play.speed == SLOWEST
    assert play.at(2) == 3


def test_steps_go_to_the_next_moment_at_which_something_is_shown() -> None:
    play = Playback(TIMES, 0.0)
    seen = []
    for _ in range(4):
        play.step(0.25)
        seen.append((play.at(9), play.due(9)))
    assert seen == [(1.0, 3), (5.0, 4), (5.0, 4), (5.0, 4)]
    assert play.is_paused


def test_jumps_stay_inside() -> None:
    play = Playback(TIMES, 0.0)
    play.jump(3, 1)
    assert play.at(1) == 4
    play.jump(-60, 1)
    assert play.at(1) == 0
    play.jump(60, 1)
    assert play.at(1) == 5
    play.go_to(2, 7)
    assert (play.at(70), play.due(70), play.is_paused) == (1.0, 3, True)


def test_an_empty_recording_is_over_at_once() -> None:
    play = Playback([], 0.0)
    assert play.is_over(0)
    play.step(0)
    play.jump(5, 0)
    assert play.due(0) == 0


def test_long_pauses_become_short() -> None:
    assert list(without_long_pauses([0.5, 10, 11, 30], 2)) == [0.5, 2.5, 3.5, 5.5]
    assert list(without_long_pauses([0.5, 10], None)) == [0.5, 10]


@given(_SORTED, st.floats(0.01, 100))
def test_shorter_pauses_keep_order_and_the_short_ones(times: list[float], limit: float) -> None:
    short = list(without_long_pauses(times, limit))
    assert short == sorted(short)
    for (a, b), (c, d) in zip(pairwise(times), pairwise(short), strict=True):
        assert d - c <= limit + 1e-6
        if b - a <= limit:
            assert math.isclose(d - c, b - a, abs_tol=1e-6)


@given(_SORTED, st.floats(SLOWEST, FASTEST))
def test_waiting_as_told_shows_every_event_once(times: list[float], speed: float) -> None:
    now, shown = 0.0, 0
    play = Playback(times, now, speed=speed)
    for _ in range(len(times) + 1):
        shown = max(shown, play.due(now))
        wait = play.wait(shown, now)
        if wait is None:
            break
        now += wait + 1e-7
    assert shown == len(times)
