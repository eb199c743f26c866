"""What the screens beside the list have in common: a title, a way back, and their part of the command table."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_selection
from smtui.tui.parts.working import Working


class MainScreen(Working, Screen[None]):
    SCOPE: ClassVar[Scope]
    """Of its own commands."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_interrupt(self) -> None:
        if not copy_selection(self):
            self.action_back()
