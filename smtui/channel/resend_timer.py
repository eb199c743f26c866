"""Calls back when unacknowledged messages are overdue: one timer, for either end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Sending(Protocol):
    """The sending side of a stream."""

    def next_due(self) -> float | None:
        """Return the loop's time at which something should be written again; None for never."""


class ResendTimer:
    """Calls `resend` once when something in `outgoing` is overdue. No timer runs while everything is acknowledged."""

    def __init__(self, outgoing: Sending, resend: Callable[[], None]) -> None:
        self._outgoing = outgoing
        self._resend = resend
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """Set the timer; call it whenever something was staged, acknowledged or resent."""
        due = self._outgoing.next_due()
        if due is None:
            return
        if self._timer is not None:
            # Acknowledgements usually move the due time later: the timer then finds nothing to do and is armed again.
            # It comes earlier if a lost message arrived at last and the one behind it is long overdue.
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._fire)

    def cancel(self) -> None:
        """Stop, until armed again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._resend()
