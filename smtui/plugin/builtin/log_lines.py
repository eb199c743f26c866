"""Turns what the plugin's log is given into lines that a person can read in a bug report. Without I/O.

A busy session has thousands of messages a second. Messages of one kind with consecutive numbers share a line for up
to a second; whatever else is noted puts them all out first, so that lines keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from smtui.domain.text import harmless

LONGEST_RUN = 1.0
"""Seconds that one line may cover."""

_MOST_AHEAD = 10_000
_JUMP_SECONDS = 2.0
"""By which the two clocks must disagree before that is worth a line."""


class Moment(NamedTuple):
    """A time on both clocks: seconds since 1970, and monotonic ones, which stand still while the machine sleeps."""

    wall: float
    monotonic: float


class FrameFacts(NamedTuple):
    """What may be logged of one frame: never its payload."""

    is_sent: bool
    kind: str
    sequence: int = -1
    """-1 for a kind without numbers."""
    size: int = 0
    """Bytes of payload."""
    acknowledges: bool = False


@dataclass(slots=True)
class _Run:
    began: Moment
    facts: FrameFacts
    copy: str
    last: int = -1
    count: int = 0
    size: int = 0

    def takes(self, sequence: int) -> bool:
        return sequence >= 0 and sequence == self.last + 1


@dataclass(slots=True)
class _Direction:
    """What was seen of one direction's stream, and its totals."""

    expected: int = 0
    ahead: set[int] = field(default_factory=set)
    messages: int = 0
    size: int = 0
    copies: int = 0

    def note(self, sequence: int, size: int) -> str:
        """Count a message of the stream; returns what is unusual about its number."""
        self.messages += 1
        self.size += size
        if sequence < self.expected or sequence in self.ahead:
            self.copies += 1
            return " again"
        if sequence != self.expected:
            if len(self.ahead) < _MOST_AHEAD:
                self.ahead.add(sequence)
            return ""
        self.expected += 1
        while self.expected in self.ahead:
            self.ahead.discard(self.expected)
            self.expected += 1
        return ""


class LogLines:
    """The lines of one session. Each begins with the time, the session's id, and the seconds since the start."""

    def __init__(self, session_id: str, began: Moment) -> None:
        self._session_id = harmless(session_id)
        self._began = began
        self._offset = began.wall - began.monotonic
        self._sent = _Direction()
        self._received = _Direction()
        self._runs: dict[tuple[bool, str, str], _Run] = {}

    @property
    def has_open(self) -> bool:
        """Whether `flushed` would return lines."""
        return bool(self._runs)

    def noted(self, at: Moment, text: str) -> list[str]:
        """Return the lines for something that happened; `text` may come from outside."""
        return [*self._jump(at), *self.flushed(), self._line(at, harmless(text))]

    def frame(self, at: Moment, facts: FrameFacts) -> list[str]:
        """Take one frame into account; returns the lines that became due."""
        due = self._jump(at)
        copy = ""
        if facts.sequence >= 0 and not facts.acknowledges:
            copy = (self._sent if facts.is_sent else self._received).note(facts.sequence, facts.size)
        key = (facts.is_sent, facts.kind, copy)
        run = self._runs.get(key)
        ends = run is not None and not run.takes(facts.sequence)
        if ends or (self._runs and at.monotonic - next(iter(self._runs.values())).began.monotonic > LONGEST_RUN):
            due += self.flushed()
            run = None
        if run is None:
            self._runs[key] = run = _Run(at, facts, copy)
        run.last = facts.sequence
        run.count += 1
        run.size += facts.size
        return due

    def flushed(self) -> list[str]:
        """Return the lines of all runs, in the order in which they began."""
        lines = [self._line(run.began, _words_of(run)) for run in self._runs.values()]
        self._runs.clear()
        return lines

    def totals(self) -> str:
        """Return what was sent and received in all."""
        return f"in all: sent {_counted(self._sent)}; received {_counted(self._received)}"

    def _jump(self, at: Moment) -> list[str]:
        offset = at.wall - at.monotonic
        by = offset - self._offset
        if abs(by) < _JUMP_SECONDS:
            return []
        self._offset = offset
        why = "this machine slept, or its clock was set forward" if by > 0 else "it was set back"
        return [*self.flushed(), self._line(at, f"the clock jumped by {by:+,.1f} s: {why}")]

    def _line(self, at: Moment, text: str) -> str:
        when = datetime.fromtimestamp(at.wall, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return f"{when}Z {self._session_id} {at.monotonic - self._began.monotonic:+.3f} {text}\n"


def _words_of(run: _Run) -> str:
    facts = run.facts
    words = f"{'>' if facts.is_sent else '<'} {facts.kind}"
    if facts.sequence >= 0:
        words += f" #{facts.sequence}" + (f" to #{run.last}" if run.count > 1 else "")
    words += run.copy
    if facts.acknowledges:
        return words
    return f"{words}, " + (f"{run.count:,} messages, " if run.count > 1 else "") + f"{run.size:,} bytes"


def _counted(direction: _Direction) -> str:
    copies = f", {direction.copies:,} of them again" if direction.copies else ""
    return f"{direction.messages:,} messages, {direction.size:,} bytes{copies}"
