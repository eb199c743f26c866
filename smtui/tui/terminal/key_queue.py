"""One key at a time, each with its whole effect before the next.

On a bad connection keys arrive in bunches. Textual hands every key to whoever has the focus when it arrives, so the
rest of a bunch that begins with `/` would act on the list instead of the filter, and its `enter` start a session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

_HOP_SECONDS = 0.5
"""Nobody who is busy for longer holds up the keyboard."""
_PASSES = 2
"""First the key rises from the focused widget to the app; then what it set off does (a message, a new focus)."""


class KeyQueue:
    """Takes keys as they come and deals them out in a task of its own."""

    def __init__(self, app: App[None], deal: Callable[[events.Key], Awaitable[None]]) -> None:
        self._app = app
        self._deal = deal
        self._waiting: deque[events.Key] = deque()
        self._dealing: asyncio.Task[None] | None = None

    def put(self, key: events.Key) -> None:
        self._waiting.append(key)
        if self._dealing is None:
            self._dealing = asyncio.create_task(self._deal_all())

    async def _deal_all(self) -> None:
        try:
            while self._waiting:
                path = self._path()
                await self._deal(self._waiting.popleft())
                for _ in range(_PASSES):
                    for pump in path:
                        await _has_caught_up(pump)
        finally:
            self._dealing = None

    def _path(self) -> list[MessagePump]:
        """Where a key dealt now will pass, from the focused widget to the app."""
        target = self._app.focused or self._app.screen
        return [*target.ancestors_with_self]


async def _has_caught_up(pump: MessagePump) -> None:
    """Wait until everything is done that is in this queue now."""
    reached = asyncio.Event()
    if pump.is_running and pump.call_later(reached.set):
        try:
            await asyncio.wait_for(reached.wait(), _HOP_SECONDS)
        except TimeoutError:
            return
