"""Lays the help's sections out in lines of a given width, and finds the part that comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.tui.parts.hanging import hang

if TYPE_CHECKING:
    from smtui.tui.help.help_sections import HelpEntry, HelpSection

HEADING, TERM, NAME, MORE = "help--heading", "help--term", "help--name", "help--more"
"""The component classes of a line's pieces; a status has its own."""
BLANK = ""
"""Of blanks. They are pieces of their own: drawing an SVG loses those that a piece begins with."""

_INDENT = 2
_GAP = 2
_TERM_WIDTH, _NARROW_TERM_WIDTH = 15, 9
_WIDE = 60
"""Cells from which the terms get their whole column."""
_LEAST_TEXT = 24
"""With less room than this beside the term, the text goes below it."""

Pieces = tuple[tuple[str, str], ...]
"""Texts of a line, each with its component class."""


@dataclass(frozen=True, slots=True)
class HelpLines:
    """Every line, and the numbers of those where a part begins."""

    lines: tuple[Pieces, ...]
    parts: tuple[int, ...]


def help_lines(sections: Sequence[HelpSection], width: int) -> HelpLines:
    """Return the lines of these sections, at most `width` cells each unless a single term is wider."""
    lines: list[Pieces] = []
    parts: list[int] = []
    for section in sections:
        if lines:
            lines.append(())
        if section.begins_part:
            parts.append(len(lines))
        lines.append(((section.title, HEADING),))
        for entry in section.entries:
            lines += _entry_lines(entry, width)
    return HelpLines(tuple(lines), tuple(parts))


def _entry_lines(entry: HelpEntry, width: int) -> Iterator[Pieces]:
    """Yield the term and, beside it, the name and the explanation; what has no room hangs below."""
    column = _INDENT + (_TERM_WIDTH if width >= _WIDE else _NARROW_TERM_WIDTH) + _GAP
    if width < column + _LEAST_TEXT:
        column = 2 * _INDENT
    begins = max(column, _INDENT + cell_len(entry.term) + _GAP)
    room = max(1, width - column)
    term = ((" " * _INDENT, BLANK), (entry.term, entry.mark or TERM))
    gap = (" " * (begins - _INDENT - cell_len(entry.term)), BLANK)
    name, more = entry.name, entry.more
    if begins + cell_len(name) + (_GAP + cell_len(more) if more else 0) <= width:
        yield (*term, gap, (name, NAME), *(((" " * _GAP, BLANK), (more, MORE)) if more else ()))
        return
    first, *names = hang(name, room)
    if begins + cell_len(first) <= width:
        yield (*term, gap, (first, NAME))
    else:
        yield term
        names.insert(0, first)
    margin = (" " * column, BLANK)
    yield from ((margin, (line, NAME)) for line in names)
    if more:
        yield from ((margin, (line, MORE)) for line in hang(more, room))


def next_part(parts: Sequence[int], top: int, last_top: int) -> int:
    """Return the line to scroll to from `top`: that of the next part, the first one again from the end."""
    if top >= last_top:
        return 0
    return next((part for part in parts if part > top), 0)
