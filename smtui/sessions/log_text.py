"""Turns parts of a log, as S3 and CloudWatch Logs hold it, into harmless lines.

A log that is streamed has a JSON object in each event, with the lines in `sessionData`; one that was written at the
session's end has the plain text. Source: the agent (cloudwatchlogsservice.go).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from smtui.domain.records.session_log import LogLine, StreamEvent
from smtui.domain.records.terminal_text import readable_lines

_LONGEST_LINE = 4_096
"""Characters of one line; the rest of it becomes further lines, so that nothing is lost and nothing is unbounded."""


def lines_of_bytes(data: bytes) -> tuple[LogLine, ...]:
    """Return the lines of a part of an object."""
    return tuple(LogLine(line) for line in readable_lines(_broken(data.decode("utf-8", "replace"))))


def lines_of_events(events: Iterable[StreamEvent]) -> tuple[LogLine, ...]:
    """Return the lines of a page of a log stream, each with the time of its event."""
    return tuple(LogLine(line, event.at) for event in events for line in readable_lines(_broken(_message(event))))


def _message(event: StreamEvent) -> str:
    text = event.message
    if not text.startswith("{") or '"sessionData"' not in text:
        return text
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return text
    data = held.get("sessionData") if isinstance(held, dict) else None
    if not isinstance(data, list) or not all(isinstance(line, str) for line in data):
        return text
    return "\n".join(data)


def _broken(text: str) -> str:
    """The text with lines of no more than the longest."""
    if "\n" in text[:_LONGEST_LINE] and max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    if not line:
        yield ""
    for start in range(0, len(line), _LONGEST_LINE):
        yield line[start : start + _LONGEST_LINE]
