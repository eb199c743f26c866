"""The top line of the list: account and Region, plugin, number of nodes, age of the list."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from smtui.tui.nodes.header_words import HeaderFacts, Tone, header_line


class HeaderLine(Widget):
    """Draws `facts` in one line; empty before there are any."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"header-line--{tone.value}" for tone in Tone}
    DEFAULT_CSS = """
    HeaderLine {
        height: 1;
        background: $panel;
        & > .header-line--name { color: $primary; text-style: bold; }
        & > .header-line--quiet { color: $muted; }
        & > .header-line--good { color: $success; }
        & > .header-line--warn { color: $warning; }
    }
    """

    facts: reactive[HeaderFacts | None] = reactive(None)

    def render(self) -> Content:
        """Return the line for the widget's width."""
        if self.facts is None:
            return Content.empty()
        return Content.assemble(
            *(
                (text, self.get_visual_style(f"header-line--{tone.value}", partial=True))
                for text, tone in header_line(self.facts, self.size.width)
            )
        )
