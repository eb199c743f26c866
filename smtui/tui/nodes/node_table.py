"""Draws the node list line by line: only visible rows cost anything, however many nodes there are."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style

from smtui.domain.readiness import readiness
from smtui.tui.lists.long_table import LongTable
from smtui.tui.nodes.node_columns import (
    ADDRESS,
    AGENT,
    BADGE,
    NAME,
    NODE,
    PLATFORM,
    PROFILE,
    REGION,
    TAGS,
    VPC,
    WHY,
    Column,
    lay_out,
)
from smtui.tui.nodes.node_rows import Row
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class, can_enter
from smtui.tui.parts.cells import NOTHING, cell
from smtui.tui.parts.table_layout import GAP, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.tui.nodes.node_rows import NodeRows

_BLANK_IF_EMPTY = (WHY, TAGS)
_PIN = "★"
_FOUND = Style(underline=True)
_KEYS = {
    BADGE: "status",
    NAME: "name",
    NODE: "id",
    ADDRESS: "ip",
    PLATFORM: "platform",
    AGENT: "agent",
    REGION: "region",
    PROFILE: "profile",
    VPC: "vpc",
    TAGS: "tag",
}
"""The columns that a filter has a key for."""


class NodeTable(LongTable[Row, Column]):
    """Shows `NodeRows`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = BADGE_CLASSES

    def __init__(self, rows: NodeRows) -> None:
        super().__init__(rows)
        self._rows = rows
        self._wanted: tuple[Column, ...] = ()

    def want(self, columns: tuple[Column, ...]) -> None:
        """Show these columns, in this order, as far as they fit; none for those that are worth most."""
        if columns != self._wanted:
            self._wanted = columns
            self.refresh(layout=True)

    @property
    def slots(self) -> tuple[Slot[Column], ...]:
        """The visible columns at their places."""
        return lay_out(self.scrollable_content_region.width, self._rows.extent, self._wanted)

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
        found_in = self._found_in()
        for slot in self.slots:
            column = slot.column
            words = column.text(row.node, judged, now) or (NOTHING if column not in _BLANK_IF_EMPTY else "")
            if column is BADGE and slot.width < column.least:
                words = judged.badge.mark
            text = cell(words, slot.width, right=column.right, middle=column.middle)
            wanted = found_in(column) if found_in is not None else ()
            if column is BADGE:
                mark = self.get_component_rich_style(badge_class(judged)) + highlight
                segments.append(Segment(text[:2], mark))
                segments += _with_found(text[2:], name if judged.confirmed else quiet, wanted)
            else:
                segments += _with_found(text, name if column is NAME else quiet, wanted)
            segments.append(Segment(" " * GAP, plain))
        return segments

    def own_mark(self, row: Row) -> str:
        """Return the mark of a pinned node."""
        return _PIN if row.key in self._rows.pins else " "

    def _found_in(self) -> Callable[[Column], tuple[str, ...]] | None:
        """Return what tells which texts the filter looks for in a column; None without a filter."""
        query = self._rows.query
        if query is None or query.is_empty:
            return None
        return lambda column: query.wanted_in(_KEYS.get(column, ""))


def _with_found(text: str, style: Style, wanted: tuple[str, ...]) -> list[Segment]:
    """Return the cell with what the filter found in it underlined."""
    low = text.lower() if wanted else ""
    if not wanted or len(low) != len(text):
        return [Segment(text, style)]
    marked = [False] * len(text)
    for word in wanted:
        at = low.find(word)
        while at >= 0:
            marked[at : at + len(word)] = [True] * len(word)
            at = low.find(word, at + len(word))
    return [
        Segment("".join(text[at] for at, _ in part), style + _FOUND if is_found else style)
        for is_found, part in groupby(enumerate(marked), key=itemgetter(1))
    ]
