"""Says what CloudTrail has of a session: who, from where, with what, which parameters; and what is missing in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtui.domain.fault import Fault
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.trail import TrailEvent

BEHIND = timedelta(minutes=15)
"""How far CloudTrail may be behind."""
_CLOCKS = timedelta(minutes=2)
"""How far the session's dates and CloudTrail's may be apart."""
_KEPT = timedelta(days=90)
_AWS = "AWS itself"
_OF_AWS = re.compile(r"^AWS Internal|^[\w-]+(?:\.[\w-]+)*\.amazonaws\.com$")
"""How AWS's own services name themselves, as the user agent and in place of an address."""
_AGENTS = (
    (re.compile(r"aws-cli/(\d+\.\d+)"), "aws-cli {0}"),
    (re.compile(r"\bsmtui[/#](\d[\w.]*)"), "smtui {0}"),
    (re.compile(r"[Tt]erraform/(\d+\.\d+)"), "Terraform {0}"),
    (re.compile(r"Boto3/(\d+\.\d+)"), "boto3 {0}"),
    (re.compile(r"Botocore/(\d+\.\d+)"), "botocore {0}"),
    (re.compile(r"aws-sdk-([a-z0-9]+)(?:-v\d)?/v?(\d+\.\d+)"), "aws-sdk-{0} {1}"),
    (re.compile(r"(?:signin|console)\.(?:amazonaws|aws\.amazon)\.com|AWS-?Console|^Mozilla/"), "console"),
    (_OF_AWS, _AWS),
)
_LONGEST_AGENT = 32


def shown_client(event: TrailEvent) -> str:
    """Return what called. AWS vouches for the address alone: whoever calls writes the user agent."""
    shown = shown_agent(event.user_agent)
    if shown == _AWS and not _OF_AWS.search(event.address):
        return harmless(event.user_agent[:_LONGEST_AGENT])
    return shown


def shown_agent(user_agent: str) -> str:
    """Return what the user agent says in a word or two: `aws-cli 2.17`, `console`, `boto3 1.34`."""
    for pattern, words in _AGENTS:
        if found := pattern.search(user_agent[:2_000]):
            return harmless(words.format(*found.groups()))
    first = user_agent.partition(" ")[0]
    name, _, version = first.partition("/")
    short = f"{name} {'.'.join(version.split('.')[:2])}".strip()
    return harmless(short[:_LONGEST_AGENT])


def shown_caller(event: TrailEvent) -> str:
    """Return who called: `assumed-role/ops/ana`, `user/ana`, `root`; a name where CloudTrail has no ARN."""
    return harmless(event.arn.split(":", 5)[-1] if event.arn.count(":") >= 5 else event.arn or event.user_name)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which an event is looked for."""

    since: datetime
    until: datetime


def window(session: AccountSession, name: str, now: datetime) -> Window | None:
    """Return where to look for events of this name; None where it cannot be told, or was too long ago."""
    if session.started_at is None or now - session.started_at > _KEPT:
        return None
    since = session.started_at - _CLOCKS
    if name == "StartSession":
        return Window(since, session.started_at + _CLOCKS)
    return Window(since, min(session.ended_at + _CLOCKS, now) if session.ended_at is not None else now)


def is_of(event: TrailEvent, session: AccountSession) -> bool:
    """Whether the event is one of this session."""
    return event.session_id == session.session_id


@dataclass(frozen=True, slots=True)
class Trail:
    """What was found of one session."""

    events: tuple[TrailEvent, ...] = ()
    """The oldest first."""
    denied: tuple[tuple[str, Fault], ...] = ()
    """The event names that could not be looked up."""
    cut_short: tuple[str, ...] = ()
    """The event names with more events than were read."""
    broken: int = 0
    """Events of the time that cannot be read, so that nobody can tell whose they are."""
    too_old: bool = False


def in_order(events: Iterable[TrailEvent]) -> tuple[TrailEvent, ...]:
    """Return the events, each once, the oldest first."""
    known = {(event.event_id or str(index)): event for index, event in enumerate(events)}
    return tuple(sorted(known.values(), key=lambda event: (event.at is None, event.at or datetime.max, event.name)))


def event_words(event: TrailEvent) -> str:
    """Return one event without its time: name, who, from where, with what, and what was asked for."""
    parts = [f"from {event.address}" if event.address else "", shown_client(event)]
    asked = [
        f"document {event.document}" if event.document else "",
        *(f"{name} {value}" for name, value in event.parameters),
        event.reason,
    ]
    words = [
        " · ".join(part for part in parts if part),
        " · ".join(part for part in asked if part),
        f"refused: {event.error_code}" if event.error_code else "",
    ]
    return harmless(" · ".join(part for part in words if part))


def remarks(trail: Trail, session: AccountSession, now: datetime) -> tuple[str, ...]:
    """Return what is missing, and why it may be, a sentence each."""
    return tuple(_remarks(trail, session, now))


def _remarks(trail: Trail, session: AccountSession, now: datetime) -> Iterable[str]:
    if trail.too_old:
        yield "CloudTrail's event history has 90 days; this session is older, or AWS does not say when it started."
        return
    for name, fault in trail.denied:
        yield f"{name}: {fault.sentence()} So nobody can tell whether there was one."
    for name in trail.cut_short:
        yield f"{name}: there are more events in this time than smtui reads; one of the session may be among the rest."
    if trail.broken:
        number = "1 event of this time cannot be read" if trail.broken == 1 else f"{trail.broken} events cannot be read"
        yield f"{number}: CloudTrail's text is broken or was cut."
    seen = {event.name for event in trail.events if not event.error_code}
    unseen = {name for name, _ in trail.denied} | set(trail.cut_short)
    if "StartSession" not in seen | unseen:
        yield _no_start(session, now)
    if session.is_over and "TerminateSession" not in seen | unseen:
        yield _no_end(session, now)


def _no_start(session: AccountSession, now: datetime) -> str:
    if session.started_at is not None and now - session.started_at < BEHIND:
        return "There is no StartSession yet: CloudTrail is up to 15 min behind."
    return (
        "There is no StartSession: it may be recorded in another Region, or the session began through another service."
    )


def _no_end(session: AccountSession, now: datetime) -> str:
    ended = session.ended_at or now
    if now - ended < BEHIND:
        return (
            "There is no TerminateSession so far: CloudTrail is up to 15 min behind, and a session that ends by exit, "
            "time-out or maximum duration leaves no event."
        )
    return (
        "No TerminateSession ended it, as far as CloudTrail shows: it may have ended by exit, by its idle time-out or "
        "maximum duration, or with its node."
    )
