"""Puts a session into words: who started it, what kind it is, its status, and how long it has run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.ages import duration, seconds_between
from smtui.domain.place import told_apart
from smtui.domain.records.account_session import AccountSession, SessionKind
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

NOT_KNOWN = "not known"
_SSO_ROLE = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}", re.ASCII)
"""IAM Identity Center names the role after the permission set, and adds a number."""
_NOT_ROLES = frozenset({"user", "federated", "account"})
"""What stands in a role's place for other callers."""
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}", re.ASCII)
"""An instance's id, which names the sessions of its role."""
_STATUS_WORDS = {
    "Connected": "active",
    "Connecting": "connecting",
    "Disconnected": "disconnected",
    "Terminating": "ending",
    "Terminated": "ended",
    "Failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who started a session, by an ARN."""

    name: str
    """The user's name, or the role session's; empty if the ARN is missing or has another form."""
    through: str = ""
    """The role, `user`, `federated` or `root`."""

    def words(self, *, mine: bool | None) -> str:
        """Return `ana (ops)`, or `you (ops)` for the caller; harmless."""
        name = "you" if mine else told_apart(self.name) or NOT_KNOWN
        return harmless(f"{name} ({self.through})" if self.through else name)


def owner_of(arn: str) -> Owner:
    """Return who an ARN names, as DescribeSessions gives it; the whole text for a form that is not known."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return Owner(arn)
    kind, _, rest = parts[5].partition("/")
    match kind:
        case "assumed-role" if "/" in rest:
            role, _, name = rest.rpartition("/")
            return Owner(name, _short_role(role))
        case "user" if rest:
            return Owner(rest.rpartition("/")[2], "user")
        case "federated-user" if rest:
            return Owner(rest, "federated")
        case "root":
            return Owner("root", "account")
    return Owner(parts[5] or arn)


def shared_identity(session: AccountSession) -> str:
    """Return the instance whose role started it, since everybody on it is the same caller to AWS; else empty."""
    owner = owner_of(session.owner)
    return owner.name if ":assumed-role/" in session.owner and _INSTANCE.fullmatch(owner.name) else ""


def shared_words(sessions: Iterable[AccountSession]) -> tuple[str, ...]:
    """Say of sessions that are called the caller's own that they may be another's."""
    instances = dict.fromkeys(filter(None, map(shared_identity, sessions)))
    return tuple(
        f"Everybody who uses the role of {instance} counts as you: this may be a colleague's." for instance in instances
    )


def _short_role(role: str) -> str:
    """The role without its path; of a role of IAM Identity Center, the permission set."""
    name = role.rpartition("/")[2]
    sso = _SSO_ROLE.fullmatch(name)
    short = sso["set"] if sso else name
    return f"role {short}" if short.casefold() in _NOT_ROLES else short


def who(session: AccountSession, *, mine: bool | None) -> str:
    """Return who started it: `you (ops)`, `ana (ops)`; harmless."""
    return owner_of(session.owner).words(mine=mine)


def kind_words(session: AccountSession) -> str:
    """Return `shell`, `port`, `shell, JIT`; a custom document by its name; harmless."""
    kind = session.kind
    word = session.document_name.rpartition("/")[2] if kind is SessionKind.OTHER else kind.value
    return harmless(f"{word}, JIT" if session.is_just_in_time else word)


def status_word(session: AccountSession) -> str:
    """Return its status in one word; AWS's own word if it is a new one; harmless."""
    if not session.status:
        return "ended" if session.ended_at is not None else NOT_KNOWN
    return harmless(_STATUS_WORDS.get(session.status, session.status.lower()))


def status_mark(session: AccountSession) -> str:
    """Return the mark that stands before its status."""
    if session.status == "Failed":
        return "✕"
    if session.is_over:
        return "○"
    return {"Connected": "●", "": "?"}.get(session.status, "◐")


def seconds_long(session: AccountSession, now: datetime) -> float | None:
    """Return how many seconds it took, or has taken so far; None if AWS does not say when it began or ended."""
    if session.started_at is None:
        return None
    end = session.ended_at if session.ended_at is not None else None if session.is_over else now
    return seconds_between(session.started_at, end) if end is not None else None


def how_long(session: AccountSession, now: datetime) -> str:
    """Return how long it took, or has taken so far."""
    seconds = seconds_long(session, now)
    return NOT_KNOWN if seconds is None else duration(seconds)


def named(session: AccountSession, node: str, *, mine: bool | None) -> str:
    """Return `your shell on web-1`, `ana's port session on web-1`; `node` is its Name or id; harmless."""
    owner = told_apart(owner_of(session.owner).name)
    whose = "your" if mine else f"{owner}'s" if owner else "the"
    kind = {
        SessionKind.SHELL: "shell",
        SessionKind.COMMAND: "command",
        SessionKind.PORT: "port forward",
        SessionKind.REMOTE_PORT: "port forward",
        SessionKind.SSH: "ssh session",
        SessionKind.OTHER: "session",
    }[session.kind]
    if not (owner or session.target or session.document_name):
        return harmless(f"session {session.session_id}")
    return harmless(f"{whose} {kind} on {node or session.target or 'a node that AWS does not name'}")
