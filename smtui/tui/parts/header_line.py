"""Draws the top line of every main screen, and goes to the screen whose tab is clicked."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from smtui.tui.parts.header_layout import HeaderFacts, Pieces, Tone, header_line


class HeaderLine(Widget):
    """Draws `facts` in one line; empty before there are any."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"header-line--{tone.value}" for tone in Tone}
    DEFAULT_CSS = """
    HeaderLine {
        height: 1;
        background: $panel;
        & > .header-line--name { color: $primary; text-style: bold; }
        & > .header-line--title { text-style: bold; }
        & > .header-line--quiet { color: $muted; }
        & > .header-line--good { color: $success; }
        & > .header-line--warn { color: $warning; text-style: bold; }
        & > .header-line--bad { color: $error; }
    }
    """

    facts: reactive[HeaderFacts | None] = reactive(None)

    @property
    def pieces(self) -> Pieces:
        """What is shown now, from the left."""
        return header_line(self.facts, self.size.width) if self.facts is not None else ()

    def render(self) -> Content:
        """Return the line for the widget's width."""
        parts: list[tuple[str, Style]] = []
        for piece in self.pieces:
            text, style = piece.text.lstrip(" "), self._style(piece.tone)
            parts += ((" " * (len(piece.text) - len(text)), style), (text, style))  # an SVG loses blanks in front
        return Content.assemble(*parts)

    def _style(self, tone: Tone) -> Style:
        style = self.get_visual_style(f"header-line--{tone.value}", partial=True)
        return style + Style(reverse=True) if tone is Tone.HERE else style  # `text-style: reverse` is lost in it

    async def on_click(self, event: events.Click) -> None:
        """Go to the screen whose tab or lamp was clicked."""
        end = 0
        for piece in self.pieces:
            end += cell_len(piece.text)
            if event.x < end:
                if piece.goes_to:
                    await self.screen.run_action(f"app.go('{piece.goes_to.lower()}')")
                return
