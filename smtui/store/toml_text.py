"""Parses TOML files that users write, and finds the line of each statement.

`tomllib` does not report lines. Texts that would cost it minutes, or the whole stack, are refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from smtui.domain.text import error_words

BY_HAND = "it is written in a way that smtui cannot change without harm: change it by hand."
"""Why a text is `Unchangeable`, where nothing more is known."""
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_DEEPEST = 50
_KEY_PART = r"""(?>[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}[ \t]*+\.[ \t]*+){{{_DEEPEST}}}", re.ASCII)
_HIGHEST = 2**63
_OPAQUE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"#[^\n]*",
    re.DOTALL,
)
"""Strings and comments, which hold no structure."""
_FILLER = re.compile(r"[^\n]")


class Unreadable(ValueError):
    """The text cannot be read; the message names the line and key, and continues after the file's name and a comma."""


class Unchangeable(ValueError):
    """The text was not changed; the message is a sentence that says why."""


def parsed(text: str) -> dict[str, Any]:
    """Return the table that the text holds; raises `Unreadable`."""
    if found := _LONG_KEY.search(text):  # tomllib would take minutes for it
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(f"line {line}: a key has more than {_DEEPEST} parts.")
    try:
        data = tomllib.loads(text)
    except ValueError as wrong:  # TOMLDecodeError, or a number that Python itself refuses
        raise Unreadable(_located(error_words(wrong), text)) from wrong
    except RecursionError as wrong:
        raise Unreadable("its brackets are nested too deep.") from wrong
    _refuse_extremes(data)
    return data


def _refuse_extremes(data: dict[str, Any]) -> None:
    """Refuse deep nesting, which dotted keys allow and Python can neither compare nor print."""
    level: list[Any] = [data]
    for _ in range(_DEEPEST):
        if any(type(value) is int and not -_HIGHEST <= value < _HIGHEST for value in level):
            raise Unreadable("a number in it has more than 64 bits.")
        level = [inner for value in level for inner in _inner(value)]
    if level:
        raise Unreadable("its tables are nested too deep.")


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _located(said: str, text: str) -> str:
    """Turn tomllib's message into `line 3, key port: Invalid value (column 8).`."""
    where = _WHERE.search(said)
    if where is None:
        return f"{said}."
    lines = text.rstrip("\n").split("\n")
    number, column = (int(where[1]), f" (column {where[2]})") if where[1] else (len(lines), "")
    key = _KEY.match(lines[min(number, len(lines)) - 1])
    return f"line {number}{f', key {key[1]}' if key else ''}: {said[: where.start()]}{column}."


def lines_with_ends(text: str) -> list[str]:
    r"""Return the lines as they are, each with its end. Only `\n` ends a line, as in TOML."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def with_ends_of(text: str, added: str) -> str:
    """Return what is added to a text with the line ends that the text has."""
    return added.replace("\n", "\r\n") if "\r\n" in text else added


def structure(text: str) -> list[tuple[int, str, bool]]:
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
