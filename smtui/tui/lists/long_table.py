"""The base of a list that draws its visible rows only, however many there are, and sorts by its columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from smtui.tui.lists.long_rows import LongRows, Row
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import ROW_MARK, CursorList, Look
from smtui.tui.parts.table_layout import GAP, MARKED_GUTTER, Slot, slot_at

_ASCENDING, _DESCENDING = "▲", "▼"


class _Titled(Hashable, Protocol):
    """What the header needs to know of a column."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def right(self) -> bool: ...


TitledColumn = TypeVar("TitledColumn", bound=_Titled)


class LongTable(CursorList, Generic[Row, TitledColumn]):
    """Shows rows and moves their cursor; whoever changes the rows calls `show_rows` or `repaint`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"long-table--sorted"}
    DEFAULT_CSS = """
    LongTable {
        & > .long-table--sorted { color: $primary; text-style: bold; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or on none."""

        key: Hashable | None

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        key: Hashable

    @dataclass
    class SortAsked(Message):
        """A column's title was clicked."""

        column_id: str

    class Scrolled(Message):
        """The visible rows changed."""

        def can_replace(self, message: Message) -> bool:
            """Let one message stand for several."""
            return isinstance(message, LongTable.Scrolled)

    def __init__(self, rows: LongRows[Row]) -> None:
        super().__init__()
        self._long_rows = rows
        self._reported: Hashable | None = None

    # What a subclass says ------------------------------------------------------------------------

    @property
    def slots(self) -> Sequence[Slot[TitledColumn]]:
        """The visible columns at their places."""
        raise NotImplementedError

    @property
    def sorting(self) -> tuple[TitledColumn | None, bool]:
        """The column that is sorted by, if any, and whether in reverse."""
        raise NotImplementedError

    # What is shown -----------------------------------------------------------------------------

    @property
    def sorted_by(self) -> str:
        """The sorted column, as the palette names it: `STATUS ▲`."""
        column, descending = self.sorting
        return "" if column is None else f"{column.title} {_DESCENDING if descending else _ASCENDING}"

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._long_rows.cursor

    @property
    def row_count(self) -> int:
        """How many rows match the filter."""
        return len(self._long_rows.view)

    @property
    def header_height(self) -> int:
        """One line, for the titles."""
        return 1

    @property
    def visible_rows(self) -> list[Row]:
        """The rows on the screen, from the top."""
        top = self.scroll_offset.y
        return self._long_rows.view[top : top + self.page]

    @property
    def still_point(self) -> tuple[Row | None, int]:
        """The row that must not move on the screen, and its line there."""
        return self._long_rows.anchor(self.scroll_offset.y, self.page)

    def show_rows(self, anchor: tuple[Row | None, int] = (None, 0)) -> None:
        """Show rows that were filtered, sorted, added or removed. `anchor` is the `still_point` from before."""
        rows = self._long_rows
        self.show_lines(len(rows.view))
        self.scroll_rows(rows.top_for(anchor, self.page))
        if anchor[0] is None or anchor[0] is rows.current:
            self.keep_visible(rows.cursor)
        self.refresh()
        self.report_move()

    def repaint(self, keys: Iterable[Hashable] | None = None) -> None:
        """Draw these rows again where they are visible; None means all, because ages have changed."""
        changed = None if keys is None else set(keys)
        top = self.scroll_offset.y
        for index, row in enumerate(self.visible_rows, top):
            if changed is None or row.key in changed:
                self.refresh_line(index + self.header_height)

    # Moving ------------------------------------------------------------------------------------

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        self._long_rows.move_to(index)

    def go_to(self, key: Hashable) -> bool:
        """Move the cursor to the row of this key; return False if it is not in view."""
        found = next((index for index, row in enumerate(self._long_rows.view) if row.key == key), None)
        if found is not None:
            self.move_to(found)
        return found is not None

    def report_move(self) -> None:
        """Post `Moved` if the cursor is on another row than at the last one."""
        current = self._long_rows.current
        key = current.key if current else None
        if key != self._reported:
            self._reported = key
            self.post_message(self.Moved(key))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report other visible rows."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        """Report other visible rows; Textual calls the base's handler as well."""
        self.post_message(self.Scrolled())

    def header_clicked(self, x: int) -> None:
        """Ask to sort by the clicked column."""
        column = slot_at(self.slots, x)
        if column is not None:
            self.post_message(self.SortAsked(column.id))

    def row_chosen(self) -> None:
        """Post `Chosen`."""
        if self._long_rows.current is not None:
            self.post_message(self.Chosen(self._long_rows.current.key))

    def own_mark(self, row: Row) -> str:
        """Return what stands in front of a row that is not marked: one cell."""
        return " "

    # Drawing -----------------------------------------------------------------------------------

    def header_segments(self) -> list[Segment]:
        """Return the titles of the columns; the one that is sorted by has an arrow."""
        plain = self.get_component_rich_style("cursor-list--header")
        sorted_by, descending = self.sorting
        segments = [Segment(" " * MARKED_GUTTER, plain)]
        for slot in self.slots:
            is_sorted = slot.column is sorted_by
            title = slot.column.title
            if is_sorted:
                title = _with_arrow(title, _DESCENDING if descending else _ASCENDING, slot.width)
            style = self.get_component_rich_style("long-table--sorted") if is_sorted else plain
            segments.append(Segment(cell(title, slot.width, right=slot.column.right), style))
            segments.append(Segment(" " * GAP, plain))
        return segments

    def margin_segments(self, row: Row, highlight: Style, *, at_cursor: bool) -> list[Segment]:
        """Return the cells in front of a row's columns: the cursor's mark, the row's own and a blank."""
        own = f"{ROW_MARK} " if self._long_rows.is_marked(row.key) else f"{self.own_mark(row)} "
        return [self.mark(at_cursor=at_cursor), Segment(own, self.look(Look.ACCENT, highlight))]


def _with_arrow(title: str, arrow: str, width: int) -> str:
    """Return the title of the sorted column. Where there is no room, the blank goes first, then the title."""
    if width > len(title) + 1:
        return f"{title} {arrow}"
    return f"{title}{arrow}" if width > len(title) else arrow.rjust(width)
