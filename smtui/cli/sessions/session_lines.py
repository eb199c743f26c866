"""Writes sessions as a table, and as the objects of `smtui sessions --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtui.domain.text import cell_width, fit, harmless
from smtui.sessions.session_words import (
    how_long,
    kind_words,
    owner_of,
    seconds_long,
    status_mark,
    status_word,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from smtui.domain.records.account_session import AccountSession
    from smtui.sessions.session_list import SessionList

_HEADINGS = ("STATUS", "WHO", "NODE", "KIND", "STARTED (UTC)", "FOR")
_PLACE_HEADINGS = ("PROFILE", "REGION")
_LAST_HEADINGS = ("SESSION", "REASON")
_WIDEST = 48


def table(sessions: Sequence[AccountSession], listed: SessionList, now: datetime) -> list[str]:
    """Aligned lines with a heading; cells are cut, but for ids and the last one. Several places are told apart."""
    wide = len({each.place for each in sessions}) > 1
    rows = [
        (*_HEADINGS, *(_PLACE_HEADINGS * wide), *_LAST_HEADINGS),
        *(_row(each, listed, now, wide=wide) for each in sessions),
    ]
    uncut = len(rows[0]) - len(_LAST_HEADINGS)
    widths = [
        max(cell_width(row[column]) for row in rows) if column >= uncut else _width(rows, column)
        for column in range(len(rows[0]) - 1)
    ]
    return ["  ".join((*map(fit, row, widths), row[-1])).rstrip() for row in rows]


def _width(rows: Sequence[Sequence[str]], column: int) -> int:
    return min(_WIDEST, max(cell_width(row[column]) for row in rows))


def _row(session: AccountSession, listed: SessionList, now: datetime, *, wide: bool) -> tuple[str, ...]:
    started = session.started_at
    cells = (
        f"{status_mark(session)} {status_word(session)}",
        listed.who(session),
        listed.node_name(session) or session.target,
        kind_words(session),
        f"{started:%Y-%m-%d %H:%M}" if started is not None else "",
        how_long(session, now),
        *((session.place.profile, _region(session, listed)) * wide),
        session.session_id,
        session.reason,
    )
    return tuple(harmless(cell) or "–" for cell in cells)


def as_dict(session: AccountSession, listed: SessionList, now: datetime) -> dict[str, Any]:
    """One session as `sessions --json` prints it: times are ISO 8601 in UTC, unknown values null or empty."""
    caller = listed.caller(session.place)
    seconds = seconds_long(session, now)
    return {
        "id": session.session_id,
        "node": session.target,
        "name": listed.node_name(session),
        "owner": session.owner,
        "who": owner_of(session.owner).name,
        "mine": listed.is_mine(session),
        "kind": session.kind.value,
        "document": session.document_name,
        "reason": session.reason,
        "status": session.status,
        "access_type": session.access_type,
        "started": session.started_at.isoformat() if session.started_at is not None else None,
        "ended": session.ended_at.isoformat() if session.ended_at is not None else None,
        "seconds": round(seconds) if seconds is not None else None,
        "max_minutes": session.max_minutes,
        "account": caller.account if caller is not None else "",
        "region": _region(session, listed),
        "profile": session.place.profile,
    }


def _region(session: AccountSession, listed: SessionList) -> str:
    caller = listed.caller(session.place)
    return session.place.region or (caller.region if caller is not None else "")
