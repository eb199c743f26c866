"""Defines the columns of the list of sessions: what each shows, how it sorts, and which of them fit a width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from smtui.domain.ages import age
from smtui.domain.records.account_session import SessionKind
from smtui.domain.text import blank_last
from smtui.sessions.session_words import NOT_KNOWN, kind_words, seconds_long, status_mark, status_word, who
from smtui.tui.parts.table_layout import MARKED_GUTTER, Fitting, Slot

if TYPE_CHECKING:
    from smtui.domain.records.account_session import AccountSession

SortKey = Any
"""Comparable within one column; never across two."""
_NEVER_LOGGED = (SessionKind.PORT, SessionKind.REMOTE_PORT, SessionKind.SSH)
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session with what the list adds to it."""

    session: AccountSession
    node_name: str = ""
    """Empty if the node has no Name, or none that is known."""
    mine: bool | None = None
    """Whether the caller started it; None if that is not known."""
    log: str = ""
    """Where its log is, in a few words; empty where only the session itself can tell."""

    @property
    def node(self) -> str:
        """The node's Name, else its id."""
        return self.node_name or self.session.target


@dataclass(frozen=True, slots=True, eq=False)
class SessionColumn:
    """A column of plain text, sorted with blanks last; each is a key of its own."""

    id: str
    title: str
    least: int
    """The narrowest it is shown."""
    most: int
    """The widest it gets, as far as its cells need it."""
    value: Callable[[ListedSession], str]
    """The text of a cell, for a column that does not depend on the time; not yet harmless."""
    right: bool = False
    middle: bool = False

    def text(self, listed: ListedSession, now: datetime) -> str:
        """Return the text of a cell; not yet harmless."""
        return self.value(listed)

    def sort_key(self, listed: ListedSession, now: datetime) -> SortKey:
        """Return what this session sorts by in this column."""
        return blank_last(self.value(listed))

    def width(self, widest: int) -> int:
        """Return the width for a list whose widest cell has so many cells."""
        return max(self.least, min(self.most, widest))


class _StatusColumn(SessionColumn):
    __slots__ = ()

    def sort_key(self, listed: ListedSession, now: datetime) -> SortKey:
        return listed.session.is_over, status_word(listed.session)


class _StartedColumn(SessionColumn):
    __slots__ = ()

    def text(self, listed: ListedSession, now: datetime) -> str:
        return moment(listed.session.started_at, now)

    def sort_key(self, listed: ListedSession, now: datetime) -> SortKey:
        started = listed.session.started_at
        return started is None, started.timestamp() if started is not None else 0.0


class _ForColumn(SessionColumn):
    __slots__ = ()

    def text(self, listed: ListedSession, now: datetime) -> str:
        return lasted(listed.session, now)

    def sort_key(self, listed: ListedSession, now: datetime) -> SortKey:
        seconds = seconds_long(listed.session, now)
        return seconds is None, seconds or 0.0


def moment(at: datetime | None, now: datetime) -> str:
    """Return the local time: `12:11` within a day, `Tue 18:02` within a week, else `3 Nov 18:02`; empty for none."""
    if at is None:
        return ""
    local, seconds = at.astimezone(), (now - at).total_seconds()
    if seconds < _DAY_SECONDS:
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if seconds < 6 * _DAY_SECONDS else f"{local.day} {local:%b %H:%M}"


def lasted(session: AccountSession, now: datetime) -> str:
    """Return how long it has run, or took: `35 min`; empty if AWS does not say."""
    if session.started_at is None or (session.is_over and session.ended_at is None):
        return ""
    return age(session.started_at, session.ended_at or now)


def log_words(listed: ListedSession) -> str:
    """Return where its log is: by the preferences of its time, else by what AWS lists of the session alone."""
    session, known = listed.session, listed.log
    if session.kind in _NEVER_LOGGED:
        return "never logged"
    if known and known != NOT_KNOWN:
        return known.removesuffix(" at its end").removesuffix(", live") if session.is_over else known
    if session.s3_url and session.log_group_url:
        return "CloudWatch, S3"
    if session.log_group_url:
        return "CloudWatch"
    if session.s3_url:
        return "S3" if session.is_over else "S3 at its end"
    return NOT_KNOWN


def _status(listed: ListedSession) -> str:
    return f"{status_mark(listed.session)} {status_word(listed.session)}"


_LONGEST_AGE = len("119 min")
_ANY = 10_000

STATUS = _StatusColumn("status", "STATUS", 14, 20, _status)
WHO = SessionColumn("who", "WHO", 12, 28, lambda listed: who(listed.session, mine=listed.mine))
PROFILE = SessionColumn("profile", "PROFILE", 8, 16, lambda listed: listed.session.place.profile, middle=True)
REGION = SessionColumn("region", "REGION", 9, 16, lambda listed: listed.session.place.region)
NODE = SessionColumn("node", "NODE", 12, 30, lambda listed: listed.node)
KIND = SessionColumn("kind", "KIND", 11, 24, lambda listed: kind_words(listed.session))
STARTED = _StartedColumn("started", "STARTED", 9, 12, lambda _: "", right=True)
FOR = _ForColumn("for", "FOR", _LONGEST_AGE, _LONGEST_AGE, lambda _: "", right=True)
REASON = SessionColumn("reason", "REASON", 12, 60, lambda listed: listed.session.reason)
LOG = SessionColumn("log", "LOG", 13, 24, log_words)
SESSION = SessionColumn("session", "SESSION", 21, _ANY, lambda listed: listed.session.session_id, middle=True)

SESSION_COLUMNS: tuple[SessionColumn, ...] = (
    STATUS, WHO, PROFILE, REGION, NODE, KIND, STARTED, FOR, REASON, LOG, SESSION
)  # fmt: skip
"""In the order in which they are shown."""
SESSION_MEASURED: tuple[SessionColumn, ...] = (
    STATUS, WHO, PROFILE, REGION, NODE, KIND, STARTED, REASON, LOG, SESSION
)  # fmt: skip
"""The columns whose width depends on their cells."""
_BY_WORTH: tuple[SessionColumn, ...] = (STARTED, REASON, LOG, SESSION)
"""Each comes if all before it have come; before them come those that are shown whenever they fit."""
_COMFORTABLE = 22
"""Cells that WHO, NODE and REASON get before others come or grow."""
_CUT_TO_FIT = (KIND, REASON, LOG, SESSION)
"""These come as soon as their least width fits; the others whole or not at all."""


@dataclass(frozen=True, slots=True)
class SessionExtent:
    """What the cells of the whole list need."""

    widest: tuple[int, ...] = (0,) * len(SESSION_MEASURED)
    """Cells of the widest cell of each column of `SESSION_MEASURED`."""
    profiles: int = 1
    """How many different ones there are."""
    regions: int = 1

    @property
    def places(self) -> tuple[SessionColumn, ...]:
        """The columns that tell places apart: none whose cells are all the same."""
        profile = (PROFILE,) if self.profiles > 1 else ()
        return (*profile, REGION) if self.regions > 1 else profile


@lru_cache(maxsize=4)  # every drawn line asks
def lay_out_sessions(width: int, extent: SessionExtent) -> tuple[Slot[SessionColumn], ...]:
    """Return the columns that fit `width` cells; STATUS, WHO and NODE are shown as long as there is any room."""
    widest = dict(zip(SESSION_MEASURED, extent.widest, strict=True))
    needs = {column: column.width(widest.get(column, column.least)) for column in SESSION_COLUMNS}
    shown = (STATUS, WHO, *extent.places, NODE)
    fitting = Fitting(width, {column: column.least for column in shown}, MARKED_GUTTER)
    fitting.drop(reversed(extent.places))
    fitting.cut(STATUS, 1)
    fitting.shrink(NODE)
    fitting.shrink(WHO)
    fitting.add(FOR, needs[FOR])
    _grow_to(fitting, needs, STATUS)
    fitting.grow(NODE, min(needs[NODE], _COMFORTABLE))
    fitting.add(KIND, KIND.least)
    fitting.grow(WHO, min(needs[WHO], _COMFORTABLE))
    _grow_to(fitting, needs, *extent.places, KIND)
    for column in _BY_WORTH:
        if not fitting.add(column, column.least if column in _CUT_TO_FIT else needs[column]):
            break
        _grow_to(fitting, needs, *((LOG,) if column is LOG else ()))
    fitting.grow(REASON, min(needs[REASON], _COMFORTABLE))
    _grow_to(fitting, needs, NODE, WHO, REASON, SESSION)
    return fitting.slots(SESSION_COLUMNS)


def _grow_to(fitting: Fitting[SessionColumn], needs: Mapping[SessionColumn, int], *columns: SessionColumn) -> None:
    for column in columns:
        fitting.grow(column, needs[column])
