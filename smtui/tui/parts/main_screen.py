"""What the screens beside the list have in common: a title, a way back, and their part of the command table."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import Screen

from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.working import Inner

_Result = TypeVar("_Result")


class MainScreen(Inner, Screen[_Result]):
    """A screen that fills the terminal; the list of nodes lies below it."""

    SCOPE: ClassVar[Scope]
    """Of its own commands."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)

    not_in_footer: Collection[str] = ("palette",)
    """Ids of commands that the footer leaves out; their keys work all the same."""

    def step_aside(self) -> None:
        """Prepare for another screen that takes the place of this one."""

    def leave(self) -> None:
        """Go back to the screen below."""
        self.app.pop_screen()
