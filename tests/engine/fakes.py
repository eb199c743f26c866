"""Another AWS and another plugin, in memory, for the engine's own rules."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, SsmFacts
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Caller, Place
from smtui.domain.plugin import PluginGrade, PluginPick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.ports import Caught, PluginCredentials, RunningPlugin

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def fault(action: str, kind: FaultKind = FaultKind.DENIED, code: str = "AccessDeniedException") -> Fault:
    return Fault(kind, action, code, "no", NOW)


@dataclass
class FakeAws:
    """Answers from lists; `failing` maps an action to the fault it raises; `gates` hold an action until set."""

    managed: list[list[SsmFacts]] = field(default_factory=list)
    machines: list[list[Ec2Facts]] = field(default_factory=list)
    failing: dict[str, Fault] = field(default_factory=dict)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    account: str = "111122223333"
    documents: dict[DocumentSummary, str] = field(default_factory=dict)
    """Each with its content."""
    denied_sides: set[DocumentSide] = field(default_factory=set)
    unconnected: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)

    def _call(self, action: str) -> None:
        self.calls.append(action)
        if action in self.gates:
            self.gates[action].wait(20)
        if action in self.failing:
            raise AwsCallFailed(self.failing[action])

    def caller(self) -> Caller:
        self._call("sts:GetCallerIdentity")
        return Caller(self.account, "arn:aws:iam::111122223333:user/ops", "AIDA", "eu-west-1")

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        yield from self.managed
        self._call("ssm:DescribeInstanceInformation")

    def managed_node(self, node_id: str) -> SsmFacts | None:
        self._call("ssm:DescribeInstanceInformation")
        return next((facts for page in self.managed for facts in page if facts.node_id == node_id), None)

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        self._call("ec2:DescribeInstances")
        yield from self.machines

    def connection_status(self, node_id: str) -> ConnectionFact:
        self._call("ssm:GetConnectionStatus")
        status = ConnectionStatus.NOT_CONNECTED if node_id in self.unconnected else ConnectionStatus.CONNECTED
        return ConnectionFact(status, NOW)

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        self._call("ssm:ListDocuments")
        if side in self.denied_sides:
            raise AwsCallFailed(fault("ssm:ListDocuments"))
        yield [summary for summary in self.documents if summary.side is side]

    def document(self, name: str) -> str:
        self._call("ssm:GetDocument")
        for summary, content in self.documents.items():
            if summary.name == name:
                return content
        raise AwsCallFailed(fault("ssm:GetDocument", FaultKind.INVALID_DOCUMENT, "InvalidDocument"))

    def start_session(self, request: SessionRequest) -> StartedSession:
        self._call("ssm:StartSession")
        return StartedSession(f"s-{request.target}", "wss://x", "TOKEN", "eu-west-1", "https://ssm")

    def terminate_session(self, session_id: str) -> None:
        self._call("ssm:TerminateSession")
        self.terminated.append(session_id)

    def plugin_credentials(self) -> PluginCredentials:
        return PluginCredentials(profile="ops")

    def endpoint_url(self) -> str:
        return "https://ssm"

    def endpoint_is_aws(self) -> bool:
        return True


class FakePlaces:
    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws

    def at(self, place: Place) -> FakeAws:
        return self.aws


ENDED = PluginRun(exit_status=0, spoke=True, duration=185, words=PluginWords(PluginWord.EXITED))


@dataclass
class FakeCaught:
    ending_signal: int = 0


@dataclass
class FakeRunning:
    run: PluginRun = ENDED
    stopped: threading.Event = field(default_factory=threading.Event)
    waits: bool = False
    breaks: bool = False
    pid: int = 0

    def attach(self) -> PluginRun:
        if self.breaks:
            raise RuntimeError("relay broke")
        if self.waits:
            self.stopped.wait(20)
            return PluginRun(signal=15, stopped=True)
        return self.run

    def stop(self) -> None:
        self.stopped.set()

    def abandon(self) -> PluginRun:
        self.stopped.set()
        return PluginRun(signal=15, stopped=True)

    def guard(self) -> AbstractContextManager[Caught]:
        return nullcontext(FakeCaught())


@dataclass
class FakePlugins:
    running: FakeRunning = field(default_factory=FakeRunning)
    grade: PluginGrade = PluginGrade.FINE
    error: Exception | None = None
    started: int = 0
    on_pipes: bool = False
    """What the last one was started with."""

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        return PluginPick("/usr/bin/session-manager-plugin", None, self.grade, "It was found.")

    def start(
        self,
        pick: PluginPick,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        label: str,
        *,
        on_pipes: bool = False,
    ) -> RunningPlugin:
        self.started += 1
        self.on_pipes = on_pipes
        if self.error is not None:
            raise self.error
        return self.running
