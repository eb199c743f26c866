"""When to write the oldest unacknowledged message again: one timer, for either end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smtui.channel.stream import Outgoing


class ResendTimer:
    """Calls `resend` when something in `outgoing` is overdue. No timer runs while everything is acknowledged."""

    def __init__(self, outgoing: Outgoing, resend: Callable[[], None]) -> None:
        self._outgoing = outgoing
        self._resend = resend
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """To be called whenever something was staged, acknowledged or resent."""
        due = self._outgoing.next_due()
        if due is None:
            return
        if self._timer is not None:
            # Acknowledgements mostly move the due time on: the timer then finds nothing to do and is armed again. They
            # bring it nearer when a lost head was made good and the message behind it is long overdue.
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
        self.arm()
