"""Describes sessions that a smtui which is gone started, or may have started.

A smtui that ends while StartSession is under way leaves a start without an answer. DescribeSessions may show whether it
began a session, but does not say which program started one: a session of the same user, on the same node, in the same
minutes may also be the AWS CLI's.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.request import place_argv, still_open
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place

EARLIER = timedelta(minutes=5)
"""AWS's clock may be behind this machine's by this much: it refuses a request that is further off."""
LATER = timedelta(minutes=10)
"""After this long a start begins nothing any more. AWS accepts a signed request for 5 minutes; the rest is for the
start's turn among others, and for its attempts after throttling."""
FRESH = timedelta(minutes=2)
"""For this long smtui reports that a start has begun nothing yet."""
LONGEST_UNJOINED = timedelta(minutes=70)
"""A session without a plugin ends by its idle time-out, at most an hour."""
_OVER = frozenset({"Terminated", "Terminating", "Failed"})
_DEFAULT_DOCUMENTS = frozenset({"", "SSM-SessionManagerRunShell"})
_NOTE = (
    "AWS records the user, node and time of a session, not the program: a session marked “perhaps” may belong to "
    "another program of yours."
)


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """One entry of DescribeSessions for active sessions; what AWS leaves out is empty."""

    session_id: str
    target: str
    owner: str
    """The full ARN of who started it."""
    started_at: datetime
    status: str = ""
    document_name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnansweredStart:
    """A StartSession call whose answer was never received."""

    start_id: str
    entry: str
    """Names the journal's entry."""
    label: str
    place: Place
    """Its Region is filled in."""
    endpoint: str
    owner: str
    """The full ARN of the caller; empty if not known."""
    target: str
    document_name: str
    reason: str
    asked_at: datetime

    def may_have_begun(self, session: ActiveSession) -> bool:
        """Tell whether this start may have begun the session."""
        return (
            session.target == self.target
            and self.owner in ("", session.owner)
            and self.asked_at - EARLIER <= session.started_at <= self.asked_at + LATER
            and session.reason in ("", self.reason)
            and _same_document(self.document_name, session.document_name)
        )

    def can_still_begin(self, now: datetime) -> bool:
        """Tell whether it may still begin a session."""
        return now - self.asked_at <= LATER

    def unseen(self, why: str) -> str:
        """Return that smtui cannot see whether a session began; `why` is a sentence."""
        return harmless(f"{why} {self._called()} Check whether it is open: {self._look()}")

    def pending(self, now: datetime) -> str:
        """Return that it has begun no session so far."""
        return harmless(
            f"{self._called()} No session has begun in the {age(self.asked_at, now)} since; "
            "smtui checks again at its next start."
        )

    def _called(self) -> str:
        return (
            f"An earlier smtui called StartSession on {self.label} at {self.asked_at:%H:%M:%S} UTC and ended before "
            "the answer."
        )

    def _look(self) -> str:
        """Return the command that lists only the sessions in question."""
        filters = [f"key=Target,value={self.target}", *([f"key=Owner,value={self.owner}"] if self.owner else [])]
        argv = ["aws", "ssm", "describe-sessions", "--state", "Active", "--filters", *filters]
        return shlex.join([*argv, *place_argv(self.place)])


@dataclass(frozen=True, slots=True)
class OrphanedSession:
    """A session of a smtui that was killed, or whose machine went down."""

    session_id: str
    label: str
    """`db.internal:5432 through bastion-1`, or the node's name for a shell."""
    place: Place
    """Its Region is filled in."""
    started_at: datetime
    plugin_pid: int
    plugin_runs: bool
    """Whether its plugin certainly still runs; only then is it killed."""
    entry: str
    """Names the journal's entry."""
    endpoint: str = ""
    """The ssm endpoint that knows the session; empty if unknown."""
    owner: str = ""
    """The full ARN of who started it; empty if unknown."""
    start: UnansweredStart | None = None
    """The start that may have begun it; None if the session is certainly ours."""

    @property
    def region(self) -> str:
        """The Region of its place."""
        return self.place.region

    def line(self, now: datetime) -> str:
        """Return a line for the question whether to end it; harmless."""
        if self.start is None:
            plugin = f", its plugin still runs as process {self.plugin_pid}" if self.plugin_runs else ""
            return harmless(f"{self.label}, {self.region}, started {age(self.started_at, now)} ago{plugin}")
        called = f"{self.start.asked_at:%H:%M:%S} UTC"
        return harmless(
            f"perhaps {self.label}, {self.region}, started {age(self.started_at, now)} ago, {self.session_id}: "
            f"smtui called StartSession at {called}"
        )

    def by_hand(self) -> str:
        """Return how the user can end it; harmless."""
        return still_open(self.label, self.session_id, self.place)


def question(orphans: Sequence[OrphanedSession], now: datetime) -> tuple[str, tuple[str, ...]]:
    """Return the question whether to end them, and a line for each."""
    perhaps = [orphan for orphan in orphans if orphan.start is not None]
    these = "this" if len(orphans) == 1 else "these"
    how = "perhaps left" if len(perhaps) == len(orphans) else "left"
    title = f"An earlier smtui {how} {these} behind. End {'it' if len(orphans) == 1 else 'them'}?"
    note = note_on(orphans)
    return title, (*(orphan.line(now) for orphan in orphans), *([note] if note else []))


def note_on(orphans: Sequence[OrphanedSession]) -> str:
    """Return why some of them are perhaps another program's; empty if all are certainly ours."""
    return _NOTE if any(orphan.start is not None for orphan in orphans) else ""


@dataclass(frozen=True, slots=True)
class Remains:
    """What the journals of every smtui hold, the oldest first."""

    sessions: tuple[OrphanedSession, ...] = ()
    """Sessions of a smtui that no longer runs."""
    starts: tuple[UnansweredStart, ...] = ()
    """Starts of a smtui that no longer runs."""
    known: frozenset[str] = frozenset()
    """The ids of all recorded sessions, including those still in use."""
    under_way: tuple[UnansweredStart, ...] = ()
    """Starts of a smtui that is running."""


def suspects(
    starts: Sequence[UnansweredStart],
    active: Iterable[ActiveSession],
    known: Collection[str],
    under_way: Sequence[UnansweredStart],
) -> tuple[tuple[OrphanedSession, ...], str]:
    """Return the active sessions that these starts, all of one user on one node, may have begun.

    `known` are the ids of sessions whose program is known; `under_way` are starts of programs that still run,
    whose possible sessions are left out. If there are more sessions than starts, some are certainly not ours:
    none is offered, and a sentence names them all.
    """
    found = []
    for session in active:
        start = next((start for start in starts if start.may_have_begun(session)), None)
        taken = session.session_id in known or any(other.may_have_begun(session) for other in under_way)
        if start is not None and not taken and session.status not in _OVER:
            found.append(_orphan(start, session))
    if len(found) <= len(starts):
        return tuple(found), ""
    return (), _too_many(found, len(starts))


def _orphan(start: UnansweredStart, session: ActiveSession) -> OrphanedSession:
    return OrphanedSession(
        session_id=session.session_id,
        label=start.label,
        place=start.place,
        started_at=session.started_at,
        plugin_pid=0,
        plugin_runs=False,
        entry=start.entry,
        endpoint=start.endpoint,
        owner=session.owner,
        start=start,
    )


def _too_many(found: Sequence[OrphanedSession], most: int) -> str:
    listed = ", ".join(f"{orphan.session_id} ({orphan.started_at:%H:%M:%S} UTC)" for orphan in found)
    first = found[0]
    ending = ["aws", "ssm", "terminate-session", "--session-id", "ID", *place_argv(first.place)]
    return harmless(
        f"Of these sessions on {first.label} an earlier smtui may have left {most} at most: {listed}. "
        f"End what you do not use: {shlex.join(ending)}"
    )


def _same_document(asked: str, listed: str) -> bool:
    """Compare documents. AWS may leave the name out, and lists a shared one without the rest of its ARN."""
    if asked in _DEFAULT_DOCUMENTS:
        return listed in _DEFAULT_DOCUMENTS
    return listed in ("", asked, asked.rpartition("/")[2])
