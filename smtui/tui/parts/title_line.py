"""The top line of every screen but the list: its name, a summary, and the keys of the other screens."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell

_TABS = (("1", "Nodes"), ("2", "Tunnels"), ("4", "Presets"))


class TitleLine(Widget):
    """One line with the name of the screen, `words` and the tabs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title-line--name", "title-line--quiet", "title-line--here"}
    DEFAULT_CSS = """
    TitleLine {
        height: 1;
        background: $panel;
        & > .title-line--name { color: $primary; text-style: bold; }
        & > .title-line--quiet { color: $muted; }
        & > .title-line--here { text-style: bold; }
    }
    """

    words = reactive("")
    """A short summary of what the screen shows."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def render(self) -> Content:
        """Return the line; `words` are cut where the width ends."""
        name, quiet, here = (
            self.get_visual_style(f"title-line--{part}", partial=True) for part in ("name", "quiet", "here")
        )
        tabs = [(f" {key} {title} ", here if title == self._title else quiet) for key, title in _TABS]
        left = ((" smtui  ", name), (self._title, here), ("  ", quiet))
        room = self.size.width - sum(cell_len(text) for text, _ in (*left, *tabs))
        return Content.assemble(*left, (cell(harmless(self.words), max(0, room)), quiet), *tabs)
