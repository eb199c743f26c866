"""Declares what the account's sessions need from AWS, so that tests can pass in others; `aws.records` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from smtui.diagnosis.evidence.rules_facts import RulesAws
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession, SessionState
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
    """The logs of sessions in one place. Every method blocks and raises `AwsCallFailed`."""


class TrailAws(Protocol):
    """CloudTrail and EventBridge in one place. Every method blocks and raises `AwsCallFailed`."""


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
