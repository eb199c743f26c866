"""Keeps the nodes of every place current: lists them page by page and probes them lazily, off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.ages import seconds_between
from smtui.domain.fault import NO_CALL_KINDS, AwsCallFailed, Fault
from smtui.domain.roster import Roster, Side
from smtui.domain.stored_list import BrokenList
from smtui.engine.connection_prober import ConnectionProber

if TYPE_CHECKING:
    from smtui.domain.node import ConnectionFact, Ec2Facts, Node, SsmFacts
    from smtui.domain.place import Caller, PendingCall, Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, AwsPlaces, ListCache, StoredList


@dataclass(frozen=True, slots=True)
class NodeKey:
    """Identifies a node in the list: two profiles can see the same id."""

    place: Place
    node_id: str


@dataclass(frozen=True, slots=True)
class FleetChange:
    """Which nodes changed. `keys` is None if any rows may have come or gone."""

    keys: frozenset[NodeKey] | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Part of a place that could not be read, for the line below the list."""

    place: Place
    fault: Fault

    def sentence(self) -> str:
        """What failed, and what to do."""
        from smtui.topics.next_step import after_fault

        return f"{self.fault.sentence()} {after_fault(self.fault)}"


log = logging.getLogger(__name__)

MUTE_SECONDS = 5.0
"""After so long without an answer the screen names the call that hangs; botocore gives up after about 30."""

Listener = Callable[[FleetChange], None]


def utc_now() -> datetime:
    """The time now; aware, UTC."""
    return datetime.now(UTC)


class Fleet:
    """All listed nodes of all places. Lives on the event loop; AWS is called off it."""

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
        self._stored: dict[Place, StoredList] = {}
        """The last known lists of which the head is shown, and the rest is not read yet."""
        self._has_looked = False
        self._place_faults: dict[Place, Fault] = {}
        self._regions: dict[Place, str] = {}
        self._listeners: list[Listener] = []
        self._refreshing: asyncio.Task[None] | None = None
        self._prober = ConnectionProber(off_loop, self._ask, self._probed)

    # What is known -----------------------------------------------------------------------------

    def nodes(self) -> Iterator[Node]:
        """Every node known now, place by place."""
        for roster in self._rosters.values():
            yield from roster.nodes()

    def node(self, key: NodeKey) -> Node | None:
        """The node as it is known now; None where the list has no such node or place."""
        roster = self._rosters.get(key.place)
        return roster.node(key.node_id) if roster is not None and key.node_id in roster else None

    def node_at(self, place: Place, node_id: str) -> Node | None:
        """Like `node`, by place and id."""
        return self.node(NodeKey(place, node_id))

    def name_at(self, place: Place, node_id: str) -> str:
        """The Name of a node; empty if it has none, or is not listed."""
        node = self.node_at(place, node_id)
        return node.name if node is not None else ""

    def keys(self) -> list[NodeKey]:
        """The keys of every node known now, as a snapshot for callers that take their time."""
        return [NodeKey(place, node_id) for place, roster in self._rosters.items() for node_id in roster.node_ids()]

    def caller(self, place: Place) -> Caller | None:
        """The identity that is used there; None before the first answer."""
        return self._rosters[place].caller

    def region(self, place: Place) -> str:
        """The Region in use, even if nothing can be read there; empty before it is known."""
        caller = self.caller(place)
        return caller.region if caller else place.region or self._regions.get(place, "")

    def problems(self) -> tuple[Problem, ...]:
        """What could not be read: one entry for each failed listing, and one for a place that failed as a whole."""
        found = []
        for place, roster in self._rosters.items():
            whole = self._place_faults.get(place)
            faults = (whole,) if whole is not None else _distinct(roster.faults())
            found += [Problem(place, fault) for fault in faults]
            if (probe_fault := self._prober.fault(place)) is not None and whole is None:
                found.append(Problem(place, probe_fault))
        return tuple(found)

    @property
    def sign_in_command(self) -> tuple[str, ...]:
        """The AWS CLI's command that renews the credentials of a place that cannot be read; empty if none would."""
        return next((problem.fault.sign_in for problem in self.problems() if problem.fault.sign_in), ())

    def pending(self) -> tuple[PendingCall, ...]:
        """During a refresh: each place's oldest call that has had no answer for `MUTE_SECONDS`."""
        if not self.loading:
            return ()
        oldest = [pending[0] for place in self.places if (pending := self.aws(place).pending())]
        now = self.clock()
        return tuple(call for call in oldest if seconds_between(call.since, now) >= MUTE_SECONDS)

    @property
    def loading(self) -> bool:
        """Whether a refresh is under way."""
        return self._refreshing is not None

    @property
    def complete_at(self) -> datetime | None:
        """When the place with the oldest list was last read completely; None before the first."""
        times = [roster.complete_at for roster in self._rosters.values() if roster.complete_at is not None]
        return min(times) if times else None

    @property
    def restoring(self) -> bool:
        """Whether parts of a last known list are yet to come."""
        return any(roster.restoring for roster in self._rosters.values())

    @property
    def expected(self) -> int:
        """How many nodes there are, with those of a last known list that are yet to come."""
        return sum(roster.expected for roster in self._rosters.values())

    def widest(self) -> list[Node]:
        """Nodes with the widest cells among those that are yet to come."""
        return [node for roster in self._rosters.values() for node in roster.widest()]

    def __len__(self) -> int:
        return sum(len(roster) for roster in self._rosters.values())

    def aws(self, place: Place) -> Aws:
        """AWS as seen from a place; the same object each time."""
        return self.aws_places.at(place)

    # Keeping it current ------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` on the event loop after each change. The listener smooths bursts itself."""
        self._listeners.append(listener)

    async def restore_first(self) -> bool:
        """Show the first rows of the last known lists; tells whether there are any.

        Every fact in them keeps its date, so nothing looks fresher than it is.
        """
        self._has_looked = True
        cache = self._cache
        if cache is None:
            return False
        for place, roster in self._rosters.items():
            stored = await self._off_loop.call(partial(cache.load, place))
            if stored is None:
                continue
            # Else the clock was set back, and no age is right.
            if stored.head.latest <= self.clock() and roster.restore(stored.head):
                self._stored[place] = stored
            else:
                stored.close()
        if self._stored:
            self._tell(None)
        return bool(self._stored)

    async def restore(self) -> None:
        """Show the last known lists: their first rows if that was not done yet, then the rest part by part."""
        if not self._has_looked:
            await self.restore_first()
        stored, self._stored = self._stored, {}
        for place, known in stored.items():
            await self._restore_rest(place, known)

    async def _restore_rest(self, place: Place, stored: StoredList) -> None:
        roster, broken = self._rosters[place], False
        try:
            async for part in self._off_loop.stream(stored.rest):
                if not roster.restore_part(part):
                    break
                self._tell(part.node_ids(), place)
        except BrokenList:
            broken = True
        finally:
            stored.close()
        roster.end_restoring(broken=broken)
        self._tell(None)

    async def refresh(self) -> None:
        """List every place again, both listings at once; a second call joins a refresh under way."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._read_everything())
            self._refreshing.add_done_callback(self._refreshed)
        await asyncio.shield(self._refreshing)

    async def at_rest(self) -> None:
        """Wait until no refresh is under way: one that began with credentials that have changed would be joined."""
        if self._refreshing is not None:
            await asyncio.wait([self._refreshing])

    def _refreshed(self, _: asyncio.Task[None]) -> None:
        self._refreshing = None
        log.info("read %d nodes; problems: %s", len(self), [problem.fault.sentence() for problem in self.problems()])
        self._tell(None)

    async def look_up(self, place: Place, node_id: str) -> None:
        """Read what Systems Manager says of one node, without its list. A failure leaves the node as it was."""
        try:
            facts = await self._off_loop.call(lambda: self.aws(place).managed_node(node_id))
        except AwsCallFailed:
            return
        if facts is not None:
            self._tell(self._rosters[place].add_managed([facts]), place)

    def learn(
        self,
        place: Place,
        *,
        managed: Sequence[SsmFacts] = (),
        instances: Sequence[Ec2Facts] = (),
        connection: tuple[str, ConnectionFact] | None = None,
    ) -> None:
        """Take over what somebody else has read of single nodes."""
        roster = self._rosters[place]
        node_ids = (*(facts.node_id for facts in managed), *(facts.node_id for facts in instances))
        is_new = any(node_id not in roster for node_id in node_ids)
        changed = [*roster.add_managed(managed), *roster.add_instances(instances)]
        if connection is not None and connection[0] in roster:
            roster.connect(*connection)
            changed.append(connection[0])
        if changed:
            self._tell(None if is_new else changed, place)

    async def probe(self, keys: Iterable[NodeKey]) -> None:
        """Ask for the connection status of these nodes, except those known for less than a minute."""
        now = self.clock()
        due = []
        for key in keys:
            node = self.node(key)
            if node is not None and node.ssm is not None:
                due.append((key.place, key.node_id, node.connection))
        await self._prober.probe(due, now)

    async def probe_nodes(self, nodes: Iterable[Node]) -> None:
        """Like `probe`, for node values."""
        await self.probe(NodeKey(node.place, node.node_id) for node in nodes)

    async def _read_everything(self) -> None:
        async with asyncio.TaskGroup() as reading:
            for place in self.places:
                reading.create_task(self._read_place(place))

    async def _read_place(self, place: Place) -> None:
        roster = self._rosters[place]
        roster.begin(self.clock())
        self._prober.resume(place)
        async with asyncio.TaskGroup() as reading:
            reading.create_task(self._read_managed(place, roster))  # first, since it shows what one can enter
            reading.create_task(self._read_instances(place, roster))
            reading.create_task(self._read_caller(place, roster))
        await self._keep(place, roster)

    async def _keep(self, place: Place, roster: Roster) -> None:
        cache, snapshot = self._cache, roster.snapshot()
        if cache is not None and snapshot is not None:
            await self._off_loop.call(lambda: cache.save(place, snapshot))

    async def _read_caller(self, place: Place, roster: Roster) -> None:
        """Reads who we are. A failure counts for the place only if no other call can work either."""
        try:
            roster.set_caller(await self._off_loop.call(lambda: self.aws(place).caller()))
            self._place_faults.pop(place, None)
        except AwsCallFailed as failed:
            if failed.fault.kind in NO_CALL_KINDS:
                self._place_faults[place] = failed.fault
            self._regions[place] = await self._off_loop.call(lambda: self.aws(place).region())
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
        """An answer came; `fact` is None if probing this place has just stopped."""
        if fact is not None:
            self._rosters[place].connect(node_id, fact)
        self._tell([node_id], place)

    def _tell(self, node_ids: Sequence[str] | None, place: Place | None = None) -> None:
        keys = None
        if node_ids is not None and place is not None:
            keys = frozenset(NodeKey(place, node_id) for node_id in node_ids)
        for listener in self._listeners:
            listener(FleetChange(keys))


def _distinct(faults: Iterable[Fault]) -> list[Fault]:
    """One fault for each sentence: two listings that fail alike are reported once."""
    return list({fault.sentence(): fault for fault in faults}.values())
