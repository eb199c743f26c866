"""Finds the nodes of a TARGET that is a filter, such as `?tag:role=bastion status:ready`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.node_search import haystack
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.readiness import readiness

if TYPE_CHECKING:
    from smtui.domain.node import Node

SIGN = "?"
"""What a TARGET begins with that is a filter."""


def is_filter(target: str) -> bool:
    """Tell whether TARGET is a filter."""
    return target.startswith(SIGN)


def complaint(target: str) -> str:
    """Return what is wrong with the filter; empty if nothing is."""
    query = _parsed(target)
    if query.mistakes:
        return "; ".join(mistake.sentence for mistake in query.mistakes)
    return "the filter behind ? is empty" if query.is_empty else ""


def nodes_of(target: str, nodes: Iterable[Node], now: datetime) -> tuple[Node, ...]:
    """Return the nodes that match; none if something is wrong with the filter."""
    query = _parsed(target)
    return () if query.mistakes or query.is_empty else matching(query, nodes, now)


def matching(query: NodeQuery, nodes: Iterable[Node], now: datetime) -> tuple[Node, ...]:
    """Return the nodes that match a filter."""
    return tuple(node for node in nodes if query.matches(haystack(node, readiness(node, now))))


def _parsed(target: str) -> NodeQuery:
    return NodeQuery.parse_whole(target.removeprefix(SIGN), None)
