"""Keeps the matching rows of a long list, its cursor and its marks.

Pure bookkeeping, so that a list of 50,000 rows costs little per key: nothing here draws.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, Protocol, TypeVar


class _Keyed(Protocol):
    """A row; the object stays the same while what it shows changes."""

    @property
    def key(self) -> Hashable: ...


Row = TypeVar("Row", bound=_Keyed)


class LongRows(Generic[Row]):
    """A subclass replaces `view` and then calls `find_cursor`."""

    def __init__(self) -> None:
        self.view: list[Row] = []
        """The matching rows, in order; replaced on a change, never changed in place."""
        self.cursor = 0
        """Index into `view`."""
        self._marked: dict[Hashable, Row] = {}
        self._chosen: Row | None = None
        """The row the user last moved to; the cursor is on it whenever it is in view."""

    @property
    def all_rows(self) -> Iterable[Row]:
        """All rows in the order of the list, matching or not."""
        return self.view

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.view[self.cursor] if self.cursor < len(self.view) else None

    @property
    def moved(self) -> bool:
        """Whether the user has moved the cursor; until then it is on the first row."""
        return self._chosen is not None

    def move_to(self, index: int) -> None:
        """Move the cursor to `index`, or the nearest row; it stays with that row from now on."""
        self.cursor = max(0, min(index, len(self.view) - 1))
        self._chosen = self.current

    def find_cursor(self) -> None:
        """Put the cursor back on the row that it stays with; if that has gone, keep its line."""
        if self._chosen is None:
            self.cursor = 0
        elif self._chosen in self.view:
            self.cursor = self.view.index(self._chosen)
        else:
            self.cursor = max(0, min(self.cursor, len(self.view) - 1))

    # Marks -------------------------------------------------------------------------------------

    @property
    def marked_rows(self) -> tuple[Row, ...]:
        """The marked rows, in the order of the list, shown or not."""
        return tuple(row for row in self.all_rows if row.key in self._marked) if self._marked else ()

    @property
    def marks(self) -> int:
        """How many rows are marked."""
        return len(self._marked)

    def is_marked(self, key: Hashable) -> bool:
        """Tell whether the row of this key is marked."""
        return key in self._marked

    def turn_mark(self) -> None:
        """Mark the cursor's row, or take its mark away."""
        row = self.current
        if row is not None and self._marked.pop(row.key, None) is None:
            self._marked[row.key] = row

    def mark_all(self) -> None:
        """Mark all rows in view; if all of them are marked, take every mark away."""
        if all(row.key in self._marked for row in self.view):
            self._marked.clear()
        else:
            self._marked |= {row.key: row for row in self.view}

    # What stays still --------------------------------------------------------------------------

    def anchor(self, top: int, page: int) -> tuple[Row | None, int]:
        """Return what must not move on a screen that shows `page` rows from `top`: a row, and its line there.

        It is the cursor's row, if visible. A list in which the user has not moved yet stays at its top, whatever
        arrives above its first row.
        """
        if top == 0 and not self.moved:
            return None, 0
        if top <= self.cursor < top + page:
            return self.current, self.cursor - top
        return (self.view[top] if top < len(self.view) else None), 0

    def top_for(self, anchor: tuple[Row | None, int], page: int) -> int:
        """Return the first row to show, so that the anchor is on the same line as before and the cursor is visible.

        The line of an anchor that is gone becomes the cursor's.
        """
        row, line = anchor
        last = max(0, len(self.view) - page)
        if row is not None and row is not self.current and row in self.view:
            return max(0, min(self.view.index(row) - line, last))
        return max(0, min(self.cursor - line, last))
