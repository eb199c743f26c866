"""Declares what may accompany a session on the user's terminal: a recording of it, a reminder of its end."""

from __future__ import annotations

from collections.abc import Callable
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


class Reminder(Protocol):
    """Has a line for the user now and then, shown when it disturbs no program. Used by one thread."""

    def begin(self, wake: Callable[[], None]) -> None:
        """The session begins now. `wake` is called, from any thread, when `wait` has changed."""

    def typed(self) -> None:
        """The user typed something."""

    def wait(self) -> float | None:
        """Return the seconds until `line` should be asked; None if it need not be."""

    def line(self) -> str:
        """Return the sentence that is due and still true; else an empty text."""


@dataclass(frozen=True, slots=True)
class Companions:
    """What accompanies one session."""

    tap: Tap | None = None
    reminder: Reminder | None = None
    greeting: str = ""
    """A sentence above the first output of a session on a terminal."""


NOBODY = Companions()
