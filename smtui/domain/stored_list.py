"""Splits a place's list so that it can be kept and read back in parts: first what the next start draws at once.

The parts hold facts with their dates, never a status: that is judged anew when they are read.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.domain.node import Ec2Facts, Node, Sighting, SsmFacts
from smtui.domain.platform_name import short_platform
from smtui.domain.readiness import LISTING_TRUSTED_SECONDS, readiness
from smtui.domain.short_reason import short_reason
from smtui.domain.text import blank_last

if TYPE_CHECKING:
    from smtui.domain.place import Caller, Place
    from smtui.domain.roster import Snapshot

FIRST_ROWS = 64
"""More lines than most terminals have; each costs the first paint a tenth of a millisecond."""
PART = 500
"""Nodes in a part of the rest."""
_LATER = timedelta(seconds=2 * LISTING_TRUSTED_SECONDS)
"""A list of this age is too old to be trusted, as it mostly is at the next start."""


@dataclass(frozen=True, slots=True)
class Part:
    """What both listings say about some nodes; a node that one side lacks is not listed there."""

    ssm: tuple[SsmFacts, ...] = ()
    ec2: tuple[Ec2Facts, ...] = ()

    def node_ids(self) -> list[str]:
        """The ids of its nodes, each once."""
        return list(dict.fromkeys([*(entry.node_id for entry in self.ssm), *(entry.node_id for entry in self.ec2)]))

    def nodes(self, place: Place, caller: Caller) -> list[Node]:
        """Its nodes, as those of a complete list."""
        ssm = {entry.node_id: entry for entry in self.ssm}
        ec2 = {entry.node_id: entry for entry in self.ec2}
        return [_node(place, caller, node_id, ssm.get(node_id), ec2.get(node_id)) for node_id in self.node_ids()]


def _node(place: Place, caller: Caller, node_id: str, ssm: SsmFacts | None, ec2: Ec2Facts | None) -> Node:
    ssm_side, ec2_side = (Sighting.LISTED if side is not None else Sighting.ABSENT for side in (ssm, ec2))
    return Node(node_id, place, caller.account, caller.region, ssm, ssm_side, ec2, ec2_side)


@dataclass(frozen=True, slots=True)
class ListHead:
    """What is known of a kept list before all of it is read."""

    caller: Caller
    complete_at: datetime
    latest: datetime
    """The latest date in the whole list. With one in the future its node would survive later listings without it."""
    nodes: int
    """How many the whole list has."""
    first: Part
    """The nodes of its first rows."""
    widest: Part
    """The nodes of the rest with the widest cells, so that columns keep their width when the rest is shown."""


class BrokenList(Exception):
    """The rest of a kept list cannot be read, or is not what its head says; the message is a sentence."""


def split(snapshot: Snapshot, place: Place) -> tuple[ListHead, Iterator[Part]]:
    """Return the head of a complete list, and its rest part by part."""
    ssm = {entry.node_id: entry for entry in snapshot.ssm}
    ec2 = {entry.node_id: entry for entry in snapshot.ec2}
    then = snapshot.latest + _LATER  # when it is read again, most likely

    def node(node_id: str) -> Node:
        return _node(place, snapshot.caller, node_id, ssm.get(node_id), ec2.get(node_id))

    def order(node_id: str) -> tuple[int, tuple[bool, str], str]:
        """As the list shows them until somebody sorts it otherwise."""
        found = node(node_id)
        return readiness(found, then).badge.rank, blank_last(found.name), node_id

    def part(node_ids: Iterable[str]) -> Part:
        chosen = list(node_ids)
        return Part(
            tuple(ssm[node_id] for node_id in chosen if node_id in ssm),
            tuple(ec2[node_id] for node_id in chosen if node_id in ec2),
        )

    everything = list(dict.fromkeys([*ssm, *ec2]))
    first = heapq.nsmallest(FIRST_ROWS, everything, key=order)
    shown = set(first)
    rest = [node_id for node_id in everything if node_id not in shown]
    wide = _widest(map(node, rest), snapshot.latest)
    head = ListHead(snapshot.caller, snapshot.complete_at, snapshot.latest, len(everything), part(first), part(wide))
    return head, (part(rest[start : start + PART]) for start in range(0, len(rest), PART))


def _widest(nodes: Iterable[Node], now: datetime) -> Sequence[str]:
    """The ids of the nodes with the longest text in some column."""
    longest = dict.fromkeys(_TEXTS, 0)
    widest: dict[Callable[[Node, datetime], str], str] = {}
    for node in nodes:
        for text, known in longest.items():
            length = len(text(node, now))
            if length > known:
                longest[text], widest[text] = length, node.node_id
    return list(dict.fromkeys(widest.values()))


_TEXTS: tuple[Callable[[Node, datetime], str], ...] = (
    lambda node, _: node.name,
    lambda node, _: node.address,
    lambda node, _: short_platform(node.platform),
    lambda node, _: node.agent_version,
    lambda node, now: short_reason(node, readiness(node, now), now),
    lambda node, now: short_reason(node, readiness(node, now + _LATER), now + _LATER),
    lambda node, _: node.ec2.zone if node.ec2 else "",
    lambda node, _: node.ec2.instance_type if node.ec2 else "",
    lambda node, _: node.ec2.vpc_id if node.ec2 else "",
    lambda node, _: "  ".join([f"{key}={value}" for key, value in node.tags.items() if key != "Name"]),
)
"""The texts of those columns that are as wide as their widest cell."""
