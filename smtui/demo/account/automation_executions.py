"""Simulates the automation executions of one Region.

Nothing runs: the state of an execution follows from the time since it began.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

STEP_SECONDS = 0.6
"""A real run takes minutes."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a runbook: its action, and what it will report."""

    name: str
    action: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    """The failure message; the execution fails with the step."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution, as planned at its start."""

    execution_id: str
    node_id: str
    executed_by: str
    steps: tuple[PlannedStep, ...]
    started_at: datetime
    began: float
    """By the clock of the `AutomationBook`, in seconds."""
    client_token: str = ""
    stopped: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The progress of an execution at one moment."""

    done: int
    """The number of steps that have ended, a failed one included."""
    status: str
    """InProgress, Success, Failed or Cancelled."""
    started_at: datetime
    step_seconds: float

    def step_status(self, index: int, step: PlannedStep) -> str:
        """The StepStatus of GetAutomationExecution: Success, Failed, Pending, InProgress or Cancelled."""
        if index < self.done:
            return "Failed" if step.failure else "Success"
        if index > self.done or self.status == "Failed":
            return "Pending"
        return self.status

    def times(self, index: int) -> tuple[datetime | None, datetime | None]:
        """When a step began and ended; None for what has not happened yet."""
        length = timedelta(seconds=self.step_seconds)
        began = self.started_at + index * length
        if index < self.done:
            return began, began + length
        return (began, None) if index == self.done and self.status == "InProgress" else (None, None)


class AutomationBook:
    """Every execution of one Region. Safe to use from any thread."""

    def __init__(self, step_seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._step_seconds = STEP_SECONDS if step_seconds is None else step_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._executions: dict[str, Execution] = {}

    def start(self, node_id: str, executed_by: str, steps: tuple[PlannedStep, ...], client_token: str) -> Execution:
        """Starts an execution, or returns the one that was started with this client token."""
        with self._lock:
            known = (each for each in self._executions.values() if client_token and each.client_token == client_token)
            execution = next(known, None) or Execution(
                str(uuid.uuid4()), node_id, executed_by, steps, datetime.now(UTC), self._clock(), client_token
            )
            self._executions[execution.execution_id] = execution
            return execution

    def find(self, execution_id: str) -> Execution | None:
        """The execution with this id; None when there is none."""
        with self._lock:
            return self._executions.get(execution_id)

    def moment(self, execution: Execution) -> Moment:
        """The progress at this moment; steps after a failed one never run."""
        end = execution.stopped if execution.stopped is not None else self._clock()
        runnable = next((i + 1 for i, step in enumerate(execution.steps) if step.failure), len(execution.steps))
        over = int((end - execution.began) / self._step_seconds) if self._step_seconds else runnable
        done = min(over, runnable)
        status = "InProgress"
        if done == runnable:
            status = "Failed" if execution.steps[done - 1].failure else "Success"
        elif execution.stopped is not None:
            status = "Cancelled"
        return Moment(done, status, execution.started_at, self._step_seconds)

    def stop(self, execution: Execution) -> bool:
        """Cancels an execution; returns False for one that has ended."""
        if self.moment(execution).status != "InProgress":
            return False
        with self._lock:
            self._executions[execution.execution_id] = replace(execution, stopped=self._clock())
        return True
