"""Reads the text of `config.toml`, finds the line of each key, and changes one key without touching another byte.

A line that is not TOML is skipped; the rest is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from smtui.domain.settings.file_values import read_values
from smtui.domain.settings.setting_table import FILE_NAME
from smtui.domain.settings.settings_values import FileValues, Layer, Mistake, Origin
from smtui.domain.text import harmless
from smtui.store.toml_text import BY_HAND, Unchangeable, Unreadable, lines_with_ends, parsed, structure, with_ends_of

_PART = r"""(?:[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_NAME = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_STATEMENT = re.compile(rf"[ \t]*({_NAME})[ \t]*=", re.ASCII)
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_NAME})[ \t]*\]", re.ASCII)
_EACH_PART = re.compile(_PART, re.ASCII)
_LONGEST_STATEMENT = 60
"""Lines of one statement at most, when looking for the lines that are not TOML."""
_MOST_BROKEN = 30
_WITHOUT_END = "it has no end; look for a bracket or a quote that is not closed"

Path = tuple[str, ...]


class _Statement(NamedTuple):
    """A line, or several, that set one key or begin one table; lines are counted from 0."""

    path: Path
    first: int
    last: int
    is_header: bool
    table: Path
    """The table that the header above opened."""


class SettingsText:
    """One version of the file; raises `Unreadable` where it cannot be read at all."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.broken: list[Mistake] = []
        """The lines that are not TOML."""
        try:
            self.data, self._readable = parsed(text), text
        except Unreadable as unreadable:
            self.data, self._readable = self._without_broken_lines(unreadable)

    def values(self) -> FileValues:
        """Return the good values and all mistakes, each with its line."""
        found = read_values(self.data, self.line_of)
        mistakes = sorted((*self.broken, *found.mistakes), key=lambda mistake: mistake.origin.line)
        return FileValues(found.values, found.origins, tuple(mistakes))

    def line_of(self, path: Sequence[str]) -> int:
        """Return the line of the key, else of the table that holds it, counted from 1; 0 if neither is found."""
        for length in range(len(path), 0, -1):
            if (line := self._lines.get(tuple(path[:length]))) is not None:
                return line + 1
        return 0

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        found: dict[Path, int] = {}
        for statement in _statements(self._readable):
            for length in range(1, len(statement.path) + 1):
                found.setdefault(statement.path[:length], statement.first)
        return found

    # Lines that are not TOML -------------------------------------------------------------------

    def _without_broken_lines(self, unreadable: Unreadable) -> tuple[dict[str, Any], str]:
        """Blank the lines that cannot be parsed, and parse the rest; raises `Unreadable` if that does not help."""
        lines = self.text.split("\n")
        for number, said in _broken_lines(lines):
            self._blank(lines, number, said)
            if len(self.broken) > _MOST_BROKEN:
                raise unreadable
        for _ in range(_MOST_BROKEN):
            text = "\n".join(lines)
            try:
                return parsed(text), text
            except Unreadable as again:  # such as a key that is set twice
                found = re.match(r"line (\d+)(?:, key [^:]+)?: (.+)", str(again))
                if found is None or not lines[int(found[1]) - 1].strip():
                    raise
                self._blank(lines, int(found[1]) - 1, found[2])
        raise unreadable

    def _blank(self, lines: list[str], number: int, said: str) -> None:
        key = _STATEMENT.match(lines[number])
        name = harmless(key[1]) if key else ""
        said = said.rstrip(".") if "(column" in said else _WITHOUT_END if name else "it sets no key"
        hint = "; texts stand in quotes" if said.startswith("Invalid value") else ""
        sentence = f"{name or 'this line'} is not TOML: {harmless(said)}{hint}"
        self.broken.append(Mistake(Origin(Layer.FILE, FILE_NAME, number + 1), name, sentence))
        lines[number] = ""

    # Changes -----------------------------------------------------------------------------------

    def with_value(self, path: Path, value: Any) -> str:
        """Return the text in which the key has this value; raises `Unchangeable`."""
        wanted = _put(self.data, path, value)
        held = self._holding(path)
        if held is not None:
            return self._checked(self._edited(held, path, value), wanted)
        return self._checked(self._added(path, value), wanted)

    def without(self, path: Path) -> str:
        """Return the text without the key; raises `Unchangeable`."""
        held = self._holding(path)
        if held is None:
            raise Unchangeable(f"{'.'.join(path)} was not found in it.")
        wanted = _taken(self.data, path)
        lines = lines_with_ends(self.text)
        if held.path == path:
            del lines[held.first : held.last + 1]
            return self._checked("".join(lines), wanted)
        return self._checked(self._edited(held, path, None), wanted)

    def _holding(self, path: Path) -> _Statement | None:
        """Return the statement that sets the key, or the inline table around it."""
        for statement in _statements(self._readable):
            if not statement.is_header and statement.path == path[: len(statement.path)]:
                return statement
        return None

    def _edited(self, held: _Statement, path: Path, value: Any) -> str:
        """Change the key within its own statement; None removes it."""
        import tomlkit
        import tomlkit.exceptions

        lines = lines_with_ends(self.text)
        before = "".join(lines[held.first : held.last + 1])
        try:
            document = tomlkit.parse(before.replace("\r\n", "\n"))
            holder: Any = document
            *tables, name = path[len(held.table) :]
            for table in tables:
                holder = holder[table]
            if value is None:
                del holder[name]
            else:
                holder[name] = value
            after = tomlkit.dumps(document)
        except (tomlkit.exceptions.TOMLKitError, KeyError, TypeError, AttributeError) as wrong:
            raise Unchangeable(BY_HAND) from wrong
        lines[held.first : held.last + 1] = [with_ends_of(self.text, after)]
        return "".join(lines)

    def _added(self, path: Path, value: Any) -> str:
        """Add the key after the last one of its table, else after the table's header, else in a new table."""
        *tables, name = path
        line = f"{name} = {_toml(value)}\n"
        lines, statements = lines_with_ends(self.text), list(_statements(self._readable))
        inside = [each for each in statements if each.table == tuple(tables) and (tables or not each.is_header)]
        if inside:
            at = inside[-1].last + 1
        elif not tables:
            at = _above_first_table(lines, statements)
        else:
            at, line = len(lines), f"{_gap(lines)}[{'.'.join(tables)}]\n{line}"
        if at and not lines[at - 1].endswith("\n"):
            lines[at - 1] += with_ends_of(self.text, "\n")
        lines.insert(at, with_ends_of(self.text, line))
        return "".join(lines)

    def _checked(self, text: str, wanted: Mapping[str, Any]) -> str:
        """Return the text if it says exactly what is wanted; raises `Unchangeable`, also if there are broken lines."""
        if self.broken:
            first = self.broken[0]
            raise Unchangeable(f"line {first.origin.line} is not TOML: correct it first.")
        try:
            holds = parsed(text)
        except Unreadable as wrong:
            raise Unchangeable(BY_HAND) from wrong
        if holds != wanted and _without_empty_tables(holds) != _without_empty_tables(wanted):
            raise Unchangeable(BY_HAND)
        return text


def _gap(lines: Sequence[str]) -> str:
    return "\n" if any(line.strip() for line in lines) and lines[-1].strip() else ""


def _above_first_table(lines: Sequence[str], statements: Sequence[_Statement]) -> int:
    """Return the line where a first key goes: after the comments at the top, above those of the first table."""
    first = next((each.first for each in statements if each.is_header), None)
    if first is None:
        return len(lines)
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def _put(data: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    name, *below = path
    if not below:
        return {**data, name: value}
    held = data.get(name, {})
    if not isinstance(held, dict):
        raise Unchangeable(f"{name} is no table in it: change it by hand.")
    return {**data, name: _put(held, tuple(below), value)}


def _taken(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the data without the key; a table that has become empty may stay, if its header does."""
    name, *below = path
    if below:
        return {**data, name: _taken(data[name], tuple(below))}
    return {key: value for key, value in data.items() if key != name}


def _without_empty_tables(data: Mapping[str, Any]) -> dict[str, Any]:
    inner = {key: _without_empty_tables(value) if isinstance(value, dict) else value for key, value in data.items()}
    return {key: value for key, value in inner.items() if value != {}}


def _toml(value: Any) -> str:
    import tomlkit

    text: str = tomlkit.item(value).as_string()
    return text


def _statements(text: str) -> Iterator[_Statement]:
    """Yield the statements of a text that `tomllib` accepts."""
    lines = text.split("\n")
    table: Path = ()
    current: _Statement | None = None
    for number, blanked, is_header in structure(text):
        found = _HEADER.match(lines[number]) if is_header else _STATEMENT.match(lines[number])
        if found is None or not (is_header or "=" in blanked):
            if current is not None and blanked.strip():
                current = current._replace(last=number)
            continue
        if current is not None:
            yield current
        path = _parts(found[1])
        if is_header:
            table = path
            current = _Statement(path, number, number, True, path)
        else:
            current = _Statement((*table, *path), number, number, False, table)
    if current is not None:
        yield current


def _parts(name: str) -> Path:
    return tuple(next(iter(tomllib.loads(f"{part} = 0"))) for part in _EACH_PART.findall(name))


def _broken_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that begin no statement of TOML, from 0, with what the parser says of them."""
    number = 0
    while number < len(lines):
        length, said = _statement_length(lines, number)
        if length:
            number += length
        else:
            yield number, said
            number += 1


def _statement_length(lines: Sequence[str], first: int) -> tuple[int, str]:
    """Return how many lines from `first` on are one statement; 0 if none are, with the parser's words."""
    said = ""
    for length in range(1, min(_LONGEST_STATEMENT, len(lines) - first) + 1):
        try:
            parsed("\n".join(lines[first : first + length]))
        except Unreadable as unreadable:
            said = said or str(unreadable).partition(": ")[2]
            if not any(mark in lines[first] for mark in ("[", '"""', "'''")):
                break
            continue
        return length, ""
    return 0, said
