"""Asks questions that are answered with yes or by going back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.sheet import Sheet


class Question(Sheet):
    """A question in a sheet; dismissed with True for yes, False for going back."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self._lines = tuple(lines)

    def text(self) -> Content:
        """Return the lines of the question."""
        return Content("\n").join([Content(harmless(line)) for line in self._lines])

    def action_confirm(self) -> None:
        """Answer yes."""
        self.dismiss(True)


class ConfirmScreen(Question):
    """A plain question."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)


class QuitScreen(Question):
    """Asks whether to quit while tunnels run; quitting closes them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.QUIT)


class LeftoversScreen(Question):
    """Asks whether to clean up the sessions and plugins that a killed smtui left behind."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LEFTOVERS)
