"""Keeps the nodes of one place, joined by id from two listings that arrive in pages, in any order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.node import ConnectionFact, Ec2Facts, Node, Sighting, SsmFacts

if TYPE_CHECKING:
    from smtui.domain.place import Caller, Place
    from smtui.domain.stored_list import ListHead, Part


class Side(Enum):
    """The two listings."""

    SSM = "Systems Manager"
    EC2 = "EC2"


_Facts = TypeVar("_Facts", SsmFacts, Ec2Facts)


@dataclass
class _Listing(Generic[_Facts]):
    """The facts of one side by node id, and how its last reading went."""

    facts: dict[str, _Facts]
    started_at: datetime | None = None
    complete_at: datetime | None = None
    fault: Fault | None = None
    """The fault of the last finished reading; kept during the next one, so that no badge flickers."""
    is_read: bool = False
    """Whether a reading is under way."""
    is_restored: bool = False
    """Whether what is complete is the list of an earlier run."""

    def begin(self, now: datetime) -> None:
        self.started_at = now
        self.is_read = True

    def fail(self, fault: Fault) -> None:
        self.fault = fault
        self.is_read = False

    def add(self, page: Iterable[_Facts]) -> list[str]:
        changed = []
        for entry in page:
            self.facts[entry.node_id] = entry
            changed.append(entry.node_id)
        return changed

    def restore(self, complete_at: datetime) -> None:
        """Take facts of an earlier run, unless this run has read everything."""
        if self.complete_at is None:
            self.complete_at = complete_at
            self.is_restored = True

    def add_restored(self, entries: Iterable[_Facts]) -> None:
        """Add facts of an earlier run that this run has not read yet."""
        if self.is_restored:
            for entry in entries:
                self.facts.setdefault(entry.node_id, entry)

    def forget_restored(self) -> None:
        """Keep only what the current reading has shown."""
        self.is_restored = False
        started = self.started_at
        self.facts = {
            node_id: entry for node_id, entry in self.facts.items() if started is not None and entry.seen_at >= started
        }
        if started is None or (self.complete_at is not None and self.complete_at < started):
            self.complete_at = None

    def finish(self, now: datetime) -> list[str]:
        """Drop what this reading did not show; returns the dropped ids."""
        started = self.started_at or now
        gone = [node_id for node_id, entry in self.facts.items() if entry.seen_at < started]
        for node_id in gone:
            del self.facts[node_id]
        self.complete_at = now
        self.is_restored = False
        self.fault = None
        self.is_read = False
        return gone

    def sighting(self, node_id: str) -> Sighting:
        if node_id in self.facts:
            return Sighting.LISTED
        if self.fault is not None:
            return Sighting.DENIED if self.fault.kind is FaultKind.DENIED else Sighting.FAILED
        return Sighting.ABSENT if self.complete_at is not None else Sighting.PENDING


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A place's list, complete on both sides."""

    caller: Caller
    complete_at: datetime
    ssm: tuple[SsmFacts, ...]
    ec2: tuple[Ec2Facts, ...]

    @property
    def latest(self) -> datetime:
        """The latest date in it."""
        return max([self.complete_at, *(entry.seen_at for side in (self.ssm, self.ec2) for entry in side)])


class Roster:
    """Collects facts and makes nodes of them. A refresh replaces facts as they come, then drops those not seen."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.caller: Caller | None = None
        self._ssm = _Listing[SsmFacts]({})
        self._ec2 = _Listing[Ec2Facts]({})
        self._connections: dict[str, ConnectionFact] = {}
        self._newcomers: set[str] = set()
        """Instances that are new or changed in EC2 while Systems Manager's list, which may hold them, is being read."""
        self._head: ListHead | None = None
        """That of the list of an earlier run, while it comes part by part; else None."""
        self._restored: set[str] = set()
        """Its nodes that have come."""

    def snapshot(self) -> Snapshot | None:
        """Return the list to keep for the next start; None unless both sides are complete."""
        when = self.complete_at
        if self.caller is None or when is None or self.faults():
            return None
        return Snapshot(self.caller, when, tuple(self._ssm.facts.values()), tuple(self._ec2.facts.values()))

    def restore(self, head: ListHead) -> bool:
        """Start from the list of an earlier run, of the same account; that is checked here or in `set_caller`.

        Its first part comes with it, the others with `restore_part`. Tells whether it is wanted.
        """
        if self.caller is not None and _where(self.caller) != _where(head.caller):
            return False
        self.caller = self.caller or head.caller
        self._ssm.restore(head.complete_at)
        self._ec2.restore(head.complete_at)
        self._head, self._restored = head, set()
        return self.restore_part(head.first)

    def restore_part(self, part: Part) -> bool:
        """Add a part of the list of an earlier run, except what this run has read; tells whether more is wanted."""
        if self._head is None or not (self._ssm.is_restored or self._ec2.is_restored):
            return False
        self._restored |= set(part.node_ids())
        self._ssm.add_restored(part.ssm)
        self._ec2.add_restored(part.ec2)
        return True

    def end_restoring(self, *, broken: bool = False) -> None:
        """End what `restore` began; drop all of it if the rest could not be read, since nodes are missing then."""
        self._head, self._restored = None, set()
        for listing in (self._ssm, self._ec2):
            if broken and listing.is_restored:
                listing.forget_restored()

    @property
    def restoring(self) -> bool:
        """Whether parts of the list of an earlier run are yet to come."""
        return self._head is not None

    @property
    def expected(self) -> int:
        """How many nodes there are, with those that are yet to come."""
        return max(len(self), self._head.nodes if self._head is not None else 0)

    def widest(self) -> list[Node]:
        """Nodes with the widest cells among those that are yet to come, for the widths of the columns."""
        if self._head is None:
            return []
        return self._head.widest.nodes(self.place, self._head.caller)

    def set_caller(self, caller: Caller) -> None:
        """Set who we are to AWS, and drop a restored list of another account or Region."""
        known = self.caller
        if known is not None and _where(known) != _where(caller):
            for listing in (self._ssm, self._ec2):
                listing.forget_restored()
            self._head = None
            self._connections.clear()
        self.caller = caller

    def begin(self, now: datetime) -> None:
        """Begin a new reading of both sides; known facts stay until it ends."""
        self._ssm.begin(now)
        self._ec2.begin(now)

    def add_managed(self, page: Iterable[SsmFacts]) -> list[str]:
        """Add a page of Systems Manager's list; returns the changed ids."""
        return self._ssm.add(page)

    def add_instances(self, page: Sequence[Ec2Facts]) -> list[str]:
        """Add a page of EC2's list; returns the changed ids."""
        if self._ssm.is_read:
            self._newcomers |= {entry.node_id for entry in page if self._is_news(entry)}
        return self._ec2.add(page)

    def _is_news(self, entry: Ec2Facts) -> bool:
        known = self._ec2.facts.get(entry.node_id)
        return known is None or known.state != entry.state

    def finish(self, side: Side, now: datetime) -> None:
        """End the reading of a side, and drop the nodes that it no longer lists."""
        listing = self._ended(side)
        for node_id in listing.finish(now):
            if node_id not in self:
                self._connections.pop(node_id, None)

    def fail(self, side: Side, fault: Fault) -> None:
        """End the reading of a side that failed; earlier facts stay, with their own age."""
        self._ended(side).fail(fault)

    def _ended(self, side: Side) -> _Listing[SsmFacts] | _Listing[Ec2Facts]:
        if side is Side.EC2:
            return self._ec2
        self._newcomers.clear()
        return self._ssm

    def connect(self, node_id: str, fact: ConnectionFact) -> None:
        """Set the connection status of a node."""
        self._connections[node_id] = fact

    def connection(self, node_id: str) -> ConnectionFact | None:
        """Return the connection status of a node; None before the first probe."""
        return self._connections.get(node_id)

    def faults(self) -> tuple[Fault, ...]:
        """Return the faults of both sides."""
        return tuple(fault for fault in (self._ssm.fault, self._ec2.fault) if fault is not None)

    @property
    def complete_at(self) -> datetime | None:
        """When the older of the two sides was last complete; None while one is read for the first time.

        A failed side does not count, so the age is that of what is shown.
        """
        sides = (self._ssm, self._ec2)
        if any(side.complete_at is None and side.fault is None for side in sides):
            return None
        seen = [side for side in sides if side.fault is None] or sides
        return min((side.complete_at for side in seen if side.complete_at is not None), default=None)

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._ssm.facts or node_id in self._ec2.facts

    def __len__(self) -> int:
        return len(self._ssm.facts.keys() | self._ec2.facts.keys())

    def node_ids(self) -> set[str]:
        """Return the ids of all nodes."""
        return self._ssm.facts.keys() | self._ec2.facts.keys()

    def node(self, node_id: str) -> Node:
        """Return what is known about a node."""
        caller = self.caller
        return Node(
            node_id=node_id,
            place=self.place,
            account=caller.account if caller else "",
            region=caller.region if caller else self.place.region,
            ssm=self._ssm.facts.get(node_id),
            ssm_side=self._ssm_side(node_id),
            ec2=self._ec2.facts.get(node_id),
            ec2_side=self._side(self._ec2, node_id),
            connection=self._connections.get(node_id),
            ssm_trouble=self._ssm.fault.sentence() if self._ssm.fault else "",
            ec2_trouble=self._ec2.fault.sentence() if self._ec2.fault else "",
        )

    def _ssm_side(self, node_id: str) -> Sighting:
        side = self._side(self._ssm, node_id)
        return Sighting.PENDING if side is Sighting.ABSENT and node_id in self._newcomers else side

    def _side(self, listing: _Listing[SsmFacts] | _Listing[Ec2Facts], node_id: str) -> Sighting:
        side = listing.sighting(node_id)
        is_to_come = listing.is_restored and self._head is not None and node_id not in self._restored
        return Sighting.PENDING if side is Sighting.ABSENT and is_to_come else side

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes."""
        yield from (self.node(node_id) for node_id in self._ssm.facts)
        yield from (self.node(node_id) for node_id in self._ec2.facts if node_id not in self._ssm.facts)


def _where(caller: Caller) -> tuple[str, str]:
    return caller.account, caller.region
