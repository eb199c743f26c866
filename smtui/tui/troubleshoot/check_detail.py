"""The text beside the chain: keeps its place while its text grows, starts at the top for another check."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.theme import Theme
from textual.widgets import Static

from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.row_table import Look

if TYPE_CHECKING:
    from smtui.tui.troubleshoot.page_lines import Page, Piece

_PADDING = 2
_NARROWEST = 20


class CheckDetail(ReadingPane):
    """Shows a `Page`; its owner draws the page for `page_width`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"check-detail--{look.value}" for look in Look}
    DEFAULT_CSS = """
    CheckDetail {
        background: $surface;
        scrollbar-gutter: stable;  /* a scrollbar that appears later would make the lines too long */
        & > .check-detail--quiet { color: $muted; }
        & > .check-detail--good { color: $success; }
        & > .check-detail--warn { color: $warning; }
        & > .check-detail--bad { color: $error; }
        & > .check-detail--accent { color: $primary; }
        & > Static { width: 1fr; height: auto; padding: 0 1; }
    }
    """

    class Resized(Message):
        """The width or the theme changed: the page must be drawn again."""

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

    def on_mount(self) -> None:
        """Ask for the page again whenever the theme changes."""
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def _theme_changed(self, _: Theme) -> None:
        """Draw again once the colours of the theme are known, because the text holds them."""
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        """Ask for the page in the new width."""
        self.post_message(self.Resized())

    def show(self, subject: str, page: Page) -> None:
        """Show this page; `subject` is the code of its check."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)
        self._text.update(Content("\n").join(self._contents(page)))

    def show_line(self, line: int) -> None:
        """Scroll until this line and those below it can be read."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not top <= line < top + height // 2:
            self.scroll_to(y=max(0, line - 1), animate=False)

    def scroll_pages(self, pages: float) -> None:
        """Scroll by so many pages."""
        self.scroll_relative(y=round(pages * self.scrollable_content_region.height), animate=False)

    def _contents(self, page: Page) -> list[Content]:
        styles = {look: self.get_visual_style(f"check-detail--{look.value}", partial=True) for look in Look}
        bold = Style(bold=True)

        def style(piece: Piece) -> Style:
            drawn = styles[piece.look] + bold if piece.strong else styles[piece.look]
            return drawn + Style(link=piece.url) if piece.url else drawn

        return [Content.assemble(*((piece.text, style(piece)) for piece in line)) for line in page.lines]
