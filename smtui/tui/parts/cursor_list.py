"""What every list here is: lines drawn by itself, a cursor that is moved by the same keys, one look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.scroll_view import ScrollView
from textual.strip import Strip

from smtui.tui.commands import Scope, bindings

CURSOR_MARK = "▌"


class CursorList(ScrollView, can_focus=True, inherit_bindings=False):
    """A subclass says where the cursor is, how many rows there are and how many fit, and moves it."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "cursor-list--header",
        "cursor-list--quiet",
        "cursor-list--cursor",
        "cursor-list--mark",
    }
    DEFAULT_CSS = """
    CursorList {
        height: 1fr;
        overflow-x: hidden;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $foreground 22%;
        scrollbar-color-hover: $foreground 40%;
        scrollbar-color-active: $primary;

        & > .cursor-list--header { color: $foreground 65%; text-style: bold; }
        & > .cursor-list--quiet { color: $foreground 65%; }
        & > .cursor-list--cursor { background: $primary 14%; }
        & > .cursor-list--mark { color: $primary; }

        &:focus > .cursor-list--cursor { background: $primary 26%; text-style: bold; }
        &:nocolor > .cursor-list--cursor { text-style: reverse; }
    }
    """

    @property
    def index(self) -> int:
        """The cursor's row."""
        raise NotImplementedError

    @property
    def row_count(self) -> int:
        raise NotImplementedError

    @property
    def page(self) -> int:
        """How many rows are visible at once; at least 1."""
        raise NotImplementedError

    def move_to(self, index: int) -> None:
        """As near to `index` as there are rows."""
        raise NotImplementedError

    def action_cursor(self, rows: int) -> None:
        self.move_to(self.index + rows)

    def action_page(self, pages: float) -> None:
        self.move_to(self.index + round(self.page * pages))

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(self.row_count - 1)

    def keep_visible(self, line: int) -> None:
        """Scroll no further than it takes to see this row."""
        top = self.scroll_offset.y
        if line < top:
            self.scroll_rows(line)
        elif line >= top + self.page:
            self.scroll_rows(line - self.page + 1)

    def scroll_rows(self, top: int) -> None:
        """Make this the first row that is seen."""
        self.scroll_to(y=top, animate=False)

    def strip(self, segments: Sequence[Segment]) -> Strip:
        """A whole line; what is left of it is as its end is."""
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, segments[-1].style)

    def highlight(self, *, at_cursor: bool) -> Style:
        """What the cursor adds to a row: its background and its emphasis, not its colour."""
        if not at_cursor:
            return Style.null()
        cursor = self.get_component_rich_style("cursor-list--cursor")
        return Style(bgcolor=cursor.bgcolor, bold=cursor.bold, reverse=cursor.reverse)

    def mark(self, *, at_cursor: bool) -> Segment:
        """The first cell of a row."""
        style = self.get_component_rich_style("cursor-list--mark") + self.highlight(at_cursor=at_cursor)
        return Segment(CURSOR_MARK if at_cursor else " ", style)
