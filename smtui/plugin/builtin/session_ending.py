"""Describes how a session of our plugin ended: the words to print and the exit status."""

from __future__ import annotations

from dataclasses import dataclass

FAILED = 255
CLOSED_WITH_ERROR = 1
_LARGEST_STATUS = 255
_HUNG_UP = 128 + 1
"""SIGHUP."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended.

    `status` is the true one; under the AWS CLI the plugin exits 0 unless it was killed, as the official one does.
    """

    words: str = ""
    status: int = 0
    closed: bool = False
    """Whether the service reported the end of the session. If not, TerminateSession must be called."""
    killed: bool = False
    """Whether a signal ended it."""
    unread: bool = False
    """Whether it ended because nobody reads its output any more."""

    @property
    def hung_up(self) -> bool:
        """Whether the terminal or the pipe is gone. Under smtui they are smtui's, so smtui itself is gone."""
        return self.unread or (self.killed and self.status == _HUNG_UP)


def by_signal(number: int, words: str = "") -> Ending:
    """Return the ending after SIGTERM or SIGHUP."""
    return Ending(words, status=128 + number, killed=True)


def reported_status(text: bytes) -> int | None:
    """Read the number in `EXIT_CODE: n`, which is -1 after a signal; None if there is none."""
    try:
        return int(text.rpartition(b":")[2])
    except ValueError:
        return None


def command_status(text: bytes) -> int:
    """Read the exit status in `EXIT_CODE: n`; 255 for a value no process can have, such as -1 after a signal."""
    reported = reported_status(text)
    return reported if reported is not None and 0 <= reported <= _LARGEST_STATUS else FAILED
