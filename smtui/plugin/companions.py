"""Declares what may accompany a session on the user's terminal: a recording of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Tap(Protocol):
    """Gets what the user is shown. `resized` and `shown` return at once; they are called from several threads."""

    def resized(self, rows: int, columns: int) -> None:
        """Take the terminal's size, first before any output; 0 if it is not known."""

    def shown(self, output: bytes) -> None:
        """Take what goes to the terminal, in pieces of any size."""

    def close(self) -> str:
        """Take no more, and return a sentence for the user, or an empty text. Blocks for some seconds at most."""


@dataclass(frozen=True, slots=True)
class Companions:
    """What accompanies one session."""

    tap: Tap | None = None


NOBODY = Companions()
