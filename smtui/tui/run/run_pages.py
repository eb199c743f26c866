"""Writes what stands beside the rows of a run: the output of a node, what was found in all of them, the saved text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from smtui.domain.text import folded, harmless
from smtui.runs.command_words import shown
from smtui.runs.node_run import Line, NodeRun, NodeState, Stream
from smtui.runs.run_words import duration, sentence, summary
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.runs.runner import Run
    from smtui.tui.run.run_rows import RunRow

MOST_SHOWN = 200
"""Lines of output beside the rows; `enter` shows more."""
MOST_IN_WHOLE = 5_000
"""Lines of the whole output on the screen; a saved file has all."""
MOST_FOUND = 500
_NAMES = 3


def row_page(row: RunRow, width: int, now: float, *, most: int = MOST_SHOWN) -> Paragraphs:
    """Return what the nodes of a row have said, and why they ended as they did."""
    page, node = Paragraphs(width), row.first
    page.hang((Piece(_who(row), Look.PLAIN, strong=True),), f"· {_how(node, now)}", Look.QUIET, 2)
    if node.state is NodeState.WAITING:
        page.write(f"Waits for its turn: {', '.join(each.label for each in row.nodes)}.", Look.QUIET)
        return page
    if len(row.nodes) > _NAMES:
        page.write(", ".join(each.label for each in row.nodes), Look.QUIET)
    if node.reason:
        page.write(node.reason, Look.BAD if not node.is_unproven else Look.WARN)
    if node.note:
        page.write(node.note, Look.WARN)
    _write_lines(page, node, most)
    if not node.lines and node.state.is_over and not node.reason:
        page.write("It printed nothing.", Look.QUIET)
    return page


def _who(row: RunRow) -> str:
    if len(row.nodes) <= _NAMES:
        return f"{', '.join(node.label for node in row.nodes)} "
    return f"{len(row.nodes)} {'nodes' if row.first.state is NodeState.WAITING else 'alike'} "


def _how(node: NodeRun, now: float) -> str:
    seconds = node.seconds(now) if node.state.is_over else None
    parts = [node.words, duration(seconds) if seconds is not None else ""]
    if any(line.stream is Stream.STDERR for line in node.lines):
        parts.append("stderr in colour, behind !")
    return " · ".join(part for part in parts if part)


def _write_lines(page: Paragraphs, node: NodeRun, most: int) -> None:
    for line in node.lines[:most]:
        _write_line(page, line, "")
    more = len(node.lines) - most
    if more > 0:
        page.write(f"… {more:,} more lines", Look.QUIET)
    if node.dropped:
        page.write(f"… {node.dropped:,} more bytes came and were not kept", Look.WARN)


def _write_line(page: Paragraphs, line: Line, name: str) -> None:
    is_error = line.stream is Stream.STDERR
    look = Look.BAD if is_error else Look.PLAIN
    leads = (Piece(name, Look.QUIET), Piece("! " if is_error else "", look))
    page.hang(leads, line.text.expandtabs() or " ", look, 2)


def found_page(found: Sequence[tuple[NodeRun, Line]], sought: str, width: int) -> Paragraphs:
    """Return the lines of all nodes that have what is sought, behind the nodes' names."""
    page = Paragraphs(width)
    nodes = len({id(node) for node, _ in found})
    page.write(found_words(sought, len(found), nodes), Look.QUIET)
    for node, line in found[:MOST_FOUND]:
        _write_line(page, line, f"{node.label} │ ")
    if len(found) > MOST_FOUND:
        page.write(f"… {len(found) - MOST_FOUND:,} more lines", Look.QUIET)
    return page


def found_words(sought: str, lines: int, nodes: int) -> str:
    """Return how much was found: `nginx: 17 lines of 3 nodes`."""
    if not lines:
        return f"{harmless(sought)}: in no line"
    count = "1 line" if lines == 1 else f"{lines:,} lines"
    return f"{harmless(sought)}: {count} of {'1 node' if nodes == 1 else f'{nodes} nodes'}"


def found_lines(run: Run, sought: str) -> Iterator[tuple[NodeRun, Line]]:
    """Yield the lines that have every word that is sought, whatever the case. May take a second: run it in a thread."""
    words = folded(sought).split()
    plain = [word.encode() for word in words] if sought.isascii() else []
    for node in run.nodes:
        for line in tuple(node.lines):
            # Bytes are compared in a fraction of the time.
            if plain:
                data = line.data.lower()
                if all(word in data for word in plain):
                    yield node, line
            elif all(word in folded(line.text) for word in words):
                yield node, line


def saved_lines(run: Run, now: datetime) -> list[str]:
    """Return the whole run as text: the command, the summary, then each node with its output."""
    request, clock = run.request, run.clock()
    lines = [
        f"smtui run, {now:%Y-%m-%d %H:%M:%S} UTC",
        f"command: {harmless(shown(request.words))}",
        f"way: {request.way.words}, {request.timeout:g} s on each node",
        f"result: {summary(run.nodes)}",
    ]
    for node in run.nodes:
        lines += ["", f"== {harmless(sentence(node, clock))} ({node.target.node_id})"]
        lines += [node.note] if node.note else []
        lines += [f"{'! ' if line.stream is Stream.STDERR else '  '}{_plain(line)}" for line in node.lines]
        if node.dropped:
            lines.append(f"… {node.dropped:,} more bytes came and were not kept")
    return lines


def _plain(line: Line) -> str:
    """The line without what a terminal obeys, but not cut."""
    from smtui.domain.text import printable

    return printable(line.text.expandtabs())


def nodes_line(labels: Sequence[str], most: int = 6) -> str:
    """Return the names, the first ones if there are many: `web-1, web-2 and 14 more`."""
    if len(labels) <= most:
        return ", ".join(labels)
    return f"{', '.join(labels[:most])} and {len(labels) - most} more"
