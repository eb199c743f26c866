"""A short table, drawn line by line: text from anywhere is harmless in it, and its cursor stays with its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import CursorList
from smtui.tui.parts.table_layout import GAP, TableColumn, TableSlot, place_columns


class Look(Enum):
    """How a cell is drawn, beyond its words."""

    PLAIN = "plain"
    QUIET = "quiet"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class TableRow:
    """`key` names it for good; one cell a column. A heading has words in place of cells; the cursor passes it by."""

    key: str
    cells: tuple[tuple[str, Look], ...] = ()
    heading: str = ""


class RowTable(CursorList):
    """For some hundreds of rows. Without titles, there is no line above the rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"row-table--{look.value}" for look in Look}
    DEFAULT_CSS = """
    RowTable {
        & > .row-table--quiet { color: $foreground 65%; }
        & > .row-table--good { color: $success; }
        & > .row-table--warn { color: $warning; }
        & > .row-table--bad { color: $error; text-style: bold; }
        & > .row-table--accent { color: $primary; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or on none (an empty key)."""

        table: RowTable
        key: str

        @property
        def control(self) -> RowTable:
            return self.table

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        table: RowTable
        key: str

        @property
        def control(self) -> RowTable:
            return self.table

    def __init__(self, columns: Sequence[TableColumn], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._header = 1 if any(column.title for column in columns) else 0
        self._rows: tuple[TableRow, ...] = ()
        self._widest = [0] * len(self._columns)
        """Cells that each column's content takes at most."""
        self._cursor = 0
        self._told = ""

    # What is shown -----------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[TableRow, ...]:
        return self._rows

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty when there is none."""
        return self._rows[self._cursor].key if self._cursor < len(self._rows) else ""

    @property
    def index(self) -> int:
        return self._cursor

    @property
    def row_count(self) -> int:
        return len(self._rows)

    @property
    def page(self) -> int:
        return max(1, self.scrollable_content_region.height - self._header)

    def show(self, rows: Sequence[TableRow], *, from_top: bool = False, at: str = "") -> None:
        """Show these; the cursor stays with its row, or as near as there is one.

        With `from_top` the list begins anew: the cursor goes to the row of the key `at`, else to the first.
        """
        key, before = at if from_top else self.current, self._rows
        self._rows = tuple(rows)
        lines = [row.cells for row in rows if not row.heading]
        self._widest = [
            max([0, *(cell_len(cells[index][0]) for cells in lines)]) for index in range(len(self._columns))
        ]
        if self._rows == before and not from_top:
            return
        found = [index for index, row in enumerate(self._rows) if row.key == key]
        self._cursor = found[0] if found else 0 if from_top else self._cursor
        self._cursor = self._row_near(self._cursor, 1)
        self.virtual_size = Size(0, len(self._rows) + self._header)
        self.keep_visible(self._cursor)
        self.refresh(layout=len(self._rows) != len(before))
        self._tell_moved()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """For `height: auto`."""
        return len(self._rows) + self._header

    # Moving ------------------------------------------------------------------------------------

    def move_to(self, index: int) -> None:
        """As near to `index` as there are rows."""
        self._cursor = self._row_near(index, 1 if index >= self._cursor else -1)
        self.keep_visible(self._cursor)
        self.refresh()
        self._tell_moved()

    def _row_near(self, index: int, direction: int) -> int:
        """The first row from `index` on that is no heading, looked for in this direction, then in the other."""
        wanted = max(0, min(index, len(self._rows) - 1))
        ways = (range(wanted, len(self._rows)), range(wanted, -1, -1))
        for way in ways if direction > 0 else reversed(ways):
            found = next((at for at in way if at < len(self._rows) and not self._rows[at].heading), None)
            if found is not None:
                return found
        return wanted

    def go_to(self, key: str) -> None:
        """To the row of this key, if there is one."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                self.move_to(index)

    def _tell_moved(self) -> None:
        if self.current != self._told:
            self._told = self.current
            self.post_message(self.Moved(self, self.current))

    def on_resize(self) -> None:
        self.keep_visible(self._cursor)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self.scroll_offset.y + offset.y - self._header
        if not 0 <= index < len(self._rows) or offset.y < self._header or self._rows[index].heading:
            return
        again = event.chain > 1 and index == self._cursor
        self.move_to(index)
        if again:
            self.post_message(self.Chosen(self, self.current))

    # Drawing -----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        slots = place_columns(self._columns, self._widest, width)
        if y < self._header:
            return self.strip(self._header_segments(slots))
        index = self.scroll_offset.y + y - self._header
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self.strip(self._row_segments(self._rows[index], slots, index == self._cursor))

    def _header_segments(self, slots: Sequence[TableSlot]) -> list[Segment]:
        style = self.get_component_rich_style("cursor-list--header")
        return [Segment(" ", style), *(Segment(cell(slot.title, slot.width + GAP), style) for slot in slots)]

    def _row_segments(self, row: TableRow, slots: Sequence[TableSlot], is_cursor: bool) -> list[Segment]:
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        if row.heading:
            quiet = self.get_component_rich_style("row-table--quiet")
            return [Segment(" ", plain), Segment(cell(row.heading, self.scrollable_content_region.width - 1), quiet)]
        segments = [self.mark(at_cursor=is_cursor)]
        for slot in slots:
            text, look = row.cells[slot.index]
            style = self.get_component_rich_style(f"row-table--{look.value}") + highlight
            segments.append(Segment(cell(text, slot.width), style))
            segments.append(Segment(" " * GAP, plain))
        return segments
