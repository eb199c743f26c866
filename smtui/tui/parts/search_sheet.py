"""A sheet that is searched by typing: what is typed stands in its title, and the lines below follow at once."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events, getters
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from smtui.domain.text import harmless, printable
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.sheet import Sheet

LONGEST_SEARCH = 100
"""Characters; what is typed beyond them is ignored."""
_CURSOR = "█"
_LEAST_TYPED = 8
"""Cells of what is typed that are worth more than the tail."""
_FRAME = 4
"""Cells of the title's line that the frame takes."""
_COPYING = [each for each in bindings(Scope.INNER) if isinstance(each, Binding) and each.id == "inner-interrupt"]


def edited(text: str, key: str) -> str | None:
    """Return the text after an editing key; None if the key does not edit."""
    match key:
        case "backspace" | "ctrl+h":
            return text[:-1]
        case "ctrl+w" | "alt+backspace" | "ctrl+backspace":
            return text.rstrip().rpartition(" ")[0] + (" " if " " in text.rstrip() else "")
        case "ctrl+u":
            return ""
        case _:
            return None


def search_title(head: str, typed: str, tail: str, width: int) -> tuple[str, str, str]:
    """Return the three parts of a title that fit `width` cells: what is typed loses its beginning, the tail goes."""
    rest = f"· {tail}" if tail else ""
    room = width - cell_len(f"{head} · {_CURSOR} {rest}")
    if room < min(cell_len(typed), _LEAST_TYPED):
        room, rest = room + cell_len(rest) + 1, ""
    if cell_len(typed) > room:
        while typed and cell_len(typed) >= room:
            typed = typed[1:]
        typed = f"…{typed}"
    return f"{head} · ", f"{typed}{_CURSOR}{' ' if rest else ''}", rest


class SearchSheet(Sheet, inherit_bindings=False):
    """A modal sheet of a fixed size; a subclass composes `body` and implements `typed_changed`.

    Keys are letters here before they are commands, whatever has the focus, so that it takes keys from its first moment.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*_COPYING]
    HORIZONTAL_BREAKPOINTS = [(0, "-whole"), (72, "-boxed"), (110, "-roomy")]  # noqa: RUF012 - as Textual declares it
    DEFAULT_CSS = """
    SearchSheet {
        & > #sheet { width: 68; max-width: 100%; height: 22; max-height: 100%; border-title-style: none; }
        &.-whole > #sheet { width: 100%; height: 100%; }
        & ReadingPane { height: 1fr; }
    }
    """

    pane = getters.query_one(ReadingPane)

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.typed = ""
        """What the user searches for."""

    # What a subclass says ------------------------------------------------------------------------

    def typed_changed(self) -> None:
        """Show what fits `typed`."""

    @property
    def head(self) -> str:
        """The title before what is typed."""
        return self._title

    @property
    def hint(self) -> str:
        """What stands behind the text cursor as long as nothing is typed."""
        return ""

    @property
    def tail(self) -> str:
        """The title behind what is typed, such as a count."""
        return ""

    # Typing --------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show everything."""
        self.show_title()

    def on_resize(self) -> None:
        """Fit the title."""
        self.call_after_refresh(self.show_title)

    def on_key(self, event: events.Key) -> None:
        """Type a letter, or edit what is typed; all other keys are commands."""
        text = self.typed + event.character if event.is_printable and event.character else edited(self.typed, event.key)
        if text is not None:
            event.stop()
            event.prevent_default()
            self.type(text)

    def on_paste(self, event: events.Paste) -> None:
        """Type the first line of what is pasted."""
        event.stop()
        self.type(self.typed + printable(next(iter(event.text.splitlines()), "")))

    def type(self, text: str) -> None:
        """Search for this text."""
        text = text[:LONGEST_SEARCH]
        if text != self.typed:
            self.typed = text
            self.typed_changed()
            self.show_title()

    def show_title(self) -> None:
        """Draw the title with what is typed."""
        for box in self.query("#sheet").results(Vertical):  # none before it is composed
            typed = harmless(self.typed)
            tail = self.tail if self.typed else self.hint
            head, typed, tail = search_title(self.head, typed, tail, box.outer_size.width - _FRAME)
            box.border_title = Content.assemble((head, "$primary bold"), (typed, "$foreground"), (tail, "$muted"))
