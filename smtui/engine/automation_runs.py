"""Starts AWS's troubleshooting automation on a node and polls it until it is over, whichever screen is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from smtui.diagnosis import runbook as automation
from smtui.diagnosis.runbook import AutomationExecution, AutomationQuestion, AutomationRun
from smtui.domain.fault import PASSING_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.text import error_words
from smtui.topics.failure import from_fault

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import AutomationAws, AutomationPlaces

_T = TypeVar("_T")


class AutomationRefused(Exception):
    """The automation was not started; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How often a run is polled, in seconds. AWS allows 3 GetAutomationExecution a second per account and Region."""

    every: float = 2.0
    """Between two calls, whatever the number of runs."""
    slowest: float = 32.0
    """Between two calls while AWS asks to slow down or cannot be reached."""
    longest: float = 45 * 60.0
    """A run that takes longer is polled no more until the user asks for it again."""


_LOOKING = Looking()


class Automations:
    """The runs of this smtui, at most one a node. Lives on the event loop, never blocks it."""

    def __init__(
        self,
        places: AutomationPlaces,
        off_loop: OffLoop,
        *,
        read_only: bool = False,
        looking: Looking = _LOOKING,
    ) -> None:
        self._places = places
        self._off_loop = off_loop
        self._read_only = read_only
        self._looking = looking
        self._runs: dict[tuple[Place, str], AutomationRun] = {}
        self._lookers: dict[tuple[Place, str], asyncio.Task[None]] = {}
        self._stop_notices: dict[tuple[Place, str], str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._closing = False

    def question(self, node_id: str) -> AutomationQuestion:
        """The question that the user must answer before `start`."""
        return automation.question(node_id)

    def objection(self, node_id: str) -> str:
        """Why `start` would refuse, as a sentence; empty if it would not."""
        if self._closing:
            return "smtui is about to end."
        return automation.objection(node_id, read_only=self._read_only)

    def run(self, node_id: str, place: Place) -> AutomationRun | None:
        """The node's latest run since smtui started; None if there is none."""
        return self._runs.get((place, node_id))

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the event loop after each change; returns a function that ends this."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    async def start(self, node_id: str, place: Place) -> AutomationRun:
        """Start the runbook and poll it; raises `AutomationRefused`.

        If the node has a run that is not over, that one is returned, and polled again if polling had stopped. A
        refusal by AWS is the run's `failure`.
        """
        if reason := self.objection(node_id):
            raise AutomationRefused(reason)
        key = (place, node_id)
        known = self._runs.get(key)
        if known is not None and known.goes_on:
            self.look_again(node_id, place)
            return self._runs[key]
        self._stop_notices.pop(key, None)
        self._set(key, AutomationRun(node_id, place))
        # In a task of its own: leaving the screen must not lose an execution that AWS has started.
        starting = asyncio.ensure_future(self._start(key))
        self._keep(key, starting)
        await asyncio.shield(starting)
        return self._runs[key]

    async def stop(self, node_id: str, place: Place) -> str:
        """Stop the run; it shows as stopped once AWS says so. Returns AWS's refusal, which is also the notice."""
        key = (place, node_id)
        run = self._runs.get(key)
        if run is None or not run.execution_id or run.over:
            return ""
        execution_id = run.execution_id
        try:
            await self._call(
                place,
                "ssm:StopAutomationExecution",
                lambda aws: aws.stop_automation(execution_id),
                f"stopping automation {execution_id}",
            )
        except AwsCallFailed as failed:
            self._stop_notices[key] = notice = f"{failed.fault.sentence()} The automation continues."
            self._change(key, notice=notice)
            return notice
        self._stop_notices.pop(key, None)
        self._look_on(key, at_once=True)
        return ""

    def look_again(self, node_id: str, place: Place) -> None:
        """Poll a run again after polling had stopped, for example after a new sign-in; otherwise do nothing."""
        key = (place, node_id)
        run = self._runs.get(key)
        if run is None or run.execution is None or run.execution.progress.over:
            return
        if run.failure is None and key in self._lookers:
            return
        self._change(key, failure=None, notice="")
        self._look_on(key, at_once=True)

    def close(self) -> None:
        """Stop polling, before the program ends. What AWS has started ends by itself."""
        self._closing = True
        for looker in list(self._lookers.values()):
            looker.cancel()

    # What goes on in the background --------------------------------------------------------------

    async def _start(self, key: tuple[Place, str]) -> None:
        place, node_id = key
        try:
            execution_id, url = await self._call(
                place,
                "ssm:StartAutomationExecution",
                lambda aws: _started(aws, node_id),
                f"starting the automation on {node_id}",
            )
        except AwsCallFailed as failed:
            self._change(key, failure=from_fault("The automation did not start", failed.fault))
            return
        self._change(key, execution=AutomationExecution(execution_id, "Pending"), console_url=url)
        self._look_on(key)

    def _look_on(self, key: tuple[Place, str], *, at_once: bool = False) -> None:
        earlier = self._lookers.pop(key, None)
        if earlier is not None and earlier is not asyncio.current_task():
            earlier.cancel()
        self._keep(key, asyncio.ensure_future(self._look(key, at_once=at_once)))

    def _keep(self, key: tuple[Place, str], task: asyncio.Task[None]) -> None:
        def forget(done: asyncio.Task[None]) -> None:
            if self._lookers.get(key) is done:
                del self._lookers[key]

        self._lookers[key] = task
        task.add_done_callback(forget)

    async def _look(self, key: tuple[Place, str], *, at_once: bool) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._looking.longest
        pause = 0.0 if at_once else self._looking.every
        while loop.time() < end:
            await asyncio.sleep(pause * max(1, len(self._lookers)))
            fault = await self._look_once(key)
            if self._runs[key].over:
                return
            pause = (
                self._looking.every
                if fault is None
                else min(max(pause, self._looking.every) * 2, self._looking.slowest)
            )
        self._change(key, notice="The automation is taking very long; its page in the AWS console shows more.")

    async def _look_once(self, key: tuple[Place, str]) -> Fault | None:
        execution_id = self._runs[key].execution_id
        try:
            execution = await self._call(key[0], "ssm:GetAutomationExecution", lambda aws: aws.automation(execution_id))
        except AwsCallFailed as failed:
            fault: Fault = failed.fault
            if fault.kind in PASSING_KINDS:
                self._change(key, notice=f"{fault.sentence()} smtui will try again.")
            else:
                self._change(key, failure=from_fault("The automation can no longer be followed", fault))
            return fault
        notice = "" if execution.progress.over else self._stop_notices.get(key, "")
        self._change(key, execution=execution, notice=notice)
        return None

    async def _call(self, place: Place, action: str, ask: Callable[[AutomationAws], _T], change: str = "") -> _T:
        """Raises AwsCallFailed, also for a bug of ours: a run must not look as if it went on for ever."""
        try:

            def called() -> _T:
                return ask(self._places.automation_at(place))

            return await (self._off_loop.change(called, change) if change else self._off_loop.call(called))
        except AwsCallFailed:
            raise
        except Exception as error:
            words = f"{type(error).__name__}: {error_words(error)}"
            raise AwsCallFailed(Fault(FaultKind.OTHER, action, "", words, datetime.now(UTC))) from error

    def _change(self, key: tuple[Place, str], **changes: object) -> None:
        self._set(key, replace(self._runs[key], **changes))  # type: ignore[arg-type]

    def _set(self, key: tuple[Place, str], run: AutomationRun) -> None:
        if self._runs.get(key) == run:
            return
        self._runs[key] = run
        for listener in list(self._listeners):
            listener()


def _started(aws: AutomationAws, node_id: str) -> tuple[str, str]:
    execution_id = aws.start_automation(node_id)
    return execution_id, aws.automation_console_url(execution_id)
