r"""Understands what a plugin prints: its last words, and each line during a port forward.

Measured with session-manager-plugin 1.2.677.0: everything comes on stdout, mixed with the remote's own output, with
`\r\r\n` for a line end on a terminal. Only the very end of the output counts as last words, since a remote can print
anything.

Our plugin writes the progress of a forward to stderr, one object a line: `{"event": "opened" | "accepted" | "closed" |
"refused" | "bytes", "now": 1, "total": 5, "in": 10, "out": 20, "to": "db:5432"}`. `now` and `total` count connections,
`in` and `out` bytes from and to the far end. Any key but `event` may be missing.
"""

from __future__ import annotations

import json
import re
import signal
import time
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Any

from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.text import harmless

TAIL_BYTES = 8192

_ESCAPE = re.compile(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|[\]PX^_][^\x07\x1b\x18\x1a]*(?:\x07|\x1b\\|[\x18\x1a]|$)?"  # OSC and the other strings
    r"|[ -/]*[0-~]"
    r"|$)"
)
_LINE_END = re.compile(r"\r+\n|\r+")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def plain_text(output: bytes) -> str:
    """Decode terminal output and keep only what is safe to show: no escapes, controls or direction marks."""
    text = _LINE_END.sub("\n", _ESCAPE.sub("", output.decode("utf-8", "replace")))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)


_SESSION = r"(?P<session>\S+?)"
_BANNER = re.compile(r"Starting session with SessionId: (?P<session>[^\s^]+)(?:\s|\^[@-_])*")
_EXIT_CODE = re.compile(r"^EXIT_CODE: (-?\d{1,10})$", re.MULTILINE)
# Each is tried on up to 8 KiB that a remote may have chosen, so none may take more than linear time.
_PANIC = re.compile(r"\A(?>(?s:.*?)^(?=panic: |fatal error: ))(?P<text>.*)\n(?s:.*)^goroutine \d+", re.MULTILINE)
_FAREWELLS: tuple[tuple[PluginWord, re.Pattern[str]], ...] = (
    (
        PluginWord.TERMINATED,
        re.compile(rf"Terminate signal received, exiting\.\s+Exiting session with sessionId: {_SESSION}\.\Z"),
    ),
    (PluginWord.EXITED, re.compile(rf"Exiting session with sessionId: {_SESSION}\.\Z")),
    (PluginWord.TIMED_OUT, re.compile(rf"Session: {_SESSION} timed out\.\Z")),
    (PluginWord.PANIC, _PANIC),
    (PluginWord.CANNOT_START, re.compile(r"Cannot perform start session: (?P<text>[^\n]*)\Z")),
    (PluginWord.MISUSED, re.compile(r"Invalid Operation\Z|(?P<text>Unknown operation [^\n]*)(?:\n[^\n]*)?\Z")),
    (PluginWord.CLOSED, re.compile(rf"^SessionId: {_SESSION} : (?P<text>(?s:.*))\Z", re.MULTILINE)),
    (PluginWord.UNEXPECTED_SEQUENCE, re.compile(r"^(?P<text>.*[Uu]nexpected sequence.*)\Z", re.MULTILINE)),
)


def understand(tail: str) -> PluginWords:
    """Find the last words at the end of plain text."""
    tail = tail.rstrip()
    for word, pattern in _FAREWELLS:
        found = pattern.search(tail)
        if found:
            parts = found.groupdict()
            return PluginWords(
                word,
                text=(parts.get("text") or "").strip(),
                session_id=parts.get("session") or "",
                exit_code=_exit_code_before(tail[: found.start()]),
            )
    return _without_farewell(tail)


def _exit_code_before(text: str) -> int | None:
    """The official plugin prints a command's status as the last line before its farewell."""
    last_line = text.rstrip().rpartition("\n")[2]
    found = _EXIT_CODE.fullmatch(last_line)
    return int(found[1]) if found else None


def _without_farewell(tail: str) -> PluginWords:
    if not tail:
        return PluginWords()
    banner = _BANNER.fullmatch(tail.lstrip())
    if banner:
        return PluginWords(PluginWord.BANNER, session_id=banner["session"])
    return PluginWords(PluginWord.OTHER, exit_code=_exit_code_before(tail))


class Tail:
    """Keeps the last 8 KiB of a stream, in memory only."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, output: bytes) -> None:
        """Add output."""
        self._bytes += output
        if len(self._bytes) > 2 * TAIL_BYTES:
            del self._bytes[:-TAIL_BYTES]

    def text(self) -> str:
        """Return the kept output as plain text."""
        return plain_text(bytes(self._bytes[-TAIL_BYTES:]))


def report(
    status: int | None,
    tail: Tail,
    *,
    started: float,
    spoke: bool,
    left: bool = False,
    stopped: bool = False,
    hung_up: bool = False,
) -> PluginRun:
    """Describe how a plugin process ended.

    `status` is as in subprocess (minus the signal), None for a child that even SIGKILL did not end; `started` is
    monotonic, in seconds.
    """
    text = tail.text()
    error = ""
    if status is None:
        status, error = -signal.SIGKILL, "The plugin's process could not be ended."
    return PluginRun(
        exit_status=status if status >= 0 else None,
        signal=-status if status < 0 else None,
        tail=text,
        words=understand(text),
        spoke=spoke,
        left=left,
        stopped=stopped,
        hung_up=hung_up,
        error=error,
        duration=time.monotonic() - started,
    )


class LineKind(Enum):
    """What a line reports."""

    WORDS = "words"
    BANNER = "words that every session begins or ends with"
    LISTENING = "the local end is open"
    ACCEPTED = "a connection came"
    REFUSED = "the destination took no connection"
    STALLED = "a local connection reads nothing and holds up the others"
    TRAFFIC = "numbers only"


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One line of a plugin, understood."""

    kind: LineKind
    text: str = ""
    """The line itself, harmless; empty for progress."""
    to: str = ""
    """The destination `host:port`, if the plugin names it."""
    now: int | None = None
    total: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None

    @property
    def reports_stall(self) -> bool:
        """Whether it names a connection that holds up the others."""
        return self.kind is LineKind.STALLED


_PATTERNS = {
    LineKind.LISTENING: re.compile(
        r"(?:Port \d{1,5}|Unix socket .+) opened for sessionId \S+\.|Waiting for connections\.\.\."
    ),
    LineKind.ACCEPTED: re.compile(r"Connection accepted for session \S+"),
    LineKind.REFUSED: re.compile(r"Connection to destination port failed\b"),
    LineKind.STALLED: re.compile(r"smtui: (?:the connection from \S+|a connection) does not read the "),
    LineKind.BANNER: re.compile(r"(?:Starting session with SessionId: |Exiting session with sessionId: )\S+$"),
}
_EVENTS = {
    "opened": LineKind.LISTENING,
    "accepted": LineKind.ACCEPTED,
    "closed": LineKind.TRAFFIC,
    "refused": LineKind.REFUSED,
    "bytes": LineKind.TRAFFIC,
}


def understand_line(line: str) -> PluginLine | None:
    """Understand one line without its line end; None for an empty one."""
    line = line.strip()
    if not line:
        return None
    progress = _progress(line) if line.startswith("{") else None
    return progress or PluginLine(_kind(line), harmless(line))


def _kind(line: str) -> LineKind:
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.match(line)), LineKind.WORDS)


def _progress(line: str) -> PluginLine | None:
    try:
        progress = json.loads(line)
    except (ValueError, RecursionError):
        return None
    event = progress.get("event") if isinstance(progress, dict) else None
    if not isinstance(event, str) or event not in _EVENTS:
        return None
    to = progress.get("to")
    return PluginLine(
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
