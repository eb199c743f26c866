"""The nodes of every place, kept current: read page by page, probed lazily, never blocking the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact, Ec2Facts, Node, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.roster import Roster, Side
from smtui.engine.offloop import OffLoop
from smtui.engine.ports import Aws, AwsPlaces, ListCache
from smtui.engine.probing import ConnectionProber


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A node's identity in the list: the same id can be seen through two profiles."""

    place: Place
    node_id: str


@dataclass(frozen=True, slots=True)
class FleetChange:
    """What became new. `keys` is None when rows may have come or gone anywhere."""

    keys: frozenset[NodeKey] | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A side of a place that could not be seen, for the line below the list."""

    place: Place
    fault: Fault

    def sentence(self) -> str:
        return f"{self.fault.sentence()} {self.fault.next_step()}"


log = logging.getLogger(__name__)

Listener = Callable[[FleetChange], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Fleet:
    """Everything listed in all places. Lives on the event loop; AWS is called off it."""

    def __init__(
        self,
        aws_places: AwsPlaces,
        places: Sequence[Place],
        off_loop: OffLoop,
        clock: Callable[[], datetime] = utc_now,
        cache: ListCache | None = None,
    ) -> None:
        self.places = tuple(places)
        self.clock = clock
        self.aws_places = aws_places
        self._off_loop = off_loop
        self._cache = cache
        self._rosters = {place: Roster(place) for place in self.places}
        self._place_faults: dict[Place, Fault] = {}
        self._listeners: list[Listener] = []
        self._refreshing: asyncio.Task[None] | None = None
        self._prober = ConnectionProber(off_loop, self._ask, self._probed)

    # What is known -----------------------------------------------------------------------------

    def nodes(self) -> Iterator[Node]:
        """Every node known now, places one after the other."""
        for roster in self._rosters.values():
            yield from roster.nodes()

    def node(self, key: NodeKey) -> Node | None:
        roster = self._rosters[key.place]
        return roster.node(key.node_id) if key.node_id in roster else None

    def keys(self) -> list[NodeKey]:
        """Of every node known now; a snapshot, for readers that take their time."""
        return [NodeKey(place, node_id) for place, roster in self._rosters.items() for node_id in roster.node_ids()]

    def caller(self, place: Place) -> Caller | None:
        return self._rosters[place].caller

    def problems(self) -> tuple[Problem, ...]:
        """What could not be seen, one entry a failed side; a whole place that failed is one entry."""
        found = []
        for place, roster in self._rosters.items():
            whole = self._place_faults.get(place)
            faults = (whole,) if whole is not None else _distinct(roster.faults())
            found += [Problem(place, fault) for fault in faults]
            if (probe_fault := self._prober.fault(place)) is not None and whole is None:
                found.append(Problem(place, probe_fault))
        return tuple(found)

    @property
    def loading(self) -> bool:
        return self._refreshing is not None

    @property
    def complete_at(self) -> datetime | None:
        """When the stalest place was last read to its end; None before the first."""
        times = [roster.complete_at for roster in self._rosters.values() if roster.complete_at is not None]
        return min(times) if times else None

    def __len__(self) -> int:
        return sum(len(roster) for roster in self._rosters.values())

    def aws(self, place: Place) -> Aws:
        return self.aws_places.at(place)

    # Keeping it current ------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Be told of changes, on the event loop. Bursts are the listener's to smooth."""
        self._listeners.append(listener)

    async def restore(self) -> None:
        """Show the last known list; every fact in it keeps its date, so nothing looks fresh that is not."""
        cache = self._cache
        if cache is None:
            return
        for place, roster in self._rosters.items():
            snapshot = await self._off_loop.call(partial(cache.load, place))
            if (
                snapshot is not None and snapshot.complete_at <= self.clock()
            ):  # else our clock was set back: no age holds
                roster.restore(snapshot)
                self._tell(None)

    async def refresh(self) -> None:
        """Read every place again, all sides at once; a second call joins the reading that is under way."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._read_everything())
            self._refreshing.add_done_callback(self._refreshed)
        await asyncio.shield(self._refreshing)

    def _refreshed(self, _: asyncio.Task[None]) -> None:
        self._refreshing = None
        log.info("read %d nodes; problems: %s", len(self), [problem.fault.sentence() for problem in self.problems()])
        self._tell(None)

    async def probe(self, keys: Iterable[NodeKey]) -> None:
        """Ask for the connection status of these nodes, those known for less than a minute left out."""
        now = self.clock()
        due = []
        for key in keys:
            node = self.node(key)
            if node is not None and node.ssm is not None:
                due.append((key.place, key.node_id, node.connection))
        await self._prober.probe(due, now)

    async def probe_nodes(self, nodes: Iterable[Node]) -> None:
        """Like `probe`, for nodes at hand."""
        await self.probe(NodeKey(node.place, node.node_id) for node in nodes)

    async def _read_everything(self) -> None:
        async with asyncio.TaskGroup() as reading:
            for place in self.places:
                reading.create_task(self._read_place(place))

    async def _read_place(self, place: Place) -> None:
        roster = self._rosters[place]
        roster.begin(self.clock())
        self._prober.forgive(place)
        async with asyncio.TaskGroup() as reading:
            reading.create_task(self._read_caller(place, roster))
            reading.create_task(self._read_managed(place, roster))
            reading.create_task(self._read_instances(place, roster))
        await self._keep(place, roster)

    async def _keep(self, place: Place, roster: Roster) -> None:
        cache, snapshot = self._cache, roster.snapshot()
        if cache is not None and snapshot is not None:
            await self._off_loop.call(lambda: cache.save(place, snapshot))

    async def _read_caller(self, place: Place, roster: Roster) -> None:
        """Who we are; its failure alone matters only where nothing else could be called either."""
        try:
            roster.meet(await self._off_loop.call(lambda: self.aws(place).caller()))
            self._place_faults.pop(place, None)
        except AwsCallFailed as failed:
            if failed.fault.kind in _WHOLE_PLACE:
                self._place_faults[place] = failed.fault
        self._tell(None)

    async def _read_managed(self, place: Place, roster: Roster) -> None:
        def pages() -> Iterator[Sequence[SsmFacts]]:
            return self.aws(place).managed_nodes()

        try:
            async for page in self._off_loop.stream(pages):
                self._tell(roster.add_managed(page), place)
            roster.finish(Side.SSM, self.clock())
        except AwsCallFailed as failed:
            roster.fail(Side.SSM, failed.fault)
        self._tell(None)

    async def _read_instances(self, place: Place, roster: Roster) -> None:
        def pages() -> Iterator[Sequence[Ec2Facts]]:
            return self.aws(place).instances()

        try:
            async for page in self._off_loop.stream(pages):
                self._tell(roster.add_instances(page), place)
            roster.finish(Side.EC2, self.clock())
        except AwsCallFailed as failed:
            roster.fail(Side.EC2, failed.fault)
        self._tell(None)

    # Probing -----------------------------------------------------------------------------------

    def _ask(self, place: Place, node_id: str) -> ConnectionFact:
        return self.aws(place).connection_status(node_id)

    def _probed(self, place: Place, node_id: str, fact: ConnectionFact | None) -> None:
        """An answer came; None when probing this place has just stopped."""
        if fact is not None:
            self._rosters[place].connect(node_id, fact)
        self._tell([node_id], place)

    def _tell(self, node_ids: Sequence[str] | None, place: Place | None = None) -> None:
        keys = None
        if node_ids is not None and place is not None:
            keys = frozenset(NodeKey(place, node_id) for node_id in node_ids)
        for listener in self._listeners:
            listener(FleetChange(keys))


_WHOLE_PLACE = {
    FaultKind.NO_CREDENTIALS,
    FaultKind.EXPIRED_CREDENTIALS,
    FaultKind.INVALID_CREDENTIALS,
    FaultKind.SSO_SIGN_IN,
    FaultKind.NO_REGION,
    FaultKind.UNKNOWN_PROFILE,
    FaultKind.BROKEN_CONFIG,
    FaultKind.CLOCK_SKEW,
}
"""Failures that every call of the place shares: one line says them, not three."""


def _distinct(faults: Iterable[Fault]) -> list[Fault]:
    """One fault a sentence: two sides that fail alike are told once."""
    return list({fault.sentence(): fault for fault in faults}.values())
