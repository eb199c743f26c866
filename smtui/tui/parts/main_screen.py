"""What the screens beside the list have in common: a title, a way back, and their part of the command table."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import Screen

from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_selection
from smtui.tui.parts.working import Working

_Result = TypeVar("_Result")


class MainScreen(Working, Screen[_Result]):
    """A screen that fills the terminal; the list of nodes lies below it."""

    SCOPE: ClassVar[Scope]
    """Of its own commands."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)

    def step_aside(self) -> None:
        """Prepare for another screen that takes the place of this one."""

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.app.pop_screen()

    def action_interrupt(self) -> None:
        """Copy what is selected, else go back."""
        if not copy_selection(self):
            self.action_back()
