"""Draws the node list line by line: only visible rows cost anything, however many nodes there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment

from smtui.domain.readiness import readiness
from smtui.tui.lists.long_table import LongTable
from smtui.tui.nodes.node_columns import BADGE, NAME, TAGS, WHY, Column, lay_out
from smtui.tui.nodes.node_rows import Row
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class, can_enter
from smtui.tui.parts.cells import NOTHING, cell
from smtui.tui.parts.table_layout import GAP, Slot

if TYPE_CHECKING:
    from smtui.tui.nodes.node_rows import NodeRows

_BLANK_IF_EMPTY = (WHY, TAGS)


class NodeTable(LongTable[Row, Column]):
    """Shows `NodeRows`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = BADGE_CLASSES

    def __init__(self, rows: NodeRows) -> None:
        super().__init__(rows)
        self._rows = rows

    @property
    def slots(self) -> tuple[Slot[Column], ...]:
        """The visible columns at their places."""
        return lay_out(self.scrollable_content_region.width, self._rows.extent)

    @property
    def sorting(self) -> tuple[Column, bool]:
        """The column that is sorted by, and whether in reverse."""
        return self._rows.sort.column, self._rows.sort.descending

    def line_segments(self, line: int) -> list[Segment]:
        """Return the cells of a row, with ages as of now."""
        if line >= len(self._rows.view):
            return []
        row, is_cursor, now = self._rows.view[line], line == self._rows.cursor, self._rows.clock()
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        quiet = plain if is_cursor else self.get_component_rich_style("cursor-list--quiet")
        judged = readiness(row.node, now)
        segments = self.margin_segments(row, highlight, at_cursor=is_cursor)
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
