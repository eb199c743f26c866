"""Where the columns of a short table stand: tunnels, presets, documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
"""Blank cells between two columns."""
MARKER = 1
"""The cell in front of every row that marks the cursor."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """What a short table needs to know of a column, but for its cells."""

    title: str
    least: int
    """Cells that show all but unusual content."""
    most: int = 0
    """How far it may grow, as far as its content needs it; 0 for not at all."""
    dispensable: int = 0
    """The highest leaves first when there is no room; 0 never leaves."""


@dataclass(frozen=True, slots=True)
class TableSlot:
    """One column at its place: `index` among all columns, `start` and `width` in cells."""

    index: int
    title: str
    start: int
    width: int


def place_columns(columns: Sequence[TableColumn], widest: Sequence[int], width: int) -> tuple[TableSlot, ...]:
    """The columns that fit `width` cells; what is left over goes to those that may grow, the first first.

    `widest` is how many cells the content of each column takes at most.
    """
    kept = dict(enumerate(columns))
    while (leaving := _next_to_leave(kept)) is not None and _total([c.least for c in kept.values()]) > width:
        del kept[leaving]
    widths = {index: column.least for index, column in kept.items()}
    for index, column in kept.items():
        room = width - _total(list(widths.values()))
        wanted = max(column.least, min(column.most, widest[index]))
        widths[index] = max(1, min(wanted, widths[index] + room))
    slots, start = [], MARKER
    for index, column in kept.items():
        slots.append(TableSlot(index, column.title, start, widths[index]))
        start += widths[index] + GAP
    return tuple(slots)


def _next_to_leave(kept: dict[int, TableColumn]) -> int | None:
    leaving = max(kept, key=lambda index: kept[index].dispensable, default=None)
    return leaving if leaving is not None and kept[leaving].dispensable else None


def _total(widths: Sequence[int]) -> int:
    return MARKER + sum(widths) + GAP * max(0, len(widths) - 1)
