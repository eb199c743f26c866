"""Draws the lines of a log, wrapped to the width; only what is visible is drawn, however many lines there are."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from smtui.domain.records.session_log import LogLine

_TIME_WIDTH = 10
_NARROWEST = 20


def rows_of(lines: Sequence[LogLine], width: int) -> list[tuple[int, str]]:
    """Return the rows that the lines take: the index of the line, and the text of the row."""
    return [(index, row) for index, line in enumerate(lines) for row in _wrapped(line.text, width)]


def _wrapped(text: str, width: int) -> Iterator[str]:
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        yield text
    elif text.isascii():
        yield from (text[start : start + width] for start in range(0, len(text), width))
    else:
        yield from chop_cells(text, width)


def clock_time(at: datetime | None) -> str:
    """Return the local time of day, `12:50:09`; empty for none."""
    return f"{at.astimezone():%H:%M:%S}" if at is not None else ""


class LogView(Widget):
    """The lines of a log. `found` is the line that was found last."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-view--time", "log-view--found"}
    DEFAULT_CSS = """
    LogView {
        width: 1fr; height: auto; padding: 0 1;
        & > .log-view--time { color: $muted; }
        & > .log-view--found { color: $primary; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[LogLine] = ()
        self._rows: list[tuple[int, str]] = []
        self._made_for = 0
        self._has_times = False
        self.found: int | None = None

    def show_lines(self, lines: Sequence[LogLine]) -> None:
        """Show these lines."""
        self._lines = lines
        self._has_times = any(line.at is not None for line in lines[:200])
        self._made_for = 0
        self.refresh(layout=True)

    @property
    def rows(self) -> list[tuple[int, str]]:
        """The rows for the present width."""
        return self._rows_for(self.content_size.width)

    def row_of(self, index: int) -> int:
        """Return the first row of a line."""
        return bisect_left(self.rows, (index, ""))

    def line_at(self, row: int) -> int:
        """Return the line that is shown in a row, the nearest one if there is none."""
        rows = self.rows
        return rows[max(0, min(row, len(rows) - 1))][0] if rows else 0

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the lines take."""
        return len(self._rows_for(width))

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width, rows = self.content_size.width, self.rows
        plain = self.rich_style
        if not 0 <= y < len(rows):
            return Strip.blank(width, plain)
        index, text = rows[y]
        style = self.get_component_rich_style("log-view--found") if index == self.found else plain
        segments = [Segment(text, style)]
        if self._time_width(width):
            is_first = y == 0 or rows[y - 1][0] != index
            shown = clock_time(self._lines[index].at) if is_first else ""
            segments.insert(0, Segment(shown.ljust(_TIME_WIDTH), self.get_component_rich_style("log-view--time")))
        return Strip(segments).adjust_cell_length(width, plain)

    def _time_width(self, width: int) -> int:
        return _TIME_WIDTH if self._has_times and width >= _TIME_WIDTH + _NARROWEST else 0

    def _rows_for(self, width: int) -> list[tuple[int, str]]:
        if width > 0 and self._made_for != width:
            self._made_for = width
            self._rows = rows_of(self._lines, max(1, width - self._time_width(width)))
        return self._rows
