"""Declares what just-in-time node access needs from AWS; `records_protocols.RecordsAws` has it as `access`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.domain.place import Caller
    from smtui.domain.records.access_request import AccessAnswer, AccessRequest, ApprovalPolicies, GrantedCredentials
    from smtui.engine.protocols import SessionAws


class AccessRequestAws(Protocol):
    """Just-in-time node access in one place. Every method blocks and raises `AwsCallFailed`."""

    def ask(self, node_id: str, reason: str) -> str:
        """ssm:StartAccessRequest, never twice; returns the request's id."""

    def answer(self, request_id: str) -> AccessAnswer:
        """ssm:GetAccessToken: what was decided; the credentials where access was granted."""

    def mine(self, caller: Caller) -> Sequence[AccessRequest]:
        """ssm:DescribeOpsItems: the caller's own requests, the latest first."""

    def for_decision(self, caller: Caller) -> Sequence[AccessRequest]:
        """ssm:DescribeOpsItems: the requests that wait for the caller's decision."""

    def request(self, request_id: str) -> AccessRequest:
        """ssm:GetOpsItem: all that is known of the request, with the id of its automation."""

    def decide(self, execution_id: str, *, approve: bool, comment: str) -> None:
        """ssm:SendAutomationSignal: approves or rejects."""

    def withdraw(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution; one that is over already is success."""

    def policies(self) -> ApprovalPolicies:
        """ssm:ListDocuments: the approval policies of the account in this Region."""

    def with_credentials(self, credentials: GrantedCredentials) -> SessionAws:
        """The calls of one session with these credentials. Calls nothing."""
