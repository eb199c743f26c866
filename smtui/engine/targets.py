"""From what the user typed as TARGET to one node in one place, or to a sentence and the candidates."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.failure_topics import of_fault
from smtui.domain.node import Node
from smtui.domain.place import Place
from smtui.domain.readiness import readiness
from smtui.domain.target import is_node_id, resolve, similar
from smtui.engine.fleet import Fleet

MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """Exactly one node, or `trouble` that says why not, with the nodes it could be."""

    node_id: str
    place: Place
    label: str
    """How to call the node in sentences: its Name, else its id."""
    trouble: str = ""
    candidates: tuple[str, ...] = ()
    topic: str = ""
    """Of what kept the nodes from being seen; empty where nothing did."""


async def find_target(fleet: Fleet, target: str) -> FoundTarget:
    """Resolve TARGET. An id in a single place needs no listing: AWS itself says whether it exists."""
    if is_node_id(target) and len(fleet.places) == 1:
        return FoundTarget(target, fleet.places[0], target)
    await fleet.refresh()
    found = resolve(target, fleet.nodes()).nodes
    if len(found) == 1:
        node = found[0]
        return FoundTarget(node.node_id, node.place, node.name or node.node_id)
    return _ambiguous(fleet, target, found) if found else _not_found(fleet, target)


def _ambiguous(fleet: Fleet, target: str, found: tuple[Node, ...]) -> FoundTarget:
    trouble = f"{target!r} names {len(found)} nodes; give the id of one:"
    return FoundTarget("", Place(), "", trouble, _candidates(fleet, found))


def _not_found(fleet: Fleet, target: str) -> FoundTarget:
    alike = similar(target, fleet.nodes())
    problems = fleet.problems()
    unseen = " ".join(problem.sentence() for problem in problems)
    topic = next((of_fault(problem.fault).topic for problem in problems), "")
    sentences = (
        f"no node of the list has the id, Name or address {target!r}.",
        f"Not everything could be seen: {unseen}" if unseen else "",
        "These have it in their Name:" if alike else "",
    )
    return FoundTarget("", Place(), "", " ".join(filter(None, sentences)), _candidates(fleet, alike), topic)


def _candidates(fleet: Fleet, nodes: tuple[Node, ...]) -> tuple[str, ...]:
    now = fleet.clock()
    told = [f"{node.node_id}  {readiness(node, now).badge.word}  {node.name}  {node.region}" for node in nodes]
    if len(told) > MOST_CANDIDATES:
        told[MOST_CANDIDATES:] = [f"… and {len(told) - MOST_CANDIDATES} more"]
    return tuple(told)
