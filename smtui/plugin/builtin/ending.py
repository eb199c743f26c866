"""How a session of the plugin ended: what to say, and the status to exit with."""

from __future__ import annotations

from dataclasses import dataclass

FAILED = 255
CLOSED_WITH_ERROR = 1
_LARGEST_STATUS = 255


@dataclass(frozen=True, slots=True)
class Ending:
    """`status` is the true one; under the AWS CLI the plugin exits 0 unless it was killed, as the official one does."""

    words: str = ""
    status: int = 0
    remote_lives: bool = False
    """The session was left, not ended: the agent should be told to end it."""
    killed: bool = False
    """By a signal."""


def by_signal(number: int, words: str = "") -> Ending:
    """SIGTERM or SIGHUP: somebody wants the process gone."""
    return Ending(words, status=128 + number, remote_lives=True, killed=True)


def command_status(text: bytes) -> int:
    """The exit status in `EXIT_CODE: n`; 255 for one that no process can have, such as -1 after a signal."""
    try:
        status = int(text.rpartition(b":")[2])
    except ValueError:
        return FAILED
    return status if 0 <= status <= _LARGEST_STATUS else FAILED
