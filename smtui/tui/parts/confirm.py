"""Asks questions that are answered with yes or by going back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.hanging import HangingText
from smtui.tui.parts.sheet import Sheet

_MARKS = frozenset("●◐◌○↻✕?⠋")
_MARK_INDENT = 3
UNANSWERED_SECONDS = 0.6
"""How long a question that comes up by itself takes no answer."""


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
    """Asks whether to clean up the sessions and plugins that a killed smtui left behind.

    It comes up by itself: a key that was meant for the list must not answer it. Its keys work, and are shown, only once
    it has been on the screen for a moment.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LEFTOVERS)

    def __init__(self, title: str, lines: Sequence[str], clock: Callable[[], float] = monotonic) -> None:
        super().__init__(title, lines)
        self._clock = clock
        self._painted_at: float | None = None

    @property
    def takes_answers(self) -> bool:
        """Whether its keys work."""
        return self._painted_at is not None and self._clock() - self._painted_at >= UNANSWERED_SECONDS

    def on_mount(self) -> None:
        """Wait until it has been painted."""
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._painted_at = self._clock()
        self._waking = self.set_interval(UNANSWERED_SECONDS / 4, self._show_keys)

    def _show_keys(self) -> None:
        if self.takes_answers:
            self._waking.stop()
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the answers once they count."""
        return self.takes_answers if action in ("confirm", "back") else True

    def leave(self) -> None:
        """Leave them, unless ctrl+c was meant for the list."""
        if self.takes_answers:
            super().leave()
