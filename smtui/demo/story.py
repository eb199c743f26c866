"""The nodes that tell the demo's story: healthy ones of every kind, then one for each thing that can be wrong.

Each broken node is wrong in exactly one way, which its name tells; what Systems Manager and EC2 say of it follows
from that. `web-1` and `bastion-1` are fixed points that tests and the documentation rely on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smtui.demo.demo_node import DemoNode, Metadata, Network, Ping, Platform, made_up_id
from smtui.demo.network_plans import PLANS, block, block_6

_CURRENT = "3.3.987.0"
_HOUR = 3600.0
_DAY = 24 * _HOUR
_UNMANAGED: dict[str, Any] = {"ping": Ping.ABSENT, "connected": False}
_LOST: dict[str, Any] = {"ping": Ping.LOST, "connected": False}
_CUT_FROM_SSMMESSAGES: dict[str, Any] = {"connected": False}


def story() -> list[DemoNode]:
    """The 41 nodes of the default fleet, the fixed points first."""
    return [*_healthy(), *_hybrid(), *_old_agents(), *_states(), *_identity(), *_path(), *_handshake()]


def more_causes() -> list[DemoNode]:
    """Nodes that a switch adds for tests: healthy by less common ways, and what else can be wrong."""
    return [*_healthy_otherwise(), *_more_identity(), *_more_path()]


def terminated() -> DemoNode:
    """An instance that EC2 still lists for a while and that no user wants to see."""
    return _ec2("terminated-1", 250, ping=Ping.ABSENT, connected=False, state="terminated", profile="")


def _healthy() -> list[DemoNode]:
    web: dict[str, Any] = {"tags": {"env": "prod", "team": "web"}}
    api: dict[str, Any] = {"tags": {"env": "prod", "team": "payments"}, "profile": "api-instance-profile"}
    data: dict[str, Any] = {"tags": {"env": "prod", "team": "data"}, "profile": "db-instance-profile"}
    return [
        _ec2("web-1", 12, node_id="i-0a1b2c3d4e5f60718", ping_age=4, **web),
        _ec2("bastion-1", 10, ping_age=7, instance_type="t3.micro", tags={"env": "prod", "team": "platform"}),
        _ec2("web-2", 13, node_id="i-0a1b2c3d4e5f60719", ping_age=11, **web),
        _ec2("web-3", 14, ping_age=26, public_ip="203.0.113.14", **web),
        _ec2("api-1", 21, Platform.UBUNTU_24, ping_age=18, **api),
        _ec2("api-2", 22, Platform.UBUNTU_22, "3.3.859.0", ping_age=41, **api),
        _ec2("db-1", 31, Platform.RHEL_9, ping_age=9, instance_type="r6i.xlarge", **data),
        _ec2("db-2", 32, Platform.DEBIAN_12, ping_age=55, instance_type="r6i.xlarge", **data),
        _ec2("batch-1", 41, Platform.AL2, "3.3.40.0", ping_age=120, tags={"env": "dev", "team": "data"}),
        # Connected, although the heartbeat was missed: the ping lags and a session starts all the same.
        _ec2("batch-2", 42, ping=Ping.LOST, ping_age=7 * 60, tags={"env": "dev", "team": "data"}),
        _ec2("win-1", 51, Platform.WINDOWS_2022, ping_age=33, instance_type="m6i.large", **api),
        _ec2("mac-1", 61, Platform.MACOS_14, ping_age=70, instance_type="mac2.metal", tags={"team": "mobile"}),
    ]


def _hybrid() -> list[DemoNode]:
    activation = "8a3c1f0e-6b5d-4c2a-9e7f-0d1b2c3a4f5e"
    return [
        _mi("onprem-1", "192.168.10.11", Platform.UBUNTU_22, activation_id=activation),
        _mi("onprem-win-1", "192.168.10.12", Platform.WINDOWS_2019, activation_id=activation, ping_age=90),
        _mi("onprem-lost-1", "192.168.10.13", Platform.DEBIAN_12, activation_id=activation, ping_age=9 * _DAY, **_LOST),
        _mi("edge-1", "172.20.0.5", Platform.DEBIAN_12, thing_name="line-4-gateway", ping_age=48),
        _mi("edge-lost-1", "172.20.0.9", Platform.AL2, thing_name="line-7-gateway", ping_age=5 * _HOUR, **_LOST),
    ]


def _old_agents() -> list[DemoNode]:
    return [
        _ec2("agent-too-old-1", 71, Platform.UBUNTU_18, "2.2.619.0", connected=False),
        _ec2("agent-no-forward-1", 72, Platform.UBUNTU_18, "2.3.100.0"),
        _ec2("agent-no-remote-host-1", 73, Platform.AL2, "3.0.1390.0"),
        _ec2("agent-stopped-1", 74, ping_age=2 * _HOUR, **_LOST),
    ]


def _states() -> list[DemoNode]:
    return [
        _ec2("stopped-1", 81, ping=Ping.ABSENT, connected=False, state="stopped"),
        # Told to stop a moment ago: Systems Manager still lists it as Online.
        _ec2("stopping-1", 82, connected=False, state="stopping", ping_age=15),
        _ec2("pending-1", 83, ping=Ping.ABSENT, connected=False, state="pending"),
        _ec2("impaired-1", 84, ping_age=40 * 60, impaired=True, instance_type="t3.nano", **_LOST),
    ]


def _identity() -> list[DemoNode]:
    return [
        _ec2("no-profile-1", 91, profile="", **_UNMANAGED),
        _ec2("no-policy-1", 92, profile="s3-only-instance-profile", **_UNMANAGED),
        _ec2("wrong-trust-1", 93, profile="lambda-instance-profile", **_UNMANAGED),
        _ec2("policy-denied-1", 94, profile="denied-instance-profile", **_CUT_FROM_SSMMESSAGES),
    ]


def _path() -> list[DemoNode]:
    return [
        _isolated("no-egress-1", **_UNMANAGED),
        _isolated("acl-closed-1", ping_age=3 * _DAY, **_LOST),
        _isolated("no-nat-1", **_UNMANAGED),
        _isolated("no-ssm-endpoint-1", **_UNMANAGED),
        _isolated("no-ssmmessages-1", **_CUT_FROM_SSMMESSAGES),
        _isolated("no-ec2messages-1", agent="3.2.2303.0", ping_age=2 * _DAY, **_LOST),
        _isolated("private-dns-off-1", **_UNMANAGED),
        _isolated("endpoint-sg-closed-1", **_UNMANAGED),
        _isolated("endpoint-policy-1", **_CUT_FROM_SSMMESSAGES),
        _isolated("vpc-dns-off-1", **_UNMANAGED),
    ]


def _handshake() -> list[DemoNode]:
    return [
        _ec2("hop-limit-1", 95, metadata=Metadata(hop_limit=1), **_UNMANAGED),
        _ec2("metadata-off-1", 96, metadata=Metadata(enabled=False), **_UNMANAGED),
    ]


def _healthy_otherwise() -> list[DemoNode]:
    return [
        _isolated("isolated-1"),
        _isolated("endpoints-elsewhere-1"),
        _isolated("group-to-group-1"),
        _isolated("egress-to-vpc-1"),
        _isolated("prefix-list-1"),
        _isolated("main-table-1"),
        _isolated("public-1", public_ip="203.0.113.17"),
        _isolated("nat64-1"),
        _ec2("inline-policy-1", 101, profile="inline-instance-profile"),
    ]


def _more_identity() -> list[DemoNode]:
    return [
        _ec2("boundary-1", 111, profile="bounded-instance-profile", **_CUT_FROM_SSMMESSAGES),
        _ec2("no-role-1", 112, profile="empty-instance-profile", **_UNMANAGED),
        # Its profile was taken away; Default Host Management would need a newer agent.
        _ec2("no-profile-old-agent-1", 115, agent="3.1.1732.0", profile="", ping_age=_DAY, **_LOST),
        # Deleted in IAM since, which EC2 does not notice.
        _ec2("profile-deleted-1", 113, profile="deleted-instance-profile", **_UNMANAGED),
        # Taken away a moment ago: the agent's channel outlives it for a while.
        _ec2("policy-gone-live-1", 114, profile="s3-only-instance-profile"),
        _isolated("two-causes-1", profile="s3-only-instance-profile", **_UNMANAGED),
    ]


def _more_path() -> list[DemoNode]:
    return [
        _isolated("acl-out-closed-1", **_UNMANAGED),
        _isolated("egress-elsewhere-1", **_UNMANAGED),
        _isolated("nat-in-private-1", **_UNMANAGED),
        _isolated("private-nat-1", **_UNMANAGED),
        _isolated("nat-failed-1", **_UNMANAGED),
        _isolated("blackhole-1", ping_age=_DAY, **_LOST),
        _isolated("no-public-ip-1", **_UNMANAGED),
        _isolated("tgw-1", **_UNMANAGED),
        _isolated("endpoint-pending-1", **_UNMANAGED),
        _isolated("no-ec2messages-new-1"),
        _isolated("endpoint-in-the-way-1", **_UNMANAGED),
        _isolated("dns64-off-1", **_UNMANAGED),
        _isolated("ipv6-only-1", **_UNMANAGED),
    ]


def _ec2(
    name: str,
    host: int,
    platform: Platform = Platform.AL2023,
    agent: str = _CURRENT,
    *,
    node_id: str = "",
    public_ip: str = "",
    **facts: Any,
) -> DemoNode:
    """An instance of the main VPC, well unless `facts` say otherwise; with a public address in a public subnet."""
    subnet, start = ("main-web", "10.0.16") if public_ip else ("main-a", "10.0.1")
    network = Network(
        vpc_id=made_up_id("vpc", "main"),
        subnet_id=made_up_id("subnet", subnet),
        security_group_id=made_up_id("sg", "main"),
        private_ip=f"{start}.{host}",
        public_ip=public_ip,
    )
    facts.setdefault("tags", {"env": "staging", "team": "platform"})
    return DemoNode(
        node_id=node_id or made_up_id("i", name),
        name=name,
        platform=platform,
        agent_version=agent,
        network=network,
        computer_name=_computer_name(name, platform, network.private_ip),
        **facts,
    )


def _isolated(name: str, *, agent: str = _CURRENT, public_ip: str = "", **facts: Any) -> DemoNode:
    """An instance in a VPC of its own (`network_plans`), so that its path can be broken alone."""
    address = "" if PLANS[name].ipv6_only else f"{block(name)}.1.10"
    network = Network(
        vpc_id=made_up_id("vpc", name),
        subnet_id=made_up_id("subnet", name),
        security_group_id=made_up_id("sg", name),
        private_ip=address,
        public_ip=public_ip,
        ipv6="" if address else f"{block_6(name)}::10",
    )
    node = _ec2(name, 10, Platform.AL2023, agent, **facts)
    computer = _computer_name(name, node.platform, address) if address else f"{node.node_id}.eu-west-1.compute.internal"
    return replace(node, network=network, computer_name=computer)


def _mi(name: str, address: str, platform: Platform, **facts: Any) -> DemoNode:
    """A hybrid node: no EC2 instance, no tags on the EC2 side, its name in Systems Manager's own listing."""
    return DemoNode(
        node_id=made_up_id("mi", name),
        name=name,
        platform=platform,
        agent_version=_CURRENT,
        state="",
        instance_type="",
        profile="",
        computer_name=_computer_name(name, platform, address) if platform.kind == "Windows" else f"{name}.example.net",
        address=address,
        **facts,
    )


def _computer_name(name: str, platform: Platform, address: str) -> str:
    if platform.kind == "Windows":
        return f"{name.upper()[:15]}.corp.example.net"
    return f"ip-{address.replace('.', '-')}.eu-west-1.compute.internal"
