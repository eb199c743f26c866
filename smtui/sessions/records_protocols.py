"""Declares what the account's sessions need from AWS, so that tests can pass in others; `aws.records` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from smtui.diagnosis.evidence.rules_facts import RulesAws
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession, SessionState
    from smtui.domain.records.notification import EventRule, RuleTarget, Subscription
    from smtui.domain.records.session_log import DocumentVersion, ObjectPart, StreamPage
    from smtui.domain.records.trail import TrailEvent
    from smtui.domain.request import StartedSession
    from smtui.sessions.access_aws import AccessRequestAws


class SessionListAws(Protocol):
    """The account's sessions in one place. Every method blocks and raises `AwsCallFailed`."""

    def sessions(self, state: SessionState) -> Iterator[Sequence[AccountSession]]:
        """ssm:DescribeSessions, all pages, one item a page, in no order."""

    def node_names(self, node_ids: Sequence[str]) -> Mapping[str, str]:
        """ec2:DescribeInstances, and ssm:DescribeInstanceInformation for hybrid nodes: Names by id, as far as known."""

    def resume(self, session_id: str) -> StartedSession | None:
        """ssm:ResumeSession; None if the session has ended."""

    def terminate(self, session_id: str) -> bool:
        """ssm:TerminateSession; False if the session had already ended."""


class LogAws(Protocol):
    """The logs of sessions in one place. Every method blocks and raises `AwsCallFailed`, naming the IAM action."""

    def document_versions(self, name: str) -> Sequence[DocumentVersion]:
        """ssm:ListDocumentVersions of a session document; none where there is no such document."""

    def document_text(self, name: str, version: str = "") -> str:
        """ssm:GetDocument: the content of a version, the newest if none is named; empty where there is none."""

    def object_part(self, bucket: str, key: str, start: int, end: int = 0) -> ObjectPart | None:
        """s3:GetObject of the bytes from `start` to before `end`; a negative start counts from the object's end.

        None where there is no such object.
        """

    def stream_page(self, group: str, stream: str, *, token: str = "", from_head: bool = False) -> StreamPage | None:
        """logs:GetLogEvents: the page at a token, else the last one, or the first. None where there is no stream."""


class TrailAws(Protocol):
    """CloudTrail, EventBridge and SNS in one place. Every method blocks and raises `AwsCallFailed`."""

    def events(self, name: str, since: datetime, until: datetime) -> Iterator[Sequence[TrailEvent]]:
        """cloudtrail:LookupEvents of one event name, page by page, the newest first; paced below 2 calls a second.

        Events of other services than Systems Manager are left out.
        """

    def rules(self) -> Sequence[EventRule]:
        """events:ListRules of the default bus."""

    def targets(self, rule: str) -> Sequence[RuleTarget]:
        """events:ListTargetsByRule."""

    def subscriptions(self, topic_arn: str) -> Sequence[Subscription]:
        """sns:ListSubscriptionsByTopic."""


class RecordsAws(Protocol):
    """What AWS records of the sessions of one place."""

    @property
    def sessions(self) -> SessionListAws:
        """The sessions."""

    @property
    def logs(self) -> LogAws:
        """Their logs."""

    @property
    def trail(self) -> TrailAws:
        """The calls about them."""

    @property
    def rules(self) -> RulesAws:
        """The account's rules for them."""

    @property
    def access(self) -> AccessRequestAws:
        """Requests for access."""


class RecordPlaces(Protocol):
    """What AWS records, in every place; making one calls nothing."""

    def records_at(self, place: Place) -> RecordsAws:
        """The records of one place."""
