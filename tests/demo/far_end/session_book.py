"""A book of hosted sessions that tests fill, and that logs what the data channel reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TinySession:
    session_id: str
    node_id: str = "i-0123456789abcdef0"
    node_name: str = "web-1"
    document_name: str = ""
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    agent_version: str = "3.3.987.0"


class TinyBook:
    """A `HostedSessions` of the sessions in `tokens`. `log` holds what was reported, as (what, session id, more)."""

    def __init__(self, tokens: Mapping[str, str], agent_version: str = "3.3.987.0") -> None:
        self.tokens = dict(tokens)
        self.agent_version = agent_version
        self.node_name = "web-1"
        self.documents: dict[str, str] = {}
        self.parameters: dict[str, Mapping[str, Sequence[str]]] = {}
        self.log: list[tuple[str, ...]] = []
        self._callbacks: list[Callable[[str], None]] = []

    def session(self, session_id: str) -> TinySession | None:
        if session_id not in self.tokens:
            return None
        return TinySession(
            session_id,
            node_name=self.node_name,
            document_name=self.documents.get(session_id, ""),
            parameters=self.parameters.get(session_id, {}),
            agent_version=self.agent_version,
        )

    def check_token(self, session_id: str, token: str) -> bool:
        return self.tokens.get(session_id) == token

    def connected(self, session_id: str) -> None:
        self.note("connected", session_id)

    def disconnected(self, session_id: str) -> None:
        self.note("disconnected", session_id)

    def ended(self, session_id: str, reason: str = "") -> None:
        self.tokens.pop(session_id, None)
        self.note("ended", session_id, reason)

    def on_terminated(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    def terminate(self, session_id: str) -> None:
        """What TerminateSession does."""
        self.tokens.pop(session_id, None)
        for callback in self._callbacks:
            callback(session_id)

    def note(self, *entry: str) -> None:
        self.log.append(entry)
