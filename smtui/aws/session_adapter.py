"""Starts, terminates and lists sessions; paces StartSession calls over all threads.

AWS allows 3 StartSession calls a second per account and Region
(https://docs.aws.amazon.com/general/latest/gr/ssm.html). Other sources:
https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_StartSession, API_TerminateSession,
API_DescribeSessions, API_Session).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from smtui.aws.api_calls import ApiCalls, mappings, text, when
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.orphaned_session import ActiveSession
from smtui.domain.places.stream_endpoint import at_endpoint
from smtui.domain.request import SessionRequest, StartedSession
from smtui.domain.text import KNOWN_SECRETS

START_SESSION_INTERVAL = 0.4
"""Seconds; 2.5 starts a second, and at most three in any one second."""


class Pace:
    """A token bucket of one token: the first call goes at once, each further one waits its turn."""

    def __init__(
        self,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_turn = clock()

    def wait(self) -> None:
        """Blocks until it is the caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def hold_back(self, seconds: float) -> None:
        """Lets no turn begin for `seconds`, because AWS asked to slow down."""
        with self._lock:
            self._next_turn = max(self._next_turn, self._clock() + seconds)


class Paces:
    """One `Pace` for each account and Region, made at its first use."""

    def __init__(self, make: Callable[[], Pace] = lambda: Pace(START_SESSION_INTERVAL)) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str], Pace] = {}

    def of(self, owner: str, region: str) -> Pace:
        """The pace of an account, or of a profile while its account is not known, in a Region."""
        with self._lock:
            return self._paces.setdefault((owner, region), self._make())


_STARTS_TRIED = 4
_SESSIONS_A_PAGE = 200
"""The largest page that AWS gives."""
_START = "ssm:StartSession"


class SessionAdapter:
    """The sessions of one place. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls, brief_calls: ApiCalls, paces: Paces) -> None:
        self._calls = calls
        self._brief_calls = brief_calls
        self._paces = paces

    def start_session(self, request: SessionRequest) -> StartedSession:
        """ssm:StartSession, paced, and repeated only when AWS throttled it, at most three times.

        After any other failure nobody knows whether a session began; a second call could leave one behind.
        """
        pace = self._pace()
        for tried in range(1, _STARTS_TRIED + 1):
            pace.wait()
            try:
                return self._start_once(request)
            except AwsCallFailed as failed:
                if failed.fault.kind is not FaultKind.THROTTLED or tried == _STARTS_TRIED:
                    raise
                pace.hold_back(2.0 ** (tried - 1))
        raise AssertionError("unreachable")

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession; a session that has already ended is success."""
        try:
            self._calls.call("ssm:TerminateSession", SessionId=session_id)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.ALREADY_ENDED:
                raise

    def active_sessions(self, *, owner: str = "", target: str = "", session_id: str = "") -> list[ActiveSession]:
        """ssm:DescribeSessions: the active sessions that match all that is given.

        smtui asks at the start of a run and must not hold it up: this call gives up sooner than others.
        """
        wanted = {"Owner": owner, "Target": target, "SessionId": session_id}
        filters = [{"key": key, "value": value} for key, value in wanted.items() if value]
        asked = {"State": "Active"} | ({"Filters": filters} if filters else {})
        return _active(list(self._brief_calls.items("ssm:DescribeSessions", page_size=_SESSIONS_A_PAGE, **asked)))

    def _start_once(self, request: SessionRequest) -> StartedSession:
        endpoint = self._calls.connection.stream_endpoint()
        answer = self._calls.call_once(_START, **request.api_parameters())
        session_id, stream_url, token = (text(answer, name) for name in ("SessionId", "StreamUrl", "TokenValue"))
        KNOWN_SECRETS.learn(token)
        if not (session_id and stream_url and token):
            raise self._calls.odd_answer(_START, f"The answer for session {session_id!r} lacks its address or token.")
        connection = self._calls.connection
        return StartedSession(
            session_id=session_id,
            stream_url=at_endpoint(stream_url, endpoint),
            token=token,
            region=connection.opened().region,
            endpoint_url=connection.endpoint_url("ssm"),
            stream_endpoint=endpoint,
        )

    def _pace(self) -> Pace:
        connection = self._calls.connection
        opened = connection.opened(_START)
        return self._paces.of(connection.account or connection.place.profile, opened.region)


def _active(entries: list[Any]) -> list[ActiveSession]:
    """The sessions among the entries of DescribeSessions; entries without an id or a start are left out."""
    found = []
    for entry in mappings(entries):
        session_id, started_at = text(entry, "SessionId"), when(entry.get("StartDate"))
        if session_id and started_at is not None:
            found.append(
                ActiveSession(
                    session_id=session_id,
                    target=text(entry, "Target"),
                    owner=text(entry, "Owner"),
                    started_at=started_at,
                    status=text(entry, "Status"),
                    document_name=text(entry, "DocumentName"),
                    reason=text(entry, "Reason"),
                )
            )
    return found
