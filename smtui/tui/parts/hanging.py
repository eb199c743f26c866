"""Wraps text so that further lines hang below its own first letter; breaks no option, id or quoted word that fits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from smtui.domain.text import harmless
from smtui.domain.wrapping import HangingLine, hanging

_WORD = re.compile(r"""(?:\\.|[^\s'"\\]|'[^']*'|"[^"]*"|['"\\])+""")
"""A word of a command, with its quoted blanks."""
_LEAD = re.compile(r"\s*(?:\S\s{2,})?")
COMMAND_INDENT = 2
"""Cells by which the further lines of a command hang."""


def hang(text: str, width: int, indent: int = 0) -> list[str]:
    """Break harmless text at blanks; lines after the first begin with `indent` blanks.

    Blanks in front stay, and so do those behind a mark, where there is room.
    """
    found = _LEAD.match(text)
    lead = found[0] if found and cell_len(found[0]) < width else ""
    first, *others = hanging(text[len(lead) :], width, indent, cell_len, first=cell_len(lead))
    lines = [f"{lead}{first.text}".rstrip(), *map(_indented, others)]
    return lines[1:] if others and not lines[0] else lines


def hanging_command(command: str, width: int, lead: str = "") -> list[str]:
    """Break a harmless command line between its words; `lead` stands in front of it, in words of its own.

    Only a word longer than a line is broken: at its blanks, behind a comma, else where the line ends.
    """
    *above, last = hang(lead, width, COMMAND_INDENT)
    words = _WORD.findall(command)
    if not words:
        return [*above, last]
    start = f"{last}  " if last else ""
    first, *others = hanging(words, width, COMMAND_INDENT, cell_len, first=cell_len(start))
    lines = [f"{start}{first.text}".rstrip(), *map(_indented, others)]
    return [*above, *(lines if lines[0] else lines[1:])]


def _indented(line: HangingLine) -> str:
    return f"{' ' * line.column}{line.text}".rstrip()


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
