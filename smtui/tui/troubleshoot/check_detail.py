"""The text beside the chain: keeps its place while its text grows, starts at the top for another check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from smtui.tui.parts.page import page_content
from smtui.tui.parts.reading_pane import ReadingPane

if TYPE_CHECKING:
    from smtui.tui.troubleshoot.page_lines import Page

_PADDING = 2
_NARROWEST = 20


class CheckDetail(ReadingPane):
    """Shows a `Page`; its owner draws the page for `page_width`."""

    DEFAULT_CSS = """
    CheckDetail {
        background: $surface;
        scrollbar-gutter: stable;  /* a scrollbar that appears later would make the lines too long */

        & > Static { width: 1fr; height: auto; padding: 0 1; link-style: none; link-color: $primary; }
    }
    """

    class Resized(Message):
        """The width changed: the page must be written again."""

    _text = getters.query_one(Static)

    def __init__(self) -> None:
        super().__init__()
        self._subject = ""

    def compose(self) -> ComposeResult:
        """Hold one block of text."""
        yield Static(markup=False)

    @property
    def page_width(self) -> int:
        """Cells in a line."""
        return max(_NARROWEST, self.scrollable_content_region.width - _PADDING)

    def on_resize(self) -> None:
        """Ask for the page in the new width."""
        self.post_message(self.Resized())

    def show(self, subject: str, page: Page) -> None:
        """Show this page; `subject` is the code of its check."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)
        self._text.update(page_content(page))

    def show_line(self, line: int) -> None:
        """Scroll until this line and those below it can be read."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not top <= line < top + height // 2:
            self.scroll_to(y=max(0, line - 1), animate=False)

    def scroll_pages(self, pages: float) -> None:
        """Scroll by so many pages."""
        self.scroll_relative(y=round(pages * self.scrollable_content_region.height), animate=False)
