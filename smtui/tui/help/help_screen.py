"""Shows the help (`?`): what one searches by typing, the keys of this screen first."""

from __future__ import annotations

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.help.help_lines import HEADING, MORE, NAME, TERM, HelpLines, help_lines, next_part
from smtui.tui.help.help_sections import count, found, help_sections
from smtui.tui.parts.badges import BADGE_CLASSES
from smtui.tui.parts.search_sheet import SearchSheet


class HelpText(Static):
    """The lines of the help."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {HEADING, TERM, NAME, MORE, *BADGE_CLASSES}
    DEFAULT_CSS = """
    HelpText {
        & > .help--heading { color: $primary; text-style: bold; }
        & > .help--term { color: $primary; }
        & > .help--more { color: $muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.shown = HelpLines((), ())

    def show(self, shown: HelpLines, otherwise: str) -> None:
        """Show these lines, or a sentence if there are none."""
        self.shown = shown
        lines = [
            Content.assemble(
                *((text, self.get_visual_style(part, partial=True)) if part else text for text, part in pieces)
            )
            for pieces in shown.lines
        ]
        self.update(Content("\n").join(lines) if lines else Content(otherwise))


class HelpScreen(SearchSheet):
    """What can be done here and anywhere, and what the screens' words mean."""

    AUTO_FOCUS = "ReadingPane"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.HELP)
    DEFAULT_CSS = """
    HelpScreen {
        &.-boxed > #sheet { width: 76; height: 92%; max-height: 40; }
        &.-roomy > #sheet { width: 104; height: 92%; max-height: 40; }
        & ReadingPane { scrollbar-gutter: stable; }
    }
    """

    footer_labels: ClassVar[dict[str, str]] = {"read.up": "Move"}

    lines = getters.query_one(HelpText)

    def __init__(self, here: Scope = Scope.NODES) -> None:
        """The keys of `here` come first."""
        super().__init__("Help")
        self._all = help_sections(here)
        self._found = self._all

    def body(self) -> ComposeResult:
        """The lines."""
        yield HelpText()

    @property
    def hint(self) -> str:
        """How to search."""
        return "type to search"

    @property
    def tail(self) -> str:
        """How many lines match."""
        return f"{count(self._found)} of {count(self._all)}"

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        super().on_resize()
        self.call_after_refresh(self._show)

    def typed_changed(self) -> None:
        """Show the lines that match, from the top."""
        self._found = found(self._all, self.typed)
        self._show()
        self.pane.scroll_home(animate=False)

    def _show(self) -> None:
        for text in self.query(HelpText):  # none before it is composed
            width = max(1, self.pane.scrollable_content_region.width - 2)
            text.show(help_lines(self._found, width), f"Nothing here mentions {harmless(self.typed.strip())}.")

    def action_next_part(self) -> None:
        """Scroll to the next part, from the last one to the first."""
        top, last_top = self.pane.scroll_offset.y, self.pane.max_scroll_y
        self.pane.scroll_to(y=next_part(self.lines.shown.parts, top, last_top), animate=False)

    def action_back(self) -> None:
        """Clear the search, else go back."""
        if self.typed:
            self.type("")
        else:
            self.leave()
