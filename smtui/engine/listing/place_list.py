"""Holds what is known of one place: its nodes, its last known list, and how the last reading went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.roster import Roster, Side
from smtui.domain.stored_list import ListHead, Part
from smtui.engine.listing.refresh_plan import LastReading

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.place import PendingCall, Place
    from smtui.engine.protocols import Aws, StoredList


class PlaceList:
    """One place and its nodes. It is kept when the place is no longer listed: tunnels and jobs still ask for nodes."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.roster = Roster(place)
        self.fault: Fault | None = None
        """Why no call can work here; None if one may."""
        self.answered_at: datetime | None = None
        self.began_at: datetime | None = None
        """When the last reading had its turn."""
        self._last: LastReading | None = None
        self.reading: asyncio.Task[None] | None = None
        self.looking: asyncio.Task[None] | None = None
        self.restoring: asyncio.Task[None] | None = None
        """Look for the last known list and read its rest, each once."""
        self.stored: StoredList | None = None
        """The last known list while its head is shown and the rest is not read yet."""
        self.aws: Aws | None = None
        """Set in the thread that calls AWS first: making one may import botocore, which the event loop must not."""
        self._region = place.region

    @property
    def region(self) -> str:
        """The Region in use, even if nothing can be read; empty before it is known."""
        caller = self.roster.caller
        return caller.region if caller else self.place.region or self._region

    def set_region(self, region: str) -> None:
        """Note the Region that the configuration names, where AWS does not say."""
        self._region = region

    def note_reading(self, now: datetime) -> None:
        """Note that a reading has ended, and whether it was in vain."""
        faults = (self.fault,) if self.fault is not None else self.roster.faults()
        is_in_vain = self.fault is not None or len(faults) == len(Side)
        kinds = frozenset(fault.kind for fault in faults) if is_in_vain else frozenset()
        began = self.began_at or now
        self._last = self._last.following(began, now, kinds) if self._last else LastReading.first(began, now, kinds)

    def is_due(self, interval: float, now: datetime) -> bool:
        """Whether to read the place again now: never during a reading, and before the first has ended."""
        return self.reading is None and self._last is not None and self._last.is_due(interval, now)

    def faults(self) -> tuple[Fault, ...]:
        """What could not be read: the place as a whole, else each listing that failed."""
        return (self.fault,) if self.fault is not None else distinct(self.roster.faults())

    def oldest_call(self) -> PendingCall | None:
        """The oldest call without an answer while the place is read; else None."""
        pending = self.aws.pending() if self.reading is not None and self.aws is not None else ()
        return pending[0] if pending else None


def begun(place: Place, others: Iterable[PlaceList], resolved: Callable[[Place], Place] | None) -> PlaceList:
    """Return the list of a place: empty, or with what is known of the same place under another name.

    Each fact keeps its date, as with a list of an earlier run.
    """
    made = PlaceList(place)
    same = (other for other in others if resolved is not None and resolved(other.place) == resolved(place))
    snapshot = next((found for other in same if (found := other.roster.snapshot()) is not None), None)
    if snapshot is not None:
        everything = Part(snapshot.ssm, snapshot.ec2)
        number = len(everything.node_ids())
        made.roster.restore(
            ListHead(snapshot.caller, snapshot.complete_at, snapshot.latest, number, everything, Part())
        )
        made.roster.end_restoring()
    return made


def renamed(
    before: Sequence[Place], after: Sequence[Place], resolved: Callable[[Place], Place] | None
) -> tuple[tuple[Place, Place], ...]:
    """Return the places that are listed under another name now, each with its new one."""
    if resolved is None:
        return ()
    new = {resolved(place): place for place in after if place not in before}
    gone = (place for place in before if place not in after)
    return tuple((place, new[resolved(place)]) for place in gone if resolved(place) in new)


def distinct(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """One fault for each sentence: two listings that fail alike are reported once."""
    return tuple({fault.sentence(): fault for fault in faults}.values())
