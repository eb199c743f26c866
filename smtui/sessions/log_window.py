"""Keeps a bounded window of a log's lines: parts are added at either end, and dropped at the other one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.records.session_log import LogLine
    from smtui.sessions.log_source import LogPart

MOST_CHARACTERS = 2 << 20
"""Of all lines in the window. A single part may be larger, but never more than one page of a log stream."""
_LINE_COST = 64
"""What a line takes by itself, in characters: a log of empty lines is bounded, too."""


def _weight(part: LogPart) -> int:
    return sum(len(line.text) + _LINE_COST for line in part.lines)


class LogWindow:
    """The lines that are in memory, in order."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._parts: deque[tuple[LogPart, int]] = deque()
        self.lines: list[LogLine] = []

    def show(self, part: LogPart) -> None:
        """Replace everything by this part."""
        self._parts = deque([(part, _weight(part))])
        self._refill()

    def add_before(self, part: LogPart) -> int:
        """Add the part before the first one; returns how many lines came in front."""
        self._parts.appendleft((part, _weight(part)))
        while len(self._parts) > 1 and self.weight > self._most:
            self._parts.pop()
        self._refill()
        return len(part.lines)

    def add_after(self, part: LogPart) -> int:
        """Add the part behind the last one; returns how many lines were dropped in front."""
        self._parts.append((part, _weight(part)))
        dropped = 0
        while len(self._parts) > 1 and self.weight > self._most:
            dropped += len(self._parts.popleft()[0].lines)
        self._refill()
        return dropped

    @property
    def weight(self) -> int:
        """The size of all lines."""
        return sum(weight for _, weight in self._parts)

    @property
    def before(self) -> str:
        """The mark of what comes before the first line; empty where the log begins."""
        return self._parts[0][0].before if self._parts else ""

    @property
    def after(self) -> str:
        """The mark of what comes behind the last line; empty where the log has ended."""
        return self._parts[-1][0].after if self._parts else ""

    @property
    def at_end(self) -> bool:
        """Whether there was nothing behind the last line when it was read."""
        return not self._parts or self._parts[-1][0].at_end

    @property
    def total(self) -> int | None:
        """Bytes of the whole log, where that is known."""
        return next((part.total for part, _ in self._parts if part.total is not None), None)

    def _refill(self) -> None:
        self.lines = [line for part, _ in self._parts for line in part.lines]


def find_in(lines: list[LogLine], matches: Callable[[LogLine], bool], start: int, *, forward: bool) -> int | None:
    """Return the index of the next line that matches, from `start` on; None for none."""
    order: Iterator[int] = iter(range(start, len(lines)) if forward else range(start, -1, -1))
    return next((index for index in order if matches(lines[index])), None)
