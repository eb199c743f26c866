"""An account with sessions of several people, in the story's world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from smtui.domain.fault import Fault
from smtui.domain.records.account_session import AccountSession, SessionState
from smtui.sessions.log_place import ACCOUNTS_OWN
from tests.engine.fakes import NOW
from tests.sessions.record_fakes import FakeLogs, preferences
from tests.sessions.session_fakes import ANA, ME, FakeRecords, FakeSessions, session
from tests.tui.world import READ_AT, World, node_id

ACTIVE, HISTORY = SessionState.ACTIVE, SessionState.HISTORY
BEN = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Support_0123456789abcdef/ben@example.com"
PORT = "AWS-StartPortForwardingSession"

PREFERENCES = preferences(s3BucketName="logs", cloudWatchLogGroupName="/ssm", cloudWatchStreamingEnabled=True)


def ago(minutes: float) -> Any:
    return READ_AT - timedelta(minutes=minutes)


def active_story() -> list[AccountSession]:
    return [
        session("ops-0c77f01b2a9e4d536", target=node_id(9), started_at=ago(22), status="Disconnected"),
        session("ana-0b77f01b2a9e4d531", target=node_id(1), owner=ANA, started_at=ago(35), reason="CHG-88 disk full",
                access_type="JustInTime", log_group_url="https://console.aws.amazon.com/cloudwatch"),
        session("ops-0b77f01b2a9e4d532", target=node_id(1), started_at=ago(42), reason="INC-4711",
                s3_url="https://s3.console.aws.amazon.com/x", document_name="SSM-SessionManagerRunShell"),
        session("ops-0b77f01b2a9e4d533", target=node_id(2), started_at=ago(33), document_name=PORT),
        session("ben@example.com-0b77f01b2a9e4d534", target=node_id(8, "mi-"), owner=BEN, started_at=ago(190),
                document_name="Acme-RunRunbook", reason="weekly patch"),
    ]  # fmt: skip


def past_story() -> list[AccountSession]:
    return [
        session("ops-0a00000000000000a", target=node_id(1), started_at=ago(1500), ended_at=ago(1470),
                status="Terminated", s3_url="https://s3.console.aws.amazon.com/x", reason="INC-4700"),
        session("ana-0a00000000000000b", target=node_id(2), owner=ANA, started_at=ago(60 * 24 * 12),
                ended_at=ago(60 * 24 * 12 - 4), status="Failed"),
    ]  # fmt: skip


class CountedSessions(FakeSessions):
    """Remembers what was listed."""

    def __init__(self, pages: dict[SessionState, list[list[AccountSession]]], failing: dict[str, Fault]) -> None:
        super().__init__(pages, failing=failing)
        self.listed: list[SessionState] = []

    def sessions(self, state: SessionState) -> Iterator[Sequence[AccountSession]]:
        self.listed.append(state)
        return super().sessions(state)

    def change(self, state: SessionState, *now: AccountSession) -> None:
        """Let AWS list other sessions from now on."""
        self.pages[state] = [list(now)]


class Account(World):
    """A world whose place has sessions; `sessions` may be changed while the app runs."""

    def __init__(
        self,
        active: list[AccountSession] | None = None,
        past: list[AccountSession] | None = None,
        failing: dict[str, Fault] | None = None,
        **given: Any,
    ) -> None:
        arguments = given.pop("launcher_arguments", {})
        logs, trail = given.pop("logs", None) or FakeLogs({ACCOUNTS_OWN: [PREFERENCES]}), given.pop("trail", None)
        place = given.get("places", World.places)[0]
        self.sessions = CountedSessions(
            {ACTIVE: [active_story() if active is None else active], HISTORY: [past_story() if past is None else past]},
            failing or {},
        )
        records = FakeRecords({place: self.sessions}, place, logs, trail)
        super().__init__(launcher_arguments={"records": records, **arguments}, **given)


__all__ = ["ACTIVE", "ANA", "BEN", "HISTORY", "ME", "NOW", "Account"]
