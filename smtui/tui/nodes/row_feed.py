"""Carries what the fleet learns into the rows: in bursts, five a second at most, without blocking the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from smtui.engine.fleet import Fleet, FleetChange, NodeKey
from smtui.tui.nodes.node_rows import NodeRows

PAUSE_SECONDS = 0.2
"""Between two bursts."""
CHUNK = 500
"""Rows put before the event loop gets a turn; takes some milliseconds."""

Ready = Callable[[frozenset[NodeKey] | None], None]
"""Called after each burst, before the rows settle, with the keys that may have changed; None means all."""


class RowFeed:
    """Moves changed nodes from the fleet to the rows; `run` is a worker of the screen and never returns."""

    def __init__(self, fleet: Fleet, rows: NodeRows, ready: Ready) -> None:
        self._fleet = fleet
        self._rows = rows
        self._ready = ready
        self._changed: set[NodeKey] = set()
        self._everything = True
        self._wake = asyncio.Event()
        self._wake.set()
        fleet.subscribe(self._note)

    def _note(self, change: FleetChange) -> None:
        if change.keys is None:
            self._everything = True
        else:
            self._changed |= change.keys
        self._wake.set()

    async def run(self) -> None:
        """Carry changes until cancelled."""
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
