"""Declares that a signal has ended a player; light enough to be imported where none plays."""

from __future__ import annotations

_SHELLS_BASE = 128


class EndedBySignal(BaseException):
    """Raised in the player by the signal's handler. Like KeyboardInterrupt, nothing on the way takes it for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = _SHELLS_BASE + number
        """What a shell reports for a command that this signal ended."""
