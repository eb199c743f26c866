"""Keeps the commands of Run Command in one Region, and what became of each on each node.

A script runs in a thread of its own, at most `MaxConcurrency` of a command at once. As with AWS, an invocation can be
read only some time after SendCommand, and output only once the script is over.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode

VISIBLE_SECONDS = 0.3
"""From SendCommand until its invocations can be read."""


class Script(Protocol):
    """A script that runs on a node."""

    def wait(self, seconds: float) -> int | None:
        """Wait for its end: its exit status, -1 after a signal; None if it is not over in time. Blocks."""

    def outputs(self) -> tuple[bytes, bytes]:
        """What it wrote to stdout and stderr so far."""

    def end(self) -> None:
        """End it, with everything it has started, and remove its files. Blocks."""


StartScript = Callable[["DemoNode", "list[str]"], Script]
"""Starts these lines on a node; raises OSError."""


@dataclass(slots=True)
class DemoInvocation:
    """A command on one node. Its command's lock guards it."""

    node: DemoNode
    status: str = "Pending"
    details: str = "Pending"
    code: int = -1
    stdout: bytes = b""
    stderr: bytes = b""
    began_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it changes no more."""
        return self.status not in ("Pending", "InProgress", "Cancelling")


@dataclass(slots=True)
class DemoCommand:
    """One command that was sent."""

    document: str
    lines: list[str]
    seconds: float
    """The time-out on each node."""
    invocations: dict[str, DemoInvocation]
    """By node id."""
    most_errors: int | None = None
    """How many failures are allowed before no further node begins; None for any number."""
    bucket: str = ""
    prefix: str = ""
    command_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    requested_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, node_id: str, name: str) -> str:
        """The object's key in S3 of an output, `stdout` or `stderr`."""
        parts = (self.prefix, self.command_id, node_id, "awsrunShellScript", "0.awsrunShellScript", name)
        return "/".join(part for part in parts if part)


_LOOK = 0.1


class CommandBook:
    """Every command of one Region. Safe to use from any thread."""

    def __init__(self, visible_seconds: float = VISIBLE_SECONDS) -> None:
        self._visible_seconds = visible_seconds
        self._lock = threading.Lock()
        self._commands: dict[str, DemoCommand] = {}
        self._threads: list[threading.Thread] = []
        self.objects: dict[tuple[str, str], bytes] = {}
        """What was written to S3, by bucket and key."""

    def send(self, command: DemoCommand, start: StartScript, concurrency: int) -> None:
        """Run the command on its nodes in the background, at most `concurrency` at once."""
        waiting = list(command.invocations.values())
        crew = [
            threading.Thread(target=self._work, args=(command, waiting, start), name="demo-command", daemon=True)
            for _ in range(max(1, min(concurrency, len(waiting))))
        ]
        with self._lock:
            self._commands[command.command_id] = command
            self._threads = [thread for thread in self._threads if thread.is_alive()] + crew
        for thread in crew:
            thread.start()

    def find(self, command_id: str) -> DemoCommand | None:
        """The command with this id; None when there is none."""
        with self._lock:
            return self._commands.get(command_id)

    def visible(self, command: DemoCommand) -> bool:
        """Whether its invocations can be read by now."""
        return time.monotonic() - command.sent >= self._visible_seconds

    def cancel(self, command: DemoCommand, node_ids: Iterable[str]) -> None:
        """Cancel it where it is not over: scripts that run are ended."""
        command.cancelled.set()
        with command.lock:
            for node_id in node_ids:
                invocation = command.invocations[node_id]
                if invocation.status == "InProgress":
                    invocation.status = invocation.details = "Cancelling"

    def close(self) -> None:
        """End every script and wait for that."""
        with self._lock:
            commands, threads = list(self._commands.values()), list(self._threads)
        for command in commands:
            command.cancelled.set()
        for thread in threads:
            thread.join(5)

    def _work(self, command: DemoCommand, waiting: list[DemoInvocation], start: StartScript) -> None:
        while True:
            with command.lock:
                if not waiting:
                    return
                invocation = waiting.pop(0)
                if command.cancelled.is_set() or _has_failed_enough(command):
                    _settle(invocation, "Cancelled", "Cancelled" if command.cancelled.is_set() else "Terminated")
                    continue
                invocation.status = invocation.details = "InProgress"
                invocation.began_at = datetime.now(UTC)
            self._run(command, invocation, start)

    def _run(self, command: DemoCommand, invocation: DemoInvocation, start: StartScript) -> None:
        try:
            script = start(invocation.node, command.lines)
        except OSError as error:
            with command.lock:
                invocation.stderr = f"{error}\n".encode()
                _settle(invocation, "Failed", "Failed", 1)
            return
        try:
            deadline = time.monotonic() + command.seconds
            code = None
            while code is None and time.monotonic() < deadline and not command.cancelled.is_set():
                code = script.wait(min(_LOOK, max(0.0, deadline - time.monotonic())))
            stdout, stderr = script.outputs()
        finally:
            script.end()
        with command.lock:
            invocation.stdout, invocation.stderr = stdout, stderr
            if code is not None:
                _settle(invocation, *(("Success", "Success") if code == 0 else ("Failed", "Failed")), code)
            elif command.cancelled.is_set():
                _settle(invocation, "Cancelled", "Cancelled")
            else:
                _settle(invocation, "TimedOut", "Execution Timed Out", 137)
            if command.bucket:
                for name, data in (("stdout", stdout), ("stderr", stderr)):
                    self.objects[command.bucket, command.key(invocation.node.node_id, name)] = data


def _has_failed_enough(command: DemoCommand) -> bool:
    if command.most_errors is None:
        return False
    failed = sum(each.status in ("Failed", "TimedOut") for each in command.invocations.values())
    return failed > command.most_errors


def _settle(invocation: DemoInvocation, status: str, details: str, code: int = -1) -> None:
    invocation.status, invocation.details, invocation.code = status, details, code
    invocation.ended_at = datetime.now(UTC)
