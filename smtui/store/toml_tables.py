"""Finds the lines of tables and keys in a TOML text: `tomllib` does not report them, and messages name them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPAQUE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"#[^\n]*",
    re.DOTALL,
)
"""Strings and comments, which hold no structure."""
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*[.=]")
_FILLER = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class TableLines:
    """One table: its lines from the header to the last that is neither blank nor a comment, counted from 0."""

    first: int
    last: int
    keys: dict[str, int]


def tables_named(name: str, text: str) -> list[TableLines]:
    """Return the `[[name]]` tables, each with the tables under it, of a text that `tomllib` accepts."""
    found: list[TableLines] = []
    inside = False
    for number, line, is_header in _structure(text):
        if is_header:
            header = re.sub(r"\s", "", line)
            if header == f"[[{name}]]":
                found.append(TableLines(number, number, {}))
                inside = True
                continue
            inside = inside and header.lstrip("[").startswith(f"{name}.")
        if inside and line.strip():
            table = found[-1]
            found[-1] = TableLines(table.first, number, table.keys)
            key = _KEY.match(line)
            if key:
                table.keys.setdefault(key[1], number)
    return found


def top_level_line(key: str, text: str) -> int:
    """Return the line where a top-level key, or a table of that name, begins; 0 if it is not found."""
    for number, line, _ in _structure(text):
        if re.match(rf"\s*(\[\[?\s*)?{re.escape(key)}\b", line):
            return number
    return 0


def _structure(text: str) -> list[tuple[int, str, bool]]:
    """Return (line number, line without strings and comments, whether it is a table's header) for each line."""
    lines: list[tuple[int, str, bool]] = []
    depth = 0
    for number, line in enumerate(_OPAQUE.sub(_blanked, text).split("\n")):
        is_header = depth == 0 and line.lstrip().startswith("[")
        lines.append((number, line, is_header))
        if not is_header:
            depth += sum(line.count(mark) for mark in "[{") - sum(line.count(mark) for mark in "]}")
    return lines


def _blanked(match: re.Match[str]) -> str:
    return _FILLER.sub(" " if match[0].startswith("#") else '"', match[0])
