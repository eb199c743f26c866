"""An AWS that a script plays, for requests for access."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.place import Caller, Place
from smtui.domain.records.access_request import (
    AccessAnswer,
    AccessRequest,
    AccessStatus,
    ApprovalPolicies,
    GrantedCredentials,
)
from smtui.sessions.access_wait import AccessOrder
from tests.engine.fakes import NOW

PLACE, NODE, ID = Place("ops", "eu-west-1"), "i-0a1b2c3d4e5f60711", "oi-0123456789ab"
ORDER = AccessOrder(NODE, PLACE, "web-1", "INC-4711")
KEYS = GrantedCredentials("ASIAKEYS", "granted-secret", "granted-token", NOW + timedelta(hours=1))
PENDING, APPROVED = AccessAnswer(AccessStatus.PENDING), AccessAnswer(AccessStatus.APPROVED, KEYS)


@dataclass
class ScriptedAccess:
    """Answers in order; the last answer repeats. A fault is raised."""

    answers: list[AccessAnswer | Fault] = field(default_factory=lambda: [APPROVED])
    failing: dict[str, Fault] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    approvers: tuple[str, ...] = ("arn:aws:sts::1:assumed-role/ops-leads/ana",)
    execution_id: str = "e" * 36
    decided: list[tuple[str, bool, str]] = field(default_factory=list)
    session: Any = None

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            raise AwsCallFailed(self.failing[name])

    def ask(self, node_id: str, reason: str) -> str:
        self._called(f"ask {node_id} {reason}")
        self._called("ask")
        return ID

    def answer(self, request_id: str) -> AccessAnswer:
        self._called("answer")
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Fault):
            raise AwsCallFailed(found)
        return found

    def request(self, request_id: str) -> AccessRequest:
        self._called("request")
        return AccessRequest(PLACE, request_id, approvers=self.approvers, execution_id=self.execution_id)

    def mine(self, caller: Caller) -> list[AccessRequest]:
        self._called("mine")
        return [AccessRequest(PLACE, ID, NODE, caller.arn)]

    def for_decision(self, caller: Caller) -> list[AccessRequest]:
        self._called("for_decision")
        return [AccessRequest(PLACE, "oi-0000000000bb", NODE)]

    def decide(self, execution_id: str, *, approve: bool, comment: str) -> None:
        self._called("decide")
        self.decided.append((execution_id, approve, comment))

    def withdraw(self, execution_id: str) -> None:
        self._called(f"withdraw {execution_id}")

    def policies(self) -> ApprovalPolicies:
        self._called("policies")
        return ApprovalPolicies(("prod-approval",))

    def with_credentials(self, credentials: GrantedCredentials) -> Any:
        self._called("with_credentials")
        return self.session
