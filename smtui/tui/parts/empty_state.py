"""Fills the list's place while there is nothing to list."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from smtui.domain.text import harmless


class EmptyState(Static):
    """Sentences over the empty list; hidden while there are none."""

    DEFAULT_CSS = """
    EmptyState {
        display: none;
        layer: above;
        width: 100%;
        height: auto;
        margin: 2 0 0 0;
        padding: 0 2;
        color: $muted;
        background: $background;
        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, *sentences: str) -> None:
        """Show one sentence a line; hide when there are none."""
        self.set_class(bool(sentences), "-shown")
        self.update(Content("\n".join(harmless(sentence) for sentence in sentences)))
