"""The chain of checks from this machine to the node: a row a check, or a line of marks a layer on small screens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import CursorList
from smtui.tui.parts.row_table import Look
from smtui.tui.troubleshoot.check_rows import OVERVIEW, PROBLEMS, CheckRow

_LABEL = 12
"""Cells of the column of layers."""
_NAME = 24
_WORD = 8


class CheckChain(CursorList):
    """A list of checks; the cursor stays on its check when results arrive."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"check-chain--{look.value}" for look in Look}
    DEFAULT_CSS = """
    CheckChain {
        & > .check-chain--quiet { color: $muted; }
        & > .check-chain--good { color: $success; }
        & > .check-chain--warn { color: $warning; }
        & > .check-chain--bad { color: $error; }
        & > .check-chain--accent { color: $primary; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another check."""

        code: str

    @dataclass
    class Paged(Message):
        """The user pressed a page key, to scroll the text beside the chain by so many pages."""

        pages: float

    def __init__(self, title: str) -> None:
        """`title` is the label of the first row."""
        super().__init__()
        self._title = title
        self._rows: tuple[CheckRow, ...] = ()
        self._note = ""
        self._cursor = 0
        self.moved_by_hand = False
        """Whether the user has moved the cursor; set with the key itself, before any message is handled."""

    # What is shown -----------------------------------------------------------------------------

    @property
    def compact(self) -> bool:
        """Whether the chain shows one line a layer."""
        return self.screen.has_class("-narrow")

    @property
    def current(self) -> str:
        """The code of the check under the cursor."""
        return self._rows[self._cursor].code if self._rows else OVERVIEW

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._cursor

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        """The rows, the overview first."""
        return self._rows

    def show(self, rows: Sequence[CheckRow], note: str) -> None:
        """Show these rows; `note` stands beside the label of the first."""
        if (tuple(rows), note) == (self._rows, self._note):
            return
        code = self.current
        self._rows, self._note = tuple(rows), note
        self._cursor = next((index for index, row in enumerate(rows) if row.code == code), 0)
        self._fit()

    def on_resize(self) -> None:
        """Choose the form that fits the new size; Textual calls the base's handler as well."""
        self._fit()

    def _fit(self) -> None:
        height = len(self._lines()) if self.compact else len(self._rows)
        self.show_lines(height)
        self.keep_visible(self.cursor_line)
        self.refresh()

    def _lines(self) -> list[list[CheckRow]]:
        """Return the lines of the compact form: the overview, then the checks of each layer."""
        return [list(rows) for _, rows in groupby(self._rows, key=lambda row: row.layer)]

    @property
    def cursor_line(self) -> int:
        """The line of the cursor's check; in the compact form, that of its layer."""
        if not self.compact:
            return self._cursor
        layer = self._rows[self._cursor].layer if self._rows else ""
        return next((at for at, rows in enumerate(self._lines()) if rows[0].layer == layer), 0)

    # Moving ------------------------------------------------------------------------------------

    def action_page(self, pages: float) -> None:
        """Ask for the text beside the chain to scroll."""
        self.post_message(self.Paged(pages))

    def move_to(self, index: int) -> None:
        """Move the cursor for the user to `index`, or the nearest row."""
        self.moved_by_hand = True
        super().move_to(index)

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        self._cursor = max(0, min(index, len(self._rows) - 1))

    def report_move(self) -> None:
        """Post `Moved`, also if the cursor was there before: the text beside the chain starts anew."""
        self.post_message(self.Moved(self.current))

    def go_to(self, code: str, *, by_hand: bool = False) -> None:
        """Move the cursor to the check of this code, if there is one; `by_hand` if the user asked for it."""
        for index, row in enumerate(self._rows):
            if row.code == code:
                self.moved_by_hand |= by_hand
                super().move_to(index)

    def row_at(self, line: int, x: int) -> int | None:
        """Return the row on this line; in the compact form, the check whose mark is nearest to cell `x`."""
        if not self.compact:
            return super().row_at(line, x)
        lines = self._lines()
        if not 0 <= line < len(lines):
            return None
        clicked = (x - 1 - _LABEL) // 2
        row = lines[line][max(0, min(clicked, len(lines[line]) - 1))]
        return self._rows.index(row)

    # Drawing -----------------------------------------------------------------------------------

    def line_segments(self, line: int) -> list[Segment]:
        """Return a check, or in the compact form the checks of a layer."""
        return list(self._compact_line(line) if self.compact else self._tall_line(line))

    def _tall_line(self, line: int) -> Iterator[Segment]:
        if line >= len(self._rows):
            return
        row, is_cursor = self._rows[line], line == self._cursor
        add = self.highlight(at_cursor=is_cursor)
        yield self.mark(at_cursor=is_cursor)
        if row.code == OVERVIEW:
            yield from self._overview(add)
            return
        begins = self._rows[line - 1].layer != row.layer
        yield Segment(cell(row.layer if begins else "", _LABEL), self._style("quiet", add))
        look = row.look.value
        yield Segment(f"{row.mark} ", self._style(look, add))
        yield Segment(cell(row.name, _NAME), self._style("plain" if row.status else "quiet", add))
        says = is_cursor or row.status in PROBLEMS
        yield Segment(cell(row.word if says else "", _WORD), self._style(look, add))

    def _compact_line(self, line: int) -> Iterator[Segment]:
        lines = self._lines()
        if line >= len(lines):
            return
        at_cursor = line == self.cursor_line
        add = self.highlight(at_cursor=at_cursor)
        yield self.mark(at_cursor=at_cursor)
        if lines[line][0].code == OVERVIEW:
            yield from self._overview(add)
            return
        yield Segment(cell(lines[line][0].layer, _LABEL), self._style("quiet", add))
        chosen = self.current
        for row in lines[line]:
            here = row.code == chosen
            turned = Style(reverse=True) if here else Style.null()
            yield Segment(row.mark, self._style(row.look.value, add) + turned)
            yield Segment(" ", self._style("plain", add))
        if at_cursor:
            row = self._rows[self._cursor]
            yield Segment(f"  {row.name}  ", self._style("plain", add))
            yield Segment(row.word, self._style(row.look.value, add))

    def _overview(self, add: Style) -> Iterator[Segment]:
        yield Segment(cell(self._title, _LABEL), self._style("plain", add))
        yield Segment(self._note, self._style("quiet", add))

    def _style(self, part: str, add: Style) -> Style:
        return self.get_component_rich_style(f"check-chain--{part}") + add
