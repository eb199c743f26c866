"""Wraps text so that further lines hang below its own first letter; breaks no option, id or quoted word that fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from smtui.domain.text import harmless
from smtui.tui.parts.cells import chop

_WORD = re.compile(r"""(?:\\.|[^\s'"\\]|'[^']*'|"[^"]*"|['"\\])+""")
"""A word of a command, with its quoted blanks."""
_PART = re.compile(r"[^,]*,|[^,]+")
_LEAD = re.compile(r"\s*(?:\S\s{2,})?")
COMMAND_INDENT = 2
"""Cells by which the further lines of a command hang."""


def hang(text: str, width: int, indent: int = 0) -> list[str]:
    """Break harmless text at blanks; lines after the first begin with `indent` blanks.

    Blanks in front stay, and so does a mark with blanks behind it.
    """
    lead = _LEAD.match(text)
    start = lead[0] if lead else ""
    return _filled(start, _spaced(text[len(start) :].split()), width, indent)


def hanging_command(command: str, width: int, lead: str = "") -> list[str]:
    """Break a harmless command line between its words; `lead` stands in front of it, in words of its own.

    Only a word longer than a line is broken: at its blanks, behind a comma, else where the line ends.
    """
    words = list(_shorter(_WORD.findall(command), width - COMMAND_INDENT))
    lines = _filled("", _spaced(lead.split()), width, COMMAND_INDENT)
    if not lead or not words:
        return lines if lead else _filled("", words, width, COMMAND_INDENT)
    return [*lines[:-1], *_filled(f"{lines[-1]}  ", words, width, COMMAND_INDENT)]


_Piece = tuple[str, str]
"""What stands between a piece and the one before it on the same line, and the piece."""


def _spaced(words: Iterable[str]) -> Iterator[_Piece]:
    return ((" ", word) for word in words)


def _filled(start: str, pieces: Iterable[_Piece], width: int, indent: int) -> list[str]:
    hung = " " * min(indent, max(0, width - 1))
    lines, line = [], start
    for gap, piece in pieces:
        joined = f"{line}{gap}{piece}" if line and line[-1] != " " else f"{line}{piece}"
        if cell_len(joined) <= width:
            line = joined
            continue
        if line.strip() and (line is not start or cell_len(hung + piece) <= width):
            lines.append(line.rstrip())
            line = hung
        *full, last = chop(piece, max(1, width - cell_len(line)))
        for part in full:
            lines.append(line + part)
            line = hung
        line += last
    return [*lines, line.rstrip()]


def _shorter(words: Iterable[str], width: int) -> Iterator[_Piece]:
    """Break the words that are longer than a line where that does least harm."""
    for word in words:
        if cell_len(word) <= width:
            yield " ", word
            continue
        for part in word.split():
            first, *others = [part] if cell_len(part) <= width else _PART.findall(part)
            yield " ", first
            yield from (("", other) for other in others)


class HangingText(Widget):
    """Lines of text, each as (indent, text), as high as they need to be; never cut."""

    ALLOW_SELECT = True
    DEFAULT_CSS = "HangingText { height: auto; width: 1fr; padding: 0 1; }"

    lines: reactive[tuple[tuple[int, str], ...]] = reactive((), layout=True)
    """Each is made harmless; the number is how far its further lines hang."""

    def __init__(self, lines: Sequence[tuple[int, str]] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.set_reactive(HangingText.lines, tuple(lines))

    def wrapped(self, width: int) -> list[str]:
        """Return the lines for this width."""
        return [line for indent, text in self.lines for line in hang(harmless(text), max(1, width), indent)]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the cells of the longest line."""
        return max((cell_len(text) for _, text in self.lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines it takes."""
        return len(self.wrapped(width))

    def render(self) -> Content:
        """Return the lines."""
        return Content("\n".join(self.wrapped(self.content_region.width)))


class HangingCommand(HangingText):
    """One command line behind a few words."""

    DEFAULT_CSS = "HangingCommand { color: $muted; }"

    lead: reactive[str] = reactive("", layout=True)
    """What stands in front of the command, or takes its place."""
    command: reactive[str] = reactive("", layout=True)

    def wrapped(self, width: int) -> list[str]:
        """Return the lines for this width."""
        return hanging_command(harmless(self.command), max(1, width), harmless(self.lead))
