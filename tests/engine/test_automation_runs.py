"""Automations: started only when asked, looked at until they are over, whoever is there to see it."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from smtui.aws.places import BotoPlaces
from smtui.demo.account.automation_executions import AutomationBook
from smtui.demo.story.story_nodes import story
from smtui.diagnosis.runbook import AutomationExecution, AutomationRun, AutomationStep, LineMark, Progress
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.engine.automation_runs import AutomationRefused, Automations, Looking
from smtui.engine.offloop import OffLoop
from tests.demo.support import quiet_region
from tests.engine.fakes import fault
from tests.waiting import let_loop_run, until

NODE = "i-0a1b2c3d4e5f60718"
OTHER = "i-0a1b2c3d4e5f60719"
PLACE = Place("ops", "eu-west-1")
FAST = Looking(every=0.002, slowest=0.02, longest=20.0)


@dataclass
class FakeAutomation:
    """Tells its script one look after the other, the last again and again; a fault in it is raised."""

    script: list[str | FaultKind] = field(default_factory=lambda: ["InProgress", "Success"])
    refused: dict[str, FaultKind] = field(default_factory=dict)
    """By operation."""
    gate: threading.Event | None = None
    calls: list[str] = field(default_factory=list)

    def automation_at(self, place: Place) -> FakeAutomation:
        return self

    def start_automation(self, node_id: str) -> str:
        self._met("start")
        return f"e-{self.calls.count('start')}"

    def automation(self, execution_id: str) -> AutomationExecution:
        self._met("look")
        told = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(told, FaultKind):
            raise AwsCallFailed(fault("ssm:GetAutomationExecution", told))
        return AutomationExecution(execution_id, told, (AutomationStep("One", told),))

    def stop_automation(self, execution_id: str) -> None:
        self._met("stop")
        self.script = ["Cancelled"]

    def automation_console_url(self, execution_id: str) -> str:
        return f"https://console/{execution_id}"

    def _met(self, operation: str) -> None:
        self.calls.append(operation)
        if self.gate is not None:
            self.gate.wait(60)
        if operation in self.refused:
            raise AwsCallFailed(fault(f"ssm:{operation}", self.refused[operation]))


@pytest.fixture
def aws() -> FakeAutomation:
    return FakeAutomation()


@pytest.fixture
def automations(aws: FakeAutomation) -> Iterator[Automations]:
    made = Automations(aws, OffLoop(4), looking=FAST)
    yield made
    made.close()


async def awaited_run(
    automations: Automations, met: Callable[[AutomationRun], bool], node: str = NODE
) -> AutomationRun:
    """The run once it is as wanted, told by its listeners."""
    changed = asyncio.Event()
    unsubscribe = automations.subscribe(changed.set)
    try:
        async with asyncio.timeout(60):
            while True:
                run = automations.run(node, PLACE)
                if run is not None and met(run):
                    return run
                await changed.wait()
                changed.clear()
    finally:
        unsubscribe()


async def test_started_once_looked_at_until_it_is_over(automations: Automations, aws: FakeAutomation) -> None:
    assert automations.run(NODE, PLACE) is None
    assert aws.calls == []
    run = await automations.start(NODE, PLACE)
    assert (run.execution_id, run.console_url) == ("e-1", "https://console/e-1")
    over = await awaited_run(automations, lambda run: run.over)
    assert over.execution is not None
    assert over.execution.progress is Progress.SUCCEEDED
    await let_loop_run(FAST.every * 5)
    assert aws.calls == ["start", "look", "look"]


async def test_a_second_start_answers_the_run_under_way_and_a_later_one_starts_anew(
    automations: Automations, aws: FakeAutomation
) -> None:
    aws.script = ["InProgress"]
    first = await automations.start(NODE, PLACE)
    assert (await automations.start(NODE, PLACE)).execution_id == first.execution_id
    assert (await automations.start(OTHER, PLACE)).execution_id == "e-2"
    assert (await automations.start(NODE, Place("other"))).execution_id == "e-3"
    aws.script = ["Success"]
    await awaited_run(automations, lambda run: run.over)
    assert (await automations.start(NODE, PLACE)).execution_id == "e-4"


async def test_leaving_while_it_starts_loses_nothing(automations: Automations, aws: FakeAutomation) -> None:
    aws.gate = threading.Event()
    leaving = asyncio.ensure_future(automations.start(NODE, PLACE))
    await awaited_run(automations, lambda run: True)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    aws.gate.set()
    assert (await awaited_run(automations, lambda run: run.over)).execution_id == "e-1"
    assert aws.calls.count("start") == 1


@pytest.mark.parametrize("node", ["mi-0123456789abcdef0", "nonsense"])
async def test_what_cannot_be_examined_is_refused_before_any_call(
    automations: Automations, aws: FakeAutomation, node: str
) -> None:
    assert automations.objection(node)
    with pytest.raises(AutomationRefused):
        await automations.start(node, PLACE)
    assert (aws.calls, automations.run(node, PLACE)) == ([], None)


async def test_read_only_starts_nothing(aws: FakeAutomation) -> None:
    automations = Automations(aws, OffLoop(1), read_only=True)
    with pytest.raises(AutomationRefused, match="read-only"):
        await automations.start(NODE, PLACE)
    assert aws.calls == []


async def test_nothing_is_started_while_smtui_ends(automations: Automations, aws: FakeAutomation) -> None:
    automations.close()
    with pytest.raises(AutomationRefused, match="about to end"):
        await automations.start(NODE, PLACE)
    assert aws.calls == []
    assert automations.objection(NODE) == "smtui is about to end."


async def test_a_start_that_aws_refuses_is_a_failure_with_the_action(
    automations: Automations, aws: FakeAutomation
) -> None:
    aws.refused = {"start": FaultKind.DENIED}
    run = await automations.start(NODE, PLACE)
    assert run.over
    assert run.failure is not None
    assert run.failure.title == "The automation did not start"
    assert "ssm:start was denied" in run.failure.meaning
    assert aws.calls == ["start"]
    aws.refused = {}
    assert (await automations.start(NODE, PLACE)).failure is None


async def test_passing_trouble_is_reported_and_outlived(automations: Automations, aws: FakeAutomation) -> None:
    aws.script = [FaultKind.THROTTLED, FaultKind.UNREACHABLE, "InProgress", "Success"]
    notices = []
    automations.subscribe(lambda: notices.append((automations.run(NODE, PLACE) or AutomationRun("", PLACE)).notice))
    await automations.start(NODE, PLACE)
    over = await awaited_run(automations, lambda run: run.over)
    assert (over.failure, over.notice) == (None, "")
    assert "AWS asked smtui to slow down (ssm:GetAutomationExecution). smtui will try again." in notices


async def test_throttled_again_and_again_it_is_asked_less_and_less_often(aws: FakeAutomation) -> None:
    automations = Automations(aws, OffLoop(4), looking=Looking(every=0.01, slowest=10.0))
    aws.script = [FaultKind.THROTTLED]
    await automations.start(NODE, PLACE)
    await until(lambda: "look" in aws.calls)
    await asyncio.sleep(0.5)
    automations.close()
    # 10, 20, 40, 80, 160 ms: five or six calls in half a second, where fifty would be without backing off.
    assert 1 <= aws.calls.count("look") <= 6


async def test_trouble_that_stays_ends_the_looking_until_it_is_asked_for_again(
    automations: Automations, aws: FakeAutomation
) -> None:
    aws.script = [FaultKind.EXPIRED_CREDENTIALS, "Success"]
    await automations.start(NODE, PLACE)
    failed = await awaited_run(automations, lambda run: run.failure is not None)
    assert failed.over
    assert failed.execution_id == "e-1"
    assert failed.failure is not None
    assert failed.failure.title == "The automation can no longer be followed"
    automations.look_again(NODE, PLACE)
    again = await awaited_run(automations, lambda run: run.over)
    assert again.failure is None
    assert again.execution is not None
    assert again.execution.progress is Progress.SUCCEEDED
    automations.look_again(NODE, PLACE)
    automations.look_again(OTHER, PLACE)
    await let_loop_run(FAST.every * 5)
    assert aws.calls == ["start", "look", "look"]


async def test_one_that_can_no_longer_be_looked_at_is_looked_at_and_not_started_again(
    automations: Automations, aws: FakeAutomation
) -> None:
    aws.script = [FaultKind.EXPIRED_CREDENTIALS, "InProgress"]
    await automations.start(NODE, PLACE)
    failed = await awaited_run(automations, lambda run: run.failure is not None)
    assert failed.goes_on
    again = await automations.start(NODE, PLACE)
    assert (again.execution_id, again.failure) == ("e-1", None)
    aws.script = ["Success"]
    assert not (await awaited_run(automations, lambda run: run.over)).goes_on
    assert aws.calls.count("start") == 1


async def test_one_that_takes_too_long_is_left_alone(aws: FakeAutomation) -> None:
    automations = Automations(aws, OffLoop(4), looking=Looking(every=0.002, longest=0.05))
    aws.script = ["InProgress"]
    await automations.start(NODE, PLACE)
    run = await awaited_run(automations, lambda run: "taking very long" in run.notice)
    assert not run.over
    looks = aws.calls.count("look")
    await let_loop_run(0.05)
    assert aws.calls.count("look") == looks


async def test_stopping(automations: Automations, aws: FakeAutomation) -> None:
    aws.script = ["InProgress"]
    assert await automations.stop(NODE, PLACE) == ""
    await automations.start(NODE, PLACE)
    aws.refused = {"stop": FaultKind.DENIED}
    refusal = "ssm:stop was denied. The automation continues."
    assert await automations.stop(NODE, PLACE) == refusal
    looks = aws.calls.count("look")
    await until(lambda: aws.calls.count("look") > looks + 1)
    assert (await awaited_run(automations, lambda run: True)).notice == refusal
    aws.refused = {}
    assert await automations.stop(NODE, PLACE) == ""
    stopped = await awaited_run(automations, lambda run: run.over)
    assert stopped.execution is not None
    assert (stopped.execution.progress, stopped.notice) == (Progress.STOPPED, "")


async def test_a_fault_of_ours_is_a_failure_and_not_a_run_for_ever(
    aws: FakeAutomation, monkeypatch: pytest.MonkeyPatch
) -> None:
    automations = Automations(aws, OffLoop(1), looking=FAST)
    monkeypatch.delattr(FakeAutomation, "automation_console_url")
    run = await automations.start(NODE, PLACE)
    assert run.failure is not None
    assert "AttributeError" in run.failure.words


async def test_several_runs_share_the_pace(aws: FakeAutomation) -> None:
    automations = Automations(aws, OffLoop(8), looking=Looking(every=0.05))
    aws.script = ["InProgress"]
    for number in range(10):
        await automations.start(f"i-0a1b2c3d4e5f6071{number}", PLACE)
    before = aws.calls.count("look")
    await asyncio.sleep(1.0)
    automations.close()
    # One each 50 ms whatever their number: some 20, and 200 if each kept a pace of its own.
    assert aws.calls.count("look") - before <= 40


@pytest.mark.integration
async def test_the_runbook_in_the_simulated_region(monkeypatch: pytest.MonkeyPatch) -> None:
    # The Region's time passes by being looked at, so that each step is seen however slow the machine is.
    looks: Iterator[float] = map(float, itertools.count())
    monkeypatch.setattr(AutomationBook.__init__, "__defaults__", (10.0, lambda: next(looks)))
    with quiet_region() as region:
        places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
        node = next(node.node_id for node in story() if node.name == "no-nat-1")
        automations = Automations(places, OffLoop(4), looking=Looking(every=0.05))
        seen: list[int] = []

        def note() -> None:
            run = automations.run(node, Place())
            if run is not None and run.steps:
                seen.append(sum(step.progress is Progress.SUCCEEDED for step in run.steps))

        automations.subscribe(note)
        await automations.start(node, Place())
        await until(lambda: (run := automations.run(node, Place())) is not None and run.over)
        run = automations.run(node, Place())
    assert run is not None
    assert run.failure is None
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
    assert [line.mark for line in run.lines].count(LineMark.HEADING) == 6
    assert run.sentence() == "The automation is done: no errors, 1 warning."
