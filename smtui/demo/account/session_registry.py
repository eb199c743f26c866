"""Records the sessions of a simulated Region: active and ended ones, and their tokens."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smtui.demo.story.account_facts import CALLER_ARN, CALLER_NAME

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode

DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"
JUST_IN_TIME = "JustInTime"
MOST_ENDED = 20_000
_LONG_SESSION = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DemoSession:
    """One session at one moment. `status` is that of DescribeSessions: Connecting, Connected, …, Terminated."""

    session_id: str
    node_id: str
    node_name: str
    document_name: str
    parameters: Mapping[str, tuple[str, ...]]
    agent_version: str
    reason: str
    owner: str
    started_at: datetime
    status: str = "Connecting"
    ended_at: datetime | None = None
    details: str = ""
    access_type: str = "Standard"
    max_minutes: int | None = None
    """The maximum duration; None for none."""


@dataclass(slots=True)
class _Entry:
    session: DemoSession
    token: str = field(repr=False)


def earlier_sessions(nodes: Iterable[DemoNode], now: datetime) -> Iterator[DemoSession]:
    """The sessions that ended with their node's last ping, before the Region was started."""
    for node in nodes:
        if not node.last_session:
            continue
        ended_at = now - timedelta(seconds=node.ping_age)
        yield DemoSession(
            session_id=f"{CALLER_NAME}-0f3a9b7c5d1e24680",
            node_id=node.node_id,
            node_name=node.name,
            document_name=DEFAULT_DOCUMENT,
            parameters={},
            agent_version=node.agent_version,
            reason=node.last_session,
            owner=CALLER_ARN,
            started_at=ended_at - _LONG_SESSION,
            status="Terminated",
            ended_at=ended_at,
        )


class SessionBook:
    """Every session of one Region. Safe to call from any thread; a token opens only its own session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, _Entry] = {}
        self._ended: dict[str, DemoSession] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._planted: set[str] = set()

    def start(
        self,
        node: DemoNode,
        *,
        owner_arn: str,
        document_name: str = "",
        parameters: Mapping[str, list[str]] | None = None,
        reason: str = "",
        access_type: str = "Standard",
        max_minutes: int | None = None,
    ) -> tuple[DemoSession, str]:
        """Starts a session; returns it with the token for its data channel."""
        session = DemoSession(
            session_id=f"{_start_of_id(owner_arn, access_type)}-{secrets.token_hex(9)[:17]}",
            node_id=node.node_id,
            node_name=node.name,
            document_name=document_name or DEFAULT_DOCUMENT,
            parameters={name: tuple(values) for name, values in (parameters or {}).items()},
            agent_version=node.agent_version,
            reason=reason,
            owner=owner_arn,
            started_at=datetime.now(UTC),
            access_type=access_type,
            max_minutes=max_minutes,
        )
        entry = _Entry(session, _new_token())
        with self._lock:
            self._active[session.session_id] = entry
        return session, entry.token

    def recall(self, *sessions: DemoSession) -> None:
        """Adds sessions that ended before the Region was started."""
        with self._lock:
            self._ended.update({session.session_id: session for session in sessions})
            self._planted.update(session.session_id for session in sessions)

    def plant(self, *sessions: DemoSession) -> None:
        """Adds sessions that are active since before the Region was started, the oldest first."""
        with self._lock:
            self._active.update({session.session_id: _Entry(session, _new_token()) for session in sessions})
            self._planted.update(session.session_id for session in sessions)

    def resume(self, session_id: str) -> str | None:
        """A new token, which replaces the old one; None for a session that has ended."""
        with self._lock:
            entry = self._active.get(session_id)
            if entry is None:
                return None
            entry.token = _new_token()
            return entry.token

    def session(self, session_id: str) -> DemoSession | None:
        """An active session; None for any other."""
        with self._lock:
            entry = self._active.get(session_id)
            return entry.session if entry is not None else None

    def ended_session(self, session_id: str) -> DemoSession | None:
        """A session that has ended; None for any other."""
        with self._lock:
            return self._ended.get(session_id)

    def is_planted(self, session_id: str) -> bool:
        """Whether the session began before the Region was started."""
        with self._lock:
            return session_id in self._planted

    def knows(self, session_id: str) -> bool:
        """Whether there is or was such a session."""
        with self._lock:
            return session_id in self._active or session_id in self._ended

    def check_token(self, session_id: str, token: str) -> bool:
        """Whether this is the token of this session, and the session is active."""
        with self._lock:
            entry = self._active.get(session_id)
            expected = entry.token if entry is not None else ""
        matches = hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))
        return matches and entry is not None

    def connected(self, session_id: str) -> None:
        """Records that a client is connected."""
        self._set_status(session_id, "Connected")

    def disconnected(self, session_id: str) -> None:
        """Records that the client has disconnected; it may resume."""
        self._set_status(session_id, "Disconnected")

    def ended(self, session_id: str, reason: str = "") -> None:
        """Records that the session ended on the node; does nothing for one that has ended."""
        self._end(session_id, reason)

    def terminate(self, session_id: str) -> bool:
        """Ends a session and notifies the listeners; returns False for one that is not active."""
        if not self._end(session_id, "Terminated by the user."):
            return False
        for listener in list(self._listeners):
            listener(session_id)
        return True

    def on_terminated(self, callback: Callable[[str], None]) -> None:
        """Calls `callback` with the id of each terminated session, from the thread that answers TerminateSession."""
        self._listeners.append(callback)

    def active(self) -> list[DemoSession]:
        """The active sessions, newest first."""
        with self._lock:
            return [entry.session for entry in reversed(self._active.values())]

    def history(self) -> list[DemoSession]:
        """The ended sessions, the latest end first."""
        with self._lock:
            return list(reversed(self._ended.values()))

    def _set_status(self, session_id: str, status: str) -> None:
        with self._lock:
            entry = self._active.get(session_id)
            if entry is not None:
                entry.session = replace(entry.session, status=status)

    def _end(self, session_id: str, details: str) -> bool:
        with self._lock:
            entry = self._active.pop(session_id, None)
            if entry is None:
                return False
            self._ended[session_id] = replace(
                entry.session, status="Terminated", ended_at=datetime.now(UTC), details=details
            )
            while len(self._ended) > MOST_ENDED:
                del self._ended[next(iter(self._ended))]
            return True


def _start_of_id(owner_arn: str, access_type: str) -> str:
    """The user's name, or that of the role session; granted keys start sessions of the user who asked for them."""
    _, slash, name = owner_arn.rpartition("/")
    return name if slash and access_type != JUST_IN_TIME else CALLER_NAME


def _new_token() -> str:
    return secrets.token_urlsafe(180)
