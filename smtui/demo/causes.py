"""What is planted in the simulated fleet: the check that has to find it, by the name of the node.

Nodes of the story, and of the switch `causes`, that are in none of these mappings are well.
"""

from __future__ import annotations

from collections.abc import Mapping

CAUSES: Mapping[str, str] = {
    "stopped-1": "node.state",
    "stopping-1": "node.state",
    "pending-1": "node.state",
    "impaired-1": "node.status_checks",
    "agent-too-old-1": "node.agent_version",
    "agent-no-forward-1": "node.agent_version",
    "agent-no-remote-host-1": "node.agent_version",
    "agent-stopped-1": "node.ping",
    "onprem-lost-1": "node.ping",
    "edge-lost-1": "node.ping",
    "no-profile-1": "identity.instance_profile",
    "no-policy-1": "identity.policy",
    "wrong-trust-1": "identity.trust",
    "policy-denied-1": "identity.policy",
    "no-egress-1": "path.security_group",
    "acl-closed-1": "path.network_acl",
    "no-nat-1": "path.route",
    "no-ssm-endpoint-1": "path.endpoint_ssm",
    "no-ssmmessages-1": "path.endpoint_ssmmessages",
    "no-ec2messages-1": "path.endpoint_ec2messages",
    "private-dns-off-1": "path.private_dns",
    "endpoint-sg-closed-1": "path.endpoint_security_group",
    "endpoint-policy-1": "path.endpoint_policy",
    "vpc-dns-off-1": "path.vpc_dns",
    "hop-limit-1": "handshake.hop_limit",
    "metadata-off-1": "handshake.metadata",
}
"""The one thing that is wrong with each broken node of the story."""

MORE_CAUSES: Mapping[str, str] = {
    "boundary-1": "identity.policy",
    "no-role-1": "identity.instance_profile",
    "no-profile-old-agent-1": "identity.instance_profile",
    "profile-deleted-1": "identity.instance_profile",
    "policy-gone-live-1": "identity.policy",
    "acl-out-closed-1": "path.network_acl",
    "egress-elsewhere-1": "path.security_group",
    "nat-in-private-1": "path.route",
    "private-nat-1": "path.route",
    "nat-failed-1": "path.route",
    "blackhole-1": "path.route",
    "no-public-ip-1": "path.route",
    "endpoint-pending-1": "path.endpoint_ssm",
    "no-ec2messages-new-1": "path.endpoint_ec2messages",
    "endpoint-in-the-way-1": "path.endpoint_security_group",
    "dns64-off-1": "path.route",
    "ipv6-only-1": "path.route",
}
"""The same of the nodes that the switch `causes` adds."""

ONLY_WARNED = frozenset(
    {
        "agent-no-forward-1",
        "agent-no-remote-host-1",
        "hop-limit-1",
        "policy-gone-live-1",
        "no-ec2messages-new-1",
        # Its agent has not been told to use the dual-stack endpoints, which nobody outside the node can see.
        "ipv6-only-1",
    }
)
"""Those of the above that are no FAIL: a session starts all the same, or may for all that one can see."""

SEVERAL_CAUSES: Mapping[str, tuple[str, ...]] = {"two-causes-1": ("identity.policy", "path.route")}
"""Nodes of the switch `causes` that are wrong in several ways, the nearest link first."""

OUT_OF_SIGHT: Mapping[str, str] = {"tgw-1": "path.route"}
"""Nodes of the switch `causes` whose cause is where no check sees: UNKNOWN."""

UNDER_HOST_MANAGEMENT: Mapping[str, str] = {"no-profile-1": "", "no-profile-old-agent-1": "identity.dhmc"}
"""What becomes of the nodes without a profile while the switch `host-management` is on; empty for well."""
