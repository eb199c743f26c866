"""Carries what the fleet learns into the rows.

Changes come in bursts, five a second at most, and never block the event loop for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from smtui.engine.fleet import Fleet, FleetChange, NodeKey

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.tui.nodes.node_rows import NodeRows

PAUSE_SECONDS = 0.2
"""Between two bursts."""
CHUNK = 50
"""Rows put before the event loop gets a turn; some milliseconds. A key takes several turns until it is drawn."""

RESORT_SECONDS = 2.0
"""Between two changes of the rows' order, at least."""
REST_SECONDS = 1.0
"""After a key, no row changes its place for so long: the user may be about to act on one."""

Ready = Callable[[frozenset[NodeKey] | None, bool], None]
"""Called after each burst, before the rows settle, with the keys that may have changed, where None means all, and
whether rows may change their places now."""


class ResortPace:
    """Decides when rows may change their places by themselves; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key_at: float | None = None
        self._sorted_at: float | None = None

    def key_pressed(self) -> None:
        """Note a key."""
        self._key_at = self._clock()

    def resorted(self) -> None:
        """Note a change of the order."""
        self._sorted_at = self._clock()

    def wait(self, *, filling: bool = False) -> float:
        """Return the seconds until rows may change their places; a list that is read for the first time only rests."""
        now = self._clock()
        rests = self._key_at + REST_SECONDS - now if self._key_at is not None else 0.0
        pauses = self._sorted_at + RESORT_SECONDS - now if self._sorted_at is not None and not filling else 0.0
        return max(0.0, rests, pauses)


class RowFeed:
    """Moves changed nodes from the fleet to the rows; `run` is a worker of the screen and never returns."""

    def __init__(self, fleet: Fleet, rows: NodeRows, pace: ResortPace, ready: Ready) -> None:
        self._fleet = fleet
        self._rows = rows
        self._pace = pace
        self._ready = ready
        self._changed: set[NodeKey] = set()
        self._everything = True
        self._places: set[Place] = set()
        """Places of which any rows may have come or gone."""
        self._are_others = False
        """Whether other places were chosen: their rows take their places at once."""
        self._wake = asyncio.Event()
        self._wake.set()
        fleet.subscribe(self._note)

    def _note(self, change: FleetChange) -> None:
        self._are_others = self._are_others or change.is_choice
        if change.renamed:
            self._rows.rename_places(dict(change.renamed))
        if change.keys is not None:
            self._changed |= change.keys
        elif change.place is not None:
            self._places.add(change.place)
        else:
            self._everything = True
        self._wake.set()

    def fill(self) -> None:
        """Put the nodes that are known before the first paint: the first rows of the last known list."""
        self._count_places()
        for node in self._fleet.nodes():
            self._rows.put(node)
        self._rows.measure(self._fleet.widest())
        self._changed.clear()
        self._places.clear()
        self._everything = False
        self._wake.clear()
        self._ready(None, True)

    def _count_places(self) -> None:
        places = self._fleet.places
        regions = {region for place in places if (region := self._fleet.region(place))}
        self._rows.list_places(len({place.profile for place in places}), max(1, len(regions)))

    async def run(self) -> None:
        """Carry changes until cancelled. Nothing keeps the first rows waiting."""
        while True:
            await self._woken()
            self._wake.clear()
            await self._absorb()
            if self._rows.view:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _woken(self) -> None:
        """Wait for a change, or until rows that wait for their places may take them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait() if self._rows.is_stale else None):
                await self._wake.wait()

    def _wait(self) -> float:
        """Return the seconds until the rows may be sorted; an empty list fills at once."""
        return self._pace.wait(filling=self._fleet.complete_at is None) if self._rows.view else 0.0

    async def _absorb(self) -> None:
        everything, self._everything = self._everything, False
        are_others, self._are_others = self._are_others, False
        changed, self._changed = frozenset(self._changed), set()
        places, self._places = self._places, set()
        self._count_places()
        if everything:
            await self._put(self._fleet.keys())
            self._rows.keep_only(self._fleet.keys())
        else:
            await self._put(changed)
        if places and not everything:
            await self._put(self._fleet.keys(places))
            self._rows.keep_only(self._fleet.keys(places), places)
        if everything or not self._fleet.loading:  # else it would be done once for each of many places
            for _ in self._rows.measure_anew():
                await asyncio.sleep(0)
        sort = are_others or not self._wait()
        if sort and self._rows.is_stale:
            self._pace.resorted()
        self._ready(None if everything or places else changed, sort)

    async def _put(self, keys: Iterable[NodeKey]) -> None:
        for count, key in enumerate(keys, 1):
            node = self._fleet.node(key)
            if node is not None:
                self._rows.put(node)
            if count % CHUNK == 0:
                await asyncio.sleep(0)
