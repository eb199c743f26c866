"""Keeps the rows of the list of sessions: all in order, those that match the filter, and the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.sessions.session_query import Searchable, SessionQuery, searchable
from smtui.tui.lists.long_rows import LongRows
from smtui.tui.parts.cells import cells_needed
from smtui.tui.sessions.session_columns import SESSION_MEASURED, ListedSession, SessionColumn, SessionExtent, SortKey

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession

SessionKey = tuple["Place", str]


@dataclass(slots=True, eq=False)
class SessionRow:
    """One session of the list. The object stays the same while its session changes."""

    key: SessionKey
    listed: ListedSession
    searchable: Searchable
    widths: tuple[int, ...]
    """Cells that its cells of `SESSION_MEASURED` need."""
    rank: SortKey
    """Where it stands if no column is sorted by, but for its start."""

    @property
    def session(self) -> AccountSession:
        """What AWS lists."""
        return self.listed.session


@dataclass(frozen=True, slots=True)
class SessionSort:
    """How the rows are sorted; without a column the active ones come first, of these yours, then the newest."""

    column: SessionColumn | None = None
    descending: bool = False

    @property
    def reversed(self) -> SessionSort:
        """The same column, the other way round."""
        return SessionSort(self.column, not self.descending)

    def toward(self, column: SessionColumn) -> SessionSort:
        """Sort by another column, or by the same one in reverse."""
        return SessionSort(column, column is self.column and not self.descending)


class SessionRows(LongRows[SessionRow]):
    """Changes rows one by one with `put`; `settle` then sorts them and finds the cursor's row again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.clock = clock
        self.extent = SessionExtent()
        """What the cells of the whole list need."""
        self.sort = SessionSort()
        self.past = 0
        """How many sessions are over."""
        self.filter_text = ""
        self._query = SessionQuery(())
        self._rows: dict[SessionKey, SessionRow] = {}
        self._order: list[SessionRow] = []
        self._is_stale = False

    def __len__(self) -> int:
        """Count all rows, matching or not."""
        return len(self._rows)

    @property
    def all_rows(self) -> Iterable[SessionRow]:
        """All rows in the order of the list, matching or not."""
        return self._order

    @property
    def marked(self) -> tuple[ListedSession, ...]:
        """The marked sessions, in the order of the list, shown or not."""
        return tuple(row.listed for row in self.marked_rows)

    @property
    def searchables(self) -> Iterable[Searchable]:
        """What a filter is searched in, of all rows."""
        return (row.searchable for row in self._rows.values())

    def unmark(self, keys: Iterable[SessionKey]) -> None:
        """Take the marks of these sessions away."""
        for key in keys:
            self._marked.pop(key, None)

    # Changes -----------------------------------------------------------------------------------

    def put(self, listed: ListedSession) -> None:
        """Add a session, or replace what is known of it; it comes into view on `settle`."""
        key = listed.session.key
        row = self._rows.get(key)
        if row is not None and row.listed == listed:
            return
        self._is_stale = True
        made = _row(listed, self.clock())
        if row is None:
            self._rows[key] = made
        else:
            row.listed, row.searchable, row.widths, row.rank = listed, made.searchable, made.widths, made.rank

    def keep_only(self, keys: Iterable[SessionKey]) -> None:
        """Drop all other rows."""
        alive = set(keys)
        for key in [key for key in self._rows if key not in alive]:
            del self._rows[key]
            self._marked.pop(key, None)
            self._is_stale = True

    def settle(self) -> None:
        """Sort the rows and match them again; the cursor's row stays in view even if it no longer matches."""
        if self._is_stale:
            self._measure()
            self._sort()
        self._is_stale = False
        self._match(pinned=self._chosen if self._chosen is self.current else None)
        if self._chosen is not None and self._chosen.key not in self._rows:
            self._chosen = self.current

    def set_filter(self, text: str) -> None:
        """Show the matching rows. The cursor stays on its row if that matches, else goes to the first that does."""
        self.filter_text = text
        self._query = SessionQuery.parse(text)
        self.cursor = 0
        self._match(pinned=None)

    def set_sort(self, sort: SessionSort) -> None:
        """Sort all rows anew."""
        self.sort = sort
        self._is_stale = True
        self.settle()

    def _measure(self) -> None:
        widest = tuple(map(max, zip(*(row.widths for row in self._rows.values()), strict=True)))
        places = {row.session.place for row in self._rows.values()}
        profiles, regions = {place.profile for place in places}, {place.region for place in places}
        self.extent = SessionExtent(widest, len(profiles), len(regions)) if widest else SessionExtent()

    def _sort(self) -> None:
        self.past = sum(row.session.is_over for row in self._rows.values())
        column, descending = self.sort.column, self.sort.descending
        rows = sorted(self._rows.values(), key=_oldest_first if column is None and descending else _newest_first)
        if column is not None:
            now = self.clock()
            rows.sort(key=lambda row: column.sort_key(row.listed, now), reverse=descending)
        self._order = rows

    def _match(self, pinned: SessionRow | None) -> None:
        query = self._query
        if query.terms:
            alive = pinned if pinned is not None and pinned.key in self._rows else None
            self.view = [row for row in self._order if row is alive or query.matches(row.searchable)]
        else:
            self.view = self._order
        self.find_cursor()


def _row(listed: ListedSession, now: datetime) -> SessionRow:
    session = listed.session
    started = session.started_at.timestamp() if session.started_at is not None else 0.0
    return SessionRow(
        session.key,
        listed,
        searchable(session, listed.node_name, mine=listed.mine),
        tuple(min(column.most, cells_needed(column.text(listed, now))) for column in SESSION_MEASURED),
        (session.is_over, not listed.mine, started),
    )


def _newest_first(row: SessionRow) -> SortKey:
    """Active before past, yours before others', then by the start; one without a start comes last."""
    is_over, is_others, started = row.rank
    return is_over, is_others, -started, row.session.session_id


def _oldest_first(row: SessionRow) -> SortKey:
    is_over, is_others, started = row.rank
    return is_over, is_others, not started, started, row.session.session_id
