"""One tunnel's life: never two attempts at once, every attempt ended, and an end to trying."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.tunnels.reasons import Lasting, Reason
from smtui.tunnels.state_machine import (
    Action,
    Begin,
    Ended,
    Event,
    Limits,
    Listening,
    NotStarted,
    PluginOver,
    Probed,
    Started,
    StateMachine,
    Stop,
    Tick,
)
from smtui.tunnels.tunnel import TunnelState

PASSING = Reason("The network is down.", topic="aws-unreachable")
ONCE_OPEN = Reason("Not connected.", Lasting.ONCE_OPEN)
PERMANENT = Reason("Denied.", Lasting.PERMANENT, "no-permission-to-start")
OPENING = (Begin(), Started(), Listening(), Probed())


@dataclass
class Driver:
    """Feeds events and keeps the time; answers what was asked for, in order."""

    machine: StateMachine = field(default_factory=lambda: StateMachine(lambda: 0.0))
    now: float = 1000.0
    actions: list[Action] = field(default_factory=list)

    def feed(self, *events: Event) -> list[Action]:
        new = [action for event in events for action in self.machine.handle(event, self.now)]
        self.actions += new
        return new

    def wait(self) -> list[Action]:
        """Until the deadline."""
        assert self.machine.deadline is not None
        self.now = self.machine.deadline
        return self.feed(Tick())

    @property
    def state(self) -> TunnelState:
        return self.machine.state


def opened() -> Driver:
    driver = Driver()
    driver.feed(*OPENING)
    assert driver.state is TunnelState.OPEN
    return driver


def test_the_good_life() -> None:
    driver = Driver()
    assert driver.feed(Begin()) == [Action.START]
    assert (driver.state, driver.machine.attempt) == (TunnelState.STARTING, 1)
    assert driver.feed(Started()) == []
    assert driver.feed(Listening()) == [Action.PROBE]
    assert driver.feed(Probed()) == []
    assert (driver.state, driver.machine.attempt, driver.machine.deadline) == (TunnelState.OPEN, 0, None)
    assert driver.feed(Stop()) == [Action.END]
    assert driver.machine.stopping
    assert not driver.machine.state.over
    assert driver.feed(Ended()) == []
    assert driver.state is TunnelState.CLOSED


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ((), []),
        ((Begin(),), [Action.CANCEL]),
        ((Begin(), Started()), [Action.END]),
        ((Begin(), Started(), Listening()), [Action.END]),
        (OPENING, [Action.END]),
        ((*OPENING, PluginOver(PASSING)), []),
        ((*OPENING, PluginOver(PASSING), Ended()), []),
    ],
    ids=["idle", "beginning", "opening", "probing", "open", "ending", "waiting"],
)
def test_stop_from_everywhere_leads_to_closed(events: tuple[Event, ...], asked: list[Action]) -> None:
    driver = Driver()
    driver.feed(*events)
    assert driver.feed(Stop()) == asked
    if asked == [Action.CANCEL]:
        driver.feed(NotStarted(PASSING))
    elif not driver.state.over:
        driver.feed(Ended())
    assert driver.state is TunnelState.CLOSED
    assert driver.machine.deadline is None


def test_a_start_that_succeeds_after_stop_is_ended() -> None:
    driver = Driver()
    driver.feed(Begin(), Stop())
    assert driver.feed(Started()) == [Action.END]
    driver.feed(Ended())
    assert driver.state is TunnelState.CLOSED


@pytest.mark.parametrize(
    ("reason", "was_open", "state"),
    [
        (PERMANENT, False, TunnelState.FAILED),
        (PERMANENT, True, TunnelState.FAILED),
        (ONCE_OPEN, False, TunnelState.FAILED),
        (ONCE_OPEN, True, TunnelState.RECONNECTING),
        (PASSING, False, TunnelState.RECONNECTING),
        (PASSING, True, TunnelState.RECONNECTING),
    ],
)
def test_which_reasons_are_tried_again(reason: Reason, was_open: bool, state: TunnelState) -> None:
    driver = Driver()
    if was_open:
        driver.feed(*OPENING)
        assert driver.feed(PluginOver(reason)) == [Action.END]
        driver.feed(Ended())
    else:
        driver.feed(Begin(), NotStarted(reason))
    assert driver.state is state
    assert (driver.machine.reason, driver.machine.topic) == (reason.sentence, reason.topic)
    assert driver.machine.waiting == (state is TunnelState.RECONNECTING)


@pytest.mark.parametrize("spoke", [False, True], ids=["no local end", "no connection"])
def test_a_plugin_that_hangs_is_ended_and_tried_again(spoke: bool) -> None:
    driver = Driver()
    driver.feed(Begin(), Started(), *([Listening()] if spoke else []))
    assert driver.wait() == [Action.END]
    driver.feed(Ended())
    assert driver.machine.waiting
    assert "within 20 s" in driver.machine.reason
    assert driver.wait() == [Action.START]


def test_a_failed_probe_is_tried_again() -> None:
    driver = Driver()
    driver.feed(Begin(), Started(), Listening())
    assert driver.feed(Probed(PASSING)) == [Action.END]
    driver.feed(Ended())
    assert driver.state is TunnelState.RECONNECTING


def test_waits_double_up_to_half_a_minute() -> None:
    driver = opened()
    driver.feed(PluginOver(PASSING), Ended())
    waits = []
    for _ in range(8):
        assert driver.machine.deadline is not None
        waits.append(driver.machine.deadline - driver.now)
        assert driver.wait() == [Action.START]
        driver.feed(NotStarted(PASSING))
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(("jitter", "wait"), [(-1.0, 0.8), (0.0, 1.0), (1.0, 1.2)])
def test_waits_differ_a_little(jitter: float, wait: float) -> None:
    driver = Driver(StateMachine(lambda: jitter))
    driver.feed(Begin(), NotStarted(PASSING))
    assert driver.machine.deadline == pytest.approx(driver.now + wait)


def tries_until_failure(driver: Driver) -> int:
    tries = 0
    while driver.state is not TunnelState.FAILED:
        driver.wait()
        driver.feed(NotStarted(PASSING))
        tries += 1
    return tries


def test_a_first_start_is_given_up_after_few_attempts() -> None:
    driver = Driver()
    driver.feed(Begin(), NotStarted(PASSING))
    assert tries_until_failure(driver) == 3
    assert driver.machine.reason == "The network is down. Given up after 4 attempts."


def test_an_open_tunnel_is_given_up_after_a_quarter_of_an_hour() -> None:
    driver = opened()
    driver.feed(PluginOver(PASSING), Ended())
    began = driver.now
    tries_until_failure(driver)
    assert 900 <= driver.now - began < 960
    assert driver.machine.reason == "The network is down. Given up after 15 minutes."


def test_one_that_flaps_is_given_up_too() -> None:
    driver = opened()
    began = driver.now
    while driver.state is not TunnelState.FAILED:
        driver.now += 5
        driver.feed(PluginOver(PASSING), Ended())
        if driver.machine.waiting:
            driver.wait()
            driver.feed(Started(), Listening(), Probed())
    assert driver.now - began < 1000


def test_a_steady_time_clears_earlier_trouble() -> None:
    driver = opened()
    for _ in range(200):
        driver.now += 3600
        driver.feed(PluginOver(PASSING), Ended())
        assert driver.machine.deadline == driver.now + 1
        driver.wait()
        driver.feed(Started(), Listening(), Probed())
    assert driver.state is TunnelState.OPEN


@pytest.mark.parametrize("end", [PERMANENT, None], ids=["failed", "closed"])
def test_begin_anew(end: Reason | None) -> None:
    driver = opened()
    driver.feed(Stop() if end is None else PluginOver(end), Ended())
    assert driver.state.over
    assert driver.feed(Begin()) == [Action.START]
    assert (driver.state, driver.machine.reason, driver.machine.topic) == (TunnelState.STARTING, "", "")


def test_restart_of_an_open_one_ends_it_first() -> None:
    driver = opened()
    assert driver.feed(Begin()) == [Action.END]
    assert driver.feed(Ended()) == [Action.START]


def test_the_last_wish_counts() -> None:
    driver = opened()
    driver.feed(Begin(), Stop(), Begin(), Stop())
    driver.feed(Ended())
    assert driver.state is TunnelState.CLOSED


def test_waiting_is_cut_short_by_a_restart() -> None:
    driver = opened()
    driver.feed(PluginOver(PASSING), Ended())
    assert driver.machine.waiting
    assert driver.feed(Begin()) == [Action.START]


def test_stopping_a_failed_one_keeps_its_reason() -> None:
    driver = Driver()
    driver.feed(Begin(), NotStarted(PERMANENT), Stop())
    assert (driver.state, driver.machine.reason) == (TunnelState.FAILED, "Denied.")
    assert driver.machine.topic == "no-permission-to-start"


EVENTS: st.SearchStrategy[Event] = st.sampled_from(
    [
        Begin(),
        Stop(),
        Tick(),
        Listening(),
        Probed(),
        Probed(PASSING),
        PluginOver(PASSING),
        PluginOver(ONCE_OPEN),
        PluginOver(PERMANENT),
    ]
)
REASONS = st.sampled_from([PASSING, ONCE_OPEN, PERMANENT])


@given(st.data(), st.lists(st.tuples(EVENTS, st.floats(0, 100)), max_size=60))
def test_whatever_comes_there_is_one_attempt_at_most_and_each_is_ended(
    data: st.DataObject, story: list[tuple[Event, float]]
) -> None:
    """A world that answers START and END some time later, in between any other events."""
    driver = Driver(StateMachine(lambda: data.draw(st.floats(-1, 1)), Limits(first_attempts=3, most_attempts=5)))
    world = World()
    for event, later in story:
        driver.now += later
        world.obey(driver.feed(event))
        if data.draw(st.booleans()):
            world.obey(driver.feed(*world.answer(data)))
    world.obey(driver.feed(Stop()))
    while answers := world.answer(data):
        world.obey(driver.feed(*answers))
    assert driver.state.over
    assert not world.alive


class World:
    """Knows what lives and refuses what must not be."""

    def __init__(self) -> None:
        self.beginning = self.alive = self.ending = False

    def obey(self, actions: list[Action]) -> None:
        for action in actions:
            if action is Action.START:
                assert (self.beginning, self.alive, self.ending) == (False, False, False)
                self.beginning = True
            elif action is Action.CANCEL:
                assert self.beginning
            elif action is Action.PROBE:
                assert self.alive
                assert not self.ending
            else:
                assert self.alive
                assert not self.ending
                self.ending = True

    def answer(self, data: st.DataObject) -> list[Event]:
        if self.beginning:
            self.beginning = False
            self.alive = data.draw(st.booleans())
            return [Started() if self.alive else NotStarted(data.draw(REASONS))]
        if self.ending:
            self.ending = self.alive = False
            return [Ended()]
        return []


# Begun anew by the user.


def underway(driver: Driver) -> str:
    """What the user is told of an end that is not there yet; never both."""
    told = [name for name in ("stopping", "restarting") if getattr(driver.machine, name)]
    assert len(told) <= 1
    return "".join(told)


@pytest.mark.parametrize("events", [OPENING[:2], OPENING[:3], OPENING], ids=["opening", "probing", "open"])
def test_what_is_begun_anew_is_ended_first_and_then_runs(events: tuple[Event, ...]) -> None:
    driver = Driver()
    driver.feed(*events)
    assert underway(driver) != "restarting"
    assert driver.feed(Begin()) == [Action.END]
    assert underway(driver) == "restarting"
    assert driver.feed(Ended()) == [Action.START]
    assert underway(driver) != "restarting"
    assert driver.feed(Started(), Listening(), Probed()) == [Action.PROBE]
    assert driver.state is TunnelState.OPEN


@pytest.mark.parametrize("troubled", [False, True])
def test_what_the_user_ends_is_not_called_reconnecting(troubled: bool) -> None:
    driver = opened()
    if troubled:
        driver.feed(PluginOver(PASSING))
    shown = []
    for event in (Begin(), Stop(), Ended()):
        driver.feed(event)
        shown.append(driver.state)
    assert shown == [TunnelState.STARTING, TunnelState.STOPPING, TunnelState.CLOSED]


def test_a_start_that_is_begun_anew_is_called_off_first() -> None:
    driver = Driver()
    driver.feed(Begin())
    assert driver.feed(Begin()) == [Action.CANCEL]
    assert underway(driver) == "restarting"
    assert driver.feed(Started()) == [Action.END]
    assert driver.feed(Ended()) == [Action.START]


def test_stop_outdoes_begin_and_begin_outdoes_stop() -> None:
    driver = opened()
    driver.feed(Begin(), Stop())
    assert underway(driver) == "stopping"
    driver.feed(Begin())
    assert underway(driver) == "restarting"
    driver.feed(Stop(), Ended())
    assert (driver.state, underway(driver)) == (TunnelState.CLOSED, "")


def test_begun_anew_it_forgets_all_troubles() -> None:
    driver = opened()
    driver.feed(PluginOver(PASSING), Ended())
    driver.now += Limits().longest_trouble - 1
    assert driver.feed(Begin()) == [Action.START]
    assert (driver.state, driver.machine.attempt, driver.machine.reason) == (TunnelState.STARTING, 1, "")
    driver.now += 2
    driver.feed(NotStarted(PASSING))
    assert driver.state is TunnelState.RECONNECTING, "the quarter of an hour has begun anew"
    assert driver.machine.deadline == driver.now + 1


def test_a_plugin_that_dies_silently_after_earlier_trouble_is_reported_for_that_attempt_alone() -> None:
    driver = Driver()
    driver.feed(Begin(), NotStarted(PERMANENT))
    assert driver.machine.reason == PERMANENT.sentence
    driver.feed(Begin(), Begin(), NotStarted(PASSING))
    assert driver.feed(Started()) == []
    assert driver.machine.reason == ""


@pytest.mark.parametrize("events", [OPENING[:2], OPENING[:3]], ids=["opening", "probing"])
def test_each_step_has_twenty_seconds(events: tuple[Event, ...]) -> None:
    driver = Driver()
    driver.feed(*events)
    assert driver.machine.deadline == driver.now + Limits().opening
    driver.now += Limits().opening - 0.1
    assert driver.feed(Tick()) == []
    driver.now += 0.1
    assert driver.feed(Tick()) == [Action.END]
