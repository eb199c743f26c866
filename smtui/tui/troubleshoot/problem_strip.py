"""Lays the problems out on one line, for screens that have no room for a list beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from smtui.diagnosis.check_result import CheckStatus
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.troubleshoot.check_rows import LOOKS, PENDING_MARK, CheckRow, RowKind

_GAP = 3
_COUNTED = (CheckStatus.PASS, CheckStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class StripCell:
    """One row on the strip: its first column, and its text with the looks. A cell of no row tells what is hidden."""

    start: int
    pieces: tuple[tuple[str, Look], ...]
    index: int | None = None

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return sum(cell_len(text) for text, _ in self.pieces)


def strip_cells(rows: Sequence[CheckRow], cursor: int, width: int) -> tuple[StripCell, ...]:
    """Return the cells of the strip, each after a column for the cursor's mark; the cursor's cell is always there.

    Problems that do not fit are counted: `+2`. The cell of all checks stands behind the others.
    """
    cells = [(index, _pieces(row)) for index, row in enumerate(rows) if row.kind is not RowKind.SPACE]
    last = cells.pop() if cells and rows[cells[-1][0]].kind is RowKind.ALL else None
    room = width - (_width(last[1]) + 1 if last else 0)
    first, end = _shown([_width(pieces) + 1 + _GAP for _, pieces in cells], cursor, room)
    hidden = len(cells) - (end - first)
    laid: list[StripCell] = []
    column = 0
    count = len(f"+{hidden}") + _GAP if hidden else 0
    for index, whole in cells[first:end]:
        pieces = _cut(whole, room - 1 - _GAP - count) if end - first == 1 else whole
        laid.append(StripCell(column + 1, pieces, index))
        column += _width(pieces) + 1 + _GAP
    if hidden:
        laid.append(StripCell(column, ((f"+{hidden}", Look.QUIET),)))
        column += len(f"+{hidden}") + _GAP
    if last is not None:
        laid.append(StripCell(column + 1, last[1], last[0]))
    return tuple(laid)


def _shown(widths: Sequence[int], cursor: int, room: int) -> tuple[int, int]:
    """Return which cells are shown, from the first on that lets the cursor's be seen."""
    at = min(cursor, len(widths) - 1)
    for first in range(len(widths)):
        end, left = first, room - (0 if first == 0 and sum(widths) <= room else len("+99") + _GAP)
        while end < len(widths) and widths[end] <= left:
            left -= widths[end]
            end += 1
        if at < end or first == at:
            return first, max(end, first + 1)
    return 0, len(widths)


def _cut(pieces: Sequence[tuple[str, Look]], room: int) -> tuple[tuple[str, Look], ...]:
    """Return the pieces of the only cell that is shown; a name that is too long for the strip loses its tail."""
    *others, (name, look) = pieces
    left = max(1, room - _width(others))
    return (*others, (cell(name, left) if cell_len(name) > left else name, look))


def _width(pieces: Sequence[tuple[str, Look]]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def _pieces(row: CheckRow) -> tuple[tuple[str, Look], ...]:
    if row.kind is not RowKind.ALL or row.counts is None:
        return ((f"{row.mark} ", row.look), (row.label, Look.PLAIN))
    counted = [
        (f"{status.mark} {row.counts.of(status)}", LOOKS[status]) for status in _COUNTED if row.counts.of(status)
    ]
    pending = [(f"{PENDING_MARK} {row.counts.pending}", Look.QUIET)] if row.counts.pending else []
    pieces = [part for piece in (*counted, *pending) for part in (piece, ("  ", Look.PLAIN))]
    return (*pieces[:-1], (" ▾" if row.is_open else " ▸", Look.ACCENT))
