"""Questions that are answered with yes or by going back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.sheet import Sheet


class Question(Sheet):
    """Dismissed with True for yes."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self._lines = tuple(lines)

    def text(self) -> Content:
        return Content("\n").join([Content(harmless(line)) for line in self._lines])

    def action_confirm(self) -> None:
        self.dismiss(True)


class ConfirmScreen(Question):
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)


class QuitScreen(Question):
    """Asked only while tunnels run: they are closed with the program."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.QUIT)


class LeftoversScreen(Question):
    """Sessions and plugins of a smtui that was killed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LEFTOVERS)
