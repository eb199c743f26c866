"""The ways in which a copy fails."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smtui.domain.text import error_words, harmless

if TYPE_CHECKING:
    from smtui.topics.failure import Failure


class CopyFailed(Exception):
    """A copy failed for good: the message says in sentences what happened and what is safe."""

    def __init__(self, sentence: str, failure: Failure | None = None, *, keeps_part: bool = True) -> None:
        """`failure` is that of the session, where it did not start. Without `keeps_part` the next copy begins anew."""
        super().__init__(sentence)
        self.failure = failure
        self.keeps_part = keeps_part


class ShellLost(Exception):
    """The session ended or fell silent; another one can go on where it stopped. The message is how it was lost."""


class SourceChanged(CopyFailed):
    """A source was changed while it was copied."""

    def __init__(self, name: str, target: str, how: str = "changed") -> None:
        """`how` it changed, as a verb."""
        super().__init__(
            f"{name} {how} while it was copied, so nothing was written to {target}. Copy it again.", keeps_part=False
        )


class SentLess(CopyFailed):
    """Less came of a source than its size; the message is for a source that still has this size."""


def wrong_size(name: str, where: str) -> CopyFailed:
    """A file whose size says nothing of its content; `where` it lies, such as `on the node`."""
    return CopyFailed(
        f"The size of {name} is not known beforehand, as with files of /proc and /sys, so it was not copied. "
        f"{where}, cat it to a file first, and copy that.",
        keeps_part=False,
    )


def system_words(error: OSError) -> str:
    """What the system said and of which path, without the marks of a Python value."""
    path = error.filename2 or error.filename
    if not error.strerror or not isinstance(path, str | bytes):
        return error_words(error)
    return f"{error.strerror}: {harmless(os.fsdecode(path))}"
