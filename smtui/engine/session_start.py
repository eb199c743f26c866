"""Calls StartSession and records the start in the journal, for terminal sessions and tunnels alike."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed

if TYPE_CHECKING:
    from smtui.domain.request import SessionRequest, StartedSession
    from smtui.engine.protocols import Journal, SessionAws


def start_session(aws: SessionAws, journal: Journal, request: SessionRequest, label: str) -> StartedSession:
    """Start a session; blocks and raises `AwsCallFailed`.

    The start is recorded before the call, so that the next smtui knows of it if this one is killed. It stays recorded
    while nobody can tell whether it made a session.
    """
    caller = aws.known_caller()
    start_id = journal.asked(request, label, caller, aws.endpoint_url())
    if not caller.arn:
        threading.Thread(target=_identify, args=(aws, journal, start_id), daemon=True).start()
    try:
        started = aws.start_session(request)
    except AwsCallFailed as failed:
        if not failed.fault.may_be_done:
            journal.refused(start_id)
        raise
    journal.opened(started, request.place, label, 0, start_id)
    return started


def _identify(aws: SessionAws, journal: Journal, start_id: str) -> None:
    """Record who asks, in a thread of its own: DescribeSessions tells sessions apart by it."""
    try:
        journal.identified(start_id, aws.caller().arn)
    except AwsCallFailed:
        return  # the next smtui takes its own name for ours
