"""Lists the nodes that have a VPC of their own, each with its plan and the checks that find the fault."""

from __future__ import annotations

import json
from dataclasses import replace

from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import CUT_FROM_SSMMESSAGES, DAY, LOST, UNMANAGED, DemoNode, Finding, in_own_vpc
from smtui.demo.story.vpc import (
    AND_OUTPUT,
    ANYWHERE,
    ANYWHERE_6,
    EVERYWHERE_LIST,
    TCP_NUMBER,
    THREE,
    VpcPlan,
    Way,
    acl_entry,
    https,
    rule,
)
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, TCP


def _endpoints(*left_out: str) -> tuple[str, ...]:
    return tuple(service for service in (*THREE, *AND_OUTPUT) if service not in left_out)


def _allowing(actions: str) -> str:
    """The policy of an endpoint."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_NO_WAY_BACK = (
    acl_entry(100, allow=True, egress=True),
    acl_entry(100, allow=True, egress=False, protocol=TCP_NUMBER, ports=(443, 443)),
)
_NO_WAY_OUT = (
    acl_entry(100, allow=True, egress=True, protocol=TCP_NUMBER, ports=(80, 80)),
    acl_entry(110, allow=False, egress=True, protocol=TCP_NUMBER, ports=(443, 443)),
    acl_entry(120, allow=True, egress=True),
    acl_entry(100, allow=True, egress=False),
)
_ONLY_WHAT_IS_NEEDED = (
    acl_entry(100, allow=True, egress=True, protocol=TCP_NUMBER, ports=(443, 443)),
    acl_entry(100, allow=True, egress=False, protocol=TCP_NUMBER, ports=(1024, 65535)),
)
_ISOLATED = VpcPlan(Way.NOWHERE, endpoints=_endpoints())
_NO_EC2MESSAGES = replace(_ISOLATED, endpoints=_endpoints("ec2messages"))
_IPV6 = VpcPlan(Way.NAT64, egress=(rule(ANY_PROTOCOL, None, ANYWHERE_6),), ipv6_only=True)
_OLD_AGENT = "3.2.2303.0"


def broken_paths() -> list[DemoNode]:
    """The nodes of the default fleet whose path to Systems Manager is broken, in exactly one way each."""
    return [
        in_own_vpc(
            "no-egress-1",
            1,
            VpcPlan(egress=(), connect_endpoint="create-failed"),
            causes=("path.security_group",),
            **UNMANAGED,
        ),
        in_own_vpc(
            "acl-closed-1", 2, VpcPlan(acl=_NO_WAY_BACK), causes=("path.network_acl",), ping_age=3 * DAY, **LOST
        ),
        # Systems Manager cannot reach it, and an EC2 Instance Connect Endpoint can.
        in_own_vpc(
            "no-nat-1",
            3,
            VpcPlan(Way.NOWHERE, connect_endpoint="create-complete"),
            causes=("path.route",),
            **UNMANAGED,
        ),
        in_own_vpc(
            "no-ssm-endpoint-1",
            4,
            replace(_ISOLATED, endpoints=_endpoints("ssm")),
            causes=("path.endpoint_ssm",),
            **UNMANAGED,
        ),
        in_own_vpc(
            "no-ssmmessages-1",
            5,
            replace(_ISOLATED, endpoints=_endpoints("ssmmessages")),
            causes=("path.endpoint_ssmmessages",),
            **CUT_FROM_SSMMESSAGES,
        ),
        in_own_vpc(
            "no-ec2messages-1",
            6,
            _NO_EC2MESSAGES,
            causes=("path.endpoint_ec2messages",),
            agent=_OLD_AGENT,
            ping_age=2 * DAY,
            **LOST,
        ),
        in_own_vpc(
            "private-dns-off-1", 7, replace(_ISOLATED, private_dns=False), causes=("path.private_dns",), **UNMANAGED
        ),
        in_own_vpc(
            "endpoint-sg-closed-1",
            8,
            replace(_ISOLATED, endpoint_ingress=(https("10.200.0.0/16"),)),
            causes=("path.endpoint_security_group",),
            **UNMANAGED,
        ),
        in_own_vpc(
            "endpoint-policy-1",
            9,
            replace(_ISOLATED, endpoint_policies={"ssmmessages": _allowing("ssm:*")}),
            causes=("path.endpoint_policy",),
            **CUT_FROM_SSMMESSAGES,
        ),
        in_own_vpc("vpc-dns-off-1", 10, replace(_ISOLATED, dns=False), causes=("path.vpc_dns",), **UNMANAGED),
    ]


def healthy_paths() -> list[DemoNode]:
    """Nodes of the fleet `causes` that are healthy by other ways than the main VPC's."""
    return [
        in_own_vpc("isolated-1", 11, replace(_ISOLATED, endpoints=THREE)),
        in_own_vpc("endpoints-elsewhere-1", 12, replace(_ISOLATED, endpoints_elsewhere=True, main_table=True)),
        in_own_vpc(
            "group-to-group-1",
            13,
            replace(
                _ISOLATED,
                egress=(https(groups=(made_up_id("sg", "group-to-group-1-endpoints"),)),),
                endpoint_ingress=(https(groups=(made_up_id("sg", "group-to-group-1"),)),),
            ),
        ),
        in_own_vpc(
            "egress-to-vpc-1", 14, replace(_ISOLATED, egress=(https("10.114.0.0/16"),), acl=_ONLY_WHAT_IS_NEEDED)
        ),
        in_own_vpc("prefix-list-1", 15, VpcPlan(egress=(https(prefix_lists=(EVERYWHERE_LIST.prefix_list_id,)),))),
        in_own_vpc("main-table-1", 16, VpcPlan(main_table=True)),
        in_own_vpc("public-1", 17, VpcPlan(Way.INTERNET_GATEWAY), public_ip="203.0.113.17"),
        in_own_vpc("nat64-1", 18, replace(_IPV6, dns64=True)),
    ]


def more_broken_paths() -> list[DemoNode]:
    """Nodes of the fleet `causes` whose path is broken, or seems to be, in less common ways."""
    return [
        in_own_vpc(
            "two-causes-1",
            30,
            VpcPlan(Way.NOWHERE),
            causes=("identity.policy", "path.route"),
            profile="s3-only-instance-profile",
            **UNMANAGED,
        ),
        in_own_vpc("acl-out-closed-1", 19, VpcPlan(acl=_NO_WAY_OUT), causes=("path.network_acl",), **UNMANAGED),
        in_own_vpc(
            "egress-elsewhere-1",
            20,
            VpcPlan(egress=(https("10.0.0.0/8"), rule("udp", (53, 53), ANYWHERE))),
            causes=("path.security_group",),
            **UNMANAGED,
        ),
        in_own_vpc("nat-in-private-1", 21, VpcPlan(Way.NAT_WITHOUT_INTERNET), causes=("path.route",), **UNMANAGED),
        in_own_vpc("private-nat-1", 22, VpcPlan(Way.PRIVATE_NAT), causes=("path.route",), **UNMANAGED),
        in_own_vpc("nat-failed-1", 23, VpcPlan(Way.FAILED_NAT), causes=("path.route",), **UNMANAGED),
        in_own_vpc("blackhole-1", 24, VpcPlan(Way.DELETED_NAT), causes=("path.route",), ping_age=DAY, **LOST),
        in_own_vpc("no-public-ip-1", 25, VpcPlan(Way.INTERNET_GATEWAY), causes=("path.route",), **UNMANAGED),
        in_own_vpc("nat-loop-1", 33, VpcPlan(Way.NAT_LOOP), causes=("path.route",), **UNMANAGED),
        # A proxy may do, and neither it nor the agent's settings for it can be seen.
        in_own_vpc(
            "agent-proxy-1",
            34,
            VpcPlan(Way.PROXY, egress=(rule(TCP, (3128, 3128), "10.0.0.0/8"),)),
            causes=("path.security_group",),
            finding=Finding.WARN,
            **UNMANAGED,
        ),
        in_own_vpc(
            "tgw-1", 26, VpcPlan(Way.TRANSIT_GATEWAY), causes=("path.route",), finding=Finding.UNKNOWN, **UNMANAGED
        ),
        in_own_vpc(
            "endpoint-pending-1", 27, replace(_ISOLATED, pending=("ssm",)), causes=("path.endpoint_ssm",), **UNMANAGED
        ),
        in_own_vpc(
            "no-ec2messages-new-1", 28, _NO_EC2MESSAGES, causes=("path.endpoint_ec2messages",), finding=Finding.WARN
        ),
        # Only an old agent needs that endpoint. This one is old, but has never reported its version.
        in_own_vpc(
            "no-ec2messages-unknown-1",
            35,
            _NO_EC2MESSAGES,
            causes=("path.endpoint_ec2messages",),
            finding=Finding.WARN,
            agent=_OLD_AGENT,
            **UNMANAGED,
        ),
        in_own_vpc(
            "ec2messages-sg-closed-1",
            36,
            replace(_ISOLATED, service_ingress={"ec2messages": ()}),
            causes=("path.endpoint_security_group",),
            finding=Finding.WARN,
        ),
        # A NAT gateway would do, but the endpoint's private name leads to the endpoint.
        in_own_vpc(
            "endpoint-in-the-way-1",
            29,
            VpcPlan(endpoints=("ssm",), endpoint_ingress=(https("10.200.0.0/16"),)),
            causes=("path.endpoint_security_group",),
            **UNMANAGED,
        ),
        in_own_vpc("dns64-off-1", 31, _IPV6, causes=("path.route",), **UNMANAGED),
        # The agent can be set to use the dual-stack endpoints, which cannot be seen from outside the node.
        in_own_vpc(
            "ipv6-only-1",
            32,
            replace(_IPV6, way=Way.EGRESS_ONLY),
            causes=("path.route",),
            finding=Finding.WARN,
            **UNMANAGED,
        ),
    ]
