"""Lays out text in paragraphs that hang beside what leads them, and shows it at any width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.content import Content
from textual.dom import DOMNode
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from smtui.domain.text import harmless
from smtui.domain.wrapping import hanging
from smtui.tui.parts.cursor_list import Look


@dataclass(frozen=True, slots=True)
class Piece:
    """Harmless text and how it is drawn."""

    text: str
    look: Look = Look.PLAIN
    strong: bool = False
    url: str = ""
    """The link that a terminal opens from this piece, if any; always the whole link."""
    action: str = ""
    """What a click on it does, as Textual names it."""


Line = tuple[Piece, ...]


@dataclass
class Paragraphs:
    """Lines of at most `width` cells."""

    width: int
    lines: list[Line] = field(default_factory=list)

    def write(self, text: str, look: Look = Look.PLAIN, *, lead: str = "", lead_look: Look = Look.QUIET) -> None:
        """Add a paragraph; `lead` stands before its first line."""
        self.hang((Piece(lead, lead_look),), text, look, cell_len(lead))

    def hang(
        self, leads: Sequence[Piece], text: str | Sequence[str], look: Look, column: int, *, gap: str = " "
    ) -> None:
        """Add a paragraph whose lines begin in this column; a sequence holds words that are broken only if they must.

        A word that does not fit there begins further left.
        """
        words = harmless(text) if isinstance(text, str) else [harmless(word) for word in text]
        starts = sum(cell_len(piece.text) for piece in leads)
        first, *others = hanging(words, self.width, column, cell_len, first=starts, gap=gap)
        if first.text or any(piece.text.strip() for piece in leads):
            self.lines.append((*leads, Piece(first.text, look)))
        self.lines += [(Piece(" " * line.column), Piece(line.text, look)) for line in others]

    def text(self) -> str:
        """Return the lines as plain text."""
        return "\n".join("".join(piece.text for piece in line).rstrip() for line in self.lines)


def page_content(page: Paragraphs) -> Content:
    """Return the lines in the colours of their looks."""
    return Content("\n").join([Content.assemble(*map(_content, line)) for line in page.lines])


def _content(piece: Piece) -> Content:
    style, text = f"{piece.look.role}{' bold' if piece.strong else ''}", piece.text.lstrip(" ")
    # Blanks in front stand alone: a piece that began with them would lose them where the screen is drawn as SVG.
    content = Content.assemble((" " * (len(piece.text) - len(text)), style), (text, style))
    if piece.action:
        content = content.stylize(Style.from_meta({"@click": piece.action}))
    return content.stylize(Style(link=piece.url)) if piece.url else content


def redraw_pages(within: DOMNode) -> None:
    """Write every `PageText` in a screen or widget anew; while that closes, there is none."""
    for text in within.query(PageText):
        text.refresh(layout=True)


class PageText(Widget):
    """Text that is written anew for each width."""

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    PageText { width: 1fr; height: auto; padding: 0 1; }
    """

    def __init__(self, write: Callable[[int], Paragraphs]) -> None:
        """`write` returns the lines for a width."""
        super().__init__()
        self.write = write

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are at this width."""
        return len(self.write(max(1, width)).lines)

    def render(self) -> Content:
        """Return the lines for the present width."""
        return page_content(self.write(max(1, self.content_size.width)))
