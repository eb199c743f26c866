"""Fills the list's place while there is nothing to list: why, and the keys that help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget

from smtui.tui.commands import BY_ID
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Line, Paragraphs, Piece, page_content
from smtui.tui.parts.shown_keys import NO_KEY, key_of, shown_key

_WIDEST = 68
_MARGIN = 2


@dataclass(frozen=True, slots=True)
class Way:
    """A command that helps, and what it does here."""

    command_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Why a list is empty: sentences, the first of which says it, and the ways on. Nothing while it is not."""

    sentences: tuple[str, ...] = ()
    """Two blanks part what stays whole from the rest of the sentence."""
    ways: tuple[Way, ...] = ()


class EmptyState(Widget):
    """A block in the middle of the list's place, whose keys can be clicked; hidden while there is nothing to say."""

    DEFAULT_CSS = """
    EmptyState {
        display: none;
        layer: above;
        width: 100%;
        height: 100%;
        margin: 1 0 0 0;
        content-align: center middle;
        background: $background;
        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = Emptiness()

    def show(self, shown: Emptiness) -> None:
        """Show this; hide when there is nothing to say."""
        self.set_class(bool(shown.sentences), "-shown")
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Content:
        """Return the block, all lines of one width, so that they are centred as one."""
        lines = [line for line, _ in self._lines()]
        width = max((_length(line) for line in lines), default=0)
        page = Paragraphs(width, [(*line, Piece(" " * (width - _length(line)))) for line in lines])
        return page_content(page)

    def _lines(self) -> list[tuple[Line, str]]:
        """Return each line with the id of the command that it offers; empty for none.

        Where they have no room the last sentences go: the keys are worth more.
        """
        number = len(self._shown.sentences)
        lines = list(self._laid_out(number))
        while len(lines) > self.content_size.height and number > 1:
            number -= 1
            lines = list(self._laid_out(number))
        return lines

    def _laid_out(self, most: int) -> Iterator[tuple[Line, str]]:
        page = Paragraphs(max(1, min(_WIDEST, self.content_size.width - 2 * _MARGIN)))
        for number, sentence in enumerate(self._shown.sentences[:most]):
            look = Look.QUIET if number else Look.PLAIN
            if "  " in sentence:
                page.hang((), sentence.split("  "), look, 0, gap="  ")
            else:
                page.write(sentence, look)
        yield from ((line, "") for line in page.lines)
        if self._shown.ways:
            yield (), ""
        keys = {way: self._key_of(way) for way in self._shown.ways}
        column = max(map(cell_len, keys.values()), default=0) + 2
        for way, key in keys.items():
            offer = Paragraphs(page.width)
            offer.hang((Piece(key.ljust(column), Look.ACCENT, strong=True),), way.label, Look.PLAIN, column)
            yield from ((line, way.command_id) for line in offer.lines)

    def _key_of(self, way: Way) -> str:
        """Return the key that works now, else the one of the table: a field that is typed in has keys of its own."""
        active = self.screen.active_bindings.values()
        keys = (each.binding.key for each in active if each.binding.id == way.command_id)
        given = next((key for key in keys if key != NO_KEY), "")
        return shown_key(given) if given else key_of(way.command_id)

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked line offers."""
        offset = event.get_content_offset(self)
        lines = self._lines()
        above = max(0, self.content_size.height - len(lines)) // 2
        at = offset.y - above if offset is not None else -1
        if 0 <= at < len(lines) and lines[at][1]:
            await self.screen.run_action(BY_ID[lines[at][1]].action)


def _length(line: Sequence[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in line)
