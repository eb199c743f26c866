"""Fits columns into the width of a line: which are shown, how wide each is and where it starts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

GAP = 2
"""Blank cells between two columns."""
GUTTER = 2
"""The cells in front of every row: the cursor's mark and a blank."""
MARKED_GUTTER = 3
"""Those of a list whose rows can be marked: the cursor's mark, the row's own and a blank."""

_Column = TypeVar("_Column", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Slot(Generic[_Column]):
    """One column at its place: `start` and `width` in cells."""

    column: _Column
    start: int
    width: int


class Fitting(Generic[_Column]):
    """The columns chosen for a line of `width` cells so far, each with its own width."""

    def __init__(self, width: int, widths: Mapping[_Column, int], gutter: int = GUTTER) -> None:
        self._width = width
        self._gutter = gutter
        self._widths = dict(widths)

    @property
    def room(self) -> int:
        """Cells that are left over; negative while the columns do not fit."""
        gaps = GAP * max(0, len(self._widths) - 1)
        return self._width - self._gutter - sum(self._widths.values()) - gaps

    def drop(self, columns: Iterable[_Column]) -> None:
        """Leave out these columns, one by one, until the others fit."""
        for column in columns:
            if self.room < 0:
                self._widths.pop(column, None)

    def shrink(self, column: _Column) -> None:
        """Narrow a column until the line fits, but leave it one cell."""
        if self.room < 0:
            self._widths[column] = max(1, self._widths[column] + self.room)

    def cut(self, column: _Column, width: int) -> None:
        """Narrow a column to `width` at once if the line does not fit."""
        if self.room < 0:
            self._widths[column] = width

    def add(self, column: _Column, width: int) -> bool:
        """Show one more column if the line still fits; tells whether it does."""
        fits = self.room >= GAP + width
        if fits:
            self._widths[column] = width
        return fits

    def grow(self, column: _Column, most: int) -> None:
        """Widen a column as far as there is room, no further than `most`."""
        if column in self._widths:
            own = self._widths[column]
            self._widths[column] = max(own, min(most, own + max(0, self.room)))

    def slots(self, order: Iterable[_Column]) -> tuple[Slot[_Column], ...]:
        """Return the chosen columns at their places, in this order."""
        slots, start = [], self._gutter
        for column in order:
            if column in self._widths:
                slots.append(Slot(column, start, self._widths[column]))
                start += self._widths[column] + GAP
        return tuple(slots)


def slot_at(slots: Sequence[Slot[_Column]], x: int) -> _Column | None:
    """Return the column under cell `x` of a line; the gap behind a column belongs to it."""
    found = None
    for slot in slots:
        if x >= slot.start:
            found = slot.column
    return found


@dataclass(frozen=True, slots=True)
class TableColumn:
    """What a short table needs to know of a column, but for its cells."""

    title: str
    least: int
    """Cells that hold all but unusual content."""
    most: int = 0
    """The most it may grow to, as far as its content needs it; 0 if it must not grow."""
    dispensable: int = 0
    """The column with the highest number is left out first when there is no room; 0 means never."""
    right: bool = False
    """Whether the cells end at the same cell, as numbers and ages do."""
    middle: bool = False
    """Whether a text that is too long loses its middle, not its tail: profiles, paths, ARNs."""


def place_columns(
    columns: Sequence[TableColumn], widest: Sequence[int], width: int, gutter: int = GUTTER
) -> tuple[Slot[int], ...]:
    """Return the columns that fit `width` cells, by index; spare cells go to those that may grow, first to the first.

    `widest` is how many cells the content of each column takes at most.
    """
    fitting = Fitting(width, {index: column.least for index, column in enumerate(columns)}, gutter)
    spare = [index for index, column in enumerate(columns) if column.dispensable]
    fitting.drop(sorted(spare, key=lambda index: -columns[index].dispensable))
    kept = [slot.column for slot in fitting.slots(range(len(columns)))]
    for index in kept:
        fitting.shrink(index)
    for index in kept:
        fitting.grow(index, min(columns[index].most, widest[index]))
    return fitting.slots(kept)
