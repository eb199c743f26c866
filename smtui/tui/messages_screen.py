"""Lists what is wrong now, and everything that smtui has said since it started, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from smtui.domain.text import harmless_lines
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import PageText, Paragraphs, Piece
from smtui.tui.parts.sheet import Sheet
from smtui.tui.parts.status_line import MARKS

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from smtui.tui.news import Message

_TEXT = len("12:34:56  ✕ ")
"""The column of the texts."""
_LOOKS = {"information": Look.PLAIN, "warning": Look.WARN, "error": Look.BAD}


class MessagesScreen(Sheet):
    """The problems, then the messages with their times, each whole."""

    def __init__(self, problems: Sequence[str], messages: Sequence[Message]) -> None:
        super().__init__("Messages")
        self._problems = problems
        self._messages = messages

    def body(self) -> ComposeResult:
        """A paragraph for each."""
        yield PageText(self._written)

    def _written(self, width: int) -> Paragraphs:
        page = Paragraphs(width)
        for sentence in self._problems:
            _add(page, "now", sentence, "warning")
        for message in self._messages:
            _add(page, f"{message.said_at.astimezone():%H:%M:%S}", message.text, message.severity)
        if not page.lines:
            page.write("smtui has said nothing yet.")
        return page


def _add(page: Paragraphs, when: str, text: str, severity: SeverityLevel) -> None:
    mark = MARKS[severity]
    lead = when.ljust(_TEXT - len(mark))
    for line in harmless_lines(text):
        page.hang((Piece(lead, Look.QUIET), Piece(mark, _LOOKS[severity])), line, _LOOKS[severity], _TEXT)
        lead, mark = " " * _TEXT, ""
