"""Helps with the filter while it is typed: what is offered, what is wrong, earlier filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.domain.query.completion import Completer, Completion, Suggestion
from smtui.domain.query.node_query import HINTS, KEYS, NodeQuery
from smtui.domain.text import folded
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece

if TYPE_CHECKING:
    from smtui.places.filter_book import FilterBook
    from smtui.tui.nodes.node_rows import NodeRows
    from smtui.tui.parts.page import Line

_MOST_MISTAKES = 3
_INDENT = 2
_BLANKS = Piece(" " * _INDENT)


class NodeFilterHelp:
    """A `FilterHelp` of the list of nodes; works out what it says, and draws nothing."""

    def __init__(
        self, rows: NodeRows, filters: FilterBook, places: Callable[[], str], save: Callable[[str], None]
    ) -> None:
        """`places` names those that are listed; `save` asks for a name and saves a filter."""
        self._rows = rows
        self._filters = filters
        self._places = places
        self._save = save
        self._completer = Completer(lambda: rows.haystacks)
        self._taken: tuple[tuple[str, int], Completion] = (("", -1), Completion())
        """The filter and its cursor after an offer was taken, and what else was offered."""
        self._parsed: tuple[str, object, NodeQuery] = ("", None, NodeQuery())

    def query(self, text: str) -> NodeQuery:
        """Return the parsed filter."""
        saved = self._filters.now.saved
        if self._parsed[0] != text or self._parsed[1] is not saved:
            self._parsed = text, saved, NodeQuery.parse(text, saved)
        return self._parsed[2]

    def mistakes(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where the terms begin and end that do not filter."""
        return [(mistake.term.start, mistake.term.end) for mistake in self.query(text).mistakes]

    def completion(self, text: str, cursor: int) -> Completion:
        """Return what is offered for the term at the cursor; right after an offer was taken, the others."""
        if self._taken[0] == (text, cursor) and self._taken[1].suggestions:
            return self._taken[1]
        rows = self._rows
        return self._completer.complete(text, cursor, self._filters.now.saved, rows.revision, shown=len(rows.view))

    def taken(self, text: str, cursor: int) -> tuple[str, int] | None:
        """Return the filter with the first offer, again with the next one; else with the first mistake mended."""
        completion = self.completion(text, cursor)
        if completion.suggestions:
            self._taken = completion.taken(text), completion.after_taking()
            return self._taken[0]
        for mistake in self.query(text).mistakes:
            if mistake.mended:
                term = mistake.term
                return Completion(term.start, term.end, (Suggestion(mistake.mended),)).taken(text)
        return None

    def earlier(self, text: str) -> Sequence[str]:
        """Return earlier filters that begin with this text: first the last one of these places, then the newest."""
        now = self._filters.now
        view = now.views.get(self._places())
        everything = ((view.filter_text,) if view is not None and view.filter_text else ()) + now.earlier
        return [each for each in dict.fromkeys(everything) if folded(each).startswith(folded(text))]

    def save(self, text: str) -> None:
        """Ask for a name and save the filter."""
        self._save(text)

    def lines(self, text: str, cursor: int, width: int) -> tuple[Line, ...]:
        """Return what the sheet over the first rows says, in so many cells; nothing where that would not help."""
        completion = self.completion(text, cursor)
        being_typed = completion.start if completion.suggestions else -1
        mistakes = [each.sentence for each in self.query(text).mistakes if each.term.start != being_typed]
        page = Paragraphs(max(1, width))
        _write_mistakes(page, mistakes, with_keys=not completion.suggestions)
        _write_offers(page, completion)
        return tuple(page.lines)


def _write_mistakes(page: Paragraphs, mistakes: Sequence[str], *, with_keys: bool) -> None:
    for sentence in mistakes[:_MOST_MISTAKES]:
        page.hang((Piece("✕ ", Look.BAD),), sentence, Look.PLAIN, _INDENT)
    if not mistakes:
        return
    more = len(mistakes) - _MOST_MISTAKES
    which = "What is underlined does" if len(mistakes) == 1 else "The underlined terms do"
    page.hang((_BLANKS,), f"{f'{more} more. ' if more > 0 else ''}{which} not filter.", Look.QUIET, _INDENT)
    if with_keys:
        column = _INDENT + len("keys: ")
        page.hang((_BLANKS, Piece("keys: ", Look.QUIET)), KEYS, Look.PLAIN, column)
        page.hang((_BLANKS, Piece("also: ", Look.QUIET)), HINTS, Look.PLAIN, column, gap=" · ")


def _write_offers(page: Paragraphs, completion: Completion) -> None:
    offered = completion.suggestions
    width = max((cell_len(each.term) for each in offered), default=0) + _INDENT
    counts = [f"{each.nodes:,}" if each.nodes else "" for each in offered]
    digits = max(map(len, counts), default=0)
    for number, (each, count) in enumerate(zip(offered, counts, strict=True)):
        note = f"saved: {each.stands_for}" if each.stands_for else _count_note(count, digits, is_first=number == 0)
        term = Piece(each.term, Look.ACCENT if number == completion.first else Look.PLAIN)
        gap = Piece(" " * (width - cell_len(each.term)))
        page.lines.append((_BLANKS, term, gap, Piece(note, Look.QUIET)))
    if completion.more:
        page.lines.append((_BLANKS, Piece(f"… {completion.more:,} more", Look.QUIET)))


def _count_note(count: str, digits: int, *, is_first: bool) -> str:
    if not count:
        return ""
    noun = ("node" if count == "1" else "nodes") if is_first else ""
    return f"{count.rjust(digits)} {noun}".rstrip()
