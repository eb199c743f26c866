from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.place import Place
from smtui.domain.records.session_limits import SessionLimits
from smtui.domain.request import SessionRequest
from smtui.sessions import session_end
from smtui.sessions.session_end import EndReminder, end_reminder, words
from tests.waiting import until

MINUTE = 60.0


def void(_: object) -> None:
    """For a callback that must return nothing."""


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(session_end, "_now", lambda: made.now)
    return made


def reminder(idle: int | None, longest: int | None) -> EndReminder:
    made = EndReminder(lambda: made.learn(SessionLimits(idle, longest)))
    made.begin(lambda: None)
    return made


def told(made: EndReminder, clock: Clock, minutes: float, typing: tuple[float, ...] = ()) -> list[tuple[float, str]]:
    """What is said within so many minutes, and when, if it is asked whenever it wants to be."""
    began, until = clock.now, clock.now + minutes * MINUTE
    keys = [began + each * MINUTE for each in typing]
    said: list[tuple[float, str]] = []
    while True:
        wait = made.wait()
        next_at = min([until if wait is None else clock.now + wait, *keys[:1]])
        if next_at >= until:
            return said
        clock.now = next_at
        if keys and keys[0] <= clock.now:
            keys.pop(0)
            made.typed()
        elif line := made.line():
            said.append(((clock.now - began) / MINUTE, line))


IDLE = "unless you type something: the account's preferences end it after 20 min without input."


def test_five_minutes_and_one_before_the_idle_end(clock: Clock) -> None:
    assert told(reminder(20, None), clock, 30) == [
        (15, f"This session ends in 5 min {IDLE}"),
        (19, f"This session ends in 1 min {IDLE}"),
    ]


def test_typing_moves_the_idle_end(clock: Clock) -> None:
    said = told(reminder(20, None), clock, 60, typing=(10, 26))
    assert [at for at, _ in said] == [25, 41, 45]


def test_five_minutes_and_one_before_the_longest(clock: Clock) -> None:
    said = told(reminder(None, 60), clock, 90, typing=tuple(range(1, 70)))
    assert said == [
        (55, "This session ends in 5 min: the account's preferences allow 60 min."),
        (59, "This session ends in 1 min: the account's preferences allow 60 min."),
    ]


def test_the_end_that_comes_first_is_the_one_that_is_told(clock: Clock) -> None:
    assert [(at, "unless" in line) for at, line in told(reminder(20, 22), clock, 30)] == [(15, True), (19, True)]
    clock.now += 1000
    said = told(reminder(20, 22), clock, 30, typing=(18,))
    assert said == [
        (15, f"This session ends in 5 min {IDLE}"),
        (18, "This session ends in 4 min: the account's preferences allow 22 min."),
        (21, "This session ends in 1 min: the account's preferences allow 22 min."),
    ]


@pytest.mark.parametrize(
    ("idle", "longest", "when"),
    [
        (None, None, []),
        (5, None, [4]),
        (1, None, []),
        (6, None, [1, 5]),
        (60, 30, [25, 29]),
        (20, 20, [15, 19]),
    ],
)
def test_limits_that_are_short_or_not_known(
    clock: Clock, idle: int | None, longest: int | None, when: list[float]
) -> None:
    assert [at for at, _ in told(reminder(idle, longest), clock, 100)] == when


def test_a_short_session_reads_nothing(clock: Clock) -> None:
    asked: list[bool] = []
    made = EndReminder(lambda: asked.append(True))
    made.begin(lambda: None)
    assert made.wait() == 30
    clock.now += 29
    assert made.line() == ""
    assert not asked
    clock.now += 1
    assert made.line() == ""
    assert made.line() == ""
    assert asked == [True]
    assert made.wait() is None


def test_what_was_not_shown_in_time_is_told_later_if_it_is_still_true(clock: Clock) -> None:
    made = reminder(20, None)
    clock.now += 30
    made.line()
    clock.now += 17.5 * MINUTE
    assert made.wait() == 0
    assert made.line() == f"This session ends in 2 min {IDLE}"
    assert made.line() == ""
    clock.now += 2 * MINUTE
    made.typed()
    assert made.line() == ""


def test_an_end_that_is_over_is_not_told(clock: Clock) -> None:
    made = reminder(20, None)
    clock.now += 30
    made.line()
    clock.now += 25 * MINUTE
    assert made.line() == ""
    assert made.wait() is None


def test_a_session_that_is_resumed_has_run_already(clock: Clock) -> None:
    made = EndReminder(lambda: made.learn(SessionLimits(20, 60)), elapsed=57 * MINUTE)
    made.begin(lambda: None)
    assert [line for _, line in told(made, clock, 30)] == [
        "This session ends in 3 min: the account's preferences allow 60 min.",
        "This session ends in 1 min: the account's preferences allow 60 min.",
    ]


def test_limits_that_come_wake_the_relay(clock: Clock) -> None:
    woken: list[bool] = []
    made = EndReminder(lambda: None)
    made.begin(lambda: woken.append(True))
    clock.now += 30
    made.line()
    made.learn(None)
    assert made.wait() is None
    made.learn(SessionLimits(20, None))
    assert len(woken) == 2
    assert made.wait() == 15 * MINUTE - 30


@given(
    st.none() | st.integers(1, 60),
    st.none() | st.integers(1, 1440),
    st.lists(st.floats(0, 200), max_size=20).map(sorted),
)
def test_each_line_is_true_when_it_is_shown(idle: int | None, longest: int | None, typing: list[float]) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_end, "_now", lambda: clock.now)
        for at, line in told(reminder(idle, longest), clock, 250, tuple(typing)):
            last = max([0.0, *(each for each in typing if each <= at)])
            ends = ([last + idle] if idle else []) + ([longest] if longest else [])
            left = min(ends) - at
            assert left > 0
            number = int(line.split(" min")[0].rpartition(" ")[2])
            assert number - 1 - 1e-6 <= left <= number + 0.02


# For the Sessions screen ---------------------------------------------------------------------------


def test_words_for_a_session_that_ends_soon() -> None:
    limits = SessionLimits(20, 60)
    assert words("web-1", limits, 15 * MINUTE, 15 * MINUTE) == (
        "Your shell on web-1 ends in 5 min: 20 min without input (the account's preferences)."
    )
    assert words("web-1", limits, 57.5 * MINUTE, 0) == (
        "Your shell on web-1 ends in 3 min: 60 min are over (the account's preferences)."
    )
    assert words("web-1", limits, 10 * MINUTE, 10 * MINUTE) == ""
    assert words("web-1", limits, 70 * MINUTE, 0) == ""
    assert words("web-1", SessionLimits(None, None), 70 * MINUTE, 0) == ""


async def test_a_fault_in_reading_the_limits_is_logged_and_never_shown(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async def limits(place: Place) -> SessionLimits:
        raise RuntimeError("a bug")

    made = end_reminder(SessionRequest("i-1", Place()), limits)
    assert made is not None
    made.begin(lambda: None)
    clock.now += 30
    made.line()
    await until(lambda: "a bug" in caplog.text)
    assert made.wait() is None


async def test_limits_are_read_for_the_accounts_own_document_alone(clock: Clock) -> None:
    places: list[Place] = []

    async def limits(place: Place) -> SessionLimits:
        places.append(place)
        return SessionLimits(20, None)

    assert end_reminder(SessionRequest("i-1", Place(), "Own-Document"), limits) is None
    made = end_reminder(SessionRequest("i-1", Place("p", "r")), limits)
    assert made is not None
    learned = asyncio.Event()
    loop = asyncio.get_running_loop()
    made.begin(lambda: void(loop.call_soon_threadsafe(learned.set)))
    clock.now += 30
    await loop.run_in_executor(None, made.line)
    await learned.wait()
    assert places == [Place("p", "r")]
    assert made.wait() == 15 * MINUTE - 30
