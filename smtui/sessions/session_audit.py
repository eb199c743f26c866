"""Looks up what CloudTrail has of a session, and who is notified of sessions."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.trail import EVENT_NAMES, TrailEvent
from smtui.sessions.audit import Trail, in_order, is_of, window
from smtui.sessions.notifications import Notification, find_notification

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.offloop import OffLoop
    from smtui.sessions.records_protocols import RecordPlaces, TrailAws

MOST_PAGES = 20
"""Of one event name, 50 events each: ten seconds at the pace that CloudTrail allows."""


class SessionAudit:
    """What is recorded of the sessions of every place. Call the methods on the event loop; none blocks it."""

    def __init__(self, records: RecordPlaces, off_loop: OffLoop, now: Callable[[], datetime]) -> None:
        self._records = records
        self._off_loop = off_loop
        self._now = now

    async def trail(self, session: AccountSession) -> Trail:
        """CloudTrail's events of a session. Never raises `AwsCallFailed`: what was denied stands in the answer."""
        return await self._off_loop.call(partial(self._trail, session))

    async def notification(self, place: Place) -> Notification:
        """Who is notified of sessions. Never raises `AwsCallFailed`."""
        return await self._off_loop.call(partial(find_notification, self._aws(place)))

    def _aws(self, place: Place) -> TrailAws:
        return self._records.records_at(place).trail

    def _trail(self, session: AccountSession) -> Trail:
        aws, now = self._aws(session.place), self._now()
        found: list[TrailEvent] = []
        denied: list[tuple[str, Fault]] = []
        cut_short: list[str] = []
        broken = 0
        for name in EVENT_NAMES:
            when = window(session, name, now)
            if when is None:
                return Trail(too_old=True)
            pages = aws.events(name, when.since, when.until)
            try:
                for page in islice(pages, MOST_PAGES):
                    found += [event for event in page if is_of(event, session)]
                    broken += sum(event.is_broken for event in page)
                    if name == "StartSession" and any(is_of(event, session) for event in page):
                        break
                else:
                    if next(pages, None) is not None:
                        cut_short.append(name)
            except AwsCallFailed as failed:
                denied.append((name, failed.fault))
        return Trail(in_order(found), tuple(denied), tuple(cut_short), broken)
