"""Reads one place: its last known list, then both of AWS's listings side by side, page by page, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.fault import NO_CALL_KINDS, AwsCallFailed
from smtui.domain.roster import Side
from smtui.domain.stored_list import BrokenList
from smtui.engine.listing.turns import AT_ONCE, MOST_SLOW, Turns
from smtui.engine.offloop import OffLoop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from smtui.domain.node import Ec2Facts, SsmFacts
    from smtui.domain.place import Place
    from smtui.engine.listing.place_list import PlaceList
    from smtui.engine.listing.turns import Turn
    from smtui.engine.protocols import Aws, AwsPlaces, ListCache

Announce = Callable[["Place", "Sequence[str] | None"], None]
"""Called on the event loop with the ids of nodes that changed; None where any may have come or gone."""

CALLS_OF_A_PLACE = 3
CALLING_THREADS = CALLS_OF_A_PLACE * (AT_ONCE + MOST_SLOW)
"""Calls that hang delay no other place, and nothing else that smtui does in threads. Threads are made on demand."""


class ListReader:
    """Reads places into their lists. Cancelling a reading leaves the list with what has come, each fact with its date.

    A call that is under way then ends in its thread, and its answer is dropped.
    """

    def __init__(
        self,
        aws_places: AwsPlaces,
        off_loop: OffLoop,
        clock: Callable[[], datetime],
        cache: ListCache | None,
        announce: Announce,
        turns: Turns | None = None,
    ) -> None:
        self._aws_places = aws_places
        self._off_loop = off_loop
        """For files."""
        self._calling = OffLoop(CALLING_THREADS)
        self._turns = turns or Turns()
        self._clock = clock
        self._cache = cache
        self._announce = announce

    # The last known list -----------------------------------------------------------------------

    async def restore_first(self, known: PlaceList) -> None:
        """Show the first rows of the last known list, once; every fact keeps its date."""
        if known.looking is None:
            known.looking = asyncio.ensure_future(self._look(known))
        await asyncio.shield(known.looking)

    async def _look(self, known: PlaceList) -> None:
        cache, place = self._cache, known.place
        stored = await self._off_loop.call(partial(cache.load, place)) if cache is not None else None
        if stored is None:
            return
        # Else the clock was set back, and no age is right.
        if stored.head.latest <= self._clock() and known.roster.restore(stored.head):
            known.stored = stored
            self._announce(place, None)
        else:
            stored.close()

    async def restore(self, known: PlaceList) -> None:
        """Show the last known list: its first rows if that was not done yet, then the rest part by part.

        Cancelling stops the waiting alone: half a list would look like one with nodes missing.
        """
        await self.restore_first(known)
        if known.restoring is None:
            known.restoring = asyncio.ensure_future(self._restore_rest(known))
        await asyncio.shield(known.restoring)

    async def _restore_rest(self, known: PlaceList) -> None:
        stored, known.stored = known.stored, None
        if stored is None:
            return
        place, roster, broken = known.place, known.roster, False
        try:
            async for part in self._off_loop.stream(stored.rest):
                if not roster.restore_part(part):
                    break
                self._announce(place, part.node_ids())
        except BrokenList:
            broken = True
        finally:
            stored.close()
        roster.end_restoring(broken=broken)
        self._announce(place, None)

    # AWS ---------------------------------------------------------------------------------------

    async def read(self, known: PlaceList) -> None:
        """List the place again when its turn comes, both listings and the caller at once; keep a complete list."""
        async with self._turns.turn(last=bool(known.faults())) as turn, asyncio.TaskGroup() as reading:
            known.began_at = self._clock()
            known.roster.begin(known.began_at)
            reading.create_task(self._read_managed(known, turn))  # first, since it shows what one can enter
            reading.create_task(self._read_instances(known, turn))
            reading.create_task(self._read_caller(known, turn))
        cache, snapshot = self._cache, known.roster.snapshot()
        if cache is not None and snapshot is not None:
            await self._off_loop.call(lambda: cache.save(known.place, snapshot))

    def _aws(self, known: PlaceList) -> Aws:
        """AWS there; called in a thread."""
        known.aws = aws = self._aws_places.at(known.place)
        return aws

    def _answered(self, known: PlaceList, turn: Turn) -> None:
        known.answered_at = self._clock()
        turn.answered()

    async def _read_caller(self, known: PlaceList, turn: Turn) -> None:
        """Reads who we are. A failure counts for the place only if no other call can work either."""
        try:
            known.roster.set_caller(await self._calling.call(lambda: self._aws(known).caller()))
            known.fault = None
            self._answered(known, turn)
        except AwsCallFailed as failed:
            if failed.fault.kind in NO_CALL_KINDS:
                known.fault = failed.fault
            known.set_region(await self._calling.call(lambda: self._aws(known).region()))
        self._announce(known.place, None)

    async def _read_managed(self, known: PlaceList, turn: Turn) -> None:
        def pages() -> Iterator[Sequence[SsmFacts]]:
            return self._aws(known).managed_nodes()

        try:
            async for page in self._calling.stream(pages):
                self._answered(known, turn)
                self._announce(known.place, known.roster.add_managed(page))
            known.roster.finish(Side.SSM, self._clock())
        except AwsCallFailed as failed:
            known.roster.fail(Side.SSM, failed.fault)
        self._announce(known.place, None)

    async def _read_instances(self, known: PlaceList, turn: Turn) -> None:
        def pages() -> Iterator[Sequence[Ec2Facts]]:
            return self._aws(known).instances()

        try:
            async for page in self._calling.stream(pages):
                self._answered(known, turn)
                self._announce(known.place, known.roster.add_instances(page))
            known.roster.finish(Side.EC2, self._clock())
        except AwsCallFailed as failed:
            known.roster.fail(Side.EC2, failed.fault)
        self._announce(known.place, None)


async def all_of(readings: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all, also if the waiting itself is cancelled; raise what one failed with, unless it was dropped."""
    if readings:
        await asyncio.wait(readings)
    for reading in readings:
        if not reading.cancelled() and (error := reading.exception()) is not None:
            raise error
