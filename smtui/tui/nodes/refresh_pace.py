"""When the list is read again by itself: seldom, and more seldom still where reading takes long."""

from __future__ import annotations

from collections.abc import Callable

SHORTEST_SECONDS = 60.0
READING_SHARE = 20
"""Reading may take a twentieth of the time at most."""


class RefreshPace:
    """`clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: float | None = None
        self._due_at: float | None = None

    def reading_began(self) -> None:
        self._began = self._clock()
        self._due_at = None

    def reading_ended(self) -> None:
        now = self._clock()
        took = now - self._began if self._began is not None else 0.0
        self._due_at = now + max(SHORTEST_SECONDS, READING_SHARE * took)

    @property
    def due(self) -> bool:
        """False while a reading is under way, and before the first has ended."""
        return self._due_at is not None and self._clock() >= self._due_at
