"""Records what calls have changed in a simulated account: network, identities, instances, settings.

The story itself never changes; a changed part replaces the story's. All Regions of an account share it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import ACCOUNT, HOME_REGION, DemoPlace, made_up_id
from smtui.demo.story.callers import ROLES_OF_PEOPLE
from smtui.demo.story.identities import HYBRID_ROLE, ManagedPolicy, Role, identities_of
from smtui.demo.story.planned_vpcs import vpcs, vpcs_of

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode
    from smtui.demo.story.vpc import Vpc

_MISSING = {"no-s3-endpoint": "s3", "no-logs-endpoint": "logs"}
"""Switch -> the service whose endpoint it removes."""
_SETTLED = {"pending": "running", "stopping": "stopped"}


class Account:
    """The story with the changes. A caller holds `lock` from reading a part to writing it."""

    def __init__(self, account_id: str = ACCOUNT) -> None:
        self.account_id = account_id
        self.lock = threading.RLock()
        self._story = identities_of(account_id)
        self._people = ROLES_OF_PEOPLE.get(account_id, {})
        self._vpcs: dict[str, Vpc] = {}
        self._nodes: dict[str, DemoNode] = {}
        self._roles: dict[str, Role] = {}
        self._profiles: dict[str, str] = {}
        self._policies: dict[str, ManagedPolicy] = {}
        self._settings: dict[str, str] = {}
        self._ids = 0
        self.changes = 0
        """The number of changes so far; 0 while all is as in the story. It never decreases."""

    def restore(self) -> None:
        """Restores the story."""
        with self.lock:
            for changed in (self._vpcs, self._nodes, self._roles, self._profiles, self._policies, self._settings):
                changed.clear()
            self.changes += 1

    def vpcs(self, switches: frozenset[str], region: str = HOME_REGION) -> Iterator[Vpc]:
        """Every VPC of a Region, the main one first; switches may remove endpoints of the story's."""
        place = DemoPlace(self.account_id, region)
        missing = frozenset(service for switch, service in _MISSING.items() if switch in switches)
        of_story = vpcs(missing) if place.is_home else vpcs_of(place)
        return (self._vpcs.get(vpc.vpc_id, vpc) for vpc in of_story)

    def put_vpc(self, vpc: Vpc, **changes: Any) -> None:
        """Replaces fields of a VPC."""
        self._vpcs[vpc.vpc_id] = replace(vpc, **changes)
        self.changes += 1

    def node(self, planted: DemoNode) -> DemoNode:
        """The node with what calls have changed of it; `planted` is the story's."""
        return self._nodes.get(planted.node_id, planted)

    def put_node(self, node: DemoNode, **changes: Any) -> None:
        """Replaces fields of a node. What switches make of its agent is not recorded."""
        own = self._nodes.get(node.node_id, node)
        self._nodes[node.node_id] = replace(own, **changes)
        self.changes += 1

    def concerns(self, node: DemoNode) -> bool:
        """Whether a change concerns the node's agent. Must be fast: a large fleet asks for every node."""
        vpc_id = node.network.vpc_id if node.network is not None else ""
        held = self._story.profiles.get(node.profile)
        role = HYBRID_ROLE if node.hybrid else self._profiles.get(node.profile, held.name if held is not None else "")
        changed_itself = node.node_id in self._nodes or vpc_id in self._vpcs
        return changed_itself or bool(self._policies) or node.profile in self._profiles or role in self._roles

    def settle(self, node: DemoNode) -> None:
        """Completes a machine's change of state: pending to running, stopping to stopped."""
        if node.state in _SETTLED:
            with self.lock:
                self.put_node(node, state=_SETTLED[node.state])

    def role(self, name: str) -> Role | None:
        """The role of this name; None when there is none."""
        return self._roles.get(name) or self._story.roles.get(name) or self._people.get(name)

    def roles(self) -> tuple[Role, ...]:
        """Every role, those of the story first."""
        return tuple({**self._story.roles, **self._people, **self._roles}.values())

    def put_role(self, role: Role, **changes: Any) -> None:
        """Adds a role, or replaces fields of it."""
        self._roles[role.name] = replace(role, **changes)
        self.changes += 1

    def profiles(self) -> Mapping[str, str]:
        """Name of the instance profile -> name of its role; empty for one that holds none."""
        held = self._story.profiles.items()
        return {**{name: role.name if role else "" for name, role in held}, **self._profiles}

    def put_profile(self, name: str, role: str) -> None:
        """Adds an instance profile or gives it another role; `role` is a name, empty for none."""
        self._profiles[name] = role
        self.changes += 1

    def role_of(self, profile: str) -> Role | None:
        """The role that an instance profile holds; None for no role or no such profile."""
        return self.role(self.profiles().get(profile, ""))

    @property
    def policies(self) -> Mapping[str, ManagedPolicy]:
        """ARN -> managed policy."""
        return {**self._story.policies, **self._policies}

    def put_policy(self, policy: ManagedPolicy) -> None:
        """Adds a managed policy, or replaces the one with its ARN."""
        self._policies[policy.arn] = policy
        self.changes += 1

    def setting(self, setting_id: str) -> str:
        """The value of a service setting that a call has changed; empty for an unchanged one."""
        return self._settings.get(setting_id, "")

    def put_setting(self, setting_id: str, value: str) -> None:
        """Records the new value of a service setting."""
        self._settings[setting_id] = value
        self.changes += 1

    def forget_settings(self) -> None:
        """Forgets the settings that calls have changed, so that newly set switches take effect."""
        with self.lock:
            self._settings.clear()
            self.changes += 1

    def new_id(self, prefix: str) -> str:
        """An id for something that a call creates, such as `vpce-0…`."""
        with self.lock:
            self._ids += 1
            return made_up_id(prefix, f"made/{self._ids}")
