"""Keeps the rows of the node list: all in order, those that match the filter, and the one under the cursor.

Pure bookkeeping, so that a list of 50,000 nodes costs little per key: the texts to match and the sort keys are made
once a change, filtering scans strings, and nothing here draws.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.node_search import haystack
from smtui.domain.readiness import Readiness, readiness
from smtui.domain.text import blank_last
from smtui.engine.fleet import NodeKey
from smtui.tui.lists.long_rows import LongRows
from smtui.tui.nodes.node_columns import (
    BADGE,
    MEASURED,
    OTHER_MEASURED,
    PLACE_COLUMNS,
    Column,
    Extent,
    SortKey,
)
from smtui.tui.parts.badges import can_enter
from smtui.tui.parts.cells import cells_needed

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.domain.query.node_query import NodeQuery


_CHUNK = 500
"""Rows measured before the event loop gets a turn."""


@dataclass(slots=True, eq=False)
class Row:
    """One node of the list. The object stays the same while its node changes."""

    key: NodeKey
    node: Node
    judged: Readiness
    haystack: str
    sort_key: SortKey


class _Measure:
    """Keeps the widest cell of each column while nodes come."""

    def __init__(self) -> None:
        self._widest = dict.fromkeys(MEASURED, 0)
        self._places: set[tuple[str, str]] = set()

    def count(self, node: Node, judged: Readiness, now: datetime) -> None:
        """Add a node."""
        place = (node.place.profile, node.region)
        if place not in self._places:
            self._places.add(place)
            self._count(PLACE_COLUMNS, node, judged, now)
        self._count(OTHER_MEASURED, node, judged, now)

    def _count(self, columns: Iterable[Column], node: Node, judged: Readiness, now: datetime) -> None:
        widest = self._widest
        for column in columns:
            known = widest[column]
            if known < column.most:
                needed = cells_needed(column.text(node, judged, now))
                if needed > known:
                    widest[column] = min(column.most, needed)

    def extent(self, listed: tuple[int, int]) -> Extent:
        """Return what all nodes need together; `listed` counts the profiles and Regions that the header names."""
        profiles, regions = (len({place[side] for place in self._places}) for side in (0, 1))
        return Extent(tuple(self._widest.values()), max(profiles, listed[0]), max(regions, listed[1]))


@dataclass(frozen=True, slots=True)
class Sort:
    """How the rows are sorted: by status unless the user chooses otherwise; names decide between equals."""

    column: Column = BADGE
    descending: bool = False

    @property
    def reversed(self) -> Sort:
        """The same column, the other way round."""
        return Sort(self.column, not self.descending)

    def toward(self, column: Column) -> Sort:
        """Sort by another column, or by the same one in reverse."""
        return Sort(column, column is self.column and not self.descending)


class NodeRows(LongRows[Row]):
    """Changes rows one by one with `put`; `settle` then sorts them and finds the cursor's row again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.clock = clock
        self.extent = Extent()
        """What the cells of the whole list need; changes only when nodes have come or gone, or all were read anew."""
        self.sort = Sort()
        self.query: NodeQuery | None = None
        """The filter; None if nothing is typed."""
        self.saved: Mapping[str, str] = {}
        """The filters that `@name` stands for."""
        self.not_ready_only = False
        """Whether nodes that a session can start on are left out."""
        self.pins: frozenset[NodeKey] = frozenset()
        self.revision = 0
        """Changes with what filters search in."""
        self._ranks: Mapping[NodeKey, int] = {}
        self._measure = _Measure()
        self._listed = (1, 1)
        self._rows: dict[NodeKey, Row] = {}
        self._order: list[Row] = []
        self._added: list[Row] = []
        self._dropped = False
        self._is_stale = False
        self._is_extent_old = False
        self._followed = ""
        """The id of the node that the cursor was on when its place was no longer listed; empty for none."""
        self._is_measure_old = False
        """Whether a cell may have become narrower: one list may know a longer name than both together."""

    # What is there -----------------------------------------------------------------------------

    def __len__(self) -> int:
        """Count all rows, matching or not."""
        return len(self._rows)

    @property
    def all_rows(self) -> Iterable[Row]:
        """All rows in the order of the list, matching or not; new ones last."""
        return (*self._order, *self._added)

    @property
    def haystacks(self) -> Iterable[str]:
        """The texts that a filter is searched in, of all rows."""
        return (row.haystack for row in self._rows.values())

    @property
    def marked(self) -> tuple[Node, ...]:
        """The marked nodes, in the order of the list, shown or not."""
        return tuple(row.node for row in self.marked_rows)

    # Changes -----------------------------------------------------------------------------------

    def put(self, node: Node) -> None:
        """Add a node, or replace what is known of it; a new one comes into view on `settle`."""
        key, now = NodeKey(node.place, node.node_id), self.clock()
        judged = readiness(node, now)
        row = self._rows.get(key)
        if row is not None and row.node == node and row.judged == judged:
            return
        sort_key = self._sort_key(node, judged, now)
        self._measure.count(node, judged, now)
        if row is None:
            self.revision += 1
            row = Row(key, node, judged, haystack(node, judged), sort_key)
            self._rows[key] = row
            self._added.append(row)
        else:
            words = haystack(node, judged)
            if row.haystack != words:
                self._is_measure_old = True
                self.revision += 1
            row.node, row.judged, row.haystack = node, judged, words
            self._is_stale = self._is_stale or row.sort_key != sort_key
            row.sort_key = sort_key

    def measure(self, nodes: Iterable[Node]) -> None:
        """Let nodes that are yet to come have a say in the widths of the columns."""
        now = self.clock()
        for node in nodes:
            self._measure.count(node, readiness(node, now), now)
        self._is_extent_old = True

    def keep_only(self, keys: Iterable[NodeKey], places: Collection[Place] | None = None) -> None:
        """Drop all other rows, of all places or of these, and sort anew on `settle`: they were just read."""
        alive = set(keys)
        gone = [key for key in self._rows if key not in alive and (places is None or key.place in places)]
        self.revision += bool(gone)
        for key in gone:
            del self._rows[key]
            self._marked.pop(key, None)
        if places is None:
            self._marked = {key: row for key, row in self._marked.items() if key in alive}
        self._dropped = self._dropped or bool(gone)
        self._is_measure_old = self._is_measure_old or bool(gone)
        self._is_stale = True
        self._is_extent_old = True

    def rename_places(self, renamed: Mapping[Place, Place]) -> None:
        """Keep the marks of nodes whose places are listed under another name."""
        self._marked = {
            NodeKey(renamed.get(key.place, key.place), key.node_id): row
            for key, row in self._marked.items()
            if isinstance(key, NodeKey)  # for the type
        }

    def list_places(self, profiles: int, regions: int) -> None:
        """Note how many are listed, with rows or without: their columns do not wait for the first row of each."""
        if (profiles, regions) != self._listed:
            self._listed = profiles, regions
            self._is_extent_old = True

    def measure_anew(self) -> Iterator[None]:
        """Find the widest cells anew where one may have become narrower; yields after some milliseconds of work."""
        if not self._is_measure_old:
            return
        self._is_measure_old = False
        measure, now = _Measure(), self.clock()
        for count, row in enumerate(tuple(self._rows.values()), 1):
            measure.count(row.node, row.judged, now)
            if count % _CHUNK == 0:
                yield
        self._measure = measure
        self._is_extent_old = True

    @property
    def is_stale(self) -> bool:
        """Whether rows wait to be put into their order."""
        return self._is_stale or bool(self._added)

    @property
    def waiting(self) -> tuple[Row, ...]:
        """The new rows that have no place yet."""
        return tuple(self._added)

    def settle(self, *, sort: bool = True) -> None:
        """Take away what is gone, sort the rows and match them again.

        Without `sort` all rows keep their place, and new ones wait. The cursor's row stays in view even if it no
        longer matches.
        """
        if self._dropped:
            self._order = [row for row in self._order if row.key in self._rows]
            self._added = [row for row in self._added if row.key in self._rows]
        if self._dropped or self._added or self._is_extent_old:
            self.extent = self._measure.extent(self._listed)
        self._dropped = self._is_extent_old = False
        if sort and self.is_stale:
            self._order = sorted(self._order + self._added, key=_by_sort_key, reverse=self.sort.descending)
            if ranks := self._ranks:
                self._order.sort(key=lambda row: ranks.get(row.key, len(ranks)))  # keeps the order among equals
            self._added = []
            self._is_stale = False
        self._match(pinned=self._chosen if self._chosen is self.current else None)
        if self._chosen is not None and self._chosen.key not in self._rows:
            gone, self._chosen = self._chosen.key, self.current
            if not self._followed and all(key.place != gone.place for key in self._rows):
                self._followed = gone.node_id
        if self._followed:
            self._follow()

    def _follow(self) -> None:
        """Go to the node that was seen through another place, once it is listed through one of those chosen now."""
        found = next((at for at, row in enumerate(self.view) if row.key.node_id == self._followed), None)
        if found is not None:
            self.move_to(found)

    def move_to(self, index: int) -> None:
        """Move the cursor; no other node is followed any more."""
        self._followed = ""
        super().move_to(index)

    def set_filter(self, text: str) -> None:
        """Show the matching rows. The cursor stays on its row if that matches, else goes to the first that does."""
        self.query = _parsed(text, self.saved) if text.strip() else None
        self.cursor = 0
        self._match(pinned=None)

    def show_not_ready_only(self, *, only: bool) -> None:
        """Leave out the nodes that a session can start on, or show them again."""
        self.not_ready_only = only
        self._match(pinned=None)

    def set_pins(self, pins: Iterable[NodeKey], first: Iterable[NodeKey]) -> None:
        """Mark the pinned nodes. Those of `first` stand above all others, in this order, after the next `settle`."""
        self.pins = frozenset(pins)
        ranks = {key: rank for rank, key in enumerate(dict.fromkeys(first))}
        if ranks != self._ranks:
            self._ranks = ranks
            self._is_stale = bool(self._rows)

    def set_sort(self, sort: Sort) -> None:
        """Sort all rows anew."""
        self.sort = sort
        now = self.clock()
        for row in self._rows.values():
            row.sort_key = self._sort_key(row.node, row.judged, now)
        self._is_stale = True
        self.settle()

    def _match(self, pinned: Row | None) -> None:
        query = self.query if self.query is not None and not self.query.is_empty else None
        if query is None and not self.not_ready_only:
            self.view = self._order
        else:
            alive = pinned if pinned is not None and pinned.key in self._rows else None
            self.view = [row for row in self._order if row is alive or self._fits(row, query)]
        self.find_cursor()

    def _fits(self, row: Row, query: NodeQuery | None) -> bool:
        if self.not_ready_only and can_enter(row.judged):
            return False
        return query is None or query.matches(row.haystack)

    def _sort_key(self, node: Node, judged: Readiness, now: datetime) -> SortKey:
        place = (node.place.profile, node.place.region)  # two profiles may see the same node
        return (self.sort.column.sort_key(node, judged, now), blank_last(node.name), node.node_id, place)


def _parsed(text: str, saved: Mapping[str, str]) -> NodeQuery:
    from smtui.domain.query.node_query import NodeQuery

    return NodeQuery.parse(text, saved)


def _by_sort_key(row: Row) -> SortKey:
    return row.sort_key
