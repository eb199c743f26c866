"""A titled box of text over the list, with its keys below: the base of help, questions and notices."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.key_footer import KeyFooter
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.parts.working import Inner

MOST_NEWS_LINES = 3
"""Lines of the news above the keys of a dialog, where nothing else shows them whole."""


class Sheet(Inner, ModalScreen[bool]):
    """A modal box of text; dismissed with False for going back, by subclasses with True for what they offer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)
    DEFAULT_CSS = """
    Sheet {
        align: center middle;
        &, &:ansi { background: $background; }
        & > #sheet {
            width: 96;
            max-width: 96%;
            height: auto;
            max-height: 92vh;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            background: $surface;
        }
        & ReadingPane { height: auto; max-height: 100%; background: $surface; }
        & Static { width: 1fr; height: auto; padding: 0 1; }
        & #foot { dock: bottom; height: auto; }
        & KeyFooter { background: $surface; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = harmless(title)

    def body(self) -> ComposeResult:
        """Compose the text of the sheet."""
        yield Static(self.text(), markup=False)

    def text(self) -> Content:
        """Return the text, for a sheet that shows nothing else."""
        return Content.empty()

    def compose(self) -> ComposeResult:
        """Lay out the title, the scrolling text and the keys."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(self._title)  # a string would be read as markup
            with ReadingPane():
                yield from self.body()
            with Vertical(id="foot"):
                yield StatusLine(most=MOST_NEWS_LINES, key="")
                yield KeyFooter()

    def leave(self) -> None:
        """Go back."""
        self.dismiss(False)
