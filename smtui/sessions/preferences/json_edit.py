"""Changes single values of a JSON text and leaves all else as it was written: order, spaces and unknown keys."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

_DECODER = json.JSONDecoder()
_SPACES = " \t\r\n"
_SPACE = re.compile(f"[{_SPACES}]*")


class NotEditable(ValueError):
    """The text has no object where one is needed."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an object, by where its parts are in the text."""

    name: str
    begins: int
    value: int
    ends: int


def with_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with the value at this path of names; names that are missing are added. Raises `NotEditable`."""
    try:
        json.loads(text)
        return _with_value(text, _skip(text, 0), path, value)
    except (ValueError, RecursionError) as error:
        raise NotEditable("The document is not a JSON object, so single values of it cannot be changed.") from error


def _with_value(text: str, start: int, path: Sequence[str], value: object) -> str:
    members, end = _members(text, start)
    name, *rest = path
    found = [member for member in members if member.name == name]
    if not found:
        for each in reversed(rest):
            value = {each: value}
        return _with_member(text, members, end, name, value)
    last = found[-1]  # which counts, for JSON's readers, where a name stands twice
    if rest:
        return _with_value(text, last.value, rest, value)
    return text[: last.value] + _written(value) + text[last.ends :]


def _with_member(text: str, members: Sequence[_Member], end: int, name: str, value: object) -> str:
    """Add a member at the end, spaced as the last one is."""
    member = f"{_written(name)}: {_written(value)}"
    if not members:
        return text[:end] + member + text[end:]
    last = members[-1]
    before = text[len(text[: last.begins].rstrip(_SPACES)) : last.begins]
    return f"{text[: last.ends]},{before}{member}{text[last.ends :]}"


def _members(text: str, start: int) -> tuple[list[_Member], int]:
    """The members of the object that begins here, and where its closing brace is."""
    if text[start : start + 1] != "{":
        raise ValueError("no object")
    members: list[_Member] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        name, ends = _DECODER.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError("no name")
        value = _skip(text, _skip(text, ends) + 1)
        _, ends = _DECODER.raw_decode(text, value)
        members.append(_Member(name, at, value, ends))
        at = _skip(text, ends)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return members, at


def _skip(text: str, at: int) -> int:
    """The next place that is not a space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
