"""Asks for access to a node and waits for the decision, in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from smtui.domain.fault import NO_CALL_KINDS, PASSING_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.records.access_request import AccessRequest, AccessStatus, GrantedCredentials, until_words
from smtui.domain.text import harmless
from smtui.engine.jobs import JobState, JobView
from smtui.sessions.access_words import DECIDED, HELPS_WITH, asking_trouble, cannot_see

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.sessions.access_aws import AccessRequestAws

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 15.0
"""Seconds between two looks."""
_SLOWER = 1.5
STILL_ASKED = "No longer waiting here. The request itself goes on at AWS."


@dataclass(frozen=True, slots=True)
class AccessOrder:
    """What to ask for. `label` is the node's name, harmless."""

    node_id: str
    place: Place
    label: str
    reason: str
    is_start_denied: bool = False
    """Whether the caller's own StartSession on the node was denied."""


class AccessWait:
    """A request and its decision: a job. Granted credentials live in it alone, as long as smtui runs."""

    kind = "request"

    def __init__(
        self,
        aws: Callable[[], AccessRequestAws],
        off_loop: OffLoop,
        order: AccessOrder,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        request: AccessRequest | None = None,
    ) -> None:
        """`request` was made before: it is not made again."""
        self.order = order
        self.status = AccessStatus.UNKNOWN
        self.request = request
        """What is known of the request; None until AWS has taken it."""
        self.credentials: GrantedCredentials | None = None
        self.fault: Fault | None = None
        """The call that ended the wait before a decision."""
        self.trouble = ""
        """Why the last look saw nothing, in a sentence; empty if it did."""
        self.asked_at = (request.asked_at if request is not None else None) or clock()
        self._aws = aws
        self._off_loop = off_loop
        self._clock = clock
        self._sleep = sleep
        self._is_stopped = False
        self._listeners: list[Callable[[], None]] = []

    # For screens ---------------------------------------------------------------------------------

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def state(self) -> JobState:
        """How far it is."""
        if self.status is AccessStatus.APPROVED:
            return JobState.DONE
        if self.fault is not None or self.status.decided:
            return JobState.FAILED
        return JobState.STOPPED if self._is_stopped else JobState.RUNNING

    def is_open(self, now: datetime) -> bool:
        """Whether a shell can be started with what was granted."""
        return self.credentials is not None and now < self.credentials.ends_at

    def sentence(self, now: datetime) -> str:
        """How it stands, in a sentence."""
        if self.credentials is not None:
            if not self.is_open(now):
                return f"The access to {self.order.label} has ended. Sessions that run go on."
            return f"Approved {until_words(self.credentials.ends_at, now)}."
        if self.fault is not None:
            return asking_trouble(self.fault) if self.request is None else cannot_see(self.fault)
        return DECIDED[self.status] if self.status.decided else self._not_yet()

    def _not_yet(self) -> str:
        if self._is_stopped:
            return STILL_ASKED
        if self.request is None:
            return "Asking AWS …"
        who = ", ".join(harmless(each.rpartition("/")[2]) for each in self.request.approvers)
        return f"Waiting for {who}." if who else "Waiting for the decision."

    @property
    def topic(self) -> str:
        """The id of the topic that helps; empty where nothing went wrong."""
        return HELPS_WITH if self.state is JobState.FAILED else ""

    def view(self, now: datetime) -> JobView:
        """What to show of it in the list."""
        state, label = self.state, self.order.label
        title = f"access to {label}"
        if state is JobState.RUNNING:
            word = "asking" if self.request is None else "waiting"
            return JobView(
                state,
                word,
                title,
                self.trouble or self.sentence(now),
                since=self.asked_at,
                if_stopped="the request goes on at AWS",
            )
        if state is JobState.STOPPED:
            return JobView(state, "left", title, self.sentence(now))
        if state is JobState.DONE:
            word = "approved" if self.is_open(now) else "ended"
            news = f"Access to {label} is approved {self._until(now)}: open it to start the shell."
            return JobView(state, word, title, self.sentence(now), news=news)
        word = self.status.word if self.status.decided else "failed"
        news = f"Access to {label}: {self.sentence(now)}"
        return JobView(state, word, title, self.sentence(now), topic=self.topic, news=news)

    def _until(self, now: datetime) -> str:
        return until_words(self.credentials.ends_at, now) if self.credentials is not None else ""

    # As a job ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Ask, then look until it is decided. Cancelling it ends the waiting, not the request."""
        try:
            if self.request is None:
                await self._ask()
            await self._wait()
        except asyncio.CancelledError:
            self._is_stopped = self.state is JobState.RUNNING
        except AwsCallFailed as failed:
            self.fault = failed.fault
        finally:
            self._tell()

    async def ask_only(self) -> None:
        """Ask, and do not wait. Raises `AwsCallFailed`, and keeps what failed."""
        try:
            await self._ask()
        except AwsCallFailed as failed:
            self.fault = failed.fault
            raise

    async def _ask(self) -> None:
        aws, order = self._aws(), self.order
        request_id = await self._off_loop.change(
            lambda: aws.ask(order.node_id, order.reason), f"asking for access to {order.node_id}"
        )
        self.status = AccessStatus.PENDING
        self.request = AccessRequest(order.place, request_id, order.node_id, reason=order.reason, status=self.status)
        self._tell()
        try:
            found = await self._call(lambda: aws.request(request_id))
            self.request = replace(found, node_id=found.node_id or order.node_id)
        except AwsCallFailed:
            return  # who decides is not known, then
        self._tell()

    async def _wait(self) -> None:
        pause = FIRST_PAUSE
        while not self.status.decided:
            pause = await self._look(pause)
            self._tell()
            if not self.status.decided:
                await self._sleep(pause)
                pause = min(LONGEST_PAUSE, pause * _SLOWER)

    async def _look(self, pause: float) -> float:
        """Take over what AWS says; returns the next pause. What may pass is a trouble, all else is raised."""
        assert self.request is not None, "a request comes before its answer"  # noqa: S101 - a wrong order is our bug
        aws, request_id, before = self._aws(), self.request.request_id, self.status
        try:
            answer = await self._call(lambda: aws.answer(request_id))
        except AwsCallFailed as failed:
            if failed.fault.kind not in PASSING_KINDS or failed.fault.kind in NO_CALL_KINDS:
                raise
            self.trouble = failed.fault.sentence()
            return LONGEST_PAUSE if failed.fault.kind is FaultKind.THROTTLED else pause
        self.trouble = ""
        if self.status is not before:
            return pause  # It was withdrawn meanwhile, and this answer is of before that.
        self.status, self.credentials = answer.status, answer.credentials
        self.request = replace(self.request, status=answer.status)
        return pause

    async def look_again(self) -> None:
        """See whether an approval still stands: it may have been revoked meanwhile. Raises `AwsCallFailed`."""
        if self.request is not None and self.status is AccessStatus.APPROVED:
            await self._look(FIRST_PAUSE)
            self._tell()

    async def withdraw(self) -> None:
        """Take the request back. Raises `AwsCallFailed`."""
        request = self.request
        if request is None or self.status.decided:
            return
        aws, execution_id = self._aws(), request.execution_id
        if not execution_id:
            execution_id = (await self._call(lambda: aws.request(request.request_id))).execution_id
        await self._off_loop.change(lambda: aws.withdraw(execution_id), f"withdrawing request {request.request_id}")
        self.status = AccessStatus.CLOSED
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def _call(self, call: Callable[[], T]) -> T:
        return await self._off_loop.call(call)
