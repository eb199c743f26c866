"""Keeps the logs of the sessions of a simulated Region: objects of S3 and streams of CloudWatch Logs."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

_MOST_LOGS = 200
_MOST_BYTES = 64 << 20
"""Of one log; what comes later is not kept."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of a log stream."""

    at: int
    """Milliseconds since the epoch."""
    message: str


class LogBook:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._objects: dict[tuple[str, str], bytes] = {}
        self._streams: dict[tuple[str, str], list[LogEvent]] = {}
        self._order: deque[tuple[str, str]] = deque()

    def put_object(self, bucket: str, key: str, data: bytes) -> None:
        """Write an object, or write it anew."""
        with self._lock:
            self._objects[bucket, key] = data[:_MOST_BYTES]
            self._bound((bucket, key))

    def object(self, bucket: str, key: str) -> bytes | None:
        """An object's content; None where there is none."""
        with self._lock:
            return self._objects.get((bucket, key))

    def put_event(self, group: str, stream: str, message: str, at: int | None = None) -> None:
        """Append an event to a stream, which is made with its first one."""
        with self._lock:
            if (group, stream) not in self._streams:
                self._streams[group, stream] = []
                self._bound((group, stream))
            moment = int(time.time() * 1000) if at is None else at
            self._streams[group, stream].append(LogEvent(moment, message))

    def stream(self, group: str, stream: str) -> list[LogEvent] | None:
        """The events of a stream, the oldest first; None where there is none."""
        with self._lock:
            events = self._streams.get((group, stream))
            return list(events) if events is not None else None

    def _bound(self, name: tuple[str, str]) -> None:
        self._order.append(name)
        while len(self._order) > _MOST_LOGS:
            oldest = self._order.popleft()
            if oldest not in self._order:
                self._objects.pop(oldest, None)
                self._streams.pop(oldest, None)
