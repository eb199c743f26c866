"""Asks for just-in-time node access, fetches what is granted, and decides on requests of others.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_StartAccessRequest, API_GetAccessToken,
API_DescribeOpsItems, API_GetOpsItem, API_SendAutomationSignal, API_StopAutomationExecution, API_ListDocuments). The
user guide calls the signal that rejects a request `Deny`; the API has `Reject`, and no other is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import ApiCalls, each_text, is_code, mapping, mappings, text, texts, when
from smtui.aws.records.granted_session import GrantedSession
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.access_request import (
    AccessAnswer,
    AccessRequest,
    AccessStatus,
    ApprovalPolicies,
    GrantedCredentials,
    access_status,
)
from smtui.domain.text import KNOWN_SECRETS

if TYPE_CHECKING:
    from smtui.aws.session_adapter import Paces
    from smtui.domain.place import Caller

_TYPE = "/aws/accessrequest"
_MOST = 200
"""Requests that are read of one list; OpsCenter keeps them for a year."""
_A_PAGE = 50
_LONGEST_DATA = 64 * 1024
_OVER = ("AutomationExecutionNotFoundException", "InvalidAutomationStatusUpdateException")
_TOKEN = "ssm:GetAccessToken"  # noqa: S105 - the name of an action


class AccessRequestAdapter:
    """Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls, paces: Paces) -> None:
        self._calls = calls
        self._paces = paces

    def ask(self, node_id: str, reason: str) -> str:
        """ssm:StartAccessRequest, never twice; returns the request's id."""
        answer = self._calls.call_once(
            "ssm:StartAccessRequest", Reason=reason, Targets=[{"Key": "InstanceIds", "Values": [node_id]}]
        )
        request_id = text(answer, "AccessRequestId")
        if not request_id:
            raise self._calls.odd_answer("ssm:StartAccessRequest", "The answer holds no id of a request.")
        return request_id

    def answer(self, request_id: str) -> AccessAnswer:
        """ssm:GetAccessToken: what was decided; the credentials where access was granted."""
        found = self._calls.call(_TOKEN, AccessRequestId=request_id)
        status, held = access_status(text(found, "AccessRequestStatus")), mapping(found.get("Credentials"))
        key_id, secret, token = (text(held, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        KNOWN_SECRETS.learn(secret, token)
        if status is not AccessStatus.APPROVED:
            return AccessAnswer(status)
        ends_at = when(held.get("ExpirationTime"))
        if not (key_id and secret and token) or ends_at is None:
            raise self._calls.odd_answer(
                _TOKEN, f"The request {request_id} is approved, but its answer lacks the credentials."
            )
        return AccessAnswer(status, GrantedCredentials(key_id, secret, token, ends_at))

    def mine(self, caller: Caller) -> list[AccessRequest]:
        """ssm:DescribeOpsItems: the caller's own requests, the latest first."""
        return self._of("AccessRequestByRequesterArn", caller.arn) or self._of(
            "AccessRequestByRequesterId", caller.user_id
        )

    def for_decision(self, caller: Caller) -> list[AccessRequest]:
        """ssm:DescribeOpsItems: the requests that wait for the caller's decision."""
        pending = {"Key": "Status", "Operator": "Equal", "Values": ["PendingApproval"]}
        by_arn = self._of("AccessRequestByApproverArn", caller.arn, pending)
        return by_arn or self._of("AccessRequestByApproverId", caller.user_id, pending)

    def request(self, request_id: str) -> AccessRequest:
        """ssm:GetOpsItem: all that OpsCenter knows of the request, with the id of its automation."""
        answer = self._calls.call("ssm:GetOpsItem", OpsItemId=request_id)
        return self._request(mapping(answer.get("OpsItem")), request_id)

    def decide(self, execution_id: str, *, approve: bool, comment: str) -> None:
        """ssm:SendAutomationSignal: approves or rejects, with a comment if there is one."""
        payload: dict[str, Any] = {"Payload": {"Comment": [comment]}} if comment else {}
        signal = "Approve" if approve else "Reject"
        self._calls.call("ssm:SendAutomationSignal", AutomationExecutionId=execution_id, SignalType=signal, **payload)

    def withdraw(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution: one's own request waits no longer; one that is over already is success."""
        try:
            self._calls.call("ssm:StopAutomationExecution", AutomationExecutionId=execution_id, Type="Cancel")
        except AwsCallFailed as failed:
            if not is_code(failed, *_OVER):
                raise

    def policies(self) -> ApprovalPolicies:
        """ssm:ListDocuments: the approval policies of the account in this Region."""
        return ApprovalPolicies(self._named("ManualApprovalPolicy"), self._named("AutoApprovalPolicy"))

    def with_credentials(self, credentials: GrantedCredentials) -> GrantedSession:
        """The calls of one session with these credentials, at the same endpoint. Calls nothing."""
        return GrantedSession(self._calls.connection, self._paces, self._calls.now, credentials)

    def _named(self, kind: str) -> tuple[str, ...]:
        filters = [{"Key": "DocumentType", "Values": [kind]}, {"Key": "Owner", "Values": ["Self"]}]
        found = self._calls.items("ssm:ListDocuments", page_size=_A_PAGE, Filters=filters)
        return each_text(list(islice(found, _MOST)), "Name")

    def _of(self, key: str, value: str, *more: Mapping[str, Any]) -> list[AccessRequest]:
        if not value:
            return []
        filters = [
            {"Key": "OpsItemType", "Operator": "Equal", "Values": [_TYPE]},
            {"Key": key, "Operator": "Equal", "Values": [value]},
            *more,
        ]
        items = islice(self._calls.items("ssm:DescribeOpsItems", page_size=_A_PAGE, OpsItemFilters=filters), _MOST)
        found = [self._request(item) for item in mappings(list(items))]
        return sorted(
            (each for each in found if each.request_id),
            key=lambda each: each.asked_at.timestamp() if each.asked_at else 0.0,
            reverse=True,
        )

    def _request(self, item: Mapping[str, Any], request_id: str = "") -> AccessRequest:
        data = _data_of(item)
        return AccessRequest(
            place=self._calls.connection.place,
            request_id=text(item, "OpsItemId") or request_id,
            node_id=_first(data, "targetResourceId", "targetId", "instanceId", "nodeId") or _target(data),
            requester=_first(data, "requesterArn", "requester") or text(item, "CreatedBy"),
            reason=_first(data, "reason", "requestReason") or text(item, "Description"),
            status=access_status(text(item, "Status")),
            approvers=_many(data, "approverArns", "approvers", "approverIds"),
            decided_by=_first(data, "decidedBy", "approvedBy", "rejectedBy"),
            asked_at=when(item.get("CreatedTime")),
            execution_id=_first(data, "automationExecutionId"),
        )


def _data_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON of the OpsItem's operational data, keys in lower case; empty where it has none that can be read."""
    held = text(mapping(mapping(item.get("OperationalData")).get(_TYPE)), "Value")
    try:
        data = json.loads(held) if held and len(held) <= _LONGEST_DATA else {}
    except (ValueError, RecursionError):
        return {}
    return {str(key).lower(): value for key, value in data.items()} if isinstance(data, Mapping) else {}


def _first(data: Mapping[str, Any], *names: str) -> str:
    return next((found for name in names if (found := text(data, name.lower()))), "")


def _many(data: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return next((found for name in names if (found := texts(data, name.lower()))), ())


def _target(data: Mapping[str, Any]) -> str:
    """The first value of `targets`, which StartAccessRequest takes as keys with values."""
    targets = data.get("targets")
    plain = texts(data, "targets")
    return plain[0] if plain else next((value for each in mappings(targets) for value in texts(each, "Values")), "")
