"""What a node still lacks, what to ask next and what to say: by the answers and their times alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, PingStatus, SsmFacts
from smtui.engine.waiting import SLOWEST_PAUSE, EndKind, Question, Step, StepState, Waiting
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW

NODE = "i-07c52cbf2854dd410"
FRESH = Waiting(NODE, NOW)
DENIED = "ssm:GetConnectionStatus was denied."


def machine(state: str = "running", **facts: object) -> Ec2Facts:
    launched = NOW - timedelta(minutes=1)
    return ec2_facts(NODE, **{"state": state, "launched_at": launched, "seen_at": NOW, **facts})


def agent(status: PingStatus = PingStatus.ONLINE, pinged: float = 3.0) -> SsmFacts:
    last = NOW - timedelta(seconds=pinged)
    return ssm_facts(NODE, ping_status=status, last_ping=last, seen_at=NOW, agent_version="3.3.987.0")


def connection(status: ConnectionStatus = ConnectionStatus.CONNECTED) -> ConnectionFact:
    return ConnectionFact(status, NOW)


UP = FRESH.with_instance(machine(), NOW)
ONLINE = UP.with_managed(agent(), NOW)


def states(waiting: Waiting) -> list[StepState]:
    return [waiting.step_state(step) for step in waiting.steps]


DONE, GOING, TO_COME, UNSEEN = StepState.DONE, StepState.GOING, StepState.TO_COME, StepState.UNSEEN


@pytest.mark.parametrize(
    ("waiting", "phase", "steps"),
    [
        (FRESH, "being looked up", [GOING, TO_COME, TO_COME, TO_COME]),
        (FRESH.with_instance(None, NOW), "not listed by EC2", [GOING, TO_COME, TO_COME, TO_COME]),
        (FRESH.with_instance(machine("pending"), NOW), "the instance is pending", [GOING, TO_COME, TO_COME, TO_COME]),
        (UP.with_managed(None, NOW), "running, not registered yet", [DONE, GOING, TO_COME, TO_COME]),
        (
            UP.with_managed(agent(PingStatus.CONNECTION_LOST), NOW),
            "registered, not Online yet",
            [DONE, DONE, GOING, TO_COME],
        ),
        (ONLINE, "Online, not connected yet", [DONE, DONE, DONE, GOING]),
        (ONLINE.with_connection(connection(), NOW), "connected", [DONE, DONE, DONE, DONE]),
    ],
)
def test_the_steps_in_their_order(waiting: Waiting, phase: str, steps: list[StepState]) -> None:
    assert (waiting.phase(), states(waiting)) == (phase, steps)
    assert (waiting.ending() is not None) == (phase == "connected")


def test_online_of_an_earlier_life_does_not_count() -> None:
    """Systems Manager keeps Online for some minutes after a stop; a connection as stale as that counts for nothing."""
    old = UP.with_managed(agent(pinged=90.0), NOW).with_connection(connection(), NOW)
    assert (old.phase(), old.ending()) == ("registered, not Online yet", None)
    new = old.with_managed(agent(pinged=30.0), NOW)
    assert new.ending() is not None


def test_a_connected_node_whose_ping_lags_is_ready() -> None:
    lagging = UP.with_managed(agent(PingStatus.CONNECTION_LOST, 30.0), NOW).with_connection(connection(), NOW)
    assert [ending.kind for ending in [lagging.ending()] if ending] == [EndKind.READY]


def test_what_is_denied_is_not_known_and_keeps_nothing_from_being_ready() -> None:
    blind = FRESH.with_instance(None, NOW, "ec2:DescribeInstances was denied.").with_managed(agent(), NOW)
    assert states(blind) == [UNSEEN, DONE, DONE, GOING]
    assert "not known: ec2:DescribeInstances was denied" in [note for _, _, note, _ in blind.notes(NOW)]
    ending = blind.with_connection(connection(), NOW).ending()
    assert ending is not None
    assert ending.kind is EndKind.READY


def test_without_the_connection_status_nobody_is_sure() -> None:
    ending = ONLINE.with_connection(None, NOW, DENIED).ending()
    assert ending is not None
    assert ending.kind is EndKind.UNSURE
    assert DENIED in ending.sentence
    blind = UP.with_managed(None, NOW, "ssm:DescribeInstanceInformation was denied.").with_connection(None, NOW, DENIED)
    assert [it.kind for it in [blind.ending()] if it] == [EndKind.GIVEN_UP]


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_an_instance_that_goes_away_is_not_waited_for(state: str) -> None:
    ending = FRESH.with_instance(machine(state), NOW).ending()
    assert ending is not None
    assert ending.kind is EndKind.GIVEN_UP


def test_an_instance_that_ec2_does_not_list_is_given_up_after_the_time_that_a_new_one_takes() -> None:
    assert FRESH.with_instance(None, NOW).ending() is None
    later = FRESH.with_instance(None, NOW + timedelta(seconds=20)).ending()
    assert later is not None
    assert later.kind is EndKind.GIVEN_UP
    assert "terminated" in later.sentence
    assert FRESH.with_instance(None, NOW + timedelta(seconds=20), DENIED).ending() is None


@pytest.mark.parametrize(
    ("state", "starts"), [("stopped", True), ("stopping", False), ("pending", False), ("running", False)]
)
def test_only_a_stopped_instance_is_started(state: str, starts: bool) -> None:
    waiting = replace(FRESH, wants_start=True).with_instance(machine(state), NOW)
    assert waiting.should_start == starts
    assert not replace(waiting, wants_start=False).should_start
    assert not waiting.started(NOW).should_start


def test_an_instance_that_may_not_be_seen_is_started_once_and_a_hybrid_node_never() -> None:
    unseen = replace(FRESH, wants_start=True).with_instance(None, NOW, "ec2:DescribeInstances was denied.")
    assert unseen.should_start
    assert not unseen.started(NOW).should_start
    assert not Waiting("mi-0a1b2c3d4e5f60718", NOW, wants_start=True).should_start


def test_a_hybrid_node_has_no_machine_to_ask_for() -> None:
    hybrid = Waiting("mi-0a1b2c3d4e5f60718", NOW)
    assert hybrid.steps == (Step.REGISTERED, Step.ONLINE, Step.CONNECTED)
    assert hybrid.questions(NOW) == (Question.MANAGED,)


def test_it_asks_for_what_is_missing_and_now_and_then_for_the_rest() -> None:
    assert FRESH.questions(NOW) == (Question.INSTANCE, Question.MANAGED)
    assert FRESH.with_instance(machine("stopped"), NOW).questions(NOW) == (Question.INSTANCE,)
    assert UP.questions(NOW) == (Question.MANAGED,)
    assert ONLINE.questions(NOW) == (Question.CONNECTION,)
    later = NOW + timedelta(seconds=30)
    assert set(ONLINE.questions(later)) == set(Question)


def test_what_was_known_before_the_start_is_forgotten() -> None:
    started = ONLINE.with_connection(connection(), NOW).started(NOW)
    assert (started.managed.value, started.connection.value) == (None, None)


def test_a_step_keeps_the_time_when_it_was_reached_as_long_as_it_holds() -> None:
    later = NOW + timedelta(seconds=9)
    assert UP.with_instance(machine(), later).reached[Step.RUNNING] == NOW
    lost = UP.with_instance(machine("stopping"), later)
    assert Step.RUNNING not in lost.reached
    since = replace(FRESH, started_at=NOW).with_instance(machine(), later)
    assert ", 9 s after its start" in next(iter(since.notes(later)))[2]


@given(st.floats(0, 1e6), st.integers(0, 100))
def test_looks_become_rarer_and_rarer_still_where_aws_throttles(seconds: float, throttled: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    waiting = replace(FRESH, throttled=throttled)
    assert 1.0 <= waiting.pause(now) <= SLOWEST_PAUSE
    assert waiting.pause(now) <= replace(waiting, throttled=throttled + 1).pause(now)
    assert waiting.pause(now) <= waiting.pause(now + timedelta(seconds=1))


ANSWERS = st.lists(
    st.one_of(
        st.tuples(
            st.just("instance"),
            st.sampled_from([None, *map(machine, ("pending", "running", "stopping", "stopped", "shutting-down"))]),
        ),
        st.tuples(
            st.just("managed"), st.sampled_from([None, *map(agent, PingStatus), agent(pinged=90), agent(pinged=9)])
        ),
        st.tuples(st.just("connection"), st.sampled_from([None, *map(connection, ConnectionStatus)])),
        st.tuples(st.sampled_from(["instance", "managed", "connection"]), st.just(DENIED)),
    ),
    max_size=12,
)


@given(ANSWERS, st.booleans())
def test_whatever_the_answers_ready_means_connected_and_there_is_always_something_to_say(
    answers: list[tuple[str, object]], hybrid: bool
) -> None:
    waiting = Waiting("mi-0a1b2c3d4e5f60718" if hybrid else NODE, NOW)
    for side, answer in answers:
        denied = answer if isinstance(answer, str) else ""
        waiting = getattr(waiting, f"with_{side}")(None if denied else answer, NOW, denied)
    ending, connected = waiting.ending(), waiting.connection.value
    assert waiting.phase()
    assert all(note is not None for _, _, note, _ in waiting.notes(NOW))
    if ending is not None and ending.kind is EndKind.READY:
        assert connected is not None
        assert connected.status is ConnectionStatus.CONNECTED
        assert hybrid or waiting.instance.denied or waiting.machine_state == "running"
    if ending is None:
        assert waiting.questions(NOW + timedelta(minutes=1)), "there is always a next question"
