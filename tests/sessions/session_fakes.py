"""The sessions of places in memory: an AWS that gives them page by page, and can deny any of its calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.records.account_session import AccountSession, SessionState
from smtui.domain.request import StartedSession
from tests.engine.fakes import NOW

PLACE = Place("ops", "eu-west-1")
ELSEWHERE = Place("dev", "us-east-1")
ME = "arn:aws:iam::111122223333:user/ops"
ANA = "arn:aws:sts::111122223333:assumed-role/ops/ana"


def session(session_id: str, **changes: Any) -> AccountSession:
    """A shell of the caller on a node, begun an hour ago."""
    given: dict[str, Any] = {
        "place": PLACE,
        "target": "i-0000000000000000a",
        "owner": ME,
        "status": "Connected",
        "started_at": NOW - timedelta(hours=1),
    }
    return AccountSession(session_id=session_id, **(given | changes))


def denied(action: str, message: str = "not you") -> Fault:
    return Fault(FaultKind.DENIED, action, "AccessDeniedException", message, NOW)


@dataclass
class FakeSessions:
    """`SessionListAws` of one place; `failing` maps an action, or an id, to the fault it raises."""

    pages: dict[SessionState, list[list[AccountSession]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    failing: dict[str, Fault] = field(default_factory=dict)
    fails_after: int = 0
    """How many pages come before DescribeSessions fails."""
    gate: threading.Event | None = None
    """Holds each page after the first until it is set."""
    ended: set[str] = field(default_factory=set)
    terminated: list[str] = field(default_factory=list)
    asked_names: list[Sequence[str]] = field(default_factory=list)

    def sessions(self, state: SessionState) -> Iterator[Sequence[AccountSession]]:
        for number, page in enumerate(self.pages.get(state, [])):
            if "ssm:DescribeSessions" in self.failing and number >= self.fails_after:
                break
            if number and self.gate is not None:
                self.gate.wait(60)
            yield page
        if "ssm:DescribeSessions" in self.failing:
            raise AwsCallFailed(self.failing["ssm:DescribeSessions"])

    def node_names(self, node_ids: Sequence[str]) -> Mapping[str, str]:
        self.asked_names.append(node_ids)
        if "ec2:DescribeInstances" in self.failing:
            raise AwsCallFailed(self.failing["ec2:DescribeInstances"])
        return {node_id: self.names[node_id] for node_id in node_ids if node_id in self.names}

    def resume(self, session_id: str) -> StartedSession | None:
        if session_id in self.failing:
            raise AwsCallFailed(self.failing[session_id])
        return None if session_id in self.ended else StartedSession(session_id, "wss://x", "token", "eu-west-1", "")

    def terminate(self, session_id: str) -> bool:
        if session_id in self.failing:
            raise AwsCallFailed(self.failing[session_id])
        if session_id in self.ended:
            return False
        self.terminated.append(session_id)
        return True


class UnseenLogs:
    """Logs of which nothing may be seen."""

    def document_versions(self, _name: str) -> Sequence[Any]:
        raise AwsCallFailed(denied("ssm:ListDocumentVersions"))


@dataclass
class FakeRecords:
    """`RecordPlaces` and `RecordsAws` of places with sessions; logs and trail are those of `record_fakes`, if any."""

    places: dict[Place, FakeSessions]
    place: Place = PLACE
    logs: Any = field(default_factory=UnseenLogs)
    trail: Any = None

    def records_at(self, place: Place) -> Any:
        return replace(self, place=place)

    @property
    def sessions(self) -> FakeSessions:
        return self.places[self.place]
