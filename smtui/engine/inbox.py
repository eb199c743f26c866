"""From the threads that read a plugin to the event loop: many lines cost one wake-up, and a flood costs lines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from smtui.domain.outcome import PluginRun
from smtui.plugin.forward_words import Kind, Said

_MOST_WAITING = 500
_WORTH_LOSING = (Kind.WORDS, Kind.BANNER, Kind.TRAFFIC)


class Inbox:
    """`put` from any thread; `read` is called on the loop with each item, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, read: Callable[[Said | PluginRun], None]) -> None:
        self._loop = loop
        self._read = read
        self._lock = threading.Lock()
        self._items: list[Said | PluginRun] = []

    def put(self, item: Said | PluginRun) -> None:
        with self._lock:
            full = len(self._items) >= _MOST_WAITING
            if full and isinstance(item, Said) and item.kind in _WORTH_LOSING:
                return
            self._items.append(item)
            if len(self._items) > 1:
                return  # the loop has been told
        try:
            self._loop.call_soon_threadsafe(self._empty)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _empty(self) -> None:
        with self._lock:
            items, self._items = self._items, []
        for item in items:
            self._read(item)
