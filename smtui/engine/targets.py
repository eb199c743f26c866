"""Resolves a typed TARGET to one node in one place, or to a sentence and the candidates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.fault import NO_CALL_KINDS, AwsCallFailed, FaultKind
from smtui.domain.node_search import (
    TargetFilters,
    filters_for,
    is_node_id,
    resolve,
    resolve_filtered,
    similar,
    split_place,
    target_with_place,
)
from smtui.domain.place import Place
from smtui.domain.query.filter_target import complaint, is_filter, nodes_of
from smtui.domain.readiness import readiness
from smtui.domain.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.domain.node import Node
    from smtui.engine.fleet import Fleet
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws

MOST_CANDIDATES = 20
_MOST_NAMED = 3
_OUT_OF_REACH = NO_CALL_KINDS | {FaultKind.UNREACHABLE, FaultKind.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """Exactly one node, or `trouble`, which says why not, with the nodes it could be."""

    node_id: str
    place: Place
    label: str
    """The node in sentences: its Name, else its id."""
    trouble: str = ""
    candidates: tuple[str, ...] = ()
    topic: str = ""
    """The topic's id for what kept nodes from being listed; empty if nothing did."""
    unseen: str = ""
    """A sentence that names the places which could not be searched for others of that name; empty if all were."""
    is_absent: bool = False
    """Nothing that was listed has this name, nor one like it."""


async def find_target(fleet: Fleet, off_loop: OffLoop, target: str) -> FoundTarget:
    """Resolve TARGET. An id in a known place needs no listing: AWS itself says whether it exists.

    For other targets filters are asked first. Everything is listed if they find no node, several, or fail. If TARGET
    names its place, only that is asked: another one may not answer.
    """
    if is_filter(target):
        return await _by_own_filter(fleet, target)
    meant = split_place(target, fleet.places)
    if meant is not None and (in_place := await _in_place(fleet, off_loop, *meant)) is not None:
        return in_place
    if is_node_id(target) and len(fleet.places) == 1:
        return FoundTarget(target, fleet.places[0], target)
    found, unseen = await _by_filters(fleet, off_loop, target, fleet.places)
    if len(found) != 1:
        await fleet.refresh()
        found, unseen = resolve(target, fleet.nodes()).nodes, [problem.place for problem in fleet.problems()]
    return _one(target, found[0], unseen) if len(found) == 1 else _unclear(fleet, target, found)


async def _in_place(fleet: Fleet, off_loop: OffLoop, place: Place, bare: str) -> FoundTarget | None:
    """What TARGET is in the place that it names; None if it is nothing there, as where a Name has slashes."""
    if is_node_id(bare):
        return FoundTarget(bare, place, bare)
    found, _ = await _by_filters(fleet, off_loop, bare, (place,))
    if len(found) != 1:
        await fleet.refresh(place)
        found = resolve(bare, (node for node in fleet.nodes() if node.place == place)).nodes
    if not found:
        return None
    return _one(bare, found[0]) if len(found) == 1 else _ambiguous(fleet, bare, found)


def listed_target(fleet: Fleet, target: str, node: Node) -> FoundTarget:
    """The only node that TARGET names in the lists as they are."""
    return _one(target, node, [problem.place for problem in fleet.problems()])


def _one(target: str, node: Node, unseen: Sequence[Place] = ()) -> FoundTarget:
    """An id is the same node in every place; of a Name, another place may have another node."""
    others = [] if is_node_id(target) else [place.label for place in dict.fromkeys(unseen) if place != node.place]
    return FoundTarget(node.node_id, node.place, node.name or node.node_id, unseen=_unseen(others))


def _unseen(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    named = [label or "the default profile" for label in labels[:_MOST_NAMED]]
    more = [f"{len(labels) - len(named)} more"] if len(labels) > len(named) else []
    where = " and ".join(filter(None, (", ".join([*named, *more][:-1]), [*named, *more][-1])))
    return f"{where} could not be searched: another node of that name may be there."


def _unclear(fleet: Fleet, target: str, found: tuple[Node, ...]) -> FoundTarget:
    return _ambiguous(fleet, target, found) if found else _not_found(fleet, target)


async def _by_own_filter(fleet: Fleet, target: str) -> FoundTarget:
    """The one node that matches a filter; everything is listed for it."""
    if wrong := complaint(target):
        return FoundTarget("", Place(), "", f"{target!r} is no TARGET: {wrong}.")
    await fleet.refresh()
    found = nodes_of(target, fleet.nodes(), fleet.clock())
    return listed_target(fleet, target, found[0]) if len(found) == 1 else _unclear(fleet, target, found)


async def _by_filters(
    fleet: Fleet, off_loop: OffLoop, target: str, places: Sequence[Place]
) -> tuple[tuple[Node, ...], list[Place]]:
    """The nodes that filters find in these places, and the places out of reach; none if a filter or a call fails.

    A place that cannot be called at all does not count: its list would fail in the same way.
    """
    filters = filters_for(target)
    if filters is None:
        return (), []
    asked = (_asked(fleet.aws(place), place, off_loop, filters) for place in places)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not _is_out_of_reach(answer):
            if isinstance(answer, AwsCallFailed):
                return (), []
            raise answer
    rosters = [answer for answer in answers if isinstance(answer, Roster)]
    unseen = [place for place, answer in zip(places, answers, strict=True) if not isinstance(answer, Roster)]
    return resolve_filtered(target, [node for roster in rosters for node in roster.nodes()]), unseen


def _is_out_of_reach(error: BaseException) -> bool:
    return isinstance(error, AwsCallFailed) and error.fault.kind in _OUT_OF_REACH


async def _asked(aws: Aws, place: Place, off_loop: OffLoop, filters: TargetFilters) -> Roster:
    roster = Roster(place)

    async def instances(name: str, value: str) -> None:
        roster.add_instances(await off_loop.call(lambda: aws.instances_with(name, value)))

    async def hybrid_nodes() -> None:
        roster.add_managed(await off_loop.call(aws.hybrid_nodes))

    calls = [instances(*each) for each in filters.instances]
    await asyncio.gather(*calls, *([hybrid_nodes()] if filters.hybrid_nodes else []))
    return roster


def _ambiguous(fleet: Fleet, target: str, found: tuple[Node, ...]) -> FoundTarget:
    trouble = f"{target!r} names {len(found)} nodes. Give one of these as TARGET:"
    return FoundTarget("", Place(), "", trouble, _candidates(fleet, found))


def _not_found(fleet: Fleet, target: str) -> FoundTarget:
    from smtui.topics.failure_topics import of_fault

    alike = similar(target, fleet.nodes())
    problems = fleet.problems()
    unseen = " ".join(problem.sentence(named=len(fleet.places) > 1) for problem in problems)
    topic = next((of_fault(problem.fault).topic for problem in problems), "")
    verb = "matches" if is_filter(target) else "has the id, Name, address or computer name"
    sentences = (
        f"no listed node {verb} {target!r}.",
        f"Not everything could be listed: {unseen}" if unseen else "",
        "These have it in their Name or a tag:" if alike else "",
    )
    return FoundTarget(
        "",
        Place(),
        "",
        " ".join(filter(None, sentences)),
        _candidates(fleet, alike),
        topic,
        is_absent=not alike and not problems,
    )


def _candidates(fleet: Fleet, nodes: tuple[Node, ...]) -> tuple[str, ...]:
    now = fleet.clock()
    several = len(fleet.places) > 1
    lines = [
        f"{target_with_place(node) if several else node.node_id}  {readiness(node, now).badge.word}  {node.name}  "
        f"{node.region}"
        for node in nodes
    ]
    if len(lines) > MOST_CANDIDATES:
        lines[MOST_CANDIDATES:] = [f"… and {len(lines) - MOST_CANDIDATES} more"]
    return tuple(lines)
