"""Carries what the fleet learns into the rows: in bursts, at most five times a second, and never for long at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from smtui.engine.fleet import Fleet, FleetChange, NodeKey
from smtui.tui.nodes.node_rows import NodeRows

PAUSE_SECONDS = 0.2
"""Between two bursts."""
CHUNK = 500
"""Rows between two breaths of the event loop: some milliseconds."""

Ready = Callable[[frozenset[NodeKey] | None], None]
"""Told after each burst, before rows settle: the keys that may have changed, or None for all."""


class RowFeed:
    """`run` never returns; it is a worker of the screen that shows the rows."""

    def __init__(self, fleet: Fleet, rows: NodeRows, ready: Ready) -> None:
        self._fleet = fleet
        self._rows = rows
        self._ready = ready
        self._changed: set[NodeKey] = set()
        self._everything = True
        self._wake = asyncio.Event()
        self._wake.set()
        fleet.subscribe(self._hear)

    def _hear(self, change: FleetChange) -> None:
        if change.keys is None:
            self._everything = True
        else:
            self._changed |= change.keys
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._absorb()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _absorb(self) -> None:
        everything, self._everything = self._everything, False
        changed, self._changed = frozenset(self._changed), set()
        if everything:
            await self._put(self._fleet.keys())
            self._rows.keep_only(self._fleet.keys())
        else:
            await self._put(changed)
        self._ready(None if everything else changed)

    async def _put(self, keys: Iterable[NodeKey]) -> None:
        for count, key in enumerate(keys, 1):
            node = self._fleet.node(key)
            if node is not None:
                self._rows.put(node)
            if count % CHUNK == 0:
                await asyncio.sleep(0)
