"""Shows what could not be read, for as long as that is true: one problem in full, several one a line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from smtui.domain.text import harmless

MOST_LINES = 3


class ProblemLines(Static):
    """Several problems are cut at the edge; a click shows them in full, as the details do."""

    DEFAULT_CSS = """
    ProblemLines {
        height: auto;
        display: none;
        padding: 0 1;
        color: $warning;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &.-some { display: block; }
        &.-one { text-wrap: wrap; max-height: 4; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._sentences: tuple[str, ...] = ()

    def show(self, sentences: Sequence[str]) -> None:
        """Show these sentences; hide when there are none."""
        clean = tuple(harmless(sentence) for sentence in sentences)
        if clean == self._sentences:
            return
        self._sentences = clean
        lines = [f"! {sentence}" for sentence in clean]
        if len(lines) > MOST_LINES:
            lines[MOST_LINES - 1 :] = [f"! … and {len(lines) - MOST_LINES + 1} more (i shows all of them)"]
        self.update(Content("\n".join(lines)))
        self.set_class(bool(clean), "-some")
        self.set_class(len(clean) == 1, "-one")

    def on_click(self) -> None:
        """Show all sentences in full, as a notification."""
        self.notify("\n".join(self._sentences), severity="warning", markup=False)
