"""Waits until a session can start on a node: asks AWS at a bearable rate, and starts the instance if that is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from smtui.diagnosis.evidence.record import Subject
from smtui.domain.ages import seconds_between
from smtui.domain.fault import NO_CALL_KINDS, PASSING_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.engine.jobs import Job, JobState, JobView
from smtui.engine.waiting import Ending, EndKind, Question, Waiting

if TYPE_CHECKING:
    from smtui.diagnosis.check_result import Diagnosis
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher

T = TypeVar("T")

PATIENCE_SECONDS = 300.0
"""After so long a wait gives up, unless it is told otherwise."""
_WORDS = {EndKind.READY: "ready", EndKind.UNSURE: "Online", EndKind.GIVEN_UP: "given up"}


@dataclass(frozen=True, slots=True)
class WaitOrder:
    """What is waited for."""

    node_id: str
    place: Place
    label: str
    """The node in sentences: its Name, else its id."""
    start: bool = False
    """Whether a stopped instance is to be started."""
    timeout: float = PATIENCE_SECONDS
    """Seconds; with 0 it looks once."""


class Wait:
    """One wait, from its first look to its end. A `Job`, on the event loop; AWS is called off it."""

    kind = "wait"

    def __init__(
        self, launcher: Launcher, order: WaitOrder, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    ) -> None:
        self.order = order
        self._launcher = launcher
        self._sleep = sleep
        self._clock = launcher.fleet.clock
        now = self._clock()
        self.waiting = Waiting(order.node_id, now, order.start)
        self.gives_up_at = now + timedelta(seconds=order.timeout)
        self.ending: Ending | None = None
        self.diagnosis: Diagnosis | None = None
        """What the doctor found when the wait was given up; None if it did not look."""
        self._is_examining = False
        self._is_stopped = False
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each look; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # As a job ------------------------------------------------------------------------------------

    @property
    def state(self) -> JobState:
        """How far it is."""
        if self._is_stopped:
            return JobState.STOPPED
        if self.ending is None or self._is_examining:
            return JobState.RUNNING
        return JobState.FAILED if self.ending.kind is EndKind.GIVEN_UP else JobState.DONE

    def view(self, now: datetime) -> JobView:
        """What to show of it."""
        state, label = self.state, self.order.label
        if state is JobState.STOPPED:
            return JobView(state, "stopped", f"{label}: {self.waiting.phase()}")
        if self.ending is None or self._is_examining:
            word = "examining" if self._is_examining else "waiting"
            title = f"{label}: {self.waiting.phase()}"
            return JobView(state, word, title, self.waiting.trouble, since=self.waiting.began)
        news = f"{label} is ready: a session can start now." if self.ending.kind is EndKind.READY else ""
        return JobView(state, _WORDS[self.ending.kind], label, self.summary, topic=self.topic, news=news)

    @property
    def summary(self) -> str:
        """How it ended, with the doctor's verdict; empty before."""
        if self.ending is None:
            return ""
        return f"{self.ending.sentence} {self.verdict}".rstrip()

    @property
    def verdict(self) -> str:
        """The doctor's sentence about a wait that was given up; empty if it did not look."""
        verdict = self.diagnosis.verdict if self.diagnosis is not None else None
        return verdict.sentence if verdict is not None else ""

    @property
    def topic(self) -> str:
        """The id of the topic that helps with what the doctor found; empty if none does."""
        if self.diagnosis is None or self.diagnosis.verdict is None:
            return ""
        result = self.diagnosis.result(self.diagnosis.verdict.code)
        return result.topic if result is not None else ""

    def again(self) -> Job:
        """Wait once more; what was started is not started again."""
        return Wait(self._launcher, replace(self.order, start=self.order.start and self._may_start_again), self._sleep)

    @property
    def _may_start_again(self) -> bool:
        return self.waiting.started_at is None

    async def run(self) -> None:
        """Wait until the node is ready, or the time is over."""
        try:
            await self._until_it_ends()
            if self.ending is not None and self.ending.kind is EndKind.GIVEN_UP:
                await self._examine()
        except asyncio.CancelledError:
            self._is_stopped = self.ending is None
        finally:
            self._is_examining = False
            self._tell()

    async def _until_it_ends(self) -> None:
        while True:
            await self._look()
            if self.ending is None and self.waiting.should_start:
                await self._start()
            self.ending = self.ending or self.waiting.ending()
            now = self._clock()
            left = (self.gives_up_at - now).total_seconds()
            if self.ending is None and left <= 0:
                self.ending = Ending(EndKind.GIVEN_UP, self._too_late())
            self._tell()
            if self.ending is not None:
                return
            await self._sleep(min(self.waiting.pause(now), left))

    def _too_late(self) -> str:
        spent = (
            f"It did not become ready within {self.order.timeout:.0f} s" if self.order.timeout else "It is not ready"
        )
        trouble = f" {self.waiting.trouble}" if self.waiting.trouble else ""
        return f"{spent}: {self.waiting.phase()}.{trouble}"

    async def _examine(self) -> None:
        """Let the doctor say why; what it cannot see it says itself."""
        self._is_examining = True
        self._tell()
        subject = Subject(self.order.node_id, self.order.place, name=self.order.label)
        self.diagnosis = await self._launcher.examine(subject).run()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    # Calls ---------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Ask what is missing. An answer may raise the next question at once."""
        asked: set[Question] = set()
        faults: list[Fault] = []
        while self.ending is None and not faults:
            due = [question for question in self.waiting.questions(self._clock()) if question not in asked]
            if not due:
                break
            for question in due:
                asked.add(question)
                if (fault := await self._ask(question)) is not None:
                    faults.append(fault)
        self._note_troubles(faults)

    def _note_troubles(self, faults: list[Fault]) -> None:
        is_throttled = any(fault.kind is FaultKind.THROTTLED for fault in faults)
        throttled = self.waiting.throttled + 1 if is_throttled else 0
        trouble = faults[0].sentence() if faults else ""
        self.waiting = replace(self.waiting, throttled=throttled, trouble=trouble)
        hopeless = next((fault for fault in faults if fault.kind in NO_CALL_KINDS), None)
        if hopeless is not None:
            from smtui.topics.next_step import after_fault

            self.ending = Ending(EndKind.GIVEN_UP, f"{hopeless.sentence()} {after_fault(hopeless)}".rstrip())

    async def _ask(self, question: Question) -> Fault | None:
        """Take over one answer; returns what failed, unless that was denied for good."""
        aws, node_id, place = self._launcher.fleet.aws(self.order.place), self.order.node_id, self.order.place
        fleet, now = self._launcher.fleet, self._clock
        try:
            match question:
                case Question.INSTANCE:
                    found = await self._call(lambda: aws.instances_with("instance-id", node_id))
                    machine = next((facts for facts in found if facts.node_id == node_id), None)
                    self.waiting = self.waiting.with_instance(machine, now())
                    fleet.learn(place, instances=[machine] if machine is not None else [])
                case Question.MANAGED:
                    node = await self._call(lambda: aws.managed_node(node_id))
                    self.waiting = self.waiting.with_managed(node, now())
                    fleet.learn(place, managed=[node] if node is not None else [])
                case Question.CONNECTION:
                    fact = await self._call(lambda: aws.connection_status(node_id))
                    self.waiting = self.waiting.with_connection(fact, now())
                    fleet.learn(place, connection=(node_id, fact))
        except AwsCallFailed as failed:
            return self._refused(question, failed.fault)
        return None

    def _refused(self, question: Question, fault: Fault) -> Fault | None:
        if fault.kind in PASSING_KINDS or fault.kind in NO_CALL_KINDS:
            return fault
        now, sentence = self._clock(), fault.sentence()
        match question:
            case Question.INSTANCE:
                self.waiting = self.waiting.with_instance(None, now, sentence)
            case Question.MANAGED:
                self.waiting = self.waiting.with_managed(None, now, sentence)
            case Question.CONNECTION:
                self.waiting = self.waiting.with_connection(None, now, sentence)
        return None

    async def _start(self) -> None:
        """Start the instance; a refusal ends the wait, unless it may pass."""
        node_id, power = self.order.node_id, self._launcher.power_at(self.order.place)
        try:
            start = partial(power.start_instance, node_id)
            await self._launcher.off_loop.change(start, f"starting instance {node_id}")
        except AwsCallFailed as failed:
            end, sentence = start_refusal(failed.fault)
            self.waiting = replace(self.waiting, trouble=sentence)
            if end:
                self.ending = Ending(EndKind.GIVEN_UP, sentence)
            return
        self.waiting = self.waiting.started(self._clock())

    async def _call(self, call: Callable[[], T]) -> T:
        return await self._launcher.off_loop.call(call)


def start_refusal(fault: Fault) -> tuple[bool, str]:
    """Return whether a failed StartInstances ends the wait, and the sentence about it."""
    said = f"{fault.code}: {fault.message}" if fault.message else fault.code
    match fault.code:
        case "IncorrectInstanceState":
            return False, f"EC2 does not start it in its present state; this is tried again ({said})."
        case "InsufficientInstanceCapacity" | "InsufficientHostCapacity":
            words = "AWS has no free capacity for this instance type in its zone. It is still stopped: try again later"
            return True, f"{words} ({said})."
        case "InstanceLimitExceeded" | "VcpuLimitExceeded":
            return True, f"The account's limit for running instances is reached. It is still stopped ({said})."
    if fault.kind is FaultKind.DENIED:
        return True, f"ec2:StartInstances was denied, so the instance was not started ({said})."
    if fault.kind in PASSING_KINDS:
        return False, f"{fault.sentence()} Starting is tried again."
    return True, f"The instance was not started. {fault.sentence()}"


def seconds_left(wait: Wait, now: datetime) -> float:
    """Return the seconds until it gives up."""
    return seconds_between(now, wait.gives_up_at)
