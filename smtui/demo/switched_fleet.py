"""The fleet as Default Host Management makes it: with it on, instances need no instance profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smtui.demo.demo_node import DemoNode, Ping
from smtui.demo.fleet import Fleet
from smtui.domain.version import Version

_OLDEST_AGENT = Version.of("3.2.582.0")
_SINCE_IT_BROKE = 2 * 3600.0


class SwitchedFleet(Fleet):
    """Another fleet, seen through the switches that are on at the moment."""

    def __init__(self, fleet: Fleet, switches: Callable[[], frozenset[str]]) -> None:
        super().__init__()
        self._fleet = fleet
        self._switches = switches

    def __len__(self) -> int:
        return len(self._fleet)

    def node(self, index: int) -> DemoNode:
        return self._seen(self._fleet.node(index))

    def find(self, node_id: str) -> DemoNode | None:
        node = self._fleet.find(node_id)
        return self._seen(node) if node is not None else None

    def _seen(self, node: DemoNode) -> DemoNode:
        if node.profile or node.state != "running":
            return node
        on = self._switches()
        if "host-management-broken" in on:
            return replace(node, ping=Ping.LOST, ping_age=_SINCE_IT_BROKE, connected=False)
        if "host-management" in on and _can_be_managed(node):
            return replace(node, ping=Ping.ONLINE, connected=True)
        return node


def _can_be_managed(node: DemoNode) -> bool:
    return node.metadata.enabled and Version.of(node.agent_version) >= _OLDEST_AGENT
