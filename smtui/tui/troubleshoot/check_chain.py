"""The list of checks: problems at the top, layers folded below; on small screens one line, until it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from smtui.diagnosis.check_result import CheckStatus, Diagnosis
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import CursorList, Look
from smtui.tui.troubleshoot.check_rows import (
    LOOKS,
    OVERVIEW,
    PENDING_MARK,
    PROBLEMS,
    CheckRow,
    ListShape,
    RowKind,
    check_rows,
    problems_known,
)
from smtui.tui.troubleshoot.problem_strip import StripCell, strip_cells

_NAME = 28
_LAYER = 12
_PROBLEM_COUNTS = 8
_COUNT = 5


class CheckChain(CursorList):
    """Keeps the cursor on its check when results arrive, and on its line of the screen where it can."""

    @dataclass
    class Moved(Message):
        """The cursor is on another check."""

        code: str

    @dataclass
    class Paged(Message):
        """The user pressed a page key, to scroll the text beside the chain by so many pages."""

        pages: float

    def __init__(self, *, has_failed: bool) -> None:
        """`has_failed` adds a row for what failed."""
        super().__init__()
        self._has_failed = has_failed
        self._diagnosis = Diagnosis("", ())
        self._order: tuple[str, ...] = ()
        self._rows: tuple[CheckRow, ...] = ()
        self._opened: set[str] = set()
        self._shows_all = False
        self._known: Mapping[str, CheckStatus] = {}
        self._cause = ""
        self._cursor = 0
        self.moved_by_hand = False
        """Whether the user has moved the cursor; set with the key itself, before any message is handled."""

    # What is shown -----------------------------------------------------------------------------

    @property
    def narrow(self) -> bool:
        """Whether the screen has no room for a list beside the page."""
        return self.screen.has_class("-narrow")

    @property
    def compact(self) -> bool:
        """Whether the chain is one line."""
        return self.narrow and not self._shows_all

    @property
    def row(self) -> CheckRow:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else CheckRow(RowKind.OVERVIEW)

    @property
    def current(self) -> str:
        """The code of the row under the cursor: of a check, or of a layer."""
        return self.row.code

    @property
    def index(self) -> int:
        """The cursor's row."""
        return self._cursor

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def cursor_line(self) -> int:
        """The line of the cursor's row."""
        return 0 if self.compact else self._cursor

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        """The rows, from the top."""
        return self._rows

    def show(self, diagnosis: Diagnosis, order: Iterable[str]) -> None:
        """Show these checks."""
        self._diagnosis, self._order = diagnosis, tuple(order)
        self._known = problems_known(self._known, diagnosis)
        self._cause = diagnosis.verdict.code if diagnosis.verdict is not None else self._cause
        self._lay()

    def on_resize(self) -> None:
        """Choose the form that fits the new size; Textual calls the base's handler as well."""
        self._lay()

    def _lay(self) -> None:
        """Make the rows; the cursor keeps its row, or goes to the nearest."""
        shape = ListShape(self._opened, self._known, self._cause, self._has_failed, self.narrow, self._shows_all)
        rows = check_rows(self._diagnosis, self._order, shape)
        key, before = self.row.key, self._cursor
        found = next((index for index, row in enumerate(rows) if row.key == key), None)
        if found is None:
            found = next((index for index, row in enumerate(rows) if row.code == self.row.layer), before)
        changed = rows != self._rows
        self._rows = rows
        self._cursor = self._row_near(found, -1)
        self.set_class(self._shows_all, "-open")
        self.show_lines(1 if self.compact else len(rows))
        top = 0 if self.compact else max(0, self.scroll_offset.y + self._cursor - before)
        if top != self.scroll_offset.y and self.virtual_size.height > self.page:
            self.scroll_rows(top)
        self.keep_visible(self.cursor_line)
        if changed:
            self.refresh()

    # Moving and folding ------------------------------------------------------------------------

    def action_page(self, pages: float) -> None:
        """Ask for the text beside the chain to scroll."""
        self.post_message(self.Paged(pages))

    def move_to(self, index: int) -> None:
        """Move the cursor for the user to `index`, or the nearest row."""
        self.moved_by_hand = True
        super().move_to(index)

    def put_cursor(self, index: int) -> None:
        """Set the cursor to `index`, or the nearest row."""
        self._cursor = self._row_near(index, 1 if index >= self._cursor else -1)

    def report_move(self) -> None:
        """Post `Moved`, also if the cursor was there before: the text beside the chain starts anew."""
        self.post_message(self.Moved(self.current))

    def _row_near(self, index: int, direction: int) -> int:
        """The first row from `index` on that is no empty line, looked for in this direction, then in the other."""
        wanted = max(0, min(index, len(self._rows) - 1))
        ways = (range(wanted, len(self._rows)), range(wanted, -1, -1))
        for way in ways if direction > 0 else reversed(ways):
            found = next((at for at in way if self._rows[at].kind is not RowKind.SPACE), None)
            if found is not None:
                return found
        return wanted

    def go_to(self, code: str) -> None:
        """Move the cursor to the check of this code; opens its layer if that is what it takes to see it."""
        if all(row.code != code for row in self._rows) and code in self._order:
            self._opened.add(code.partition(".")[0])
            self._shows_all = self.narrow
            self._lay()
        for index, row in enumerate(self._rows):
            if row.code == code:
                super().move_to(index)
                return

    def go_to_first_failure(self) -> None:
        """Move the cursor to the first check that fails, unless it is on one that does."""
        if self.row.status is not CheckStatus.FAIL:
            found = next((row.code for row in self._rows if row.status is CheckStatus.FAIL and not row.folds), "")
            if found:
                self.go_to(found)

    def fold(self) -> None:
        """Open or close the group of the cursor's row; in one line, open the list."""
        self.moved_by_hand = True
        row = self.row
        if row.kind is RowKind.ALL or self.compact:
            self._shows_all = not self._shows_all
        elif row.layer:
            self._opened ^= {row.layer}
        self._lay()
        self.refresh()
        self.report_move()

    def row_at(self, line: int, x: int) -> int | None:
        """Return the row on this line; in one line, the one at cell `x`."""
        index: int | None = line
        if self.compact:
            inside = (each for each in self._cells() if each.start - 1 <= x < each.start + each.width)
            index = next((each.index for each in inside), None)
        is_row = index is not None and 0 <= index < len(self._rows) and self._rows[index].kind is not RowKind.SPACE
        return index if is_row else None

    def folds_at(self, index: int) -> bool:
        """Tell whether this row opens and closes a group."""
        return self._rows[index].folds

    def row_chosen(self) -> None:
        """Open or close the clicked group."""
        if self.row.folds:
            self.fold()

    # Drawing -----------------------------------------------------------------------------------

    def line_segments(self, line: int) -> list[Segment]:
        """Return a row, or all problems in one line."""
        if self.compact:
            return list(self._strip_line()) if line == 0 else []
        if 0 <= line < len(self._rows):
            return list(self._row_line(self._rows[line], at_cursor=line == self._cursor))
        return []

    def _cells(self) -> tuple[StripCell, ...]:
        return strip_cells(self._rows, self._cursor, self.scrollable_content_region.width)

    def _strip_line(self) -> Iterator[Segment]:
        column = 0
        for each in self._cells():
            at_cursor = each.index == self._cursor
            add = self.highlight(at_cursor=at_cursor)
            before = each.start - (1 if each.index is not None else 0)
            yield Segment(" " * (before - column), self.look(Look.PLAIN))
            if each.index is not None:
                yield self.mark(at_cursor=at_cursor)
            for text, look in each.pieces:
                yield Segment(text, self.look(look, add))
            column = each.start + each.width
        yield Segment(" ", self.look(Look.PLAIN))

    def _row_line(self, row: CheckRow, *, at_cursor: bool) -> Iterator[Segment]:
        if row.kind is RowKind.SPACE:
            return
        add = self.highlight(at_cursor=at_cursor)
        yield self.mark(at_cursor=at_cursor)
        fold = ("▾" if row.is_open else "▸") if row.folds else " "
        inside = "  " if row.kind is RowKind.CHECK else ""
        yield Segment(f"{fold} {inside}", self.look(Look.ACCENT, add))
        yield Segment("  " if row.kind is RowKind.ALL else f"{row.mark} ", self.look(row.look, add))
        if row.counts is not None:
            yield from self._counts(row, add)
            return
        known = Look.PLAIN if row.status else Look.QUIET
        yield Segment(cell(row.label, _NAME - len(inside) + 1), self.look(known, add))
        if row.code != OVERVIEW and (at_cursor or row.status in PROBLEMS):
            yield Segment(row.word, self.look(row.look, add))

    def _counts(self, row: CheckRow, add: Style) -> Iterator[Segment]:
        counts = row.counts
        if counts is None:
            return
        yield Segment(cell("all checks" if row.kind is RowKind.ALL else row.label, _LAYER), self.look(Look.PLAIN, add))
        yield self._counted(counts.of(CheckStatus.PASS), CheckStatus.PASS, add)
        problems = "" if row.kind is RowKind.ALL else counts.problems  # all of them stand above the row
        worst = LOOKS[counts.worst] if counts.worst and problems else Look.QUIET
        yield Segment(f" {cell(problems, _PROBLEM_COUNTS)}", self.look(worst, add))
        yield self._counted(counts.of(CheckStatus.SKIPPED), CheckStatus.SKIPPED, add)
        pending = f" {counts.pending:>2} {PENDING_MARK}" if counts.pending else ""
        yield Segment(pending, self.look(Look.QUIET, add))

    def _counted(self, number: int, status: CheckStatus, add: Style) -> Segment:
        text = f"{number:>2} {status.mark} " if number else " " * _COUNT
        return Segment(text, self.look(LOOKS[status], add))
