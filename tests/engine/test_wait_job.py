"""Waiting over an AWS in memory: from the first look to the end, with starts, refusals and the doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import PingStatus, StopFacts
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.jobs import Jobs, JobState
from smtui.engine.offloop import OffLoop
from smtui.engine.wait_job import Wait, WaitOrder, start_refusal
from smtui.engine.waiting import EndKind
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakePlaces, FakePlugins, fault
from tests.engine.launcher_parts import launcher_over
from tests.waiting import until

PLACE = Place("ops", "eu-west-1")
NODE = "i-07c52cbf2854dd410"
Change = Callable[[], None]


@dataclass
class Node:
    """A node, its AWS, a clock, and what happens at each pause of the wait."""

    aws: FakeAws = field(default_factory=FakeAws)
    now: datetime = NOW
    happens: list[Change] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    refusals: list[Fault] = field(default_factory=list)

    def power_at(self, place: Place) -> Node:
        return self

    def stop_facts(self, node_id: str) -> StopFacts | None:
        raise AssertionError("a wait asks for the state alone")

    may_start = stop_facts

    def start_instance(self, node_id: str) -> None:
        self.started.append(node_id)
        if self.refusals:
            raise AwsCallFailed(self.refusals.pop(0))
        self.machine("pending")

    def machine(self, state: str) -> None:
        self.aws.machines = [[ec2_facts(NODE, name="web", state=state, launched_at=NOW, seen_at=self.now)]]

    def agent(self, status: PingStatus = PingStatus.ONLINE) -> None:
        self.aws.managed = [[ssm_facts(NODE, ping_status=status, last_ping=self.now, seen_at=self.now)]]

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)
        if self.happens:
            self.happens.pop(0)()
        await asyncio.sleep(0)

    def wait(self, **order: object) -> Wait:
        off_loop = OffLoop()
        fleet = Fleet(FakePlaces(self.aws), (PLACE,), off_loop, clock=lambda: self.now)
        launcher = launcher_over(fleet, FakePlugins(), off_loop, power=self)
        self.launcher = launcher
        return Wait(launcher, WaitOrder(NODE, PLACE, "web", **order), self.sleep)  # type: ignore[arg-type]

    async def waited(self, **order: object) -> Wait:
        wait = self.wait(**order)
        await wait.run()
        return wait


def kind(wait: Wait) -> EndKind:
    assert wait.ending is not None
    return wait.ending.kind


async def test_a_stopped_instance_is_started_and_becomes_ready_step_by_step() -> None:
    node, phases = Node(), list[str]()
    node.machine("stopped")
    node.aws.unconnected = {NODE}
    node.happens = [
        lambda: node.machine("running"),
        node.agent,
        lambda: None,
        node.aws.unconnected.clear,
    ]
    wait = node.wait(start=True)
    wait.subscribe(lambda: phases.append(wait.waiting.phase()))
    await wait.run()
    assert (kind(wait), node.started) == (EndKind.READY, [NODE])
    assert list(dict.fromkeys(phases)) == [
        "starting",
        "running, not registered yet",
        "Online, not connected yet",
        "connected",
    ]
    assert wait.view(node.now).news == "web is ready: a session can start now."
    known = node.launcher.fleet.node_at(PLACE, NODE)
    assert known is not None, "the list learns what the wait has read"
    assert known.connection is not None


async def test_a_stopping_instance_is_started_once_it_has_stopped() -> None:
    node = Node()
    node.machine("stopping")
    node.happens = [lambda: node.machine("stopped"), lambda: node.machine("running"), node.agent]
    assert kind(await node.waited(start=True)) is EndKind.READY
    assert node.started == [NODE]


async def test_without_the_order_nothing_is_started() -> None:
    node = Node()
    node.machine("stopped")
    wait = await node.waited(timeout=20.0)
    assert (kind(wait), node.started) == (EndKind.GIVEN_UP, [])
    assert "within 20 s: the instance is stopped." in wait.summary


async def test_one_look_only() -> None:
    node = Node()
    node.machine("running")
    assert "It is not ready: running, not registered yet." in (await node.waited(timeout=0.0)).summary
    node.agent()
    assert kind(await node.waited(timeout=0.0)) is EndKind.READY


async def test_one_that_never_comes_is_given_up_with_the_doctors_verdict() -> None:
    node = Node()
    node.machine("running")
    wait = await node.waited(timeout=30.0)
    assert wait.state is JobState.FAILED
    assert wait.diagnosis is not None
    assert wait.verdict
    assert wait.view(node.now).progress.endswith(wait.verdict)
    asked = node.aws.calls.count("ssm:DescribeInstanceInformation")
    assert 10 < asked < 25, "about one look a second, then one in two"


async def test_throttling_slows_it_down_and_is_said() -> None:
    node = Node()
    node.machine("running")
    node.aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation", FaultKind.THROTTLED)
    troubles = list[str]()

    def goes_on() -> None:
        node.aws.failing.clear()
        node.agent()

    node.happens = [lambda: None, lambda: None, goes_on]
    wait = node.wait()
    wait.subscribe(lambda: troubles.append(wait.waiting.trouble))
    await wait.run()
    assert kind(wait) is EndKind.READY
    assert "slow down (ssm:DescribeInstanceInformation)" in troubles[0]
    assert node.now - NOW >= timedelta(seconds=2 + 4 + 8), "each pause is twice as long as the last"
    assert troubles[-1] == ""


async def test_expired_credentials_end_it_at_once() -> None:
    node = Node()
    node.aws.failing["ec2:DescribeInstances instance-id=" + NODE] = fault(
        "ec2:DescribeInstances", FaultKind.EXPIRED_CREDENTIALS
    )
    wait = await node.waited()
    assert kind(wait) is EndKind.GIVEN_UP
    assert "credentials have expired" in wait.summary
    assert node.now == NOW


async def test_a_refused_start_ends_it_and_one_that_may_pass_is_tried_again() -> None:
    node = Node(refusals=[fault("ec2:StartInstances", FaultKind.THROTTLED), fault("ec2:StartInstances")])
    node.machine("stopped")
    wait = await node.waited(start=True)
    assert node.started == [NODE, NODE]
    assert kind(wait) is EndKind.GIVEN_UP
    assert "ec2:StartInstances was denied" in wait.summary


@pytest.mark.parametrize(
    ("code", "ends", "words"),
    [
        ("IncorrectInstanceState", False, "present state"),
        ("InsufficientInstanceCapacity", True, "no free capacity"),
        ("VcpuLimitExceeded", True, "limit for running instances"),
    ],
)
def test_what_ec2_refuses_is_said_in_a_sentence(code: str, ends: bool, words: str) -> None:
    end, sentence = start_refusal(Fault(FaultKind.SERVICE, "ec2:StartInstances", code, "AWS's words.", NOW))
    assert end == ends
    assert words in sentence
    assert f"({code}: AWS's words." in sentence


async def test_stopped_in_order_and_started_once_more() -> None:
    node, jobs = Node(), Jobs()
    node.machine("stopped")
    node.wait()
    wait = Wait(node.launcher, WaitOrder(NODE, PLACE, "web"), lambda _: asyncio.Event().wait())
    jobs.start(wait)
    await until(lambda: wait.waiting.phase() == "the instance is stopped")
    jobs.stop(wait)
    await jobs.over(wait)
    assert wait.view(NOW).state is JobState.STOPPED
    again = wait.again()
    assert isinstance(again, Wait)
    assert again.order == wait.order
