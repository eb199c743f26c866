"""Lists the account's sessions, past and present, resumes them and ends them.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_DescribeSessions, API_Session,
API_ResumeSession, API_TerminateSession).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import each_text, mapping, mappings, text, when
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.places.stream_endpoint import at_endpoint
from smtui.domain.records.account_session import AccountSession, SessionState
from smtui.domain.request import StartedSession
from smtui.domain.text import KNOWN_SECRETS

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls
    from smtui.domain.place import Place

_SESSIONS_A_PAGE = 200
"""The largest page that AWS gives."""
_RESUME = "ssm:ResumeSession"


class SessionListAdapter:
    """Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def sessions(self, state: SessionState) -> Iterator[Sequence[AccountSession]]:
        """ssm:DescribeSessions, all pages; entries without an id are left out. AWS promises no order."""
        place = self._calls.connection.place
        for page in self._calls.pages("ssm:DescribeSessions", page_size=_SESSIONS_A_PAGE, State=state.value):
            yield [_session(entry, place) for entry in mappings(page) if text(entry, "SessionId")]

    def node_names(self, node_ids: Sequence[str]) -> Mapping[str, str]:
        """The Names of these nodes, by id; without those that have none or are gone.

        ec2:DescribeInstances for instances, ssm:DescribeInstanceInformation for all other nodes.
        """
        instances = [node_id for node_id in node_ids if node_id.startswith("i-")]
        others = [node_id for node_id in node_ids if not node_id.startswith("i-")]
        return {**dict(self._instance_names(instances)), **dict(self._hybrid_names(others))}

    def resume(self, session_id: str) -> StartedSession | None:
        """ssm:ResumeSession: a new token for the session's data channel; None if the session has ended."""
        endpoint = self._calls.connection.stream_endpoint()
        try:
            answer = self._calls.call(_RESUME, SessionId=session_id)
        except AwsCallFailed as failed:
            if failed.fault.kind is FaultKind.ALREADY_ENDED:
                return None
            raise
        stream_url, token = text(answer, "StreamUrl"), text(answer, "TokenValue")
        KNOWN_SECRETS.learn(token)
        if not token:
            return None
        if not stream_url:
            raise self._calls.odd_answer(_RESUME, f"The answer for session {session_id!r} lacks its address.")
        connection = self._calls.connection
        return StartedSession(
            session_id=session_id,
            stream_url=at_endpoint(stream_url, endpoint),
            token=token,
            region=connection.opened().region,
            endpoint_url=connection.endpoint_url("ssm"),
            stream_endpoint=endpoint,
        )

    def terminate(self, session_id: str) -> bool:
        """ssm:TerminateSession; False if the session had already ended."""
        try:
            self._calls.call("ssm:TerminateSession", SessionId=session_id)
        except AwsCallFailed as failed:
            if failed.fault.kind is FaultKind.ALREADY_ENDED:
                return False
            raise
        return True

    def _instance_names(self, node_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        for reservation in self._calls.by_filter("ec2:DescribeInstances", "instance-id", node_ids):
            for instance in mappings(reservation.get("Instances")):
                tags = (tag for tag in mappings(instance.get("Tags")) if text(tag, "Key") == "Name")
                if name := next(iter(each_text(list(tags), "Value")), ""):
                    yield text(instance, "InstanceId"), name

    def _hybrid_names(self, node_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """All hybrid nodes are read: asked for ids, AWS refuses the whole call if one of them is gone."""
        wanted = frozenset(node_ids)
        if not wanted:
            return
        hybrid = [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
        for node in self._calls.entries("ssm:DescribeInstanceInformation", Filters=hybrid):
            name = text(node, "Name") or text(node, "ComputerName")
            if name and text(node, "InstanceId") in wanted:
                yield text(node, "InstanceId"), name


def _session(entry: Mapping[str, Any], place: Place) -> AccountSession:
    logs = mapping(entry.get("OutputUrl"))
    return AccountSession(
        place=place,
        session_id=text(entry, "SessionId"),
        target=text(entry, "Target"),
        owner=text(entry, "Owner"),
        status=text(entry, "Status"),
        started_at=when(entry.get("StartDate")),
        ended_at=when(entry.get("EndDate")),
        document_name=text(entry, "DocumentName"),
        reason=text(entry, "Reason"),
        details=text(entry, "Details"),
        access_type=text(entry, "AccessType"),
        max_minutes=_minutes(text(entry, "MaxSessionDuration")),
        s3_url=text(logs, "S3OutputUrl"),
        log_group_url=text(logs, "CloudWatchOutputUrl"),
    )


_MOST_DIGITS = 6


def _minutes(digits: str) -> int | None:
    """AWS sends minutes as text. Its model's pattern excludes valid numbers, so it is not checked against that."""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        return None
    return int(digits) or None
