"""Lists what is wrong now, and everything that smtui has said since it started, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from smtui.domain.text import harmless_lines
from smtui.tui.parts.sheet import Sheet
from smtui.tui.parts.status_line import MARKS

if TYPE_CHECKING:
    from smtui.tui.news import Message

_NOW = "now"
_TIME = len("12:34:56")


class MessagesScreen(Sheet):
    """The problems, then the messages with their times, each whole."""

    def __init__(self, problems: Sequence[str], messages: Sequence[Message]) -> None:
        super().__init__("Messages")
        self._problems = problems
        self._messages = messages

    def text(self) -> Content:
        """Return a paragraph for each."""
        return Content("\n".join(self._paragraphs()) or "smtui has said nothing yet.")

    def _paragraphs(self) -> Iterator[str]:
        for sentence in self._problems:
            yield _paragraph(_NOW, MARKS["warning"], sentence)
        for message in self._messages:
            yield _paragraph(f"{message.said_at.astimezone():%H:%M:%S}", MARKS[message.severity], message.text)


def _paragraph(when: str, mark: str, text: str) -> str:
    first, *others = harmless_lines(text)
    return "\n".join(
        [f"{when.ljust(_TIME)}  {mark or '  '}{first}", *(f"{' ' * (_TIME + 4)}{line}" for line in others)]
    )
