"""A short table: its texts are made harmless, and its cursor stays with its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message

from smtui.tui.parts.cells import cell, cells_needed
from smtui.tui.parts.cursor_list import ROW_MARK, CursorList, Look
from smtui.tui.parts.table_layout import GAP, GUTTER, MARKED_GUTTER, Slot, TableColumn, place_columns


@dataclass(frozen=True, slots=True)
class TableRow:
    """One cell a column. `key` identifies the row; a heading has words in place of cells, and the cursor skips it."""

    key: str
    cells: tuple[tuple[str, Look], ...] = ()
    heading: str = ""
    folds: bool = False
    """Whether it opens and closes rows below it."""
    other: bool = False
    """Whether its cells belong to the table's other columns."""
    mark: Look | None = None
    """How its mark is drawn; None where it has none."""


class RowTable(CursorList):
    """Made for some hundreds of rows; has no header if no column has a title."""

    @dataclass
    class Moved(Message):
        """The cursor moved to another row, or to none (an empty key)."""

        table: RowTable
        key: str

        @property
        def control(self) -> RowTable:
            """The table, for `on` with a selector."""
            return self.table

    @dataclass
    class Chosen(Message):
        """A row was double-clicked, or one that folds clicked."""

        table: RowTable
        key: str

        @property
        def control(self) -> RowTable:
            """The table, for `on` with a selector."""
            return self.table

    def __init__(
        self,
        columns: Sequence[TableColumn],
        *,
        others: Sequence[TableColumn] = (),
        can_mark: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        """`others` are the columns of rows of another kind; their titles are not shown, nor are empty ones.

        Where rows `can_mark`, there is room for their marks in front of them.
        """
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._others = tuple(others)
        self._gutter = MARKED_GUTTER if can_mark else GUTTER
        self._has_header = any(column.title for column in columns)
        self._rows: tuple[TableRow, ...] = ()
        self._widest = [0] * len(self._columns)
        """Cells that each column's content takes at most."""
        self._others_widest = [0] * len(self._others)
        self._cursor = 0
        self._reported = ""
        """The key of the last `Moved`."""

    # What is shown -----------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """All rows, with the headings."""
        return self._rows

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty when there is none."""
        return self._rows[self._cursor].key if self._cursor < len(self._rows) else ""

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._cursor

    @property
    def row_count(self) -> int:
        """How many rows there are, with the headings."""
        return len(self._rows)

    @property
    def header_height(self) -> int:
        """One line for the titles, if there are any."""
        return 1 if self._has_header else 0

    def show(self, rows: Sequence[TableRow], *, from_top: bool = False, at: str = "") -> None:
        """Show these rows; the cursor stays with its row, or goes to the nearest.

        With `from_top` the list starts anew: the cursor goes to the row of the key `at`, else to the first.
        """
        key, before = at if from_top else self.current, self._rows
        self._rows = tuple(rows)
        self._widest = _widest(self._columns, [row for row in rows if not row.other])
        self._others_widest = _widest(self._others, [row for row in rows if row.other])
        if self._rows == before and not from_top:
            return
        found = [index for index, row in enumerate(self._rows) if row.key == key]
        self._cursor = found[0] if found else 0 if from_top else self._cursor
        self._cursor = self._row_near(self._cursor, 1)
        self.show_lines(len(self._rows))
        self.keep_visible(self._cursor)
        self.refresh(layout=len(self._rows) != len(before))
        self.report_move()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that `height: auto` takes."""
        return len(self._rows) + self.header_height

    # Moving ------------------------------------------------------------------------------------

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row that is not a heading."""
        self._cursor = self._row_near(index, 1 if index >= self._cursor else -1)

    def _row_near(self, index: int, direction: int) -> int:
        """Return the first row from `index` that is not a heading, searched in this direction, then in the other."""
        wanted = max(0, min(index, len(self._rows) - 1))
        ways = (range(wanted, len(self._rows)), range(wanted, -1, -1))
        for way in ways if direction > 0 else reversed(ways):
            found = next((at for at in way if at < len(self._rows) and not self._rows[at].heading), None)
            if found is not None:
                return found
        return wanted

    def go_to(self, key: str) -> None:
        """Move the cursor to the row of this key, if there is one."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                self.move_to(index)

    def report_move(self) -> None:
        """Post `Moved` if the cursor is on another row than at the last one."""
        if self.current != self._reported:
            self._reported = self.current
            self.post_message(self.Moved(self, self.current))

    def row_at(self, line: int, x: int) -> int | None:
        """Return the row on this line; None for a heading."""
        return line if 0 <= line < len(self._rows) and not self._rows[line].heading else None

    def folds_at(self, index: int) -> bool:
        """Tell whether this row opens and closes others."""
        return self._rows[index].folds

    def row_chosen(self) -> None:
        """Post `Chosen`."""
        self.post_message(self.Chosen(self, self.current))

    # Drawing -----------------------------------------------------------------------------------

    def _slots(self) -> tuple[Slot[int], ...]:
        return place_columns(self._columns, self._widest, self.scrollable_content_region.width, self._gutter)

    def _other_slots(self) -> tuple[Slot[int], ...]:
        used = [index for index, widest in enumerate(self._others_widest) if widest]
        columns, widest = [self._others[index] for index in used], [self._others_widest[index] for index in used]
        slots = place_columns(columns, widest, self.scrollable_content_region.width, self._gutter)
        return tuple(Slot(used[slot.column], slot.start, slot.width) for slot in slots)

    def shows(self, title: str) -> bool:
        """Tell whether there is room for the column of this title."""
        return any(self._columns[slot.column].title == title for slot in self._slots())

    def header_segments(self) -> list[Segment]:
        """Return the titles of the columns."""
        style = self.get_component_rich_style("cursor-list--header")
        segments = [Segment(" " * self._gutter, style)]
        for slot in self._slots():
            column = self._columns[slot.column]
            segments.append(Segment(cell(column.title, slot.width, right=column.right) + " " * GAP, style))
        return segments

    def line_segments(self, line: int) -> list[Segment]:
        """Return the cells of a row, or a heading."""
        if line >= len(self._rows):
            return []
        row, is_cursor = self._rows[line], line == self._cursor
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        if row.heading:
            width = self.scrollable_content_region.width - self._gutter
            return [Segment(" " * self._gutter, plain), Segment(cell(row.heading, width), self.look(Look.QUIET))]
        segments = self._margin(row, highlight, at_cursor=is_cursor)
        columns = self._others if row.other else self._columns
        for slot in self._other_slots() if row.other else self._slots():
            column = columns[slot.column]
            text, look = row.cells[slot.column]
            style = self.look(look, highlight)
            segments.append(Segment(cell(text, slot.width, right=column.right, middle=column.middle), style))
            segments.append(Segment(" " * GAP, plain))
        return segments

    def _margin(self, row: TableRow, highlight: Style, *, at_cursor: bool) -> list[Segment]:
        """Return the cells in front of a row's columns: the cursor's mark, and the row's own where there is room."""
        if self._gutter == GUTTER:
            return [self.margin_segment(at_cursor=at_cursor)]
        own = Segment(" " * (self._gutter - 1), self.rich_style + highlight)
        if row.mark is not None:
            own = Segment(ROW_MARK.ljust(self._gutter - 1), self.look(row.mark, highlight))
        return [self.mark(at_cursor=at_cursor), own]


def _widest(columns: Sequence[TableColumn], rows: Sequence[TableRow]) -> list[int]:
    lines = [row.cells for row in rows if not row.heading]
    return [max([0, *(cells_needed(cells[index][0]) for cells in lines)]) for index in range(len(columns))]
