"""Works out where a session's log is, from its kind and from the preferences of its time.

Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html; the agent, for the
names of object and log stream. Only what draws on a terminal or prints is logged: shells and commands.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.records.account_session import SessionKind
from smtui.domain.records.session_log import Logged, LogPlace, LogStore, Whereabouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from smtui.diagnosis.evidence.preference_facts import SessionPreferences
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.session_log import DocumentVersion

ACCOUNTS_OWN = "SSM-SessionManagerRunShell"
"""The document whose inputs are the account's preferences."""
NEVER = {
    SessionKind.PORT: "Port forwards are never logged: Session Manager only passes their bytes on.",
    SessionKind.REMOTE_PORT: "Port forwards are never logged: Session Manager only passes their bytes on.",
    SessionKind.SSH: "SSH is never logged: Session Manager sees only its encrypted bytes.",
}
_NO_PLACE = "This session was not logged: the account's preferences name neither a bucket nor a log group."
_TODAYS = "AWS does not say when the session started, so these are today's preferences."


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of a document that was in force when a session started."""

    version: str = ""
    """Empty where there was none, or where it is gone."""
    note: str = ""
    """What is uncertain about it, as a sentence."""
    is_gone: bool = False
    """Whether it was, or may have been, one that AWS no longer has."""


def never_logged(kind: SessionKind) -> Whereabouts | None:
    """Return the answer for kinds that are never logged; None for all others."""
    return Whereabouts(Logged.NEVER, why=NEVER[kind]) if kind in NEVER else None


def version_in_force(versions: Sequence[DocumentVersion], started_at: datetime | None) -> InForce:
    """Return the newest version that was there when the session started: StartSession takes that one."""
    usable = [one for one in versions if one.created_at is not None and one.status in ("", "Active")]
    usable.sort(key=lambda one: _number(one.version), reverse=True)
    if not usable:
        return InForce()
    if started_at is None:
        return InForce(usable[0].version, _TODAYS)
    earlier = [one for one in usable if one.created_at is not None and one.created_at <= started_at]
    if earlier:
        newest = _number(earlier[0].version)
        later = [number for one in versions if (number := _number(one.version)) > newest]
        # A version that was deleted in between may have been the one.
        return InForce(is_gone=True) if later and min(later) > newest + 1 else InForce(earlier[0].version)
    if _number(usable[-1].version) > 1:
        return InForce(is_gone=True)
    return InForce(note="The preferences were first saved after the session had started.")


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() else 0


def whereabouts(session: AccountSession, preferences: SessionPreferences | None, notes: tuple[str, ...]) -> Whereabouts:
    """Return where the log of a shell or a command is, by these preferences; None means that there were none."""
    if preferences is None:
        return Whereabouts(Logged.OFF, why="The account had saved no preferences, so nothing was logged.", notes=notes)
    if preferences.logged_to is None:
        why = "The preferences leave the place of logs to a parameter, whose value AWS does not show."
        return Whereabouts(Logged.UNKNOWN, why=why, notes=notes)
    places = _places(session, preferences)
    if not places:
        return Whereabouts(Logged.OFF, why=_NO_PLACE, notes=notes)
    return Whereabouts(Logged.YES, places, notes=notes)


def _places(session: AccountSession, preferences: SessionPreferences) -> tuple[LogPlace, ...]:
    """A log that runs along comes first while the session runs; later the object, which is complete."""
    found, is_over = [], session.is_over
    if preferences.s3_bucket:
        key = _joined(preferences.s3_prefix, f"{session.session_id.replace(':', '')}.log")
        found.append(LogPlace(LogStore.S3, preferences.s3_bucket, key, is_whole=is_over))
    if preferences.log_group:
        is_live = preferences.log_streaming and not is_over
        group, stream = preferences.log_group, session.session_id
        found.append(LogPlace(LogStore.CLOUDWATCH, group, stream, is_live=is_live, is_whole=is_over))
    return tuple(sorted(found, key=lambda place: not place.is_live))


def _joined(prefix: str, name: str) -> str:
    """As the agent joins them: no empty parts, a slash in front stays."""
    joined = posixpath.normpath(posixpath.join("/", prefix.strip(), name)).lstrip("/")
    return f"/{joined}" if prefix.strip().startswith("/") else joined


def missing_sentence(place: LogPlace, *, is_over: bool) -> str:
    """Say why a log that should be there is not."""
    what = "object" if place.store is LogStore.S3 else "log stream"
    if not is_over and not place.is_live:
        return f"There is no {what} yet: it is written when the session ends."
    if not is_over:
        return f"There is no {what} yet: the agent makes it with the first line."
    return (
        f"There is no such {what}: the session showed nothing, the node's role may not write there, "
        "or the log was deleted since."
    )
