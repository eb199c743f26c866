"""Writes and reads the lines of an asciicast file, version 2.

One JSON value a line: first a header, then events `[seconds, code, text]`. Input is never written, so a password that
was typed without echo is not in the file. Source: https://docs.asciinema.org/manual/asciicast/v2/.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.domain.text import printable

OUTPUT, RESIZE = "o", "r"
MOST_CELLS = 10_000
"""Rows or columns; no terminal has more."""
_VERSION = 2
_LATEST = 1e9
_C1 = re.compile("[\x7f-\x9f]")
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})\Z", re.ASCII)
_CONVERT = "To convert it: asciinema convert --output-format asciicast-v2 OLD NEW"


class BrokenLine(Exception):
    """A line is not what it should be; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    columns: int
    rows: int
    timestamp: int | None = None
    """Seconds since 1970."""
    title: str = ""
    idle_limit: float | None = None
    """Seconds; a player shortens longer pauses to this."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, and when: seconds since the start."""

    at: float
    code: str
    text: str

    @property
    def size(self) -> tuple[int, int]:
        """The columns and rows of a resize; raises `BrokenLine`."""
        found = _SIZE.match(self.text)
        columns, rows = (int(found[1]), int(found[2])) if found else (0, 0)
        if not (0 < columns <= MOST_CELLS and 0 < rows <= MOST_CELLS):
            raise BrokenLine(f"The size {_quoted(self.text)} is not COLUMNSxROWS.")
        return columns, rows


# Writing ---------------------------------------------------------------------------------------


def header_line(header: Header) -> bytes:
    """Return the header as a line."""
    content: dict[str, Any] = {"version": _VERSION, "width": header.columns, "height": header.rows}
    if header.timestamp is not None:
        content["timestamp"] = header.timestamp
    if header.idle_limit is not None:
        content["idle_time_limit"] = header.idle_limit
    if header.title:
        content["title"] = header.title
    if header.environment:
        content["env"] = dict(header.environment)
    return _line(content)


def event_line(event: Event) -> bytes:
    """Return the event as a line."""
    return _line([round(event.at, 6), event.code, event.text])


def _line(content: object) -> bytes:
    text = json.dumps(content, ensure_ascii=False)
    if not text.isascii() or "\x7f" in text:
        # JSON leaves DEL and C1 as they are, and a terminal that is shown the file would obey them.
        text = _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace") + b"\n"


class OutputText:
    """Decodes output that comes in pieces; the rest of a character that is cut off waits for the next piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def decode(self, output: bytes) -> str:
        """Return the characters that are whole now; U+FFFD for what is no UTF-8, as terminals show it."""
        return self._decoder.decode(output)

    def rest(self) -> str:
        """Return what is left at the end: U+FFFD for a character that never came whole, or nothing."""
        return self._decoder.decode(b"", final=True)


# Reading ---------------------------------------------------------------------------------------


def read_header(line: bytes) -> Header:
    """Read the first line; raises `BrokenLine`."""
    content = _json(line)
    if not isinstance(content, dict) or "version" not in content:
        raise BrokenLine("This is not the header of an asciicast recording.")
    if content["version"] != _VERSION or isinstance(content["version"], bool):
        wanted = f" {_CONVERT}" if content["version"] in (1, 3) else ""
        said = _quoted(json.dumps(content["version"]))
        raise BrokenLine(f"This is version {said} of asciicast; only version 2 can be played.{wanted}")
    timestamp, title, variables = content.get("timestamp"), content.get("title"), content.get("env")
    return Header(
        columns=_cells(content, "width"),
        rows=_cells(content, "height"),
        timestamp=timestamp if isinstance(timestamp, int) and not isinstance(timestamp, bool) else None,
        title=title if isinstance(title, str) else "",
        idle_limit=_idle_limit(content.get("idle_time_limit")),
        environment=_texts(variables),
    )


def read_event(line: bytes) -> Event:
    """Read any other line; raises `BrokenLine`."""
    content = _json(line)
    if not isinstance(content, list) or len(content) < 3:
        raise BrokenLine("This is not an event: [seconds, code, text].")
    at, code, text = content[:3]
    if not _is_number(at) or not 0 <= at <= _LATEST:
        raise BrokenLine(f"The time {_quoted(json.dumps(at))} is not a number of seconds.")
    if not isinstance(code, str) or not isinstance(text, str):
        raise BrokenLine("The code and the text of an event must be texts.")
    event = Event(float(at), code, text)
    if code == RESIZE:
        _ = event.size
    return event


def _json(line: bytes) -> object:
    try:
        # A BOM, and bytes that are no UTF-8, are errors; a lone surrogate is left to whoever shows the text.
        found: object = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenLine(f"Byte {error.start + 1} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BrokenLine(f"This is not JSON: {printable(error.msg)} at column {error.colno}.") from None
    except (RecursionError, ValueError):
        raise BrokenLine("This JSON cannot be read: too deep, or too long a number.") from None
    return found


def _cells(content: Mapping[str, object], name: str) -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_CELLS:
        raise BrokenLine(f"The header's {name} must be a whole number from 1 to {MOST_CELLS}.")
    return value


def _idle_limit(value: object) -> float | None:
    return float(value) if _is_number(value) and value > 0 else None  # type: ignore[operator, arg-type]


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LATEST if isinstance(value, int) else math.isfinite(value)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _quoted(text: str) -> str:
    return printable(text if len(text) <= 40 else f"{text[:39]}…")
