"""The base of all lists: draws line by line and moves a cursor by keys and clicks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.table_layout import GUTTER

CURSOR_MARK = "▌"
ROW_MARK = "◆"
"""In front of a row that the user has marked."""


class Look(Enum):
    """How a piece of text is drawn, beyond its words."""

    PLAIN = "plain"
    QUIET = "quiet"
    GOOD = "good"
    UNPROBED = "unprobed"
    WARN = "warn"
    BAD = "bad"
    ACCENT = "accent"

    @property
    def role(self) -> str:
        """The colour role, as a style of `Content`."""
        return _ROLES[self]


_ROLES = {
    Look.PLAIN: "$foreground",
    Look.QUIET: "$muted",
    Look.GOOD: "$success",
    Look.UNPROBED: "$unprobed",
    Look.WARN: "$warning",
    Look.BAD: "$error",
    Look.ACCENT: "$primary",
}


class CursorList(ScrollView, can_focus=True, inherit_bindings=False):
    """A subclass holds rows and the cursor, draws one line at a time and reports moves; this does the rest."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "cursor-list--header",
        "cursor-list--cursor",
        "cursor-list--mark",
        *(f"cursor-list--{look.value}" for look in Look),
    }
    DEFAULT_CSS = """
    CursorList {
        height: 1fr;
        overflow-x: hidden;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;  /* else the columns would move as soon as there are more rows than lines */
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;

        & > .cursor-list--header { color: $muted; }
        & > .cursor-list--quiet { color: $muted; }
        & > .cursor-list--good { color: $success; }
        & > .cursor-list--unprobed { color: $unprobed; }
        & > .cursor-list--warn { color: $warning; }
        & > .cursor-list--bad { color: $error; }
        & > .cursor-list--accent { color: $primary; }
        & > .cursor-list--cursor { background: $cursor-blurred; }
        & > .cursor-list--mark { color: $primary; }

        &:focus > .cursor-list--cursor { background: $cursor; }
    }
    """

    # What a subclass says ------------------------------------------------------------------------

    @property
    def index(self) -> int:
        """The cursor's row."""
        raise NotImplementedError

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def header_height(self) -> int:
        """How many lines stay in place above the rows."""
        return 0

    @property
    def cursor_line(self) -> int:
        """The line of the cursor's row, counted from the first row."""
        return self.index

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        raise NotImplementedError

    def report_move(self) -> None:
        """Post the message that the cursor has moved; called after every move."""
        raise NotImplementedError

    def row_at(self, line: int, x: int) -> int | None:
        """Return the row that a click on cell `x` of this line means, if any."""
        return line if 0 <= line < self.row_count else None

    def header_clicked(self, x: int) -> None:
        """Handle a click on cell `x` of the header."""

    def folds_at(self, index: int) -> bool:
        """Tell whether this row opens and closes others: one click chooses it."""
        return False

    def row_chosen(self) -> None:
        """Handle a double click on the cursor's row, or a click if it folds."""

    def header_segments(self) -> Sequence[Segment]:
        """Return the header's line."""
        return ()

    def line_segments(self, line: int) -> Sequence[Segment]:
        """Return a line, counted from the first row; nothing below the last."""
        raise NotImplementedError

    # Moving --------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """How many rows are visible at once; at least 1."""
        return max(1, self.scrollable_content_region.height - self.header_height)

    def move_to(self, index: int) -> None:
        """Move the cursor to `index`, or the nearest row."""
        left = self.cursor_line
        self.put_cursor(index)
        self.refresh_line(left + self.header_height)
        self.refresh_line(self.cursor_line + self.header_height)
        self.keep_visible(self.cursor_line)
        self.report_move()

    def action_cursor(self, rows: int) -> None:
        """Move the cursor down by so many rows."""
        self.move_to(self.index + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor down by so many pages."""
        self.move_to(self.index + round(self.page * pages))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.move_to(self.row_count - 1)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click there chooses it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < self.header_height:
            self.header_clicked(offset.x)
            return
        index = self.row_at(self.scroll_offset.y + offset.y - self.header_height, offset.x)
        if index is None:
            return
        chosen = self.folds_at(index) or (event.chain > 1 and index == self.index)
        self.move_to(index)
        if chosen:
            self.row_chosen()

    # Scrolling -----------------------------------------------------------------------------------

    def show_lines(self, count: int) -> None:
        """Make room for so many lines below the header."""
        self.virtual_size = Size(0, count + self.header_height)

    def on_resize(self) -> None:
        """Keep the cursor visible."""
        self.keep_visible(self.cursor_line)

    def keep_visible(self, line: int) -> None:
        """Scroll no further than necessary to show this line."""
        top = self.scroll_offset.y
        if line < top:
            self.scroll_rows(line)
        elif line >= top + self.page:
            self.scroll_rows(line - self.page + 1)

    def scroll_rows(self, top: int) -> None:
        """Make `top` the first visible line, as far as there are rows."""
        self.scroll_to(y=max(0, min(top, self.row_count - self.page)), animate=False)

    # Drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw a line of the screen: the header, a row, or a blank below the last row."""
        if y < self.header_height:
            return self.strip(self.header_segments())
        segments = self.line_segments(self.scroll_offset.y + y - self.header_height)
        if not segments:
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        return self.strip(segments)

    def strip(self, segments: Sequence[Segment]) -> Strip:
        """Return a whole line; its rest has the style of the last segment."""
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, segments[-1].style)

    def highlight(self, *, at_cursor: bool) -> Style:
        """Return what the cursor adds to a row: its ground. No text on it is muted: at 256 colours it would fade."""
        if not at_cursor:
            return Style.null()
        return Style(bgcolor=self.get_component_rich_style("cursor-list--cursor").bgcolor)

    def look(self, look: Look, add: Style | None = None) -> Style:
        """Return the style of this look, with what the cursor adds; no text on the cursor's ground is muted."""
        if add and look is Look.QUIET:
            look = Look.PLAIN
        style = self.get_component_rich_style(f"cursor-list--{look.value}")
        return style + add if add else style

    def mark(self, *, at_cursor: bool) -> Segment:
        """Return the first cell of a row."""
        style = self.get_component_rich_style("cursor-list--mark") + self.highlight(at_cursor=at_cursor)
        return Segment(CURSOR_MARK if at_cursor else " ", style)

    def margin_segment(self, *, at_cursor: bool) -> Segment:
        """Return all cells in front of a row's columns: the mark and a blank."""
        mark = self.mark(at_cursor=at_cursor)
        return Segment(mark.text.ljust(GUTTER), mark.style)
