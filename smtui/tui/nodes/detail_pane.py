"""Shows all that is known of one node: its status and the reasons first, then every fact with source and age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from textual.theme import Theme
from textual.widgets import Static

from smtui.domain.readiness import Readiness, readiness, reasons
from smtui.domain.text import harmless
from smtui.tui.nodes.node_sections import Fact, Section, gist, identity, sections
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class
from smtui.tui.parts.cells import cell, wrap
from smtui.tui.parts.reading_pane import ReadingPane

if TYPE_CHECKING:
    from smtui.domain.node import Node

_LABEL = 11
"""Cells of the column of labels."""
_NARROWEST_VALUE = 12
_PADDING = 2

_NAME = "detail-pane--name"
_TITLE = "detail-pane--title"
_QUIET = "detail-pane--quiet"
_PROBLEM = "detail-pane--problem"

Line = list[tuple[str, tuple[str, ...]]]
"""Pieces of harmless text, each with the component classes it is drawn in."""


class DetailPane(ReadingPane):
    """The pane beside the list, or below it on a narrow screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {_NAME, _TITLE, _QUIET, _PROBLEM, *BADGE_CLASSES}
    DEFAULT_CSS = """
    DetailPane {
        background: $surface;
        scrollbar-gutter: stable;  /* a scrollbar that appears later would make the lines too long */
        & > .detail-pane--name { text-style: bold; }
        & > .detail-pane--title { color: $primary; }
        & > .detail-pane--quiet { color: $muted; }
        & > .detail-pane--problem { color: $warning; }
        & > Static { width: 1fr; height: auto; padding: 0 1; }
    }
    """

    _text = getters.query_one(Static)

    def __init__(self) -> None:
        super().__init__()
        self._node: Node | None = None
        self._now: datetime | None = None
        self._problems: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        """Hold one block of text."""
        yield Static(markup=False)

    def on_mount(self) -> None:
        """Redraw whenever the theme changes, because the text holds the theme's colours."""
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def _theme_changed(self, _: Theme) -> None:
        self.call_after_refresh(self._write)

    def show(self, node: Node | None, now: datetime, problems: Sequence[str]) -> None:
        """Show this node, then `problems`: what could not be read, in full sentences."""
        if _name_of(node) != _name_of(self._node):
            self.scroll_home(animate=False)
        self._node, self._now, self._problems = node, now, problems
        self._write()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._write()

    def _write(self) -> None:
        width = max(_LABEL + _NARROWEST_VALUE, self.scrollable_content_region.width - _PADDING)
        lines: list[Line] = []
        if self._node is not None and self._now is not None:
            lines += _node_lines(self._node, self._now, width)
        for problem in self._problems:
            lines += [[], *_wrapped(problem, width, _PROBLEM)]
        self._text.update(Content("\n").join(map(self._content, lines)))

    def _content(self, line: Line) -> Content:
        return Content.assemble(
            *((text, self.get_visual_style(*classes, partial=True) if classes else "") for text, classes in line)
        )


def _name_of(node: Node | None) -> object:
    return (node.place, node.node_id) if node else None


def _node_lines(node: Node, now: datetime, width: int) -> Iterator[Line]:
    judged = readiness(node, now)
    yield _headline(node.name or node.node_id, judged, width)
    first, *others = reasons(node, now)
    yield from _wrapped(first, width)
    for fact in gist(node, now):
        yield from _fact_lines(fact, width)
    yield []
    yield from _wrapped(identity(node), width, _QUIET)
    for reason in others:
        yield from _wrapped(reason, width)
    for section in sections(node, now):
        yield from _section_lines(section, width)


def _headline(name: str, judged: Readiness, width: int) -> Line:
    """The name, and the status at the right end."""
    status = f"{judged.badge.mark} {judged.badge.word}"
    room = max(1, width - len(status) - 1)
    mark, word = judged.badge.mark, judged.badge.word
    return [(cell(name, room) + " ", (_NAME,)), (f"{mark} ", (badge_class(judged),)), (word, ())]


def _fact_lines(fact: Fact, width: int) -> Iterator[Line]:
    first, *more = _hanging(fact, width - _LABEL)
    yield [(cell(fact.label, _LABEL - 1) + " ", (_QUIET,)), (first, ())]
    for line in more:
        yield [(" " * _LABEL, ()), (line, ())]


def _hanging(fact: Fact, width: int) -> list[str]:
    """Break a value; pieces that two blanks part stay whole where they fit."""
    pieces = harmless(fact.value).split("  ")
    lines: list[str] = []
    for piece in pieces:
        if lines and cell_len(f"{lines[-1]}  {piece}") <= width:
            lines[-1] += f"  {piece}"
        else:
            lines += wrap(piece, width)
    return lines


def _section_lines(section: Section, width: int) -> Iterator[Line]:
    yield []
    note = harmless(section.note)
    if cell_len(f"{section.title} · {note}") <= width:
        yield [(section.title, (_TITLE,)), (f" · {note}" if note else "", (_QUIET,))]
    else:
        yield [(section.title, (_TITLE,))]
        yield from _wrapped(note, width, _QUIET, indent="  ")
    for fact in section.facts:
        yield from _fact_lines(fact, width)


def _wrapped(text: str, width: int, *classes: str, indent: str = "") -> Iterator[Line]:
    for line in wrap(harmless(text), width - len(indent)):
        yield [(indent + line, classes)]
