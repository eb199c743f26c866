"""Lists the nodes of the demo: healthy ones of every kind, then one for each cause.

Each broken node has exactly one fault, after which it is named; what Systems Manager and EC2 report follows from it.
The nodes in a VPC of their own are in `path_nodes`. `web-1` and `bastion-1` are fixed: tests and the
documentation rely on them.
"""

from __future__ import annotations

from typing import Any

from smtui.demo.story.demo_node import (
    AGENT_STOPPED,
    CUT_FROM_SSMMESSAGES,
    DAY,
    HOUR,
    LOST,
    UNMANAGED,
    DemoNode,
    Finding,
    Metadata,
    Ping,
    Platform,
    hybrid,
    in_main_vpc,
)
from smtui.demo.story.path_nodes import broken_paths, healthy_paths, more_broken_paths


def story() -> list[DemoNode]:
    """The 41 nodes of the default fleet, the fixed points first."""
    return [*_healthy(), *_hybrid(), *_old_agents(), *_states(), *_identity(), *broken_paths(), *_handshake()]


def more_causes() -> list[DemoNode]:
    """The nodes of the fleet `causes`, for tests: healthy in less common ways, or broken in less common ones."""
    inline = in_main_vpc("inline-policy-1", 101, profile="inline-instance-profile")
    return [*healthy_paths(), inline, *_more_identity(), *more_broken_paths()]


def terminated() -> DemoNode:
    """A terminated instance, which EC2 still lists for a while and smtui leaves out."""
    return in_main_vpc("terminated-1", 250, ping=Ping.ABSENT, connected=False, state="terminated", profile="")


def _healthy() -> list[DemoNode]:
    web: dict[str, Any] = {"tags": {"env": "prod", "team": "web"}}
    api: dict[str, Any] = {"tags": {"env": "prod", "team": "payments"}, "profile": "api-instance-profile"}
    data: dict[str, Any] = {"tags": {"env": "prod", "team": "data"}, "profile": "db-instance-profile"}
    return [
        in_main_vpc("web-1", 12, node_id="i-0a1b2c3d4e5f60718", ping_age=4, **web),
        in_main_vpc("bastion-1", 10, ping_age=7, instance_type="t3.micro", tags={"env": "prod", "team": "platform"}),
        in_main_vpc("web-2", 13, node_id="i-0a1b2c3d4e5f60719", ping_age=11, **web),
        in_main_vpc("web-3", 14, ping_age=26, public_ip="203.0.113.14", **web),
        in_main_vpc("api-1", 21, Platform.UBUNTU_24, ping_age=18, **api),
        in_main_vpc("api-2", 22, Platform.UBUNTU_22, "3.3.859.0", ping_age=41, **api),
        in_main_vpc("db-1", 31, Platform.RHEL_9, ping_age=9, instance_type="r6i.xlarge", **data),
        in_main_vpc("db-2", 32, Platform.DEBIAN_12, ping_age=55, instance_type="r6i.xlarge", **data),
        in_main_vpc("batch-1", 41, Platform.AL2, "3.3.40.0", ping_age=120, tags={"env": "dev", "team": "data"}),
        # Connected, although a ping was missed: a session starts all the same.
        in_main_vpc("batch-2", 42, ping=Ping.LOST, ping_age=7 * 60, tags={"env": "dev", "team": "data"}),
        in_main_vpc("win-1", 51, Platform.WINDOWS_2022, ping_age=33, instance_type="m6i.large", **api),
        in_main_vpc("mac-1", 61, Platform.MACOS_14, ping_age=70, instance_type="mac2.metal", tags={"team": "mobile"}),
    ]


def _hybrid() -> list[DemoNode]:
    activation = "8a3c1f0e-6b5d-4c2a-9e7f-0d1b2c3a4f5e"
    return [
        hybrid("onprem-1", "192.168.10.11", Platform.UBUNTU_22, activation_id=activation),
        hybrid("onprem-win-1", "192.168.10.12", Platform.WINDOWS_2019, activation_id=activation, ping_age=90),
        hybrid(
            "onprem-lost-1",
            "192.168.10.13",
            Platform.DEBIAN_12,
            activation_id=activation,
            ping_age=9 * DAY,
            causes=("node.ping",),
            **AGENT_STOPPED,
        ),
        hybrid("edge-1", "172.20.0.5", Platform.DEBIAN_12, thing_name="line-4-gateway", ping_age=48),
        hybrid(
            "edge-lost-1",
            "172.20.0.9",
            Platform.AL2,
            thing_name="line-7-gateway",
            ping_age=5 * HOUR,
            causes=("node.ping",),
            **AGENT_STOPPED,
        ),
    ]


def _old_agents() -> list[DemoNode]:
    return [
        in_main_vpc(
            "agent-too-old-1", 71, Platform.UBUNTU_18, "2.2.619.0", connected=False, causes=("node.agent_version",)
        ),
        in_main_vpc(
            "agent-no-forward-1",
            72,
            Platform.UBUNTU_18,
            "2.3.100.0",
            causes=("node.agent_version",),
            finding=Finding.WARN,
        ),
        in_main_vpc(
            "agent-no-remote-host-1",
            73,
            Platform.AL2,
            "3.0.1390.0",
            causes=("node.agent_version",),
            finding=Finding.WARN,
        ),
        in_main_vpc("agent-stopped-1", 74, ping_age=2 * HOUR, causes=("node.ping",), **AGENT_STOPPED),
    ]


def _states() -> list[DemoNode]:
    return [
        in_main_vpc("stopped-1", 81, ping=Ping.ABSENT, connected=False, state="stopped", causes=("node.state",)),
        # Stopping since a moment ago: Systems Manager still lists it as Online.
        in_main_vpc("stopping-1", 82, connected=False, state="stopping", ping_age=15, causes=("node.state",)),
        in_main_vpc("pending-1", 83, ping=Ping.ABSENT, connected=False, state="pending", causes=("node.state",)),
        in_main_vpc(
            "impaired-1",
            84,
            ping_age=40 * 60,
            impaired=True,
            instance_type="t3.nano",
            causes=("node.status_checks",),
            **LOST,
        ),
    ]


def _identity() -> list[DemoNode]:
    return [
        in_main_vpc("no-profile-1", 91, profile="", causes=("identity.instance_profile",), **UNMANAGED),
        in_main_vpc("no-policy-1", 92, profile="s3-only-instance-profile", causes=("identity.policy",), **UNMANAGED),
        in_main_vpc("wrong-trust-1", 93, profile="lambda-instance-profile", causes=("identity.trust",), **UNMANAGED),
        in_main_vpc(
            "policy-denied-1",
            94,
            profile="denied-instance-profile",
            causes=("identity.policy",),
            **CUT_FROM_SSMMESSAGES,
        ),
    ]


def _handshake() -> list[DemoNode]:
    return [
        in_main_vpc(
            "hop-limit-1",
            95,
            metadata=Metadata(hop_limit=1),
            causes=("handshake.hop_limit",),
            finding=Finding.WARN,
            **UNMANAGED,
        ),
        in_main_vpc(
            "metadata-off-1", 96, metadata=Metadata(enabled=False), causes=("handshake.metadata",), **UNMANAGED
        ),
    ]


def _more_identity() -> list[DemoNode]:
    return [
        in_main_vpc(
            "boundary-1", 111, profile="bounded-instance-profile", causes=("identity.policy",), **CUT_FROM_SSMMESSAGES
        ),
        in_main_vpc(
            "no-role-1", 112, profile="empty-instance-profile", causes=("identity.instance_profile",), **UNMANAGED
        ),
        # Its profile was removed; Default Host Management would need a newer agent.
        in_main_vpc(
            "no-profile-old-agent-1",
            115,
            agent="3.1.1732.0",
            profile="",
            ping_age=DAY,
            causes=("identity.instance_profile",),
            **LOST,
        ),
        # Its profile was deleted in IAM, which EC2 does not notice.
        in_main_vpc(
            "profile-deleted-1",
            113,
            profile="deleted-instance-profile",
            causes=("identity.instance_profile",),
            **UNMANAGED,
        ),
        # Its policy was removed a moment ago: the agent keeps its channel for a while.
        in_main_vpc(
            "policy-gone-live-1",
            114,
            profile="s3-only-instance-profile",
            causes=("identity.policy",),
            finding=Finding.WARN,
        ),
        in_main_vpc(
            "long-session-1",
            116,
            ping_age=5 * HOUR,
            last_session="Import of the archive",
            causes=("node.ping",),
            **AGENT_STOPPED,
        ),
    ]
