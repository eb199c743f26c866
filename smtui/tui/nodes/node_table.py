"""Draws the node list line by line: only visible rows cost anything, however many nodes there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from smtui.domain.readiness import readiness
from smtui.engine.fleet import NodeKey
from smtui.tui.nodes.node_columns import BADGE, GAP, NAME, Column, Slot, column_at, lay_out
from smtui.tui.nodes.node_rows import NodeRows, Row
from smtui.tui.parts.badges import BADGE_CLASSES, badge_classes
from smtui.tui.parts.cells import NOTHING, cell
from smtui.tui.parts.cursor_list import CursorList

_HEADER = 1
"""Lines above the rows, which do not scroll."""
_ASCENDING, _DESCENDING = "▲", "▼"


class NodeTable(CursorList):
    """Shows `NodeRows` and moves its cursor; whoever changes the rows calls `show_rows` or `repaint`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"node-table--sorted", *BADGE_CLASSES}
    DEFAULT_CSS = """
    NodeTable {
        & > .node-table--sorted { color: $primary; text-style: bold; }
    }
    """

    several_places = reactive(False)
    """Whether the place column is shown."""

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
        self._told: NodeKey | None = None

    # What is shown -----------------------------------------------------------------------------

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The visible columns at their places."""
        return lay_out(self.scrollable_content_region.width, several_places=self.several_places)

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._rows.cursor

    @property
    def row_count(self) -> int:
        """How many rows match the filter."""
        return len(self._rows.view)

    @property
    def page(self) -> int:
        """How many rows are visible at once; at least 1."""
        return max(1, self.scrollable_content_region.height - _HEADER)

    @property
    def visible_rows(self) -> list[Row]:
        """The rows on the screen, from the top."""
        top = self.scroll_offset.y
        return self._rows.view[top : top + self.page]

    @property
    def still_point(self) -> tuple[Row | None, int]:
        """The row that must not move on the screen, and its line there: the cursor's row, if visible.

        A list in which the user has not moved yet stays at its top, whatever arrives above its first row.
        """
        top = self.scroll_offset.y
        if top == 0 and not self._rows.moved:
            return None, 0
        if top <= self._rows.cursor < top + self.page:
            return self._rows.current, self._rows.cursor - top
        return (self.visible_rows[0] if self.visible_rows else None), 0

    def show_rows(self, anchor: tuple[Row | None, int] = (None, 0)) -> None:
        """Show rows that were filtered, sorted, added or removed. `anchor` is the `still_point` from before."""
        self.virtual_size = Size(0, len(self._rows.view) + _HEADER)
        row, line = anchor
        if row is not None and row is not self._rows.current and row in self._rows.view:
            self.scroll_rows(self._rows.view.index(row) - line)
        else:
            self.scroll_rows(self._rows.cursor - line)
            self.keep_visible(self._rows.cursor)
        self.refresh()
        self._tell_moved()

    def repaint(self, keys: Iterable[NodeKey] | None = None) -> None:
        """Draw these rows again where they are visible; None means all, because ages have changed."""
        changed = None if keys is None else set(keys)
        top = self.scroll_offset.y
        for index, row in enumerate(self.visible_rows, top):
            if changed is None or row.key in changed:
                self.refresh_line(index + _HEADER)

    # Moving ------------------------------------------------------------------------------------

    def move_to(self, index: int) -> None:
        """Move the cursor to `index`, or the nearest row."""
        left = self._rows.cursor
        self._rows.move_to(index)
        self.refresh_line(left + _HEADER)
        self.refresh_line(self._rows.cursor + _HEADER)
        self.keep_visible(self._rows.cursor)
        self._tell_moved()

    def scroll_rows(self, top: int) -> None:
        """Make `top` the first visible row, as far as there are rows."""
        self.scroll_to(y=max(0, min(top, len(self._rows.view) - self.page)), animate=False)

    def _tell_moved(self) -> None:
        current = self._rows.current
        key = current.key if current else None
        if key != self._told:
            self._told = key
            self.post_message(self.Moved(key))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report other visible rows."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        """Keep the cursor visible, and report other visible rows."""
        self.keep_visible(self._rows.cursor)
        self.post_message(self.Scrolled())

    def on_click(self, event: events.Click) -> None:
        """Move to the clicked row, or sort by the clicked title; a double click chooses the row."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < _HEADER:
            column = column_at(self.slots, offset.x)
            if column is not None:
                self.post_message(self.SortAsked(column))
            return
        index = self.scroll_offset.y + offset.y - _HEADER
        if index >= len(self._rows.view):
            return
        again = event.chain > 1 and index == self._rows.cursor
        self.move_to(index)
        if again and self._rows.current is not None:
            self.post_message(self.Chosen(self._rows.current.key))

    # Drawing -----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw the header or one row."""
        if y < _HEADER:
            return self.strip(self._header_segments())
        index = self.scroll_offset.y + y - _HEADER
        if index >= len(self._rows.view):
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        row = self._rows.view[index]
        return self.strip(self._row_segments(row, index == self._rows.cursor, self._rows.clock()))

    def _header_segments(self) -> list[Segment]:
        plain = self.get_component_rich_style("cursor-list--header")
        sort = self._rows.sort
        segments = [Segment(" ", plain)]
        for slot in self.slots:
            is_sorted = slot.column is sort.column
            title = (
                f"{slot.column.title} {_DESCENDING if sort.descending else _ASCENDING}"
                if is_sorted
                else slot.column.title
            )
            style = self.get_component_rich_style("node-table--sorted") if is_sorted else plain
            segments.append(Segment(cell(title, slot.width), style))
            segments.append(Segment(" " * GAP, plain))
        return segments

    def _row_segments(self, row: Row, is_cursor: bool, now: datetime) -> list[Segment]:
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        quiet = self.get_component_rich_style("cursor-list--quiet") + highlight
        judged = readiness(row.node, now)
        segments = [self.mark(at_cursor=is_cursor)]
        for slot in self.slots:
            style = plain if slot.column is NAME else quiet
            if slot.column is BADGE:
                style = self.get_component_rich_style(*badge_classes(judged)) + highlight
            text = slot.column.text(row.node, judged, now) or NOTHING
            segments.append(Segment(cell(text, slot.width), style))
            segments.append(Segment(" " * GAP, plain))
        return segments
