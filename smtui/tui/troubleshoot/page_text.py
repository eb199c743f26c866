"""Shows a `Page` that is written anew for each width."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

if TYPE_CHECKING:
    from smtui.tui.troubleshoot.page_lines import Page, Piece


def page_content(page: Page) -> Content:
    """Return the lines of a page in the colours of its looks."""
    return Content("\n").join([Content.assemble(*map(_content, line)) for line in page.lines])


def _content(piece: Piece) -> Content:
    style, text = f"{piece.look.role}{' bold' if piece.strong else ''}", piece.text.lstrip(" ")
    # Blanks in front stand alone: a piece that began with them would lose them where the screen is drawn as SVG.
    content = Content.assemble((" " * (len(piece.text) - len(text)), style), (text, style))
    if piece.action:
        content = content.stylize(Style.from_meta({"@click": piece.action}))
    return content.stylize(Style(link=piece.url)) if piece.url else content


class PageText(Widget):
    """The text of a dialog: hangs beside its marks and labels at every width."""

    DEFAULT_CSS = """
    PageText { width: 1fr; height: auto; padding: 0 1; }
    """

    def __init__(self, write: Callable[[int], Page]) -> None:
        """`write` returns the page for a width."""
        super().__init__()
        self._write = write

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the page has at this width."""
        return len(self._write(max(1, width)).lines)

    def render(self) -> Content:
        """Return the page for the present width."""
        return page_content(self._write(max(1, self.content_size.width)))
