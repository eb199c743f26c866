"""The nodes of one place, joined by id from two listings that arrive page by page, in any order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.node import ConnectionFact, Ec2Facts, Node, Sighting, SsmFacts
from smtui.domain.place import Caller, Place


class Side(Enum):
    SSM = "Systems Manager"
    EC2 = "EC2"


_Facts = TypeVar("_Facts", SsmFacts, Ec2Facts)


@dataclass
class _Listing(Generic[_Facts]):
    """One side's facts by node id, and how its last reading went."""

    facts: dict[str, _Facts]
    started_at: datetime | None = None
    complete_at: datetime | None = None
    fault: Fault | None = None
    """Of the last reading that ended; stands while the next one is under way, so that no badge flickers."""
    is_read: bool = False
    """Whether a reading is under way."""

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

    def restore(self, entries: Iterable[_Facts], complete_at: datetime) -> None:
        """Fill in what this run has not read by itself yet."""
        if self.complete_at is None:
            self.facts = {entry.node_id: entry for entry in entries} | self.facts
            self.complete_at = complete_at

    def forget_restored(self) -> None:
        """Keep only what the reading under way has shown."""
        started = self.started_at
        self.facts = {
            node_id: entry for node_id, entry in self.facts.items() if started is not None and entry.seen_at >= started
        }
        if started is None or (self.complete_at is not None and self.complete_at < started):
            self.complete_at = None

    def finish(self, now: datetime) -> list[str]:
        """Drop what this reading did not show again; answers the dropped ids."""
        started = self.started_at or now
        gone = [node_id for node_id, entry in self.facts.items() if entry.seen_at < started]
        for node_id in gone:
            del self.facts[node_id]
        self.complete_at = now
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
    """A place's list as it was when both sides had been read to their end."""

    caller: Caller
    complete_at: datetime
    ssm: tuple[SsmFacts, ...]
    ec2: tuple[Ec2Facts, ...]


class Roster:
    """Accumulates facts and answers nodes. A refresh replaces facts as they come and drops the unseen at its end."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.caller: Caller | None = None
        self._ssm = _Listing[SsmFacts]({})
        self._ec2 = _Listing[Ec2Facts]({})
        self._connections: dict[str, ConnectionFact] = {}
        self._newcomers: set[str] = set()
        """Instances that EC2 shows as new or changed while Systems Manager's list, which may hold them, is read."""

    def snapshot(self) -> Snapshot | None:
        """What is worth keeping for the next start; None unless everything was seen."""
        when = self.complete_at
        if self.caller is None or when is None or self.faults():
            return None
        return Snapshot(self.caller, when, tuple(self._ssm.facts.values()), tuple(self._ec2.facts.values()))

    def restore(self, snapshot: Snapshot) -> None:
        """Start from an earlier run's list. Its account is checked against the caller's, now or in `meet`."""
        if self.caller is not None and _where(self.caller) != _where(snapshot.caller):
            return
        self.caller = self.caller or snapshot.caller
        self._ssm.restore(snapshot.ssm, snapshot.complete_at)
        self._ec2.restore(snapshot.ec2, snapshot.complete_at)

    def meet(self, caller: Caller) -> None:
        """AWS said who we are: a restored list of another account or Region is not ours, and goes."""
        known = self.caller
        if known is not None and _where(known) != _where(caller):
            for listing in (self._ssm, self._ec2):
                listing.forget_restored()
            self._connections.clear()
        self.caller = caller

    def begin(self, now: datetime) -> None:
        """A new reading of both sides starts; what is known stays until it is seen again or not."""
        self._ssm.begin(now)
        self._ec2.begin(now)

    def add_managed(self, page: Iterable[SsmFacts]) -> list[str]:
        return self._ssm.add(page)

    def add_instances(self, page: Sequence[Ec2Facts]) -> list[str]:
        if self._ssm.is_read:
            self._newcomers |= {entry.node_id for entry in page if self._is_news(entry)}
        return self._ec2.add(page)

    def _is_news(self, entry: Ec2Facts) -> bool:
        known = self._ec2.facts.get(entry.node_id)
        return known is None or known.state != entry.state

    def finish(self, side: Side, now: datetime) -> None:
        listing = self._ended(side)
        for node_id in listing.finish(now):
            if node_id not in self:
                self._connections.pop(node_id, None)

    def fail(self, side: Side, fault: Fault) -> None:
        """This side could not be read (to its end); facts of an earlier reading stay, with their own age."""
        self._ended(side).fail(fault)

    def _ended(self, side: Side) -> _Listing[SsmFacts] | _Listing[Ec2Facts]:
        if side is Side.EC2:
            return self._ec2
        self._newcomers.clear()
        return self._ssm

    def connect(self, node_id: str, fact: ConnectionFact) -> None:
        self._connections[node_id] = fact

    def connection(self, node_id: str) -> ConnectionFact | None:
        return self._connections.get(node_id)

    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in (self._ssm.fault, self._ec2.fault) if fault is not None)

    @property
    def complete_at(self) -> datetime | None:
        """When the older of the two sides was last read to its end; None while one is read for the first time.

        A side that failed does not count, so that the age is that of what can be seen.
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
        return self._ssm.facts.keys() | self._ec2.facts.keys()

    def node(self, node_id: str) -> Node:
        caller = self.caller
        return Node(
            node_id=node_id,
            place=self.place,
            account=caller.account if caller else "",
            region=caller.region if caller else self.place.region,
            ssm=self._ssm.facts.get(node_id),
            ssm_side=self._ssm_side(node_id),
            ec2=self._ec2.facts.get(node_id),
            ec2_side=self._ec2.sighting(node_id),
            connection=self._connections.get(node_id),
            ssm_trouble=self._ssm.fault.sentence() if self._ssm.fault else "",
            ec2_trouble=self._ec2.fault.sentence() if self._ec2.fault else "",
        )

    def _ssm_side(self, node_id: str) -> Sighting:
        side = self._ssm.sighting(node_id)
        return Sighting.PENDING if side is Sighting.ABSENT and node_id in self._newcomers else side

    def nodes(self) -> Iterator[Node]:
        yield from (self.node(node_id) for node_id in self._ssm.facts)
        yield from (self.node(node_id) for node_id in self._ec2.facts if node_id not in self._ssm.facts)


def _where(caller: Caller) -> tuple[str, str]:
    return caller.account, caller.region
