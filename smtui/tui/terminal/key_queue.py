"""Deals out keys one at a time, each with its whole effect before the next.

On a bad connection keys arrive in bunches. Textual sends each key to the widget that has the focus on arrival, so the
rest of a bunch that begins with `/` would act on the list instead of the filter, and its `enter` start a session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

FIRST_ROWS_SECONDS = 2.0
"""How long keys wait for the first rows of a screen that reads them when it is shown."""
_WAIT_FOR_NOTHING = ("escape", "ctrl+c", "ctrl+q")
_HOP_SECONDS = 0.5
"""How long one busy widget may hold up the keyboard."""
_PASSES = 4
"""First the key rises from the focused widget to the app; then its effect does, the effect of that, and a new focus."""


class KeyQueue:
    """Takes keys as they arrive and deals them out in its own task."""

    def __init__(self, app: App[None], deal: Callable[[events.Key], Awaitable[None]]) -> None:
        self._app = app
        self._deal = deal
        self._waiting: deque[events.Key] = deque()
        self._dealing: asyncio.Task[None] | None = None

    def put(self, key: events.Key) -> None:
        """Queue a key; returns at once."""
        self._waiting.append(key)
        if self._dealing is None:
            self._dealing = asyncio.create_task(self._deal_all())

    async def _deal_all(self) -> None:
        try:
            while self._waiting:
                await self._has_first_rows(self._waiting[0])
                path = self._path()
                await self._deal(self._waiting.popleft())
                for _ in range(_PASSES):
                    for pump in path:
                        await _has_caught_up(pump)
        finally:
            self._dealing = None

    async def _has_first_rows(self, key: events.Key) -> None:
        """Let a key wait for what it acts on: typed behind the key that opens a screen, it is there before the rows."""
        screen = self._app.screen
        if not getattr(screen, "READS_FIRST", False) or key.key in _WAIT_FOR_NOTHING:
            return
        rows: asyncio.Event = screen.first_rows  # type: ignore[attr-defined]  # a main screen's
        with suppress(TimeoutError):
            await asyncio.wait_for(rows.wait(), FIRST_ROWS_SECONDS)

    def _path(self) -> list[MessagePump]:
        """Return the widgets a key passes, from the focused one to the app."""
        target = self._app.focused or self._app.screen
        return [*target.ancestors_with_self]


async def _has_caught_up(pump: MessagePump) -> None:
    """Wait until the pump has handled everything that is in its queue now."""
    reached = asyncio.Event()
    if pump.is_running and pump.call_later(reached.set):
        try:
            await asyncio.wait_for(reached.wait(), _HOP_SECONDS)
        except TimeoutError:
            return
