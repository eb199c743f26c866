"""Keeps the nodes of the chosen places current: lists them page by page and probes them lazily, off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import seconds_between
from smtui.domain.fault import AwsCallFailed
from smtui.engine.connection_prober import ConnectionProber
from smtui.engine.listing.list_reader import ListReader, all_of
from smtui.engine.listing.place_list import PlaceList, begun, renamed
from smtui.engine.listing.problem import Problem

if TYPE_CHECKING:
    from smtui.domain.node import ConnectionFact, Ec2Facts, Node, SsmFacts
    from smtui.domain.place import Caller, PendingCall, Place
    from smtui.domain.places.organisation_facts import WayIn
    from smtui.domain.places.place_state import PlaceState
    from smtui.engine.listing.organisation_list import OrganisationList
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, AwsPlaces, ListCache


@dataclass(frozen=True, slots=True)
class NodeKey:
    """Identifies a node in the list: two profiles can see the same id."""

    place: Place
    node_id: str


@dataclass(frozen=True, slots=True)
class FleetChange:
    """Which nodes changed. `keys` is None if any rows of the place may have come or gone."""

    keys: frozenset[NodeKey] | None
    place: Place | None = None
    """None for all places."""
    is_choice: bool = False
    """Whether other places were chosen."""
    renamed: tuple[tuple[Place, Place], ...] = ()
    """Places that are listed under another name from now on, with their new ones."""


log = logging.getLogger(__name__)

MUTE_SECONDS = 5.0
"""After so long without an answer the screen names the call that hangs; botocore gives up after about 30."""

Listener = Callable[[FleetChange], None]


def utc_now() -> datetime:
    """The time now; aware, UTC."""
    return datetime.now(UTC)


class Fleet:
    """All listed nodes of the chosen places. Lives on the event loop; AWS is called off it.

    What is known of places that were chosen earlier is kept: tunnels, sessions and jobs there still find their nodes.
    """

    def __init__(
        self,
        aws_places: AwsPlaces,
        places: Sequence[Place],
        off_loop: OffLoop,
        clock: Callable[[], datetime] = utc_now,
        cache: ListCache | None = None,
    ) -> None:
        self.places = tuple(dict.fromkeys(places))
        """Those that are listed, in the user's order; `choose` replaces them."""
        self.clock = clock
        self.aws_places = aws_places
        self._off_loop = off_loop
        self._lists = {place: PlaceList(place) for place in self.places}
        """Of every place that was ever chosen."""
        self.organisation: OrganisationList | None = None
        """The organisation's list while it is wanted, beside those of the chosen places."""
        self._listeners: list[Listener] = []
        self._reader = ListReader(aws_places, off_loop, clock, cache, self._announce)
        self._choosing: asyncio.Task[None] | None = None
        self._prober = ConnectionProber(self._ask, self._probed, self._limited_with)

    # What is listed ----------------------------------------------------------------------------

    def _chosen(self) -> Iterator[PlaceList]:
        return (self._lists[place] for place in self.places)

    def choose(
        self, places: Sequence[Place], *, read: bool = True, resolved: Callable[[Place], Place] | None = None
    ) -> None:
        """List these places from now on: at once what is known of them, then what AWS says.

        A reading of a place that is no longer chosen is dropped. What is known of that place is kept. With `read` false
        nothing is read until `refresh`. Places that are `resolved` to the same one begin with each other's list.
        """
        before, self.places = self.places, tuple(dict.fromkeys(places))
        for place in self.places:
            if place not in self._lists:
                self._lists[place] = begun(place, self._lists.values(), resolved)
        for known in self._lists.values():
            if known.reading is not None and known.place not in self.places:
                known.reading.cancel()
        self._tell(FleetChange(None, is_choice=True, renamed=renamed(before, self.places, resolved)))
        if self._choosing is not None:
            self._choosing.cancel()
        if not read:
            return
        self._choosing = asyncio.create_task(self._read_chosen())
        self._choosing.add_done_callback(_report)

    async def _read_chosen(self) -> None:
        await asyncio.gather(self.restore(), self.refresh())

    def nodes(self) -> Iterator[Node]:
        """Every node known now, place by place."""
        for known in self._chosen():
            yield from known.roster.nodes()
        for key in self._elsewhere():
            if (node := self.node(key)) is not None:
                yield node

    def _elsewhere(self, places: Collection[Place] | None = None) -> Iterator[NodeKey]:
        """The organisation's nodes in accounts and Regions that are not listed themselves; of all places or these."""
        if self.organisation is not None:
            whole = {place: self.caller(place) for place in self.places if self._lists[place].roster.complete_at}
            listed = {(caller.account, caller.region) for caller in whole.values() if caller is not None}
            for place in self.organisation.places if places is None else places:
                if place not in whole:
                    yield from (NodeKey(place, node_id) for node_id in self.organisation.node_ids(place, listed))

    async def read_organisation(self, source: Place, way_in: WayIn) -> None:
        """List the organisation's nodes too, as `source` sees them; anew if they are listed already."""
        from smtui.engine.listing.organisation_list import OrganisationList

        self.organisation = organisation = OrganisationList(source, self.aws, way_in)
        await organisation.read(self._off_loop, lambda: self._tell(FleetChange(None)))

    def drop_organisation(self) -> None:
        """List only the chosen places."""
        self.organisation = None
        self._tell(FleetChange(None))

    def keys(self, places: Collection[Place] | None = None) -> list[NodeKey]:
        """The keys of the nodes known now, of all places or of these: a snapshot for callers that take their time."""
        return [
            NodeKey(known.place, node_id)
            for known in self._chosen()
            if places is None or known.place in places
            for node_id in known.roster.node_ids()
        ] + list(self._elsewhere(places))

    def __len__(self) -> int:
        return sum(len(known.roster) for known in self._chosen()) + sum(1 for _ in self._elsewhere())

    def place_states(self, *, earlier: bool = False) -> tuple[PlaceState, ...]:
        """How the list of each chosen place stands, in their order; with `earlier`, of each that was ever chosen."""
        from smtui.domain.places.place_state import PlaceState

        return tuple(
            PlaceState(
                place=known.place,
                account=known.roster.caller.account if known.roster.caller is not None else "",
                region=known.region,
                nodes=known.roster.expected,
                read_at=known.roster.complete_at,
                answered_at=known.answered_at,
                is_read=known.reading is not None,
                waiting=known.oldest_call(),
                faults=known.faults(),
            )
            for known in (self._lists.values() if earlier else self._chosen())
        )

    def problems(self) -> tuple[Problem, ...]:
        """What could not be read: one entry for each failed listing, and one for a place that failed as a whole."""
        found = []
        for known in self._chosen():
            found += [Problem(known.place, fault) for fault in known.faults()]
            if (probe_fault := self._prober.fault(known.place)) is not None and known.fault is None:
                found.append(Problem(known.place, probe_fault))
        if self.organisation is not None and self.organisation.fault is not None:
            found.append(Problem(self.organisation.source, self.organisation.fault))
        return tuple(found)

    @property
    def sign_in_command(self) -> tuple[str, ...]:
        """The AWS CLI's command that renews the credentials of a place that cannot be read; empty if none would."""
        return next((problem.fault.sign_in for problem in self.problems() if problem.fault.sign_in), ())

    def pending(self) -> tuple[PendingCall, ...]:
        """During a refresh: each place's oldest call that has had no answer for `MUTE_SECONDS`."""
        now = self.clock()
        oldest = [call for known in self._chosen() if (call := known.oldest_call()) is not None]
        return tuple(call for call in oldest if seconds_between(call.since, now) >= MUTE_SECONDS)

    @property
    def loading(self) -> bool:
        """Whether a refresh is under way."""
        return any(known.reading is not None for known in self._chosen())

    @property
    def complete_at(self) -> datetime | None:
        """When the place with the oldest list was last read completely; None before the first."""
        times = [known.roster.complete_at for known in self._chosen()]
        return min((time for time in times if time is not None), default=None)

    @property
    def restoring(self) -> bool:
        """Whether parts of a last known list are yet to come."""
        return any(known.roster.restoring for known in self._chosen())

    @property
    def expected(self) -> int:
        """How many nodes there are, with those of a last known list that are yet to come."""
        return sum(known.roster.expected for known in self._chosen()) + sum(1 for _ in self._elsewhere())

    def widest(self) -> list[Node]:
        """Nodes with the widest cells among those that are yet to come."""
        return [node for known in self._chosen() for node in known.roster.widest()]

    # What is known of any place that was ever chosen -------------------------------------------

    def earlier_nodes(self) -> Iterator[Node]:
        """The nodes of places that are no longer chosen, as they were last known."""
        for place, known in self._lists.items():
            if place not in self.places:
                yield from known.roster.nodes()

    def node(self, key: NodeKey) -> Node | None:
        """The node as it is known now; None where no list has such a node or place."""
        known = self._lists.get(key.place)
        node = known.roster.node(key.node_id) if known is not None and key.node_id in known.roster else None
        if self.organisation is None or (node is not None and key.place in self.places):
            return node
        return self.organisation.node(key.place, key.node_id, node) or node

    def node_at(self, place: Place, node_id: str) -> Node | None:
        """Like `node`, by place and id."""
        return self.node(NodeKey(place, node_id))

    def name_at(self, place: Place, node_id: str) -> str:
        """The Name of a node; empty if it has none, or is not known."""
        node = self.node_at(place, node_id)
        return node.name if node is not None else ""

    def caller(self, place: Place) -> Caller | None:
        """The identity that is used there; None before the first answer."""
        known = self._lists.get(place)
        return known.roster.caller if known is not None else None

    def region(self, place: Place) -> str:
        """The Region in use, even if nothing can be read there; empty before it is known."""
        known = self._lists.get(place)
        return known.region if known is not None else place.region

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
        for known in tuple(self._chosen()):
            await self._reader.restore_first(known)
        return any(known.stored is not None for known in self._chosen())

    async def restore(self) -> None:
        """Show the last known lists: their first rows if that was not done yet, then the rest part by part."""
        await self.restore_first()
        for known in tuple(self._chosen()):
            await self._reader.restore(known)

    async def refresh(self, *places: Place) -> None:
        """List every chosen place again, or these, both listings at once; one that is being read not twice."""
        await all_of([self._read(known) for known in self._chosen() if not places or known.place in places])

    def due(self, interval: float) -> tuple[Place, ...]:
        """The places to read again now; `interval` is the user's, in seconds. None before its first reading."""
        now = self.clock()
        return tuple(known.place for known in self._chosen() if known.is_due(interval, now))

    def _read(self, known: PlaceList) -> asyncio.Task[None]:
        """The reading of this place, begun unless it is under way."""
        if known.reading is None or known.reading.cancelling():
            self._prober.resume(known.place)
            known.reading = asyncio.create_task(self._reader.read(known))
            known.reading.add_done_callback(lambda reading: self._have_read(known, reading))
        return known.reading

    def _have_read(self, known: PlaceList, reading: asyncio.Task[None]) -> None:
        if known.reading is not reading:
            return  # It was dropped, and the place is chosen and read again.
        known.reading = None
        if not reading.cancelled():
            known.note_reading(self.clock())
        faults = [fault.sentence() for fault in known.faults()]
        log.info("read %d nodes; problems: %s", len(known.roster), faults)
        self._announce(known.place, None)

    async def at_rest(self) -> None:
        """Wait until no refresh is under way: one that began with credentials that have changed would be joined."""
        if under_way := [known.reading for known in self._chosen() if known.reading is not None]:
            await asyncio.wait(under_way)

    async def look_up(self, place: Place, node_id: str) -> None:
        """Read what Systems Manager says of one node, without its list. A failure leaves the node as it was."""
        try:
            facts = await self._off_loop.call(lambda: self.aws(place).managed_node(node_id))
        except AwsCallFailed:
            return
        if facts is not None:
            self.learn(place, managed=[facts])

    def learn(
        self,
        place: Place,
        *,
        managed: Sequence[SsmFacts] = (),
        instances: Sequence[Ec2Facts] = (),
        connection: tuple[str, ConnectionFact] | None = None,
    ) -> None:
        """Take over what somebody else has read of single nodes."""
        roster = self._lists.setdefault(place, PlaceList(place)).roster
        node_ids = (*(facts.node_id for facts in managed), *(facts.node_id for facts in instances))
        is_new = any(node_id not in roster for node_id in node_ids)
        changed = [*roster.add_managed(managed), *roster.add_instances(instances)]
        if connection is not None and connection[0] in roster:
            roster.connect(*connection)
            changed.append(connection[0])
        if changed:
            self._announce(place, None if is_new else changed)

    # Probing -----------------------------------------------------------------------------------

    async def probe(self, keys: Iterable[NodeKey]) -> None:
        """Ask for the connection status of these nodes, except those known for less than a minute."""
        now, due = self.clock(), []
        for key in keys:
            node = self.node(key)
            if node is not None and node.ssm is not None:
                due.append((key.place, key.node_id, node.connection))
            elif self.organisation is not None and self.organisation.take_due(key.place, key.node_id, now):
                await self.look_up(key.place, key.node_id)
        await self._prober.probe(due, now)

    async def probe_nodes(self, nodes: Iterable[Node]) -> None:
        """Like `probe`, for node values."""
        await self.probe(NodeKey(node.place, node.node_id) for node in nodes)

    def _ask(self, place: Place, node_id: str) -> ConnectionFact:
        return self.aws(place).connection_status(node_id)

    def _limited_with(self, place: Place) -> object:
        """The account and Region whose rates the place shares with other profiles; before they are known, itself."""
        caller = self.caller(place)
        return (caller.account, caller.region) if caller is not None else place

    def _probed(self, place: Place, node_id: str, fact: ConnectionFact | None) -> None:
        """An answer came; `fact` is None if probing this place has just stopped."""
        if fact is not None:
            self._lists[place].roster.connect(node_id, fact)
        self._announce(place, [node_id])

    def _announce(self, place: Place, node_ids: Sequence[str] | None) -> None:
        """Report a change, unless the place is not listed, and its nodes have no rows."""
        if place in self.places or self.organisation is not None:
            keys = None if node_ids is None else frozenset(NodeKey(place, node_id) for node_id in node_ids)
            self._tell(FleetChange(keys, place))

    def _tell(self, change: FleetChange) -> None:
        for listener in self._listeners:
            listener(change)


def _report(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled() and (error := reading.exception()) is not None:
        log.error("reading the chosen places failed", exc_info=error)
