"""Draws the list of sessions line by line: only visible rows cost anything, however many sessions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from smtui.sessions.session_words import status_mark
from smtui.tui.lists.long_table import LongTable
from smtui.tui.parts.cells import NOTHING, cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.table_layout import GAP, Slot
from smtui.tui.sessions.session_columns import NODE, REASON, STATUS, SessionColumn, lay_out_sessions
from smtui.tui.sessions.session_rows import SessionRow

if TYPE_CHECKING:
    from smtui.tui.sessions.session_rows import SessionRows

_LOOKS = {"●": Look.GOOD, "◐": Look.WARN}
"""By the mark of the status; all others are quiet, a session that failed days ago too."""


class SessionTable(LongTable[SessionRow, SessionColumn]):
    """Shows `SessionRows`."""

    def __init__(self, rows: SessionRows) -> None:
        super().__init__(rows)
        self._rows = rows

    @property
    def slots(self) -> tuple[Slot[SessionColumn], ...]:
        """The visible columns at their places."""
        return lay_out_sessions(self.scrollable_content_region.width, self._rows.extent)

    @property
    def sorting(self) -> tuple[SessionColumn | None, bool]:
        """The column that is sorted by, if any, and whether in reverse."""
        return self._rows.sort.column, self._rows.sort.descending

    def line_segments(self, line: int) -> list[Segment]:
        """Return the cells of a row, with lengths of time as of now."""
        if line >= len(self._rows.view):
            return []
        row, is_cursor, now = self._rows.view[line], line == self._rows.cursor, self._rows.clock()
        highlight = self.highlight(at_cursor=is_cursor)
        plain, quiet = self.rich_style + highlight, self.look(Look.QUIET, highlight)
        strong = quiet if row.session.is_over else plain
        segments = self.margin_segments(row, highlight, at_cursor=is_cursor)
        for slot in self.slots:
            column = slot.column
            words = column.text(row.listed, now) or ("" if column is REASON else NOTHING)
            if column is STATUS and slot.width < column.least:
                words = status_mark(row.session)
            text = cell(words, slot.width, right=column.right, middle=column.middle)
            if column is STATUS:
                mark = self.look(_LOOKS.get(status_mark(row.session), Look.QUIET), highlight)
                segments += (Segment(text[:2], mark), Segment(text[2:], strong))
            else:
                segments.append(Segment(text, strong if column is NODE else quiet))
            segments.append(Segment(" " * GAP, plain))
        return segments
