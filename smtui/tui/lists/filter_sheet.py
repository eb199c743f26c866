"""Shows completions and mistakes over the first rows while a filter is typed; no row moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from smtui.tui.parts.cells import cell

if TYPE_CHECKING:
    from smtui.tui.parts.page import Line


class FilterSheet(Static):
    """Hidden while there is nothing to say."""

    DEFAULT_CSS = """
    FilterSheet {
        display: none;
        layer: above;
        width: auto;
        max-width: 100%;
        height: auto;
        padding: 0 1;
        background: $surface;
        color: $foreground;
        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown: tuple[tuple[Line, ...], int] = ((), 0)

    def show(self, lines: Sequence[Line], room: int) -> None:
        """Show these lines in so many cells, margins aside; hide when there are none.

        As wide as the rows below: next to a narrower sheet the ends of names and ids would show.
        """
        if (tuple(lines), room) != self._shown:
            self._shown = tuple(lines), room
            self.update(Content("\n").join(_drawn(line, room) for line in lines))
        self.set_class(bool(lines), "-shown")


def _drawn(line: Line, width: int) -> Content:
    """Return the line with exactly `width` cells."""
    parts, left = [], width
    for piece in line:
        text = cell(piece.text, min(left, cell_len(piece.text)))
        parts.append((text, piece.look.role))
        left -= cell_len(text)
    return Content.assemble(*parts, " " * left)
