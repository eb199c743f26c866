"""Runs one command on many nodes, by whichever way, and tells what comes of it. For the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from smtui.domain.text import harmless
from smtui.engine.jobs import JobState, JobView
from smtui.runs.command_words import shown
from smtui.runs.node_run import MOST_KEPT, Line, NodeRun, NodeState
from smtui.runs.run_words import summary

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.runs.run_request import RunRequest

Listener = Callable[[NodeRun, Line | None], None]
"""Called for each line of output, and with None after each change of a node's state."""


class Carrier(Protocol):
    """A way to the nodes."""

    async def carry(self, run: Run) -> None:
        """Run the command on all nodes of the run; returns once all are over. Ends early once `run.is_stopping`.

        It leaves nothing running that it started, and raises nothing.
        """


class Run:
    """One run, which is also a job of the background. It runs once."""

    kind = "run"

    def __init__(self, request: RunRequest, carrier: Carrier, clock: Callable[[], float] = time.monotonic) -> None:
        self.request = request
        self.clock = clock
        self.nodes = tuple(NodeRun(target) for target in request.targets)
        """In the order of the request."""
        self.notes: list[str] = []
        """Sentences about the run as a whole: what could not be cancelled, what was not verified."""
        self.most_kept = MOST_KEPT
        """Bytes of output that are kept for each node; 0 if whoever listens needs no more than each line once."""
        self.stopping = asyncio.Event()
        """Set once the run is to end early."""
        self._carrier = carrier
        self._listeners: list[Listener] = []
        self._by_user = False
        self.is_over = False

    @property
    def is_stopping(self) -> bool:
        """Whether no further node begins."""
        return self.stopping.is_set()

    @property
    def was_stopped(self) -> bool:
        """Whether the user ended it early, and not a node that failed."""
        return self._by_user

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each line and each change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stop(self) -> None:
        """End it: no further node begins, and what runs is ended in order."""
        self._by_user = not self.is_over
        self.stopping.set()

    async def run(self) -> None:
        """Go through it once. Cancelling it stops it in order."""
        carrying = asyncio.ensure_future(self._carrier.carry(self))
        while not carrying.done():
            try:
                await asyncio.shield(carrying)
            except asyncio.CancelledError:
                if carrying.cancelled():
                    break
                self.stop()
        for node in self.nodes:
            if not node.state.is_over:
                self.change(node, NodeState.NOT_RUN)
        self.is_over = True
        carrying.result()

    # For the carrier ---------------------------------------------------------------------------

    def change(
        self,
        node: NodeRun,
        state: NodeState,
        *,
        exit_status: int | None = None,
        reason: str = "",
        topic: str = "",
        seconds: float | None = None,
    ) -> None:
        """Give a node its next state, and tell the listeners. `seconds` is how long the command ran, if that is known.

        Without it, it ran as long as the node was `RUNNING`.
        """
        if state is NodeState.RUNNING:
            node.began = self.clock()
        if state.is_over:
            node.ended = self.clock()
            node.began = node.began if seconds is None else node.ended - seconds
        node.state, node.exit_status = state, exit_status
        node.reason, node.topic = harmless(reason), topic
        self._tell(node, None)
        if self.request.fail_fast and state.is_over and not node.is_good:
            self.stopping.set()

    def add(self, node: NodeRun, line: Line) -> None:
        """Add a line of output, and tell the listeners."""
        node.keep(line, self.most_kept)
        self._tell(node, line)

    def _tell(self, node: NodeRun, line: Line | None) -> None:
        for listener in tuple(self._listeners):
            listener(node, line)

    # As a job ----------------------------------------------------------------------------------

    def view(self, now: datetime) -> JobView:
        """What a list shows of it."""
        number, done = len(self.nodes), sum(node.state.is_over for node in self.nodes)
        where = self.nodes[0].label if number == 1 else f"{number} nodes"
        title = harmless(f"{shown(self.request.words)} on {where}")
        if not self.is_over:
            word = "stopping" if self.is_stopping else "running"
            return JobView(JobState.RUNNING, word, title, f"{done} of {number} done", done / number if number else None)
        if self._by_user:
            return JobView(JobState.STOPPED, "stopped", title, summary(self.nodes))
        is_good = all(node.is_good for node in self.nodes)
        state = JobState.DONE if is_good else JobState.FAILED
        return JobView(state, "done" if is_good else "failed", title, summary(self.nodes), 1.0)
