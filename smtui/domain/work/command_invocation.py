"""Describes a command of AWS's Run Command, and what became of it on one node.

Source: SendCommand, ListCommandInvocations and GetCommandInvocation in the Systems Manager API reference.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_NODES = 50
"""Nodes of one SendCommand."""
LONGEST_COMMENT = 100
STDOUT_LIMIT = 24_000
STDERR_LIMIT = 8_000
"""Characters of output that GetCommandInvocation returns; the rest is in S3, if it was sent there."""
LEAST_DELIVERY_SECONDS = 30
_OVER = frozenset({"Success", "Cancelled", "TimedOut", "Failed"})
_BEFORE_IT_RAN = ("deliver", "undeliverable", "terminated", "invalidplatform", "accessdenied")
"""In status details of a command that the node never ran, without blanks."""


@dataclass(frozen=True, slots=True)
class CommandToSend:
    """One SendCommand."""

    node_ids: tuple[str, ...]
    document_name: str
    lines: tuple[str, ...]
    seconds: int
    """The time-out of the command on each node."""
    concurrency: int
    fail_fast: bool = False
    comment: str = ""
    bucket: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class CommandInvocation:
    """What AWS says of a command on one node."""

    node_id: str
    status: str
    details: str = ""
    """A finer status, such as `Delivery Timed Out`."""
    response_code: int = -1
    """The exit status; -1 while it has not begun, or if nobody knows it."""
    seconds: float | None = None
    """How long the node ran it; None if AWS does not say."""
    stdout: str = ""
    stderr: str = ""
    stdout_url: str = ""
    """Where in S3 the whole output is; empty if it was not sent there."""
    stderr_url: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it changes no more."""
        return self.status in _OVER

    @property
    def has_begun(self) -> bool:
        """Whether the command runs, or ran, on the node, as far as AWS knows."""
        return self.status not in ("Pending", "Delayed") and not self.never_ran

    @property
    def never_ran(self) -> bool:
        """Whether it is over without having reached the node's shell."""
        words = self.details.replace(" ", "").casefold()
        return self.is_over and any(part in words for part in _BEFORE_IT_RAN)
