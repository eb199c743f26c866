"""Runs `smtui sessions audit`: which calls about a session CloudTrail has, and who is notified of sessions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import json_object, lines, name_topic, name_topics, problem
from smtui.cli.sessions.found_sessions import find
from smtui.sessions.audit import event_words, remarks, shown_caller, shown_client
from smtui.sessions.notifications import TOPIC, notification_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtui.domain.records.trail import TrailEvent
    from smtui.sessions.audit import Trail
    from smtui.sessions.notifications import Notification

FAILED = 1
UNSEEN = 3


@click.command("audit")
@click.argument("session_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with events, remarks and notifications.")
@common_options(*PLACES)
@click.pass_context
def audit(ctx: click.Context, session_id: str, as_json: bool) -> None:
    """Print what CloudTrail has of a session: who, from where, with what; and who is notified of sessions.

    CloudTrail is up to 15 minutes behind, and has no event for the end of a session that nobody terminated.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            found = await find(launcher.account_sessions.list, launcher.fleet.places, [session_id])
            if not found.sessions:
                return FAILED
            session, auditing = found.sessions[0], launcher.account_sessions.audit
            trail, notification = await asyncio.gather(auditing.trail(session), auditing.notification(session.place))
            said = remarks(trail, session, launcher.fleet.clock())
            if as_json:
                json_object(_as_dict(session_id, trail, said, notification))
            else:
                lines(_table(trail))
                lines(said)
                lines(notification_sentences(notification))
            return _report(trail, notification)

    ctx.exit(asyncio.run(run()))


def _report(trail: Trail, notification: Notification) -> int:
    """Name the topics that help; returns the exit status."""
    denied = [fault for _, fault in trail.denied]
    name_topics([*denied, *notification.faults])
    if notification.reaches_nobody:
        name_topic(TOPIC)
    if not (trail.events or denied):
        problem("no event of this session was found.")
    return UNSEEN if denied or notification.faults or trail.cut_short or trail.broken else 0


def _table(trail: Trail) -> Iterator[str]:
    name_width = max((len(event.name) for event in trail.events), default=0)
    who_width = max((len(shown_caller(event)) for event in trail.events), default=0)
    for event in trail.events:
        at = f"{event.at:%Y-%m-%d %H:%M:%S}" if event.at is not None else "not known".ljust(19)
        yield f"{at}  {event.name:{name_width}}  {shown_caller(event):{who_width}}  {event_words(event)}".rstrip()


def _as_dict(session_id: str, trail: Trail, said: tuple[str, ...], notification: Notification) -> dict[str, Any]:
    return {
        "session": session_id,
        "events": [_event(event) for event in trail.events],
        "remarks": list(said),
        "notified": None if notification.fault is not None else not notification.reaches_nobody,
        "notifications": list(notification_sentences(notification)),
        "unseen": [fault.action for fault in (*(fault for _, fault in trail.denied), *notification.faults)],
    }


def _event(event: TrailEvent) -> dict[str, Any]:
    return {
        "time": event.at.isoformat() if event.at is not None else None,
        "name": event.name,
        "id": event.event_id,
        "arn": event.arn,
        "who": shown_caller(event),
        "address": event.address,
        "client": shown_client(event),
        "user_agent": event.user_agent,
        "document": event.document,
        "reason": event.reason,
        "parameters": dict(event.parameters),
        "error": event.error_code,
    }
