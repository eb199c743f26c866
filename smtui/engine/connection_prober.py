"""Probes nodes with GetConnectionStatus: each at most once a minute, few at once, none of a place that fails."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime

from smtui.domain.ages import seconds_between
from smtui.domain.fault import NO_CALL_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact
from smtui.domain.place import Place
from smtui.engine.offloop import OffLoop

CACHED_SECONDS = 60.0
"""A node is probed at most once in so long."""
AT_ONCE = 4
"""The most probes of one account and Region that wait for an answer."""
SPACING_SECONDS = 0.04
"""Between two probes: at most 25 a second, half of what AWS allows an account in a Region."""
THREADS = 48
"""Twelve Regions whose probes all hang delay no other."""

_GIVE_UP = NO_CALL_KINDS | {FaultKind.DENIED, FaultKind.UNREACHABLE, FaultKind.TIMED_OUT}
"""Faults that every node of the place would have: probing it stops until the next refresh."""

Due = tuple[Place, str, ConnectionFact | None]


class _Lane:
    """The probes of one account and Region, which AWS limits together."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.starts = asyncio.Lock()


class ConnectionProber:
    """Probes nodes of all places. `ask` blocks and runs off the loop; `announce` gets each answer on the loop.

    `limited_with` names what a place's calls are limited with: its account and Region, as far as they are known.
    """

    def __init__(
        self,
        ask: Callable[[Place, str], ConnectionFact],
        announce: Callable[[Place, str, ConnectionFact | None], None],
        limited_with: Callable[[Place], Hashable] = lambda place: place,
    ) -> None:
        self._off_loop = OffLoop(THREADS)
        self._ask = ask
        self._announce = announce
        self._wanted_by: dict[tuple[Place, str], object] = {}
        self._asked: dict[tuple[Place, str], asyncio.Task[None]] = {}
        self._faults: dict[Place, Fault] = {}
        self._limited_with = limited_with
        self._lanes: defaultdict[Hashable, _Lane] = defaultdict(_Lane)

    def fault(self, place: Place) -> Fault | None:
        """Why probing this place has stopped; None if it has not."""
        return self._faults.get(place)

    def resume(self, place: Place) -> None:
        """Probe the place again after a fault, because a refresh begins."""
        self._faults.pop(place, None)

    async def probe(self, nodes: Sequence[Due], now: datetime) -> None:
        """Probe the nodes that are due, and take over from earlier calls those that they have not asked for yet.

        Cancelling drops what this call has not asked for yet; an answer under way still counts.
        """
        due = [(place, node_id) for place, node_id, fact in nodes if self._is_due(place, node_id, fact, now)]
        call = object()
        self._wanted_by.update(dict.fromkeys(due, call))
        try:
            async with asyncio.TaskGroup() as probing:
                for place, node_id in due:
                    probing.create_task(self._probe_one(place, node_id, call))
        finally:
            for node in due:
                if self._wanted_by.get(node) is call:
                    del self._wanted_by[node]

    def _is_due(self, place: Place, node_id: str, fact: ConnectionFact | None, now: datetime) -> bool:
        if place in self._faults or (place, node_id) in self._asked:
            return False
        return fact is None or seconds_between(fact.probed_at, now) >= CACHED_SECONDS

    async def _probe_one(self, place: Place, node_id: str, call: object) -> None:
        lane = self._lanes[self._limited_with(place)]
        await lane.slots.acquire()
        if self._wanted_by.get((place, node_id)) is not call:
            lane.slots.release()
            return
        del self._wanted_by[place, node_id]
        asked = self._asked[place, node_id] = asyncio.create_task(self._ask_one(lane, place, node_id))
        await asyncio.shield(asked)

    async def _ask_one(self, lane: _Lane, place: Place, node_id: str) -> None:
        try:
            if place in self._faults:
                return
            async with lane.starts:
                await asyncio.sleep(SPACING_SECONDS)
            fact = await self._off_loop.call(lambda: self._ask(place, node_id))
        except AwsCallFailed as failed:
            if failed.fault.kind in _GIVE_UP:
                self._faults[place] = failed.fault
                self._announce(place, node_id, None)
            return
        finally:
            lane.slots.release()
            del self._asked[place, node_id]
        self._announce(place, node_id, fact)
