from __future__ import annotations

import threading

from smtui.aws.pace import START_SESSION_INTERVAL, Pace, Paces


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_the_first_goes_at_once_and_each_other_waits_its_turn() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    turns = []
    for _ in range(6):
        pace.wait()
        turns.append(round(time.now - 100, 3))
    assert turns == [0, 0.4, 0.8, 1.2, 1.6, 2.0]


def test_no_second_holds_more_than_three_starts() -> None:
    time = Time()
    pace = Pace(START_SESSION_INTERVAL, time.clock, time.sleep)
    turns = []
    for _ in range(20):
        pace.wait()
        turns.append(time.now)
    assert all(sum(start <= turn < start + 1 for turn in turns) <= 3 for start in turns)
    assert 20 / (turns[-1] - turns[0] + START_SESSION_INTERVAL) < 3


def test_an_idle_time_earns_no_burst() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    pace.wait()
    time.now += 60
    pace.wait()
    pace.wait()
    assert [round(slept, 3) for slept in time.slept] == [0.4]


def test_holding_back_delays_the_next_turn_and_never_shortens_it() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    pace.wait()
    pace.hold_back(2.0)
    pace.hold_back(0.1)
    pace.wait()
    assert [round(slept, 3) for slept in time.slept] == [2.0]


def test_threads_get_different_turns() -> None:
    slept: list[float] = []
    pace = Pace(0.4, clock=lambda: 100.0, sleep=slept.append)
    threads = [threading.Thread(target=pace.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(one, 3) for one in slept) == [0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8]


def test_one_pace_for_each_account_and_region() -> None:
    paces = Paces()
    assert paces.of("1", "eu-west-1") is paces.of("1", "eu-west-1")
    assert paces.of("1", "eu-west-1") is not paces.of("2", "eu-west-1")
    assert paces.of("1", "eu-west-1") is not paces.of("1", "eu-west-2")
