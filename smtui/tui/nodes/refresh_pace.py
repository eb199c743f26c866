"""Refreshes less often when a refresh takes long."""

from __future__ import annotations

from collections.abc import Callable

SHORTEST_SECONDS = 60.0
READING_SHARE = 20
"""Refreshing may take at most one part in this many of the time."""


class RefreshPace:
    """Decides when the list is due for the next refresh; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: float | None = None
        self._due_at: float | None = None

    def reading_began(self) -> None:
        """Note the start of a refresh."""
        self._began = self._clock()
        self._due_at = None

    def reading_ended(self) -> None:
        """Note the end of a refresh, and set when the next is due."""
        now = self._clock()
        took = now - self._began if self._began is not None else 0.0
        self._due_at = now + max(SHORTEST_SECONDS, READING_SHARE * took)

    @property
    def due(self) -> bool:
        """Whether to refresh now; False during a refresh, and before the first has ended."""
        return self._due_at is not None and self._clock() >= self._due_at
