"""The text beside the chain: scrolls, keeps its place while its text grows, begins anew for another check."""

from __future__ import annotations

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from smtui.tui.diagnosis_lines import Page
from smtui.tui.widgets.reading_pane import ReadingPane
from smtui.tui.widgets.row_table import Look

_PADDING = 2
_NARROWEST = 20


class CheckDetail(ReadingPane):
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"check-detail--{look.value}" for look in Look}
    DEFAULT_CSS = """
    CheckDetail {
        background: $surface;
        & > .check-detail--quiet { color: $foreground 65%; }
        & > .check-detail--good { color: $success; }
        & > .check-detail--warn { color: $warning; }
        & > .check-detail--bad { color: $error; }
        & > .check-detail--accent { color: $primary; }
        & > Static { width: 1fr; height: auto; padding: 0 1; }
    }
    """

    class Resized(Message):
        """Its lines have to be broken anew."""

    _text = getters.query_one(Static)

    def __init__(self) -> None:
        super().__init__()
        self._subject = ""

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    @property
    def page_width(self) -> int:
        """Cells for a line."""
        return max(_NARROWEST, self.scrollable_content_region.width - _PADDING)

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def show(self, subject: str, page: Page) -> None:
        """`subject` is what the page is about."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)
        self._text.update(Content("\n").join(self._contents(page)))

    def show_line(self, line: int) -> None:
        """Scroll so far that this line and those below it can be read."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not top <= line < top + height // 2:
            self.scroll_to(y=max(0, line - 1), animate=False)

    def scroll_pages(self, pages: float) -> None:
        self.scroll_relative(y=round(pages * self.scrollable_content_region.height), animate=False)

    def _contents(self, page: Page) -> list[Content]:
        styles = {look: self.get_visual_style(f"check-detail--{look.value}", partial=True) for look in Look}
        bold = Style(bold=True)
        return [
            Content.assemble(
                *((piece.text, styles[piece.look] + bold if piece.strong else styles[piece.look]) for piece in line)
            )
            for line in page.lines
        ]
