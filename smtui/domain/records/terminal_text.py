"""Turns what a terminal would have drawn into lines that can be read and are harmless.

A log of a shell holds what the shell wrote to its terminal: colours, titles, corrections of what was typed. Colours and
other sequences go; backspaces, carriage returns and the sequences that edit a line are carried out within that line. A
program that draws on the whole screen leaves its words in the order in which it wrote them.

Sources: ECMA-48, and xterm's control sequences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smtui.domain.text import harmless

_WIDEST = 8_192
"""Columns in which a line is edited; what a stranger wrote further right is not moved about."""
_MOST_EDITED = 16_384
"""Characters of a line that is edited; of a longer one the sequences are only left out."""
_STRING = "(?:\x1b[P\\]X^_]|[\x90\x9d\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
"""OSC, DCS, SOS, PM, APC. Where the end is missing the text stays: nobody can hide words from who reads the log."""
_CSI = "(?:\x1b\\[|\x9b)(?P<parameters>[0-?]{0,64})[ -/]{0,8}(?P<final>[@-~])?"
_ESCAPE = "\x1b[ -/]{0,8}[0-~]?"
_SEQUENCE = re.compile(f"{_STRING}|{_CSI}|{_ESCAPE}")
_EDITED = re.compile("[\x1b\x07\x08\r\x0e\x0f\x80-\x9f]")
_TAB = 8


def readable_lines(text: str) -> Iterator[str]:
    """Yield the lines of a log, harmless; a line feed at the end begins no further line."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return map(readable_line, lines)


def readable_line(line: str) -> str:
    """Return what a terminal would show of one line, harmless."""
    line = line.rstrip("\r")
    if _EDITED.search(line):
        line = _carried_out(line) if len(line) <= _MOST_EDITED else _SEQUENCE.sub("", line)
    return harmless(line.expandtabs(_TAB).rstrip())


def _carried_out(line: str) -> str:
    cells: list[str] = []
    column = 0
    for text, sequence in _tokens(line):
        if sequence is not None:
            column = _edit(cells, column, sequence)
            continue
        for run in re.split("([\r\x08])", text):
            if run == "\r":
                column = 0
            elif run == "\x08":
                column = max(0, column - 1)
            else:
                printed = run.replace("\x07", "").replace("\x0e", "").replace("\x0f", "")
                column = _print(cells, column, printed)
    return "".join(cells)


def _tokens(line: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    at = 0
    for found in _SEQUENCE.finditer(line):
        if found.start() > at:
            yield line[at : found.start()], None
        yield "", found
        at = found.end()
    yield line[at:], None


def _print(cells: list[str], column: int, text: str) -> int:
    if column > len(cells):
        cells.extend(" " * (column - len(cells)))
    cells[column : column + len(text)] = text
    return column + len(text)


def _edit(cells: list[str], column: int, sequence: re.Match[str]) -> int:
    """Carry out a sequence that edits the line; returns the new column."""
    final, given = sequence["final"], sequence["parameters"] or ""
    if not final or given[:1] in ("?", ">", "<", "="):
        return column
    first = given.partition(";")[0]
    count = min(int(first), _WIDEST) if first.isascii() and first.isdigit() else 0
    match final:
        case "C":
            return min(column + max(1, count), max(column, _WIDEST))
        case "D":
            return max(0, column - max(1, count))
        case "G":
            return max(1, count) - 1
        case "K":
            _erase(cells, column, count)
        case "P":
            del cells[column : column + max(1, count)]
        case "@":
            # Blanks push nothing beyond the widest line: a log of such sequences alone would fill the memory.
            cells[column:column] = " " * min(max(1, count), max(0, _WIDEST - len(cells)))
        case "X":
            end = min(column + max(1, count), len(cells))
            cells[column:end] = " " * max(0, end - column)
        case "H" | "f":
            # Another line of the screen: its words follow here.
            return len(cells)
    return column


def _erase(cells: list[str], column: int, what: int) -> None:
    if what == 0:
        del cells[column:]
    elif what == 1:
        cells[: column + 1] = " " * min(column + 1, len(cells))
    else:
        cells[:] = " " * min(column, len(cells))
