"""Asks questions that are answered with yes or by going back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.hanging import HangingText
from smtui.tui.parts.sheet import Sheet

_MARKS = frozenset("●◐◌○↻✕?⠋")
_MARK_INDENT = 3


class Question(Sheet):
    """The title asks, the rows name what is at stake. Dismissed with True for yes, False for going back."""

    DEFAULT_CSS = """
    Question > #sheet { width: 68; }
    """

    def __init__(self, title: str, lines: Sequence[str], *details: str) -> None:
        """A line that begins with a mark and blanks hangs behind these."""
        super().__init__(title, *details)
        self._lines = tuple(lines)

    def body(self) -> ComposeResult:
        """Compose the lines."""
        yield HangingText([(_indent(line), line) for line in self._lines])

    def action_confirm(self) -> None:
        """Answer yes."""
        self.dismiss(True)


def _indent(line: str) -> int:
    return _MARK_INDENT if line[:1] in _MARKS and line[1:_MARK_INDENT].isspace() else 0


class ConfirmScreen(Question):
    """A plain question; its key says what yes does."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)

    def __init__(self, title: str, lines: Sequence[str], yes: str) -> None:
        """`yes` is what is done, in a word or two."""
        super().__init__(title, lines)
        self.footer_labels = {"confirm.yes": yes}


class QuitScreen(Question):
    """Asks whether to quit while tunnels run; quitting closes them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.QUIT)


class LeftoversScreen(Question):
    """Asks whether to clean up the sessions and plugins that a killed smtui left behind."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LEFTOVERS)
