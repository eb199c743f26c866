"""Works out what the list of requests for access shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.records.access_request import AccessStatus
from smtui.domain.text import harmless
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.records.access_request import AccessRequest
    from smtui.sessions.access_requests import RequestLists

COLUMNS = (
    TableColumn("STATUS", 11, 12),
    TableColumn("WHO", 8, 20),
    TableColumn("NODE", 12, 24),
    TableColumn("ASKED", 7, 7, right=True),
    TableColumn("REASON", 12, 60),
    TableColumn("REQUEST", 15, 15, dispensable=1),
)
_MARKS = {
    AccessStatus.PENDING: ("◐", Look.WARN),
    AccessStatus.APPROVED: ("✓", Look.GOOD),
    AccessStatus.REJECTED: ("✕", Look.PLAIN),
    AccessStatus.UNKNOWN: ("?", Look.WARN),
}
_TO_DECIDE, _MINE = "to decide ", "mine "
NodeName = Callable[[str], str]


def request_rows(lists: RequestLists, name_of: NodeName, now: datetime) -> tuple[TableRow, ...]:
    """Return the requests that wait for one's decision, then one's own, each below a heading."""
    parts = ((_TO_DECIDE, "For your decision", lists.to_decide), (_MINE, "Yours", lists.mine))
    return tuple(row for key, title, found in parts for row in _part(key, title, found, name_of, now))


def _part(key: str, title: str, found: Sequence[AccessRequest], name_of: NodeName, now: datetime) -> Iterator[TableRow]:
    if not found:
        return
    yield TableRow(f"heading {key}", heading=title)
    for each in found:
        mark, look = _MARKS.get(each.status, ("–", Look.QUIET))
        asked = f"{age(each.asked_at, now)}" if each.asked_at is not None else ""
        quiet = Look.PLAIN if each.status in (AccessStatus.PENDING, AccessStatus.APPROVED) else Look.QUIET
        node = name_of(each.node_id) or each.node_id or "not known"
        yield TableRow(
            f"{key}{each.request_id}",
            (
                (f"{mark} {each.status.word}", look),
                ("you" if key == _MINE else harmless(each.who) or "not known", quiet),
                (harmless(node), quiet),
                (asked, Look.QUIET),
                (harmless(each.reason), quiet),
                (harmless(each.request_id), Look.QUIET),
            ),
        )


def request_at(lists: RequestLists, key: str) -> tuple[AccessRequest | None, bool]:
    """Return the request of a row, and whether it waits for one's decision."""
    for start, found in ((_TO_DECIDE, lists.to_decide), (_MINE, lists.mine)):
        for each in found:
            if f"{start}{each.request_id}" == key:
                return each, start == _TO_DECIDE
    return None, False
