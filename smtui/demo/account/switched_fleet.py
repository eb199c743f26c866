"""Applies switches and the account's changes to the fleet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smtui.demo.account.account import Account
from smtui.demo.account.node_reach import AgentState, agent_state, serves_an_agent
from smtui.demo.story.account_switches import BROKEN_HOST_MANAGEMENT_ROLE
from smtui.demo.story.demo_node import DemoNode, Ping
from smtui.demo.story.simulated_fleet import Fleet
from smtui.domain.version import Version

_OLDEST_AGENT = Version.of("3.2.582.0")
_SINCE_IT_BROKE = 2 * 3600.0
_JUST_NOW = 3.0


class SwitchedFleet(Fleet):
    """A fleet with the effects of the switches that are on and of the account's changes."""

    def __init__(self, fleet: Fleet, switches: Callable[[], frozenset[str]], account: Account | None = None) -> None:
        super().__init__()
        self._fleet = fleet
        self._switches = switches
        self._account = account if account is not None else Account()
        self._untouched = Account()
        self._known: dict[str, tuple[int, DemoNode]] = {}
        """Node id -> the number of changes that were applied, and the node with them."""

    def __len__(self) -> int:
        return len(self._fleet)

    def node(self, index: int) -> DemoNode:
        """See `Fleet`: the node with switches and changes applied."""
        return self._seen(self._fleet.node(index))

    def find(self, node_id: str) -> DemoNode | None:
        """See `Fleet`: the node with switches and changes applied."""
        node = self._fleet.find(node_id)
        return self._seen(node) if node is not None else None

    def _seen(self, planted: DemoNode) -> DemoNode:
        node = self._changed(planted) if self._account.concerns(planted) else planted
        if node.profile or node.state != "running":
            return node
        on = self._switches()
        if "host-management-broken" in on and not self._role_is_enough():
            return replace(node, ping=Ping.LOST, ping_age=_SINCE_IT_BROKE, connected=False)
        if on & {"host-management", "host-management-broken"} and _can_be_managed(node):
            return replace(node, ping=Ping.ONLINE, connected=True)
        return node

    def _role_is_enough(self) -> bool:
        role = self._account.role(BROKEN_HOST_MANAGEMENT_ROLE)
        return role is not None and serves_an_agent(role, self._account)

    def _changed(self, planted: DemoNode) -> DemoNode:
        """The node with every change so far, computed once for each change."""
        changes, known = self._known.get(planted.node_id, (0, planted))
        if changes != self._account.changes:
            changes = self._account.changes
            known = self._derived(planted)
            self._known[planted.node_id] = changes, known
        return known

    def _derived(self, planted: DemoNode) -> DemoNode:
        """The node with the changes. Its agent stays as in the story until something that it depends on changes."""
        node = self._account.node(planted)
        before, now = self._agent(planted, self._untouched), self._agent(node, self._account)
        if before == now:
            return node
        if now.registered:
            return replace(node, ping=Ping.ONLINE, ping_age=_JUST_NOW, connected=now.connected)
        ping = Ping.ABSENT if node.ping is Ping.ABSENT else Ping.LOST
        return replace(node, ping=ping, connected=False)

    def _agent(self, node: DemoNode, account: Account) -> AgentState:
        vpc_id = node.network.vpc_id if node.network is not None else ""
        vpc = next((each for each in account.vpcs(frozenset()) if each.vpc_id == vpc_id), None)
        return agent_state(node, account, vpc)


def _can_be_managed(node: DemoNode) -> bool:
    return node.metadata.enabled and Version.of(node.agent_version) >= _OLDEST_AGENT
