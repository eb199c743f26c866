"""Understands what a plugin prints during a port forward: the official one's words, our own one's JSON lines.

The words were measured with session-manager-plugin 1.2.677.0. Our plugin writes its progress to stderr, one object a
line: `{"event": "opened" | "accepted" | "closed" | "refused" | "bytes", "now": 1, "total": 5, "in": 10, "out": 20,
"to": "db:5432"}`. `now` and `total` count connections, `in` and `out` bytes from and to the far end. Any key but
`event` may be missing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from smtui.domain.text import harmless


class Kind(Enum):
    """What a line reports."""

    WORDS = "words"
    BANNER = "words that every session begins or ends with"
    LISTENING = "the local end is open"
    ACCEPTED = "a connection came"
    REFUSED = "the destination took no connection"
    TRAFFIC = "numbers only"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a plugin, understood."""

    kind: Kind
    text: str = ""
    """The line itself, harmless; empty for progress."""
    to: str = ""
    """The destination `host:port`, if the plugin names it."""
    now: int | None = None
    total: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None


_PATTERNS = {
    Kind.LISTENING: re.compile(
        r"(?:Port \d{1,5}|Unix socket .+) opened for sessionId \S+\.|Waiting for connections\.\.\."
    ),
    Kind.ACCEPTED: re.compile(r"Connection accepted for session \S+"),
    Kind.REFUSED: re.compile(r"Connection to destination port failed\b"),
    Kind.BANNER: re.compile(r"(?:Starting session with SessionId: |Exiting session with sessionId: )\S+$"),
}
_EVENTS = {
    "opened": Kind.LISTENING,
    "accepted": Kind.ACCEPTED,
    "closed": Kind.TRAFFIC,
    "refused": Kind.REFUSED,
    "bytes": Kind.TRAFFIC,
}


def understand_line(line: str) -> Said | None:
    """Understand one line without its line end; None for an empty one."""
    line = line.strip()
    if not line:
        return None
    progress = _progress(line) if line.startswith("{") else None
    return progress or Said(_kind(line), harmless(line))


def _kind(line: str) -> Kind:
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.match(line)), Kind.WORDS)


def _progress(line: str) -> Said | None:
    try:
        progress = json.loads(line)
    except (ValueError, RecursionError):
        return None
    event = progress.get("event") if isinstance(progress, dict) else None
    if not isinstance(event, str) or event not in _EVENTS:
        return None
    to = progress.get("to")
    return Said(
        _EVENTS[event],
        to=harmless(to) if isinstance(to, str) else "",
        now=_number(progress, "now"),
        total=_number(progress, "total"),
        bytes_in=_number(progress, "in"),
        bytes_out=_number(progress, "out"),
    )


def _number(progress: dict[str, Any], name: str) -> int | None:
    value = progress.get(name)
    return value if type(value) is int and value >= 0 else None
