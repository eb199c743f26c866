"""Keeps the rows of the node list: all in order, those that match the filter, and the one under the cursor.

Pure bookkeeping, so that a list of 50,000 nodes costs little per key: the texts to match and the sort keys are made
once a change, filtering scans strings, and nothing here draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from smtui.domain.node import Node
from smtui.domain.node_search import Query, haystack
from smtui.domain.readiness import Readiness, readiness
from smtui.engine.fleet import NodeKey
from smtui.tui.nodes.node_columns import BADGE, Column, SortKey, blank_last


@dataclass(slots=True, eq=False)
class Row:
    """One node of the list. The object stays the same while its node changes."""

    key: NodeKey
    node: Node
    judged: Readiness
    haystack: str
    sort_key: SortKey


@dataclass(frozen=True, slots=True)
class Sort:
    """How the rows are sorted: by status unless the user chooses otherwise; names decide between equals."""

    column: Column = BADGE
    descending: bool = False

    def toward(self, column: Column) -> Sort:
        """Sort by another column, or by the same one in reverse."""
        return Sort(column, column is self.column and not self.descending)


class NodeRows:
    """Changes rows one by one with `put`; `settle` then sorts them and finds the cursor's row again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.view: list[Row] = []
        """The matching rows, in order; replaced on a change, never changed in place."""
        self.cursor = 0
        """Index into `view`."""
        self.sort = Sort()
        self._query = Query(())
        self._rows: dict[NodeKey, Row] = {}
        self._order: list[Row] = []
        self._added: list[Row] = []
        self._dropped = False
        self._unsorted = False
        self._chosen: Row | None = None
        """The row the user last moved to; the cursor is on it whenever it is in view."""

    # What is there -----------------------------------------------------------------------------

    def __len__(self) -> int:
        """Count all rows, matching or not."""
        return len(self._rows)

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.view[self.cursor] if self.cursor < len(self.view) else None

    @property
    def moved(self) -> bool:
        """Whether the user has moved the cursor; until then it is on the first row."""
        return self._chosen is not None

    # Changes -----------------------------------------------------------------------------------

    def put(self, node: Node) -> None:
        """Add a node, or replace what is known of it; a new one comes into view on `settle`."""
        key = NodeKey(node.place, node.node_id)
        judged = readiness(node, self.clock())
        row = self._rows.get(key)
        if row is None:
            row = Row(key, node, judged, haystack(node, judged), self._sort_key(node, judged))
            self._rows[key] = row
            self._added.append(row)
        elif row.node != node or row.judged != judged:
            row.node, row.judged = node, judged
            row.haystack = haystack(node, judged)
            row.sort_key = self._sort_key(node, judged)

    def keep_only(self, keys: Iterable[NodeKey]) -> None:
        """Drop all other rows, and sort anew on `settle`: everything was just read."""
        alive = set(keys)
        kept = {key: row for key, row in self._rows.items() if key in alive}
        self._dropped = self._dropped or len(kept) < len(self._rows)
        self._rows = kept
        self._unsorted = True

    def settle(self) -> None:
        """Sort the rows and match them again. The cursor's row stays in view even if it no longer matches.

        Rows that merely changed keep their place until everything is read again, so that no row moves while the user
        is about to act on it.
        """
        if self._added or self._dropped or self._unsorted:
            kept = [row for row in self._order if row.key in self._rows] if self._dropped else self._order
            self._order = sorted(kept + self._added, key=_by_sort_key, reverse=self.sort.descending)
            self._added = []
            self._dropped = self._unsorted = False
        self._match(pinned=self._chosen if self._chosen is self.current else None)
        if self._chosen is not None and self._chosen.key not in self._rows:
            self._chosen = self.current

    def set_filter(self, text: str) -> None:
        """Show the matching rows. The cursor stays on its row if that matches, else goes to the first that does."""
        self._query = Query.parse(text)
        self.cursor = 0
        self._match(pinned=None)

    def set_sort(self, sort: Sort) -> None:
        """Sort all rows anew."""
        self.sort = sort
        for row in self._rows.values():
            row.sort_key = self._sort_key(row.node, row.judged)
        self._unsorted = True
        self.settle()

    def move_to(self, index: int) -> None:
        """Move the cursor to `index`, or the nearest row; it stays with that row from now on."""
        self.cursor = max(0, min(index, len(self.view) - 1))
        self._chosen = self.current

    def _match(self, pinned: Row | None) -> None:
        query = self._query
        if query.terms:
            alive = pinned if pinned is not None and pinned.key in self._rows else None
            self.view = [row for row in self._order if row is alive or query.matches(row.haystack)]
        else:
            self.view = self._order
        if self._chosen is None:
            self.cursor = 0
        elif self._chosen in self.view:
            self.cursor = self.view.index(self._chosen)
        else:
            self.cursor = max(0, min(self.cursor, len(self.view) - 1))

    def _sort_key(self, node: Node, judged: Readiness) -> SortKey:
        return (self.sort.column.sort_key(node, judged), blank_last(node.name), node.node_id)


def _by_sort_key(row: Row) -> SortKey:
    return row.sort_key
