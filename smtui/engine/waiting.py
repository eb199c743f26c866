"""Works out what a node still lacks until a session can start: running, registered, Online, then connected.

Pure: answers with their times go in; what to ask next, what to say and how it ends come out. An answer that was denied
is never taken for a no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

from smtui.domain.ages import age, seconds_between
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, PingStatus, SsmFacts

T = TypeVar("T")

SLOWEST_PAUSE = 30.0
"""Seconds between two looks, at most; also where AWS throttles."""
_PAUSES = ((15.0, 1.0), (60.0, 2.0), (300.0, 4.0))
"""Looks are as far apart as the second number for as many seconds as the first."""
_LATER_PAUSE = 8.0
_STILL_TRUE = 12.0
"""Seconds for which an answer that is good already is not asked for again."""
_USUALLY = "usually 20 to 60 s"
_LISTED_WITHIN = 15.0
"""EC2 lists a new instance after so many seconds at the latest; it does not list a terminated one for long."""
_GOING_AWAY = frozenset({"shutting-down", "terminated"})


class Step(StrEnum):
    """What has to become true, in this order."""

    RUNNING = "running"
    REGISTERED = "registered"
    ONLINE = "Online"
    CONNECTED = "connected"


class StepState(Enum):
    """How far a step is."""

    DONE = "done"
    GOING = "going"
    TO_COME = "to come"
    UNSEEN = "unseen"
    """The call that tells was denied."""


class Question(Enum):
    """What can be asked of AWS."""

    INSTANCE = "ec2:DescribeInstances"
    MANAGED = "ssm:DescribeInstanceInformation"
    CONNECTION = "ssm:GetConnectionStatus"


class EndKind(Enum):
    """How waiting ends."""

    READY = "ready"
    UNSURE = "unsure"
    """It is Online, and whether it is connected may not be seen."""
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end, and why."""

    kind: EndKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The last answer to a question."""

    value: T | None = None
    """None if AWS knows no such node, or was not asked yet."""
    at: datetime | None = None
    """When it came; None before the first."""
    denied: str = ""
    """The sentence that names the call, if the call was denied."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that is known of the node that is waited for."""

    node_id: str
    began: datetime
    wants_start: bool = False
    """Whether a stopped instance is to be started."""
    started_at: datetime | None = None
    """When EC2 accepted our StartInstances."""
    instance: Answer[Ec2Facts] = field(default_factory=Answer)
    managed: Answer[SsmFacts] = field(default_factory=Answer)
    connection: Answer[ConnectionFact] = field(default_factory=Answer)
    reached: Mapping[Step, datetime] = field(default_factory=dict)
    """When each step was first seen to be done, as long as it stays so."""
    throttled: int = 0
    """How often in a row AWS asked to slow down."""
    trouble: str = ""
    """What failed in the last look and is tried again; empty if nothing did."""

    @property
    def is_hybrid(self) -> bool:
        """Whether it is no EC2 instance: nobody can start it from here."""
        return self.node_id.startswith("mi-")

    @property
    def has_machine(self) -> bool:
        """Whether EC2 tells of its machine."""
        return not self.is_hybrid and not self.instance.denied

    @property
    def machine_state(self) -> str:
        """EC2's word for the instance's state; empty if EC2 does not list it, or was not asked."""
        return self.instance.value.state if self.instance.value is not None else ""

    @property
    def should_start(self) -> bool:
        """Whether StartInstances is to be called now. On an instance that runs the call does nothing."""
        if not self.wants_start or self.is_hybrid or self.started_at is not None:
            return False
        return bool(self.instance.denied) or self.machine_state == "stopped"

    # Answers -------------------------------------------------------------------------------------

    def with_instance(self, facts: Ec2Facts | None, at: datetime, denied: str = "") -> Waiting:
        """Take over what EC2 says."""
        return self._noted(at, instance=Answer(facts, at, denied))

    def with_managed(self, facts: SsmFacts | None, at: datetime, denied: str = "") -> Waiting:
        """Take over what Systems Manager lists."""
        return self._noted(at, managed=Answer(facts, at, denied))

    def with_connection(self, fact: ConnectionFact | None, at: datetime, denied: str = "") -> Waiting:
        """Take over the connection status."""
        return self._noted(at, connection=Answer(fact, at, denied))

    def started(self, at: datetime) -> Waiting:
        """EC2 has accepted the start: what was known before is of an earlier life."""
        return replace(self, started_at=at, managed=Answer(denied=self.managed.denied), connection=_unknown(self))

    def _noted(self, at: datetime, **answer: Answer[Any]) -> Waiting:
        """Take over an answer, and note which steps are done since when."""
        new: Waiting = replace(self, **answer)  # type: ignore[arg-type]
        return replace(new, reached={step: self.reached.get(step, at) for step in Step if new.is_done(step)})

    # Steps ---------------------------------------------------------------------------------------

    def is_done(self, step: Step) -> bool:
        """Tell whether this step is done, by the last answers."""
        node = self.managed.value
        match step:
            case Step.RUNNING:
                return self.machine_state == "running"
            case Step.REGISTERED:
                return node is not None
            case Step.ONLINE:
                return node is not None and node.ping_status is PingStatus.ONLINE and not self._is_of_an_earlier_life
            case Step.CONNECTED:
                return self._is_connected

    @property
    def _is_of_an_earlier_life(self) -> bool:
        """Whether the last ping is older than the instance's launch: Systems Manager keeps Online for some minutes."""
        node, machine = self.managed.value, self.instance.value
        if node is None or machine is None or node.last_ping is None or machine.launched_at is None:
            return False
        return node.last_ping < machine.launched_at

    @property
    def _is_connected(self) -> bool:
        fact = self.connection.value
        if fact is None or fact.status is not ConnectionStatus.CONNECTED:
            return False
        is_running = not self.has_machine or self.machine_state == "running"
        return is_running and not self._is_of_an_earlier_life

    def _is_unseen(self, step: Step) -> bool:
        match step:
            case Step.RUNNING:
                return bool(self.instance.denied)
            case Step.CONNECTED:
                return bool(self.connection.denied)
            case _:
                return bool(self.managed.denied)

    def step_state(self, step: Step) -> StepState:
        """Tell how far a step is. Once it is connected, a ping that lags is no matter."""
        if self.is_done(step):
            return StepState.DONE
        if self._is_unseen(step):
            return StepState.UNSEEN
        if self._is_connected:
            return StepState.TO_COME
        return StepState.GOING if step is self.current else StepState.TO_COME

    @property
    def current(self) -> Step | None:
        """The step that is waited for; None if there is none."""
        steps = (step for step in self.steps if not self.is_done(step) and not self._is_unseen(step))
        return None if self._is_connected else next(steps, None)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of this node: whether a hybrid one's machine runs nobody here can tell."""
        return tuple(step for step in Step if step is not Step.RUNNING or not self.is_hybrid)

    # What follows --------------------------------------------------------------------------------

    def questions(self, now: datetime) -> tuple[Question, ...]:
        """Return what to ask in the next look: what is missing, and now and then whether the rest still holds."""
        asked = []
        is_up = not self.has_machine or self.machine_state == "running"
        if self.has_machine and not (is_up and _is_fresh(self.instance, now)):
            asked.append(Question.INSTANCE)
        may_be_up = is_up or self.instance.at is None or self.instance.value is None
        is_known_online = self.is_done(Step.ONLINE) and _is_fresh(self.managed, now)
        if may_be_up and not self.managed.denied and not is_known_online:
            asked.append(Question.MANAGED)
        if is_up and not self.connection.denied and (self.managed.value is not None or self.managed.denied):
            asked.append(Question.CONNECTION)
        return tuple(asked)

    def pause(self, now: datetime) -> float:
        """Return the seconds until the next look: longer the longer it takes, and where AWS throttles."""
        waited = seconds_between(self.started_at or self.began, now)
        usual = next((pause for until, pause in _PAUSES if waited < until), _LATER_PAUSE)
        return min(SLOWEST_PAUSE, usual * 2.0 ** min(self.throttled, 8))

    def ending(self) -> Ending | None:
        """Return how the waiting ends, if it ends now."""
        if self._is_connected:
            return Ending(EndKind.READY, "A session can start now.")
        if self.machine_state in _GOING_AWAY:
            return Ending(EndKind.GIVEN_UP, f"The instance is {self.machine_state}, and does not come back.")
        if self._is_missing:
            return Ending(
                EndKind.GIVEN_UP,
                f"EC2 lists no running or stopped instance {self.node_id} here: it was terminated, or it is in another "
                "account or Region.",
            )
        if self.connection.denied and self.is_done(Step.ONLINE):
            return Ending(
                EndKind.UNSURE, f"It is Online. Whether it is connected is not known: {self.connection.denied}"
            )
        if self.connection.denied and self.managed.denied:
            words = f"Nothing tells whether it is ready. {self.managed.denied} {self.connection.denied}"
            return Ending(EndKind.GIVEN_UP, words)
        return None

    @property
    def _is_missing(self) -> bool:
        """Whether EC2 has had time enough to list it, and does not."""
        asked = self.instance
        if not self.has_machine or asked.at is None or asked.value is not None:
            return False
        return seconds_between(self.began, asked.at) >= _LISTED_WITHIN

    # Words ---------------------------------------------------------------------------------------

    def phase(self) -> str:
        """Return in a few words how far it is: `Online, not connected yet`."""
        match self.current:
            case None:
                return "connected" if self._is_connected else "Online, connection not known"
            case Step.RUNNING:
                return self._machine_words()
            case Step.REGISTERED:
                before = "running, " if self.is_done(Step.RUNNING) else ""
                return f"{before}not registered yet" if self.managed.at is not None else "being looked up"
            case Step.ONLINE:
                return "registered, not Online yet"
            case Step.CONNECTED:
                return "not connected yet" if self.managed.denied else "Online, not connected yet"

    def _machine_words(self) -> str:
        if self.instance.at is None:
            return "being looked up"
        state = self.machine_state
        if not state:
            return "not listed by EC2"
        if self.started_at is not None and state in ("pending", "stopped"):
            return "starting"
        return {"pending": "the instance is pending"}.get(state, f"the instance is {state}")

    def notes(self, now: datetime) -> Iterator[tuple[Step, StepState, str, str]]:
        """Yield each step with its state, what is known of it, and what is usual."""
        for step in self.steps:
            state = self.step_state(step)
            usual = _USUALLY if state is StepState.GOING and step in (Step.REGISTERED, Step.ONLINE) else ""
            yield step, state, self._note(step, state, now), usual

    def _note(self, step: Step, state: StepState, now: datetime) -> str:
        if state is StepState.UNSEEN:
            return f"not known: {self._denial(step)}"
        match step:
            case Step.RUNNING:
                return self._running_note(state, now)
            case Step.CONNECTED:
                return self._connected_note(state)
        node = self.managed.value
        if node is not None:
            return f"agent {node.agent_version}" if step is Step.REGISTERED else _ping_note(node, now)
        return "Systems Manager does not list it yet" if state is StepState.GOING else ""

    def _connected_note(self, state: StepState) -> str:
        if state is StepState.DONE:
            return f"since {self.reached[Step.CONNECTED].astimezone():%H:%M:%S}"
        if state is StepState.TO_COME:
            return "comes last"
        return (
            "not yet: its channel to ssmmessages is missing" if self.connection.value is not None else "not known yet"
        )

    def _running_note(self, state: StepState, now: datetime) -> str:
        if state is not StepState.DONE:
            return "" if self.instance.at is None else self._machine_words()
        since = self.reached[Step.RUNNING]
        if self.started_at is not None:
            took = seconds_between(self.started_at, since)
            return f"since {since.astimezone():%H:%M:%S}, {took:.0f} s after its start"
        launched = self.instance.value.launched_at if self.instance.value is not None else None
        return f"for {age(launched, now)}" if launched is not None else ""

    def _denial(self, step: Step) -> str:
        denied = {Step.RUNNING: self.instance.denied, Step.CONNECTED: self.connection.denied}
        return denied.get(step, self.managed.denied).removesuffix(".")


def _unknown(waiting: Waiting) -> Answer[ConnectionFact]:
    return Answer(denied=waiting.connection.denied)


def _is_fresh(answer: Answer[T], now: datetime) -> bool:
    return answer.at is not None and seconds_between(answer.at, now) < _STILL_TRUE


def _ping_note(node: SsmFacts, now: datetime) -> str:
    pinged = f"last ping {age(node.last_ping, now)} ago" if node.last_ping is not None else "no ping yet"
    return pinged if node.ping_status is PingStatus.ONLINE else f"{node.ping_status or 'ping unknown'}, {pinged}"
