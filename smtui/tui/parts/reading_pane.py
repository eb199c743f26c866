"""A text pane that scrolls with the keys that move the list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from smtui.tui.commands import Scope, bindings


class ReadingPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Scrolls with the keys of the list; takes the focus."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.READING)
    DEFAULT_CSS = """
    ReadingPane {
        scrollbar-size-vertical: 1;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
    }
    """

    def action_half_page(self, direction: int) -> None:
        """Scroll half a page down (1) or up (-1)."""
        self.scroll_relative(y=direction * self.size.height // 2, animate=False)
