"""Works out the rows of a run: failures first, those that wait as one, and nodes with the same answer as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.text import natural
from smtui.runs.node_run import NodeRun, NodeState
from smtui.runs.run_words import duration, summary
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.runs.runner import Run

RUN_COLUMNS = (
    TableColumn("STATUS", 13, 20),
    TableColumn("NODE", 12, 40),
    TableColumn("TOOK", 9, right=True, dispensable=1),
)
_BEATS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS = {
    NodeState.WAITING: ("…", Look.QUIET),
    NodeState.NOT_KNOWN: ("?", Look.WARN),
    NodeState.STOPPED: ("■", Look.WARN),
    NodeState.NOT_RUN: ("–", Look.QUIET),
}
_RANKS = {
    NodeState.EXITED: 0,
    NodeState.TIMED_OUT: 1,
    NodeState.LOST: 2,
    NodeState.REFUSED: 3,
    NodeState.NOT_STARTED: 4,
    NodeState.NOT_KNOWN: 5,
    NodeState.STOPPED: 6,
    NodeState.RUNNING: 7,
    NodeState.STARTING: 8,
    NodeState.WAITING: 9,
    NodeState.NOT_RUN: 10,
}
_GOOD = 11
"""Behind everything that a user has to look at."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row: a node, or several that have the same state and the same output."""

    nodes: tuple[NodeRun, ...]

    @property
    def key(self) -> str:
        """Stays the same while more nodes join the row."""
        first = self.nodes[0]
        return f"{first.state.value}:{first.target.place}:{first.target.node_id}"

    @property
    def first(self) -> NodeRun:
        """The node whose output stands for all."""
        return self.nodes[0]

    @property
    def who(self) -> str:
        """The node's name, or how many there are."""
        if len(self.nodes) == 1:
            return self.first.label
        return f"{len(self.nodes)} nodes" if self.first.state is NodeState.WAITING else f"{len(self.nodes)} alike"


def run_rows(run: Run, *, alike: bool) -> list[RunRow]:
    """Return the rows in their order. With `alike`, nodes that ended in the same way with the same output are one."""
    ordered = sorted(run.nodes, key=_order)
    groups: dict[object, list[NodeRun]] = {}
    for node in ordered:
        groups.setdefault(_kind(node, alike=alike), []).append(node)
    return [RunRow(tuple(nodes)) for nodes in groups.values()]


def _order(node: NodeRun) -> tuple[int, int, str]:
    rank = _GOOD if node.is_good else _RANKS[node.state]
    return rank, node.exit_status or 0, natural(node.label)


def _kind(node: NodeRun, *, alike: bool) -> object:
    if node.state in (NodeState.WAITING, NodeState.NOT_RUN) and alike:
        return node.state
    if not alike or not node.state.is_over:
        return node
    return node.answer


def table_row(row: RunRow, now: float, beat: int) -> TableRow:
    """Return a row's cells; `beat` turns the spinner."""
    first = row.first
    mark, look = _mark(first, beat)
    took = [seconds for node in row.nodes if (seconds := node.seconds(now)) is not None]
    cells = (
        (f"{mark} {first.words}", look),
        (row.who, Look.QUIET if first.is_good or first.state is NodeState.WAITING else Look.PLAIN),
        (duration(max(took)) if took else NOTHING, Look.QUIET),
    )
    return TableRow(row.key, cells)


def _mark(node: NodeRun, beat: int) -> tuple[str, Look]:
    if node.is_good:
        return "✓", Look.GOOD
    if node.state in (NodeState.STARTING, NodeState.RUNNING):
        return _BEATS[beat % len(_BEATS)], Look.QUIET
    return _MARKS.get(node.state, ("✕", Look.BAD))


def progress(run: Run) -> str:
    """Return how far the run is: `16 of 20 done: 14 exit 0, 1 exit 3, 1 refused`."""
    over = [node for node in run.nodes if node.state.is_over]
    number = len(run.nodes)
    if run.is_over:
        return f"{'stopped' if run.was_stopped else 'done'}: {summary(run.nodes)}"
    head = f"{len(over)} of {number} done"
    stopping = ", stopping" if run.is_stopping else ""
    return f"{head}{stopping}: {summary(over)}" if over else f"{head}{stopping}"


def next_row(rows: Sequence[RunRow], here: str, wanted: Callable[[RunRow], bool]) -> str:
    """Return the key of the next row that is wanted, from the top again after the last; empty if there is none."""
    keys = [row.key for row in rows]
    at = keys.index(here) + 1 if here in keys else 0
    return next((row.key for row in (*rows[at:], *rows[:at]) if wanted(row)), "")


def has_failed(row: RunRow) -> bool:
    """Tell whether something went wrong there."""
    return row.first.state.is_over and not row.first.is_good and row.first.state is not NodeState.NOT_RUN
