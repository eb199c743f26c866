"""Lists the simulated fleet: the nodes of the story, then any number of generated ones.

A generated node is made on demand and is the same every time, so that a fleet of 50,000 starts at once. Its id is a
permutation of its index, so that it is found by id without a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import DemoNode, Network, Ping, Platform

_ID_SPACE = 1 << 64
_MULTIPLIER = 0x9E3779B97F4A7C15
_INVERSE = pow(_MULTIPLIER, -1, _ID_SPACE)
_ID_LENGTH = 17
_ROLES = ("web", "api", "worker", "cache", "db", "queue", "batch", "edge-proxy")
_PLATFORMS = (Platform.AL2023, Platform.UBUNTU_22, Platform.AL2023, Platform.UBUNTU_24, Platform.WINDOWS_2022)
_AGENTS = ("3.3.987.0", "3.3.987.0", "3.3.859.0", "3.3.40.0", "3.2.2303.0")
_TYPES = ("t3.small", "t3.medium", "m6i.large", "c7i.large", "r6i.xlarge")
_ENVIRONMENTS = ("prod", "staging", "dev")
_TEAMS = ("web", "payments", "data", "platform")


class Fleet:
    """The nodes of one Region by index and by id."""

    def __init__(self, story: Sequence[DemoNode] = (), generated: int = 0) -> None:
        self.story = tuple(story)
        self._generated = generated
        self._by_id = {node.node_id: node for node in self.story}

    def __len__(self) -> int:
        return len(self.story) + self._generated

    def node(self, index: int) -> DemoNode:
        """The node at this index, from 0."""
        if index < len(self.story):
            return self.story[index]
        return _generated_node(index - len(self.story))

    def find(self, node_id: str) -> DemoNode | None:
        """The node with this id; None when there is none."""
        node = self._by_id.get(node_id)
        if node is not None:
            return node
        index = _generated_index(node_id)
        return _generated_node(index) if index is not None and index < self._generated else None

    def page(self, start: int, size: int, wanted: Callable[[DemoNode], bool]) -> tuple[list[DemoNode], int | None]:
        """Up to `size` wanted nodes from index `start` on, and the index of the next page, None at the end."""
        found: list[DemoNode] = []
        for index in range(start, len(self)):
            node = self.node(index)
            if not wanted(node):
                continue
            if len(found) == size:
                return found, index
            found.append(node)
        return found, None


def _generated_id(index: int) -> str:
    return f"i-0{(index + 1) * _MULTIPLIER % _ID_SPACE:016x}"


def _generated_index(node_id: str) -> int | None:
    digits = node_id.removeprefix("i-0")
    if len(digits) != _ID_LENGTH - 1 or digits == node_id:
        return None
    try:
        index = int(digits, 16) * _INVERSE % _ID_SPACE - 1
    except ValueError:
        return None
    return index if index >= 0 and _generated_id(index) == node_id else None


def _generated_node(index: int) -> DemoNode:
    role = _ROLES[index % len(_ROLES)]
    platform = _PLATFORMS[index // 3 % len(_PLATFORMS)]
    ping, state = _condition(index)
    environment = _ENVIRONMENTS[index // 5 % len(_ENVIRONMENTS)]
    address = f"10.{16 + (index >> 16)}.{index >> 8 & 255}.{index & 255}"
    return DemoNode(
        node_id=_generated_id(index),
        name=f"{role}-{environment}-{index + 1:05d}",
        platform=platform,
        agent_version=_AGENTS[index // 7 % len(_AGENTS)],
        ping=ping,
        ping_age=float(2 + index * 37 % 280) if ping is Ping.ONLINE else 4_000.0 + index % 1_000 * 60,
        connected=ping is Ping.ONLINE,
        agent_running=ping is not Ping.LOST,
        state=state,
        instance_type=_TYPES[index // 2 % len(_TYPES)],
        network=Network(
            vpc_id=_VPC,
            subnet_id=_SUBNETS[index % 3],
            security_group_id=_GROUP,
            private_ip=address,
            zone=f"eu-west-1{'abc'[index % 3]}",
        ),
        profile="" if ping is Ping.ABSENT and state == "running" else f"{role}-instance-profile",
        tags={"env": environment, "team": _TEAMS[index // 11 % len(_TEAMS)], "role": role},
        computer_name=f"ip-{address.replace('.', '-')}.eu-west-1.compute.internal",
    )


_VPC = made_up_id("vpc", "main")
_SUBNETS = tuple(made_up_id("subnet", f"main-{zone}") for zone in "abc")
_GROUP = made_up_id("sg", "main")


def _condition(index: int) -> tuple[Ping, str]:
    """Ping and state. Of a hundred nodes 4 are stopped, 3 unmanaged, 3 have lost their connection, 90 are healthy."""
    slot = index % 100
    if slot in {17, 42, 67, 92}:
        return Ping.ABSENT, "stopped"
    if slot in {23, 57, 83}:
        return Ping.ABSENT, "running"
    return (Ping.LOST if slot in {31, 64, 97} else Ping.ONLINE), "running"
