"""Shows a `Page` that is written anew for each width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from smtui.tui.parts.row_table import Look

if TYPE_CHECKING:
    from smtui.tui.troubleshoot.page_lines import Page, Piece

STYLES: Mapping[Look, str] = MappingProxyType(
    {
        Look.PLAIN: "",
        Look.QUIET: "$muted",
        Look.GOOD: "$success",
        Look.WARN: "$warning",
        Look.BAD: "$error",
        Look.ACCENT: "$primary",
    }
)


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
        page = self._write(max(1, self.content_size.width))
        return Content("\n").join(
            [Content.assemble(*((piece.text, _style(piece)) for piece in line)) for line in page.lines]
        )


def _style(piece: Piece) -> str:
    return f"{STYLES[piece.look]}{' bold' if piece.strong else ''}".strip()
