"""Nodes, sessions and a Run Command in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from smtui.domain.document import SessionDocument
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from smtui.domain.work.command_invocation import CommandInvocation, CommandToSend
from smtui.engine.piped_session import PipedSession
from smtui.engine.session_attempt import SessionResult
from smtui.runs.by_sessions import BySessions
from smtui.runs.run_maker import _AMAZONS
from smtui.runs.run_request import RunRequest, RunTarget
from smtui.runs.runner import Run
from smtui.topics.failure import Failure
from tests.engine.fakes import NOW


@dataclass
class Script:
    """What a node does: its outputs, and how its session ends."""

    stdout: bytes = b""
    stderr: bytes = b""
    status: int | None = 0
    failure: str = ""
    fault: Fault | None = None
    begins: bool = True
    hangs: bool = False
    deaf: bool = False
    """Whether it takes no notice of Ctrl-C."""
    gate: asyncio.Event | None = None
    """Waited for before it ends."""


class FakeSession:
    """A `PipedSession` that plays a script."""

    def __init__(self, script: Script, seen: Seen) -> None:
        self.script = script
        self.seen = seen
        self.stdout, self.stderr = asyncio.StreamReader(), asyncio.StreamReader()
        self.began = asyncio.Event()
        self.stopped = asyncio.Event()
        self._over: asyncio.Task[SessionResult] | None = None

    async def __aenter__(self) -> FakeSession:
        self._over = asyncio.create_task(self._live())
        return self

    async def _live(self) -> SessionResult:
        script = self.script
        self.seen.active += 1
        self.seen.most = max(self.seen.most, self.seen.active)
        try:
            await asyncio.sleep(0)
            if script.begins:
                self.began.set()
                self.stdout.feed_data(script.stdout)
                self.stderr.feed_data(script.stderr)
            if script.gate is not None:
                await script.gate.wait()
            if script.hangs:
                await self.stopped.wait()
                return SessionResult("stopped")
        finally:
            self.seen.active -= 1
            self.stdout.feed_eof()
            self.stderr.feed_eof()
        failure = Failure("It failed", script.failure, "", "", "") if script.failure else None
        return SessionResult("ended", failure, reported_status=script.status, fault=script.fault)

    async def result(self) -> SessionResult:
        assert self._over is not None
        return await asyncio.shield(self._over)

    async def write(self, data: bytes) -> None:
        self.seen.written.append(data)
        if not self.script.deaf:
            self.stopped.set()

    @property
    def is_over(self) -> bool:
        return self._over is not None and self._over.done()

    def stop(self) -> None:
        self.stopped.set()

    async def __aexit__(self, *error: object) -> None:
        self.stop()
        await self.result()


@dataclass
class Seen:
    """What the sessions were asked."""

    requests: list[SessionRequest] = field(default_factory=list)
    active: int = 0
    most: int = 0
    written: list[bytes] = field(default_factory=list)


def run_of(scripts: dict[str, Script], **options: Any) -> tuple[Run, Seen]:
    """A run by sessions on one node for each script, by the nodes' names."""
    seen = Seen()

    def open_session(request: SessionRequest, label: str, document: SessionDocument | None) -> PipedSession:
        seen.requests.append(request)
        return cast(PipedSession, FakeSession(scripts[label], seen))

    async def document(_: Place) -> SessionDocument:
        return _AMAZONS

    targets = tuple(RunTarget(f"i-{name}", Place(), name) for name in scripts)
    request = RunRequest(("uptime",), targets, **options)
    return Run(request, BySessions(open_session, document)), seen


def fault_of(kind: FaultKind = FaultKind.DENIED, *, action: str = "ssm:StartSession", request_id: str = "7f") -> Fault:
    return Fault(kind, action, "AccessDeniedException", "no", NOW, request_id)


@dataclass
class FakeCommands:
    """Run Command: each node's invocations, one a look; the last one stays."""

    looks: dict[str, list[CommandInvocation]]
    refuses: set[str] = field(default_factory=set)
    """Nodes that SendCommand does not take."""
    failing: dict[str, Fault] = field(default_factory=dict)
    """By method."""
    sent: list[CommandToSend] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    unknown_at_first: int = 0
    """How many GetCommandInvocation answer that they know nothing yet."""

    def commands_at(self, place: Place) -> FakeCommands:
        return self

    def _check(self, name: str) -> None:
        if name in self.failing:
            raise AwsCallFailed(self.failing[name])

    def send_command(self, wanted: CommandToSend) -> str:
        self._check("send_command")
        if self.refuses & set(wanted.node_ids):
            raise AwsCallFailed(Fault(FaultKind.OTHER, "ssm:SendCommand", "InvalidInstanceId", "not valid", NOW, "7f"))
        self.sent.append(wanted)
        return f"command-{len(self.sent)}"

    def invocations(self, command_id: str) -> Sequence[CommandInvocation]:
        self._check("invocations")
        sent = self.sent[int(command_id.rpartition("-")[2]) - 1]
        found = []
        for node_id in sent.node_ids:
            looks = self.looks[node_id]
            if command_id in self.cancelled and not looks[0].is_over:
                looks[:] = [CommandInvocation(node_id, "Cancelled", "Cancelled")]
            look = looks.pop(0) if len(looks) > 1 else looks[0]
            found.append(CommandInvocation(node_id, look.status, look.details))
        return found

    def invocation(self, command_id: str, node_id: str) -> CommandInvocation | None:
        self._check("invocation")
        if self.unknown_at_first > 0:
            self.unknown_at_first -= 1
            return None
        return self.looks[node_id][0]

    def cancel_command(self, command_id: str) -> None:
        self._check("cancel_command")
        self.cancelled.append(command_id)

    def stored_output(self, url: str) -> bytes:
        self._check("stored_output")
        return self.stored[url]
