"""Draws the node list line by line: only visible rows cost anything, however many nodes there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.message import Message

from smtui.domain.readiness import readiness
from smtui.tui.nodes.node_columns import BADGE, NAME, TAGS, WHY, Column, lay_out
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class, can_enter
from smtui.tui.parts.cells import NOTHING, cell
from smtui.tui.parts.cursor_list import CursorList, Look
from smtui.tui.parts.table_layout import GAP, MARKED_GUTTER, Slot, slot_at

if TYPE_CHECKING:
    from smtui.engine.fleet import NodeKey
    from smtui.tui.nodes.node_rows import Anchor, NodeRows, Row

_ASCENDING, _DESCENDING = "▲", "▼"
_MARK = "◆"
_BLANK_IF_EMPTY = (WHY, TAGS)


class NodeTable(CursorList):
    """Shows `NodeRows` and moves its cursor; whoever changes the rows calls `show_rows` or `repaint`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"node-table--sorted", *BADGE_CLASSES}
    DEFAULT_CSS = """
    NodeTable {
        & > .node-table--sorted { color: $primary; text-style: bold; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or on none."""

        key: NodeKey | None

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        key: NodeKey

    @dataclass
    class SortAsked(Message):
        """A column's title was clicked."""

        column: Column

    class Scrolled(Message):
        """The visible rows changed."""

        def can_replace(self, message: Message) -> bool:
            """Let one message stand for several."""
            return isinstance(message, NodeTable.Scrolled)

    def __init__(self, rows: NodeRows) -> None:
        super().__init__()
        self._rows = rows
        self._reported: NodeKey | None = None

    # What is shown -----------------------------------------------------------------------------

    @property
    def slots(self) -> tuple[Slot[Column], ...]:
        """The visible columns at their places."""
        return lay_out(self.scrollable_content_region.width, self._rows.extent)

    @property
    def sorted_by(self) -> str:
        """The sorted column, as the palette names it: `STATUS ▲`."""
        sort = self._rows.sort
        return f"{sort.column.title} {_DESCENDING if sort.descending else _ASCENDING}"

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._rows.cursor

    @property
    def row_count(self) -> int:
        """How many rows match the filter."""
        return len(self._rows.view)

    @property
    def header_height(self) -> int:
        """One line, for the titles."""
        return 1

    @property
    def visible_rows(self) -> list[Row]:
        """The rows on the screen, from the top."""
        top = self.scroll_offset.y
        return self._rows.view[top : top + self.page]

    @property
    def still_point(self) -> Anchor:
        """The row that must not move on the screen, and its line there."""
        return self._rows.anchor(self.scroll_offset.y, self.page)

    def show_rows(self, anchor: Anchor = (None, 0)) -> None:
        """Show rows that were filtered, sorted, added or removed. `anchor` is the `still_point` from before."""
        self.show_lines(len(self._rows.view))
        self.scroll_rows(self._rows.top_for(anchor, self.page))
        if anchor[0] is None or anchor[0] is self._rows.current:
            self.keep_visible(self._rows.cursor)
        self.refresh()
        self.report_move()

    def repaint(self, keys: Iterable[NodeKey] | None = None) -> None:
        """Draw these rows again where they are visible; None means all, because ages have changed."""
        changed = None if keys is None else set(keys)
        top = self.scroll_offset.y
        for index, row in enumerate(self.visible_rows, top):
            if changed is None or row.key in changed:
                self.refresh_line(index + self.header_height)

    # Moving ------------------------------------------------------------------------------------

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        self._rows.move_to(index)

    def go_to(self, key: NodeKey) -> bool:
        """Move the cursor to this node; return False if it is not in view."""
        found = next((index for index, row in enumerate(self._rows.view) if row.key == key), None)
        if found is not None:
            self.move_to(found)
        return found is not None

    def report_move(self) -> None:
        """Post `Moved` if the cursor is on another row than at the last one."""
        current = self._rows.current
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
            self.post_message(self.SortAsked(column))

    def row_chosen(self) -> None:
        """Post `Chosen`."""
        if self._rows.current is not None:
            self.post_message(self.Chosen(self._rows.current.key))

    # Drawing -----------------------------------------------------------------------------------

    def header_segments(self) -> list[Segment]:
        """Return the titles of the columns; the one that is sorted by has an arrow."""
        plain = self.get_component_rich_style("cursor-list--header")
        sort = self._rows.sort
        segments = [Segment(" " * MARKED_GUTTER, plain)]
        for slot in self.slots:
            is_sorted = slot.column is sort.column
            title = slot.column.title
            if is_sorted:
                title = _with_arrow(title, _DESCENDING if sort.descending else _ASCENDING, slot.width)
            style = self.get_component_rich_style("node-table--sorted") if is_sorted else plain
            segments.append(Segment(cell(title, slot.width, right=slot.column.right), style))
            segments.append(Segment(" " * GAP, plain))
        return segments

    def line_segments(self, line: int) -> list[Segment]:
        """Return the cells of a row, with ages as of now."""
        if line >= len(self._rows.view):
            return []
        row, is_cursor, now = self._rows.view[line], line == self._rows.cursor, self._rows.clock()
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        quiet = plain if is_cursor else self.get_component_rich_style("cursor-list--quiet")
        judged = readiness(row.node, now)
        own_mark = Segment(f"{_MARK} " if self._rows.is_marked(row.key) else "  ", self.look(Look.ACCENT, highlight))
        segments = [self.mark(at_cursor=is_cursor), own_mark]
        name = plain if can_enter(judged) else quiet
        for slot in self.slots:
            column = slot.column
            words = column.text(row.node, judged, now) or (NOTHING if column not in _BLANK_IF_EMPTY else "")
            if column is BADGE and slot.width < column.least:
                words = judged.badge.mark
            text = cell(words, slot.width, right=column.right, middle=column.middle)
            if column is BADGE:
                mark = self.get_component_rich_style(badge_class(judged)) + highlight
                segments += (Segment(text[:2], mark), Segment(text[2:], name if judged.confirmed else quiet))
            else:
                segments.append(Segment(text, name if column is NAME else quiet))
            segments.append(Segment(" " * GAP, plain))
        return segments


def _with_arrow(title: str, arrow: str, width: int) -> str:
    """Return the title of the sorted column. Where there is no room, the blank goes first, then the title."""
    if width > len(title) + 1:
        return f"{title} {arrow}"
    return f"{title}{arrow}" if width > len(title) else arrow.rjust(width)
