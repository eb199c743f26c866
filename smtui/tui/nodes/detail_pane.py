"""Shows all that is known of one node: its status and the reasons first, then every fact with source and age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult

from smtui.domain.readiness import Readiness, readiness, reasons
from smtui.domain.text import harmless
from smtui.tui.nodes.node_sections import Fact, Section, gist, identity, sections
from smtui.tui.parts.badges import badge_look
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Line, PageText, Paragraphs, Piece
from smtui.tui.parts.reading_pane import ReadingPane

if TYPE_CHECKING:
    from smtui.domain.node import Node

FIRST_LINES = 10
"""Within so many lines stand status, what the node can do, tags and address, whatever else is to be said."""
_LABEL = 11
"""Cells of the column of labels."""
_MOST_REASON_LINES = 3
_TWO_COLUMNS = 88
"""Cells from which the sections stand side by side."""
_BETWEEN = 3


class DetailPane(ReadingPane):
    """The pane beside the list, below it, or in its place, by the width of the screen."""

    DEFAULT_CSS = """
    DetailPane {
        background: $surface;
        scrollbar-gutter: stable;  /* a scrollbar that appears later would make the lines too long */
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.text = PageText(self._written)
        self._node: Node | None = None
        self._now: datetime | None = None
        self._problems: Sequence[str] = ()
        self._sessions = ""
        self._with_place = False

    def compose(self) -> ComposeResult:
        """Hold one block of text."""
        yield self.text

    def show(
        self,
        node: Node | None,
        now: datetime,
        problems: Sequence[str],
        sessions: str = "",
        *,
        with_place: bool = False,
    ) -> None:
        """Show this node, then `problems`: what could not be read, in full sentences. `sessions` says who is on it.

        `with_place` names its place among the first facts: several are listed.
        """
        if _name_of(node) != _name_of(self._node):
            self.scroll_home(animate=False)
        self._node, self._now, self._problems, self._sessions = node, now, problems, sessions
        self._with_place = with_place
        self.text.refresh(layout=True)

    def _written(self, width: int) -> Paragraphs:
        if self._node is None or self._now is None:
            return Paragraphs(width)
        given = self._node, self._now, self._problems, width, self._sessions
        return details(*given, with_place=self._with_place)


def _name_of(node: Node | None) -> object:
    return (node.place, node.node_id) if node else None


def details(
    node: Node, now: datetime, problems: Sequence[str], width: int, sessions: str = "", *, with_place: bool = False
) -> Paragraphs:
    """Return everything that is known: the gist in the first lines, then each source, then what could not be read."""
    page = Paragraphs(width)
    page.lines.append(_headline(node.name or node.node_id, readiness(node, now), width))
    first, left = _first_reasons(reasons(node, now), width)
    page.lines += first
    page.lines += _gist_lines(gist(node, now, sessions, with_place=with_place), width, FIRST_LINES - len(page.lines))
    page.lines.append(())
    page.write(identity(node), Look.QUIET)
    for reason in left:
        page.write(reason)
    is_wide = width >= _TWO_COLUMNS
    half = (width - _BETWEEN) // 2 if is_wide else width
    blocks = [_section_lines(section, half) for section in sections(node, now)]
    page.lines += _side_by_side(blocks, half) if is_wide else _below(blocks)
    for problem in problems:
        page.lines.append(())
        page.write(problem, Look.WARN)
    return page


def _headline(name: str, judged: Readiness, width: int) -> Line:
    """The name, and the status at the right end."""
    mark, word = judged.badge.mark, judged.badge.word
    room = max(1, width - cell_len(f" {mark} {word}"))
    return Piece(f"{cell(name, room)} ", strong=True), Piece(f"{mark} ", badge_look(judged)), Piece(word)


def _first_reasons(given: Sequence[str], width: int) -> tuple[list[Line], Sequence[str]]:
    """Return the reasons that fit the first lines, and those left; one that is too long is cut there, and left too."""
    number = len(given)
    while number > 1 and len(_paragraph(" ".join(given[:number]), width)) > _MOST_REASON_LINES:
        number -= 1
    lines = _paragraph(" ".join(given[:number]), width)
    if len(lines) <= _MOST_REASON_LINES:
        return lines, given[number:]
    rest = " ".join(piece.text for line in lines[_MOST_REASON_LINES - 1 :] for piece in line)
    return [*lines[: _MOST_REASON_LINES - 1], (Piece(cell(rest, width).rstrip()),)], given


def _paragraph(text: str, width: int) -> list[Line]:
    page = Paragraphs(width)
    page.write(text)
    return page.lines


def _gist_lines(facts: Sequence[Fact], width: int, room: int) -> Iterator[Line]:
    """Yield the facts; tags take the lines of `room` that the facts before the system leave them."""
    laid = [(fact, _fact_lines(fact, width)) for fact in facts]
    needed = sum(len(lines) for fact, lines in laid if fact.label in ("can", "address", "place"))
    for fact, lines in laid:
        yield from _shortened(fact, width, room - needed) if fact.label == "tags" else lines


def _shortened(tags: Fact, width: int, most: int) -> list[Line]:
    """Leave out the last tags until the lines are not more than `most`, or no tag is left."""
    number = len(tags.parts)
    lines = _fact_lines(tags, width)
    while len(lines) > most and number:
        number -= 1
        more = f"{len(tags.parts) - number} {'more ' if number else ''}below"
        lines = _fact_lines(replace(tags, parts=(*tags.parts[:number], more)), width)
    return lines


def _fact_lines(fact: Fact, width: int) -> list[Line]:
    page = Paragraphs(width)
    label, value = harmless(fact.label), fact.parts or fact.value
    lead = f"{label}  " if cell_len(label) >= _LABEL else label.ljust(_LABEL)
    if cell_len(lead) > width // 2:  # a tag's key may be as long as a sentence
        page.write(label, Look.QUIET)
        lead = " " * _LABEL
    page.hang((Piece(lead, Look.QUIET),), value, Look.PLAIN, _LABEL, gap=fact.gap if fact.parts else " ")
    return page.lines


def _section_lines(section: Section, width: int) -> list[Line]:
    page = Paragraphs(width)
    title = Piece(f"{section.title} ", Look.ACCENT, strong=True)
    page.hang((title,), f"· {section.note}" if section.note else "", Look.QUIET, 2)
    return [*page.lines, *(line for fact in section.facts for line in _fact_lines(fact, width))]


def _below(blocks: Sequence[Sequence[Line]]) -> list[Line]:
    return [line for block in blocks for line in ((), *block)]


def _side_by_side(blocks: Sequence[Sequence[Line]], half: int) -> Iterator[Line]:
    """Yield the lines of two columns of about the same height, in their order."""
    heights = [len(block) + 1 for block in blocks]
    at = min(range(1, len(blocks) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    for left, right in zip_longest(_below(blocks[:at]), _below(blocks[at:]), fillvalue=()):
        taken = sum(cell_len(piece.text) for piece in left)
        yield (*left, Piece(" " * (half + _BETWEEN - taken)), *right) if right else left
