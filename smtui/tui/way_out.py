"""Leaves the screen, for keys, signals and faults alike: sessions end first, then the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from smtui.tui.terminal.terminal_owner import TerminalEvent, TerminalOwner, TerminalStep

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher

IMPATIENT_SECONDS = 1.0
"""A wish to leave that comes later than this hurries; earlier ones are repeated presses of the same key."""


class WayOut:
    """The only way out of the screen. Call every method on the event loop."""

    def __init__(
        self,
        owner: TerminalOwner,
        launcher: Launcher,
        close_screen: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        still_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """`still_waiting` is called once it takes so long that leaving again would hurry."""
        self._owner = owner
        self._launcher = launcher
        self._close_screen = close_screen
        self._clock = clock
        self._still_waiting = still_waiting
        self._since = 0.0

    async def leave(self) -> None:
        """End every session, then close the screen. Called again while that goes on, stop waiting for sessions."""
        step = self._owner.after(TerminalEvent.LEAVE)
        if step is TerminalStep.HURRY and self._clock() - self._since > IMPATIENT_SECONDS:
            self._launcher.hurry()
        if step is not TerminalStep.SETTLE:
            return
        self._since = self._clock()
        reminder = asyncio.get_running_loop().call_later(IMPATIENT_SECONDS, self._still_waiting)
        try:
            await self._launcher.settle()
        finally:
            reminder.cancel()
            if self._owner.after(TerminalEvent.SETTLED) is TerminalStep.CLOSE_SCREEN:
                self._close_screen()

    async def screen_is_over(self) -> None:
        """End the session that has the terminal, and give it to no other: the screen has ended, whatever ended it."""
        self._owner.after(TerminalEvent.SCREEN_OVER)
        await self._launcher.settle()
