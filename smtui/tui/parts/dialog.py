"""Lays out every dialog: a light frame with the title in it, the body, the news and the keys."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.key_footer import KeyFooter
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.parts.working import Inner

MOST_NEWS_LINES = 3
"""Lines of the news above the keys of a dialog, where nothing else shows them whole."""
_TITLE_FRAME = 6
"""Cells of the top line that the frame takes."""

_Result = TypeVar("_Result")


def fitting_title(parts: tuple[str, ...], width: int) -> str:
    """Return the parts that fit `width` cells, joined by ` · `; the last ones go first, the first one stays."""
    kept = [part for part in parts if part]
    while len(kept) > 1 and cell_len(" · ".join(kept)) > width:
        kept.pop()
    return " · ".join(kept)


class Dialog(Inner, ModalScreen[_Result]):
    """68 cells wide where there is room, 76 at 80 columns, the whole screen below that. A subclass composes `body`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)
    HORIZONTAL_BREAKPOINTS = [(0, "-whole"), (80, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012 - as Textual declares it
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background;
        &:ansi { background: $background; }
        & > #sheet {
            width: 68;
            max-width: 95%;
            height: auto;
            max-height: 95%;
            border: solid $muted;
            border-title-color: $primary;
            border-title-style: bold;
            background: $surface;
        }
        &.-narrow > #sheet { width: 76; max-height: 22; }
        &.-narrow.-low > #sheet, &.-wide.-low > #sheet { max-height: 100%; }
        &.-whole > #sheet { width: 100%; max-width: 100%; height: 100%; max-height: 100%; }
        & #foot { dock: bottom; height: auto; }
        & KeyFooter { background: $surface; }
    }
    """

    def __init__(self, title: str, *details: str) -> None:
        """`details` follow in the title as far as there is room."""
        super().__init__()
        self._titles = tuple(harmless(part) for part in (title, *details))

    def body(self) -> ComposeResult:
        """Compose what stands between the title and the keys."""
        yield from ()

    def inside(self) -> ComposeResult:
        """Compose the body with what a kind of dialogs puts around it."""
        yield from self.body()

    def compose(self) -> ComposeResult:
        """Lay out the title, the body, the news and the keys."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(self._titles[0])  # a string would be read as markup
            yield from self.inside()
            with Vertical(id="foot"):
                yield StatusLine(most=MOST_NEWS_LINES, command="")
                yield KeyFooter()

    @property
    def _title(self) -> str:
        return self._titles[0]

    def on_resize(self) -> None:
        """Fit the title."""
        self.call_after_refresh(self.show_title)

    def show_title(self) -> None:
        """Show as much of the title as fits."""
        for box in self.query("#sheet"):
            title = fitting_title(self._titles, box.outer_size.width - _TITLE_FRAME)
            box.border_title = Content(title)
