"""Keeps what is known of a run on one node: its state, its lines of output, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.runs.run_request import RunTarget

MOST_KEPT = 2 << 20
"""Bytes of output that are kept for each node; what comes after them is counted, not kept."""


class NodeState(StrEnum):
    """How far a node is. Only `EXITED` tells what became of the command."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    EXITED = "exit"
    """The node reported the command's exit status."""
    NOT_KNOWN = "status not known"
    """The command has ended, and nobody reported its exit status."""
    REFUSED = "refused"
    """AWS refused to start it; nothing ran."""
    NOT_STARTED = "not started"
    """It could not be started; nothing ran."""
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    """It ran, and was ended before it was done."""
    LOST = "lost"
    """The way to the node broke: the command may have run, and may still run."""
    NOT_RUN = "not run"
    """The run ended before it was this node's turn."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes from the node."""
        return self not in (NodeState.WAITING, NodeState.STARTING, NodeState.RUNNING)


class Stream(StrEnum):
    """The output that a line came from."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output, without its line end; the node's own bytes."""

    stream: Stream
    data: bytes

    @property
    def text(self) -> str:
        """The line as text; it may hold whatever the node has sent."""
        return self.data.decode("utf-8", "replace")


@dataclass(eq=False, slots=True)
class NodeRun:
    """One node of a run. The run changes it; all others only read."""

    target: RunTarget
    state: NodeState = NodeState.WAITING
    exit_status: int | None = None
    """Set for `EXITED` alone; -1 for a command that a signal ended."""
    reason: str = ""
    """Why it has this state, where that needs words; harmless."""
    topic: str = ""
    """The id of the topic that helps; empty if none does."""
    began: float | None = None
    """When the command began, on the run's clock; None if it never did."""
    ended: float | None = None
    lines: list[Line] = field(default_factory=list)
    dropped: int = 0
    """Bytes of output that were not kept."""
    note: str = ""
    """What is to be known about its output: that AWS cut it."""
    _kept: int = 0
    _answer: bytes = b""

    @property
    def label(self) -> str:
        """The node's name."""
        return self.target.label

    @property
    def is_good(self) -> bool:
        """Whether the command certainly succeeded."""
        return self.state is NodeState.EXITED and self.exit_status == 0

    @property
    def is_unproven(self) -> bool:
        """Whether nobody can tell if the command succeeded."""
        return self.state in (NodeState.NOT_KNOWN, NodeState.LOST)

    @property
    def words(self) -> str:
        """Its state in words: `exit 3`, `timed out`."""
        if self.state is not NodeState.EXITED:
            return self.state.value
        return f"exit {self.exit_status}" if self.exit_status != -1 else "ended by a signal"

    @property
    def answer(self) -> bytes:
        """A digest of how it ended and of all that it has said: the same for nodes that are alike. Call it at the end.

        Worked out once, since a list asks again and again.
        """
        if not self._answer:
            digest = sha256(f"{self.words}\n{self.reason}\n{self.note}\n{self.dropped}\n".encode())
            for line in self.lines:
                digest.update(line.stream.value.encode() + b" " + line.data + b"\n")
            self._answer = digest.digest()
        return self._answer

    def seconds(self, now: float) -> float | None:
        """Return how long the command has run, or ran; None if it never began."""
        if self.began is None:
            return None
        return (self.ended if self.ended is not None else now) - self.began

    def keep(self, line: Line, most: int = MOST_KEPT) -> None:
        """Add a line of output, unless there is too much already."""
        size = len(line.data) + 1
        if self._kept + size > most:
            self.dropped += size
            return
        self._kept += size
        self.lines.append(line)
