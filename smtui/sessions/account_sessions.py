"""What a front end gets of the account's sessions; each part is made when it is first used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from smtui.diagnosis.evidence.record import EvidenceAws
    from smtui.domain.place import Place
    from smtui.domain.request import SessionRequest
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, SessionAws
    from smtui.sessions.access_requests import AccessRequests
    from smtui.sessions.log_finder import SessionLogs
    from smtui.sessions.preferences.rules import Rules
    from smtui.sessions.records_protocols import RecordPlaces
    from smtui.sessions.resuming import Resuming
    from smtui.sessions.session_audit import SessionAudit
    from smtui.sessions.session_list import SessionList


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the account's sessions need to know of the nodes and the time."""

    places: Callable[[], Sequence[Place]]
    """Those that are listed now."""
    now: Callable[[], datetime]
    name_of: Callable[[Place, str], str]
    """The Name of a node, as far as it is listed; else empty."""
    evidence: Callable[[Place], EvidenceAws] | None = None
    """What the doctor can look up; None where nobody looks."""


class AccountSessions:
    """The sessions of every place, whoever started them."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        records: RecordPlaces,
        off_loop: OffLoop,
        around: Surroundings,
        *,
        read_only: bool,
    ) -> None:
        self._aws = aws
        self._around = around
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only

    @cached_property
    def list(self) -> SessionList:
        """Who is on which node, and who was."""
        from smtui.sessions.session_list import SessionList

        around = self._around
        return SessionList(
            around.places,
            self._aws,
            self._records,
            self._off_loop,
            around.now,
            around.name_of,
            read_only=self._read_only,
        )

    @cached_property
    def logs(self) -> SessionLogs:
        """Where sessions are logged, and what they showed."""
        from smtui.sessions.log_finder import SessionLogs

        return SessionLogs(self._aws, self._records, self._off_loop, self._around.now)

    @cached_property
    def audit(self) -> SessionAudit:
        """Which calls about sessions are recorded, and who is notified."""
        from smtui.sessions.session_audit import SessionAudit

        return SessionAudit(self._records, self._off_loop, self._around.now)

    @cached_property
    def access(self) -> AccessRequests:
        """Just-in-time access to nodes."""
        from smtui.sessions.access_requests import AccessRequests

        around = self._around
        return AccessRequests(
            self._aws, self._records, self._off_loop, around.now, around.evidence, read_only=self._read_only
        )

    def granted(self, request: SessionRequest) -> SessionAws | None:
        """The calls of this session with credentials that were granted for its node; None where none fit."""
        access: AccessRequests | None = vars(self).get("access")
        return access.granted(request) if access is not None else None

    @cached_property
    def resuming(self) -> Resuming:
        """Whether a session can be resumed here."""
        from smtui.sessions.resuming import Resuming

        return Resuming(self._aws, self._records, self._off_loop, read_only=self._read_only)

    def granted_until(self, request: SessionRequest) -> str:
        """How long credentials last that were granted for the node: `until 14:05`; empty where none fit."""
        access: AccessRequests | None = vars(self).get("access")
        return access.granted_until(request) if access is not None else ""

    def objection(self, request: SessionRequest) -> str:
        """Why the session would be refused on a node to which access was granted for shells alone; empty if not."""
        access: AccessRequests | None = vars(self).get("access")
        return access.objection(request) if access is not None else ""

    @cached_property
    def rules(self) -> Rules:
        """The account's rules for sessions."""
        from smtui.sessions.preferences.rules import Rules

        return Rules(self._aws, self._records, self._off_loop, self._around.now, read_only=self._read_only)
