"""Resolves a typed TARGET to one node in one place, or to a sentence and the candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.node_search import is_node_id, resolve, similar, split_place, target_with_place
from smtui.domain.place import Place
from smtui.domain.readiness import readiness
from smtui.topics.failure_topics import of_fault

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.fleet import Fleet

MOST_CANDIDATES = 20


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


async def find_target(fleet: Fleet, target: str) -> FoundTarget:
    """Resolve TARGET. An id in a known place needs no listing: AWS itself says whether it exists."""
    place, bare = split_place(target, fleet.places) or (fleet.places[0], target)
    if is_node_id(bare) and (bare != target or len(fleet.places) == 1):
        return FoundTarget(bare, place, bare)
    await fleet.refresh()
    found = resolve(target, fleet.nodes()).nodes
    if len(found) == 1:
        node = found[0]
        return FoundTarget(node.node_id, node.place, node.name or node.node_id)
    return _ambiguous(fleet, target, found) if found else _not_found(fleet, target)


def _ambiguous(fleet: Fleet, target: str, found: tuple[Node, ...]) -> FoundTarget:
    trouble = f"{target!r} names {len(found)} nodes. Give one of these as TARGET:"
    return FoundTarget("", Place(), "", trouble, _candidates(fleet, found))


def _not_found(fleet: Fleet, target: str) -> FoundTarget:
    alike = similar(target, fleet.nodes())
    problems = fleet.problems()
    unseen = " ".join(problem.sentence() for problem in problems)
    topic = next((of_fault(problem.fault).topic for problem in problems), "")
    sentences = (
        f"no listed node has the id, Name or address {target!r}.",
        f"Not everything could be listed: {unseen}" if unseen else "",
        "These have it in their Name or a tag:" if alike else "",
    )
    return FoundTarget("", Place(), "", " ".join(filter(None, sentences)), _candidates(fleet, alike), topic)


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
