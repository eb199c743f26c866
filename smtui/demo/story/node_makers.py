"""Makes the nodes of the story: instances of the main VPC, instances in a VPC of their own, hybrid nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import DemoNode, Network, Ping, Platform
from smtui.demo.story.vpc import VpcPlan

CURRENT_AGENT = "3.3.987.0"
HOUR = 3600.0
DAY = 24 * HOUR
UNMANAGED: dict[str, Any] = {"ping": Ping.ABSENT, "connected": False}
LOST: dict[str, Any] = {"ping": Ping.LOST, "connected": False}
AGENT_STOPPED: dict[str, Any] = {**LOST, "agent_running": False}
CUT_FROM_SSMMESSAGES: dict[str, Any] = {"connected": False}
"""Facts that go together: how Systems Manager sees a node."""


def in_main_vpc(
    name: str,
    host: int,
    platform: Platform = Platform.AL2023,
    agent: str = CURRENT_AGENT,
    *,
    node_id: str = "",
    public_ip: str = "",
    **facts: Any,
) -> DemoNode:
    """An instance of the main VPC, healthy unless `facts` say otherwise; in the public subnet with a public address.

    `host` is the last byte of its private address, `facts` are fields of `DemoNode`.
    """
    subnet, start = ("main-web", "10.0.16") if public_ip else ("main-a", "10.0.1")
    network = Network(
        vpc_id=made_up_id("vpc", "main"),
        subnet_id=made_up_id("subnet", subnet),
        security_group_id=made_up_id("sg", "main"),
        private_ip=f"{start}.{host}",
        public_ip=public_ip,
    )
    facts.setdefault("tags", {"env": "staging", "team": "platform"})
    facts.setdefault("computer_name", _computer_name(name, platform, network.private_ip))
    return DemoNode(
        node_id=node_id or made_up_id("i", name),
        name=name,
        platform=platform,
        agent_version=agent,
        network=network,
        **facts,
    )


def in_own_vpc(
    name: str, number: int, plan: VpcPlan, *, agent: str = CURRENT_AGENT, public_ip: str = "", **facts: Any
) -> DemoNode:
    """An instance in a VPC that is made from its plan, so that its path can be broken alone."""
    plan = replace(plan, number=number)
    address = "" if plan.ipv6_only else f"{plan.block}.1.10"
    network = Network(
        vpc_id=made_up_id("vpc", name),
        subnet_id=made_up_id("subnet", name),
        security_group_id=made_up_id("sg", name),
        private_ip=address,
        public_ip=public_ip,
        ipv6="" if address else f"{plan.block_6}::10",
    )
    node = in_main_vpc(name, 10, Platform.AL2023, agent, **facts)
    computer = _computer_name(name, node.platform, address) if address else f"{node.node_id}.eu-west-1.compute.internal"
    return replace(node, network=network, computer_name=computer, plan=plan)


def hybrid(name: str, address: str, platform: Platform = Platform.DEBIAN_12, **facts: Any) -> DemoNode:
    """A hybrid node: no EC2 instance, no tags on the EC2 side, its name in Systems Manager's own listing."""
    windows = platform.kind == "Windows"
    facts.setdefault("computer_name", _computer_name(name, platform, address) if windows else f"{name}.example.net")
    return DemoNode(
        node_id=made_up_id("mi", name),
        name=name,
        platform=platform,
        agent_version=CURRENT_AGENT,
        state="",
        instance_type="",
        profile="",
        address=address,
        **facts,
    )


def planted(facts: Mapping[str, Any]) -> DemoNode:
    """A node from JSON: a hybrid one where `address` is given, else an instance of the main VPC with `host`.

    Raises TypeError for a missing or an unknown name.
    """
    return hybrid(**facts) if "address" in facts else in_main_vpc(**facts)


def _computer_name(name: str, platform: Platform, address: str) -> str:
    if platform.kind == "Windows":
        return f"{name.upper()[:15]}.corp.example.net"
    return f"ip-{address.replace('.', '-')}.eu-west-1.compute.internal"
