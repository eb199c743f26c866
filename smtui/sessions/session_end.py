"""Says before they strike when the account's preferences end a session: five minutes before, and one.

AWS counts the idle time from the user's last input, and the whole time from the start. Limits that are not known cause
no warning.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.text import error_words, harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.records.session_limits import SessionLimits
    from smtui.domain.request import SessionRequest

log = logging.getLogger(__name__)

BEFORE = (5, 1)
"""Minutes before an end."""
_MINUTE = 60.0
_TICK = 1e-6
"""Seconds that are too short to wait for: adding them to the time may not change it."""
_LOOK_AFTER = 0.5
"""Minutes: a session that is shorter reads no preferences."""
_ACCOUNTS_DOCUMENT = "SSM-SessionManagerRunShell"


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """An end that comes by itself, in seconds from now."""

    left: float
    limit: int
    """Minutes, as the preferences have it."""
    is_idle: bool


@dataclass(frozen=True, slots=True)
class _Warning:
    due: float
    """Seconds from now; not above 0 if it is due."""
    end: SessionEnd


def next_end(
    limits: SessionLimits, elapsed: float, since_input: float, *, minute: float = _MINUTE
) -> SessionEnd | None:
    """Return the end that comes first; None where no limit is known. Times are in seconds."""
    ends = []
    if limits.max_minutes is not None:
        ends.append(SessionEnd(limits.max_minutes * minute - elapsed, limits.max_minutes, is_idle=False))
    if limits.idle_minutes is not None:
        ends.append(SessionEnd(limits.idle_minutes * minute - since_input, limits.idle_minutes, is_idle=True))
    return min(ends, key=lambda end: end.left, default=None)


def words(label: str, limits: SessionLimits, elapsed: float, since_input: float) -> str:
    """Return a sentence about a shell of one's own that ends in five minutes or less; else an empty text."""
    end = next_end(limits, elapsed, since_input)
    if end is None or not 0 < end.left <= BEFORE[0] * _MINUTE:
        return ""
    why = f"{end.limit} min without input" if end.is_idle else f"{end.limit} min are over"
    return f"Your shell on {harmless(label)} ends in {_minutes(end.left)} min: {why} (the account's preferences)."


def _minutes(seconds: float, minute: float = _MINUTE) -> int:
    return max(math.ceil(seconds / minute - 0.01), 1)


def _warnings(limits: SessionLimits, elapsed: float, since_input: float, minute: float) -> Iterator[_Warning]:
    """Yield the warnings of the end that comes first, due and to come."""
    end = next_end(limits, elapsed, since_input, minute=minute)
    if end is not None and end.left > 0:
        for before in BEFORE:
            if before < end.limit:
                yield _Warning(end.left - before * minute, end)


class EndReminder:
    """Accompanies one session on the terminal. Used by the relay's thread; `learn` may be called from any other."""

    def __init__(self, look_up: Callable[[], None], *, minute: float = _MINUTE, elapsed: float = 0.0) -> None:
        """`look_up` starts to read the limits, returns at once, and leads to `learn`.

        `elapsed` is for how many seconds the session has run already.
        """
        self._elapsed = elapsed
        self._look_up = look_up
        self._minute = minute
        self._lock = threading.Lock()
        self._limits: SessionLimits | None = None
        self._is_asked = False
        self._wake: Callable[[], None] = lambda: None
        self._began = self._opened = self._typed = _now()
        self._told = -math.inf

    def begin(self, wake: Callable[[], None]) -> None:
        """The session begins now; call `wake` when `wait` has changed."""
        self._wake = wake
        self._opened = self._typed = _now()
        self._began = self._opened - self._elapsed

    def typed(self) -> None:
        """The user typed something."""
        self._typed = _now()

    def learn(self, limits: SessionLimits | None) -> None:
        """Take the limits; None if they are not known."""
        with self._lock:
            self._limits = limits
        self._wake()

    def wait(self) -> float | None:
        """Return the seconds until `line` should be asked; None if it need not be."""
        if not self._is_asked:
            return max(self._opened + _LOOK_AFTER * self._minute - _now(), 0.0)
        now = _now()
        return min((each.due if each.due > _TICK else 0.0 for each in self._open(now)), default=None)

    def line(self) -> str:
        """Return the sentence that is due, once; else an empty text."""
        now = _now()
        if not self._is_asked:
            if now >= self._opened + _LOOK_AFTER * self._minute:
                self._is_asked = True
                self._look_up()
            return ""
        due = [each for each in self._open(now) if each.due <= _TICK]
        if not due:
            return ""
        self._told = now + _TICK
        end = due[0].end
        left = _minutes(end.left, self._minute)
        if end.is_idle:
            return (
                f"This session ends in {left} min unless you type something: "
                f"the account's preferences end it after {end.limit} min without input."
            )
        return f"This session ends in {left} min: the account's preferences allow {end.limit} min."

    def _open(self, now: float) -> Iterator[_Warning]:
        """Yield the warnings that have not been given."""
        with self._lock:
            limits = self._limits
        if limits is None:
            return
        for each in _warnings(limits, now - self._began, now - self._typed, self._minute):
            if now + each.due > self._told:
                yield each


def end_reminder(
    request: SessionRequest,
    limits: Callable[[Place], Awaitable[SessionLimits | None]],
    *,
    minute: float = _MINUTE,
    elapsed: float = 0.0,
) -> EndReminder | None:
    """Make a reminder for a session that is about to be opened; None if its document has limits of its own.

    Call it on the event loop. `limits` is awaited there once the session has run for a while.
    """
    if request.document_name not in ("", _ACCOUNTS_DOCUMENT):
        return None
    loop, reading = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    async def learn() -> None:
        reminder.learn(await limits(request.place))

    def finished(task: asyncio.Task[None]) -> None:
        reading.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("the limits of sessions could not be read: %s", error_words(error))

    def begin() -> None:
        task = loop.create_task(learn())
        reading.add(task)
        task.add_done_callback(finished)

    def look_up() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: smtui is ending
            loop.call_soon_threadsafe(begin)

    reminder = EndReminder(look_up, minute=minute, elapsed=elapsed)
    return reminder


def _now() -> float:
    """Seconds that go on while the machine sleeps, as they do at AWS. Python's own clock does on Windows alone."""
    clock = time.CLOCK_MONOTONIC if sys.platform == "darwin" else getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()
