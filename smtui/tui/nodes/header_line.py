"""The line above everything: who we are to AWS and where, which plugin, how many nodes, how old the list is."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from smtui.tui.nodes.header_words import HeaderFacts, Tone, header_line


class HeaderLine(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"header-line--{tone.value}" for tone in Tone}
    DEFAULT_CSS = """
    HeaderLine {
        height: 1;
        background: $panel;
        & > .header-line--name { color: $primary; text-style: bold; }
        & > .header-line--quiet { color: $foreground 65%; }
        & > .header-line--good { color: $success; }
        & > .header-line--warn { color: $warning; text-style: bold; }
    }
    """

    facts: reactive[HeaderFacts | None] = reactive(None)

    def render(self) -> Content:
        if self.facts is None:
            return Content.empty()
        return Content.assemble(
            *(
                (text, self.get_visual_style(f"header-line--{tone.value}", partial=True))
                for text, tone in header_line(self.facts, self.size.width)
            )
        )
