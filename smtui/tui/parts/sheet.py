"""A dialog of text: the base of help, questions and logs."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.reading_pane import ReadingPane


class Sheet(Dialog[bool]):
    """A modal box of text; dismissed with False for going back, by subclasses with True for what they offer."""

    DEFAULT_CSS = """
    Sheet {
        & > #sheet { width: 104; }
        & ReadingPane { height: auto; max-height: 100%; background: $surface; }
        & Static { width: 1fr; height: auto; padding: 0 1; }
    }
    """

    def body(self) -> ComposeResult:
        """Compose the text of the sheet."""
        yield Static(self.text(), markup=False)

    def text(self) -> Content:
        """Return the text, for a sheet that shows nothing else."""
        return Content.empty()

    def inside(self) -> ComposeResult:
        """Lay out the scrolling text."""
        with ReadingPane():
            yield from self.body()

    def leave(self) -> None:
        """Go back."""
        self.dismiss(False)
