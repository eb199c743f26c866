"""Describes the state of one place's list: how many nodes, how old, and what is pending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.place import PendingCall, Place


@dataclass(frozen=True, slots=True)
class PlaceState:
    """A chosen place, as it stands now."""

    place: Place
    account: str
    """Twelve digits; empty before AWS or the last known list has named it."""
    region: str
    """The Region in use; empty before it is known."""
    nodes: int
    read_at: datetime | None
    """When its list was last read to the end, perhaps by an earlier smtui: the age of its rows."""
    answered_at: datetime | None
    """When AWS last answered any call here; None before the first answer of this run."""
    is_read: bool
    """Whether its list is being read, or waits for its turn."""
    waiting: PendingCall | None
    """The oldest call that has had no answer yet; None while nothing is asked."""
    faults: tuple[Fault, ...]
    """What could not be read the last time: one fault for a place that failed as a whole, else one for each listing."""

    @property
    def fault(self) -> Fault | None:
        """The first of the faults."""
        return self.faults[0] if self.faults else None
