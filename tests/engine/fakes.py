"""Another AWS and another plugin, in memory, for the engine's own rules."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smtui.diagnosis.evidence.local_facts import AwsCli
from smtui.domain.document import DocumentSide, DocumentSummary, DocumentText
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, SsmFacts
from smtui.domain.orphaned_session import ActiveSession
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Caller, PendingCall, Place
from smtui.domain.places.organisation_facts import OrganisationFacts
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
from smtui.domain.roster import Snapshot
from smtui.domain.stored_list import ListHead, Part, split
from smtui.plugin.companions import NOBODY, Companions
from smtui.plugin.handoff import RunningPlugin
from smtui.plugin.plugin_host import PluginHost

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
    held: int = 0
    """How many calls wait for their gates."""
    calls: list[str] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)
    active_now: list[ActiveSession] = field(default_factory=list)
    organisation: list[list[OrganisationFacts]] = field(default_factory=list)
    is_known: bool = True
    """Whether it was asked before who we are."""
    waited_for: list[PendingCall] = field(default_factory=list)

    def _call(self, action: str) -> None:
        self.calls.append(action)
        if action in self.gates:
            self.held += 1
            self.gates[action].wait(60)
            self.held -= 1
        if action in self.failing:
            raise AwsCallFailed(self.failing[action])

    def caller(self) -> Caller:
        self._call("sts:GetCallerIdentity")
        return self._caller()

    def region(self) -> str:
        return "eu-west-1"

    def known_caller(self) -> Caller:
        return self._caller() if self.is_known else Caller("", "", "", "eu-west-1")

    def pending(self) -> list[PendingCall]:
        return self.waited_for

    def _caller(self) -> Caller:
        return Caller(self.account, f"arn:aws:iam::{self.account}:user/ops", "AIDA", "eu-west-1")

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        yield from self.managed
        self._call("ssm:DescribeInstanceInformation")

    def managed_node(self, node_id: str) -> SsmFacts | None:
        self._call("ssm:DescribeInstanceInformation")
        return next((facts for page in self.managed for facts in page if facts.node_id == node_id), None)

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        self._call("ec2:DescribeInstances")
        yield from self.machines

    def instances_with(self, name: str, value: str) -> list[Ec2Facts]:
        self._call(f"ec2:DescribeInstances {name}={value}")

        def holds(machine: Ec2Facts) -> bool:
            facts = {
                "instance-id": machine.node_id,
                "private-ip-address": machine.private_ip,
                "ip-address": machine.public_ip,
            }
            return facts.get(name, machine.tags.get(name.removeprefix("tag:"), "")) == value

        return [machine for page in self.machines for machine in page if holds(machine)]

    def hybrid_nodes(self) -> list[SsmFacts]:
        self._call("ssm:DescribeInstanceInformation ResourceType=ManagedInstance")
        return [facts for page in self.managed for facts in page if facts.node_id.startswith("mi-")]

    def organisation_nodes(self) -> Iterator[Sequence[OrganisationFacts]]:
        self._call("ssm:ListNodes")
        yield from self.organisation

    def connection_status(self, node_id: str) -> ConnectionFact:
        self._call("ssm:GetConnectionStatus")
        status = ConnectionStatus.NOT_CONNECTED if node_id in self.unconnected else ConnectionStatus.CONNECTED
        return ConnectionFact(status, NOW)

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        self._call("ssm:ListDocuments")
        if side in self.denied_sides:
            raise AwsCallFailed(fault("ssm:ListDocuments"))
        yield [summary for summary in self.documents if summary.side is side]

    def document(self, name: str) -> DocumentText:
        self._call("ssm:GetDocument")
        for summary, content in self.documents.items():
            if summary.name == name:
                return DocumentText(content, "3")
        raise AwsCallFailed(fault("ssm:GetDocument", FaultKind.INVALID_DOCUMENT, "InvalidDocument"))

    def start_session(self, request: SessionRequest) -> StartedSession:
        self._call("ssm:StartSession")
        return StartedSession(f"s-{request.target}", "wss://x", "TOKEN", "eu-west-1", "https://ssm")

    def terminate_session(self, session_id: str) -> None:
        self._call("ssm:TerminateSession")
        self.terminated.append(session_id)

    def active_sessions(self, *, owner: str = "", target: str = "", session_id: str = "") -> list[ActiveSession]:
        self._call("ssm:DescribeSessions")
        return [
            session
            for session in self.active_now
            if owner in ("", session.owner)
            and target in ("", session.target)
            and session_id in ("", session.session_id)
            and session.session_id not in self.terminated
        ]

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
            self.stopped.wait(60)
            return PluginRun(signal=15, stopped=True)
        return self.run

    def stop(self) -> None:
        self.stopped.set()

    def abandon(self) -> PluginRun:
        self.stopped.set()
        return PluginRun(signal=15, stopped=True)

    def interrupt(self) -> None:
        return

    def resized(self) -> None:
        return


@dataclass
class FakePlugins(PluginHost):
    running: FakeRunning = field(default_factory=FakeRunning)
    grade: PluginGrade = PluginGrade.FINE
    error: Exception | None = None
    started: int = 0
    on_pipes: bool = False
    session_type: str = ""
    """What the last one was started with."""
    companions: Companions = NOBODY
    resumes: bool = False
    programs: list[tuple[str, ...]] = field(default_factory=list)
    """The programs beside plugins that were started."""

    def aws_cli(self) -> AwsCli | None:
        return None

    def start_program(self, argv: Sequence[str], more: Mapping[str, str]) -> RunningPlugin:
        self.programs.append(tuple(argv))
        if self.error is not None:
            raise self.error
        return self.running

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
        session_type: str = "",
        resumes: bool = False,
        companions: Companions = NOBODY,
    ) -> RunningPlugin:
        self.started += 1
        self.resumes = resumes
        self.companions = companions
        self.session_type = session_type
        self.on_pipes = on_pipes
        if self.error is not None:
            raise self.error
        return self.running


@dataclass
class KnownList:
    """A list of an earlier run, in memory."""

    head: ListHead
    parts: Iterator[Part]
    closed: bool = False

    def rest(self) -> Iterator[Part]:
        return self.parts

    def close(self) -> None:
        self.closed = True


class FakeCache:
    """Keeps one list, whatever the place."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot

    def load(self, place: Place) -> KnownList | None:
        return KnownList(*split(self.snapshot, place)) if self.snapshot is not None else None

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        self.snapshot = snapshot
        return True
