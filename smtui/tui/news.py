"""Keeps what smtui has said: what the status line shows now, and every message for the list of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.notifications import SeverityLevel

SHOWN_SECONDS = 6.0
"""How long a message is shown, unless it says otherwise. A failure stays until the next key, if that comes later."""
KEPT = 200
"""Messages in the list."""


@dataclass(slots=True)
class Message:
    """Something that smtui has said."""

    text: str
    severity: SeverityLevel
    said_at: datetime
    until: float
    """On the clock of `News`, in seconds."""
    awaits_key: bool
    """Whether it stays until the next key."""

    def is_shown(self, now: float) -> bool:
        """Tell whether the status line still shows it."""
        return self.awaits_key or now < self.until


class News:
    """What is shown now and what was said. `seconds` is monotonic, `clock` tells the time of day."""

    def __init__(self, seconds: Callable[[], float], clock: Callable[[], datetime]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._said: deque[Message] = deque(maxlen=KEPT)
        self._shown: list[Message] = []

    def add(self, text: str, severity: SeverityLevel = "information", seconds: float | None = None) -> None:
        """Show `text` for so many seconds; one that is shown already begins anew."""
        self._shown = [message for message in self.current() if message.text != text][::-1]
        until = self._seconds() + (SHOWN_SECONDS if seconds is None else seconds)
        message = Message(text, severity, self._clock(), until, severity != "information")
        self._said.append(message)
        self._shown.append(message)

    def clear(self) -> None:
        """Show nothing any more; the list keeps everything."""
        self._shown = []

    def key_pressed(self) -> None:
        """Count the failures that are shown as read: they go when their time is over."""
        for message in self._shown:
            message.awaits_key = False

    def current(self) -> list[Message]:
        """Return what is shown now, the newest first."""
        now = self._seconds()
        self._shown = [message for message in self._shown if message.is_shown(now)]
        return self._shown[::-1]

    def seconds_left(self) -> float | None:
        """Return when what `current` returned last changes by itself; None if nothing does."""
        now = self._seconds()
        return min((max(0.0, message.until - now) for message in self._shown if not message.awaits_key), default=None)

    @property
    def messages(self) -> Sequence[Message]:
        """Everything that was said, the newest first."""
        return tuple(self._said)[::-1]
