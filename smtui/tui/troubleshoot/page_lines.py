"""Lays out a page line by line: paragraphs that hang beside their labels, commands, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.domain.text import harmless
from smtui.domain.wrapping import laid_out
from smtui.tui.parts.cells import chop
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece

if TYPE_CHECKING:
    from smtui.topics.topic import ReadyCommand, WithheldCommand

CHOSEN = "▌"
_ROOMY = 90
"""From this width on, sections are parted by empty lines."""
_WIDE, _WIDE_LABEL, _LABEL = 70, 13, 10
"""From a width of 70 cells on, labels take 13 of them; else 10."""
_BREAKABLE = re.compile(r"\S+\s*|\s+")


@dataclass
class Page(Paragraphs):
    """Paragraphs with labels beside them, and the commands among them that can be copied."""

    choices: list[ReadyCommand | WithheldCommand] = field(default_factory=list)
    """The fixes, then the commands that only read."""
    chosen: int = 0
    """The choice that is marked and copied."""
    chosen_line: int = 0
    """The line at which it begins."""
    folds: bool = False
    """Whether the page has a part that is folded to a line."""
    _label: str = ""

    @property
    def column(self) -> int:
        """The column in which labelled text begins."""
        return _WIDE_LABEL if self.width >= _WIDE else _LABEL

    def gap(self) -> None:
        """Add an empty line, unless the last one is empty or space is scarce."""
        if self.width >= _ROOMY and self.lines and self.lines[-1]:
            self.lines.append(())

    def label(self, text: str) -> None:
        """Begin a section: the label stands left of what is written next with `item`."""
        self.gap()
        self._label = text

    def heading(self, text: str) -> None:
        """Add a heading on a line of its own."""
        self.gap()
        self.lines.append((Piece(text, Look.ACCENT, strong=True),))

    def item(self, text: str, look: Look = Look.PLAIN, *, lead: str = "") -> None:
        """Add a paragraph to the section; `lead` stands before its first line, in its column."""
        label, self._label = self._label, ""
        before = label.ljust(max(self.column, cell_len(label) + 2 if label else 0))
        leads = (Piece(before, Look.ACCENT, strong=True), Piece(lead, Look.QUIET))
        self.hang(leads, text, look, self.column + cell_len(lead))

    def command(self, command: ReadyCommand, indent: int) -> None:
        """Add the lines of a command, whole; marked if it is the chosen one."""
        is_chosen = self.choices[self.chosen] is command
        lead = Piece(" " * indent + (f"{CHOSEN} " if is_chosen else "  "), Look.ACCENT)
        for line in self._command_lines(command, max(1, self.width - cell_len(lead.text))):
            self.lines.append((lead, Piece(line, Look.ACCENT)))

    def _command_lines(self, command: ReadyCommand, room: int) -> Iterator[str]:
        for argv in command.argvs:
            yield from laid_out(argv, command.shell, room, cell_len)
        for line in () if command.argvs else command.lines:
            yield from (piece.rstrip() for piece in break_exactly(harmless(line), room))

    def exact(self, text: str, look: Look = Look.PLAIN, *, indent: int = 0) -> None:
        """Add text that loses nothing but the blanks at the ends of lines; broken only where it must be."""
        for line in break_exactly(text, max(1, self.width - indent)):
            self.lines.append((Piece(" " * indent), Piece(line.rstrip(), look)))

    def link(self, url: str) -> None:
        """Add a link in one line, indented less if it must be; cut only if no line can hold it."""
        url = harmless(url)
        indent = max(0, min(self.column, self.width - cell_len(url)))
        for piece in chop(url, max(1, self.width - indent)):
            self.lines.append((Piece(" " * indent), Piece(piece, Look.QUIET, url=url)))


def break_exactly(text: str, width: int) -> list[str]:
    """Break harmless text into lines of at most `width` cells, which joined give the text again."""
    lines = [""]
    for word in _BREAKABLE.findall(text):
        if lines[-1] and cell_len(lines[-1] + word.rstrip()) > width:
            lines.append("")
        first, *more = chop(lines[-1] + word, width) if cell_len(word.rstrip()) > width else [lines[-1] + word]
        lines[-1] = first
        lines += more
    return lines
