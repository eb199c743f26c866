"""Draws the palette's lines: a name, what it acts on, and its key at the right end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message

from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import CursorList

if TYPE_CHECKING:
    from smtui.tui.palette.ranking import Offer

_START = 2
"""Cells of the cursor and the blank behind it."""
_GAP = 2
_NAME_PART = 0.54
"""The part of the width that names have where something stands behind them."""
_LEAST_SUBJECT = 6
"""A subject with less room than this is left out."""


def offer_cells(offer: Offer, width: int) -> tuple[str, str, str]:
    """Return name, subject and right end, which together take `width` cells.

    A right end without room is left out, then the subject; the name keeps its column so that the subjects line up.
    """
    right = harmless(offer.right)
    if cell_len(right) + _GAP > width // 2:
        right = ""
    room = max(0, width - (cell_len(right) + _GAP if right else 0))
    name_width = min(int(width * _NAME_PART), room)
    subject_width = room - name_width - _GAP
    if not offer.subject or subject_width < _LEAST_SUBJECT:
        return cell(offer.name, room) + " " * (width - room - cell_len(right)), "", right
    pad = " " * (width - room - cell_len(right))
    return cell(offer.name, name_width) + " " * _GAP, cell(offer.subject, subject_width) + pad, right


class PaletteList(CursorList):
    """The offers that fit; a click does one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"palette-list--key"}
    DEFAULT_CSS = """
    PaletteList {
        height: 1fr;
        scrollbar-gutter: stable;
        background: $surface;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        & > .palette-list--key { color: $primary; }
    }
    """

    class Chosen(Message):
        """A line was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self._offers: tuple[Offer, ...] = ()
        self._otherwise = ""
        self._cursor = 0

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What is listed."""
        return self._offers

    @property
    def current(self) -> Offer | None:
        """The offer under the cursor."""
        return self._offers[self._cursor] if self._cursor < len(self._offers) else None

    def show(self, offers: Sequence[Offer], otherwise: str, *, from_top: bool) -> None:
        """Show these, or a sentence if there are none; the cursor goes to the top, or stays with its offer."""
        key = "" if from_top or self.current is None else self.current.key
        self._offers, self._otherwise = tuple(offers), otherwise
        self._cursor = next((at for at, offer in enumerate(offers) if offer.key == key), 0)
        self.show_lines(max(1, len(offers)))
        self.keep_visible(self._cursor)
        self.refresh()

    # What the base asks ----------------------------------------------------------------------------

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._cursor

    @property
    def row_count(self) -> int:
        """How many offers there are."""
        return len(self._offers)

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        self._cursor = max(0, min(index, len(self._offers) - 1))

    def report_move(self) -> None:
        """Nobody asks."""

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        index = None if offset is None else self.row_at(self.scroll_offset.y + offset.y, offset.x)
        if index is not None:
            self.move_to(index)
            self.post_message(self.Chosen())

    def line_segments(self, line: int) -> list[Segment]:
        """Return an offer, or the sentence that there is none."""
        width = self.scrollable_content_region.width
        quiet = self.get_component_rich_style("cursor-list--quiet")
        if not self._offers and line == 0:
            return [Segment(cell(f"  {harmless(self._otherwise)}", width), quiet)]
        if line >= len(self._offers):
            return []
        is_cursor = line == self._cursor
        highlight = self.highlight(at_cursor=is_cursor)
        plain = self.rich_style + highlight
        name, subject, right = offer_cells(self._offers[line], max(0, width - _START - 1))
        key = plain if is_cursor and len(right) > 1 else self.get_component_rich_style("palette-list--key") + highlight
        return [
            self.mark(at_cursor=is_cursor),
            Segment(" ", plain),
            Segment(name, plain),
            Segment(subject, plain if is_cursor else quiet),
            Segment(right, key if self._offers[line].kind == 0 else plain if is_cursor else quiet),
            Segment(" ", plain),
        ]
