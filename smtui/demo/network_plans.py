"""How the VPC of each node that has one of its own is laid out: sound, but for the one thing that is planted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from smtui.demo.demo_node import made_up_id
from smtui.demo.network import ALL_OUT, ANYWHERE, ANYWHERE_6, OPEN_ACL, AclEntry, PrefixList, Rule, https

THREE = ("ssm", "ssmmessages", "ec2messages")
"""The endpoints that the agent needs where there is no way to the internet."""
AND_OUTPUT = ("s3", "logs", "kms")
"""Those that a session's preferences may need besides."""


class Way(Enum):
    """Where the default route of the node's subnet leads."""

    NOWHERE = "nowhere"
    NAT = "a NAT gateway in a public subnet"
    NAT_WITHOUT_INTERNET = "a NAT gateway in a subnet that is private itself"
    PRIVATE_NAT = "a NAT gateway for private connectivity"
    FAILED_NAT = "a NAT gateway that could not be made"
    DELETED_NAT = "a NAT gateway that is gone"
    INTERNET_GATEWAY = "an internet gateway"
    TRANSIT_GATEWAY = "a transit gateway"
    EGRESS_ONLY = "an egress-only internet gateway, over IPv6"
    NAT64 = "a NAT gateway that translates IPv6"


@dataclass(frozen=True, slots=True)
class Plan:
    """One VPC. Without more words it has a NAT gateway and needs nothing else."""

    way: Way = Way.NAT
    main_table: bool = False
    """Whether the node's subnet uses the main route table, by no association of its own."""
    egress: tuple[Rule, ...] = (ALL_OUT,)
    acl: tuple[AclEntry, ...] = OPEN_ACL
    endpoints: tuple[str, ...] = ()
    endpoint_ingress: tuple[Rule, ...] | None = None
    """None lets the whole VPC in on 443."""
    endpoint_policies: Mapping[str, str] = field(default_factory=dict)
    endpoints_elsewhere: bool = False
    """Whether they stand in another subnet of the VPC than the node."""
    pending: tuple[str, ...] = ()
    private_dns: bool = True
    dns: bool = True
    ipv6_only: bool = False
    """Whether the node's subnet has no IPv4 at all."""
    dns64: bool = False


PREFIX_LISTS = (
    PrefixList("pl-6da54004", "com.amazonaws.eu-west-1.s3", ("3.5.64.0/21", "52.218.0.0/17", "52.92.0.0/17")),
    PrefixList("pl-6fa54006", "com.amazonaws.eu-west-1.dynamodb", ("52.94.24.0/22", "52.94.5.0/24")),
    PrefixList(made_up_id("pl", "everywhere"), "everywhere", (ANYWHERE,), owner=""),
)
"""Those of AWS, then the account's own, whose owner is left empty."""
S3_LIST, _, EVERYWHERE_LIST = PREFIX_LISTS


def _closed(service_actions: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": service_actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _endpoints(*left_out: str) -> tuple[str, ...]:
    return tuple(service for service in (*THREE, *AND_OUTPUT) if service not in left_out)


_NO_WAY_BACK = (
    AclEntry(100, allow=True, egress=True),
    AclEntry(100, allow=True, egress=False, protocol="6", ports=(443, 443)),
)
_NO_WAY_OUT = (
    AclEntry(100, allow=True, egress=True, protocol="6", ports=(80, 80)),
    AclEntry(110, allow=False, egress=True, protocol="6", ports=(443, 443)),
    AclEntry(120, allow=True, egress=True),
    AclEntry(100, allow=True, egress=False),
)
_ONLY_WHAT_IS_NEEDED = (
    AclEntry(100, allow=True, egress=True, protocol="6", ports=(443, 443)),
    AclEntry(100, allow=True, egress=False, protocol="6", ports=(1024, 65535)),
)


_IPV6 = Plan(Way.NAT64, egress=(Rule(cidrs_6=(ANYWHERE_6,)),), ipv6_only=True)
_NO_NAT = Plan(Way.NOWHERE, endpoints=_endpoints())
PLANS: Mapping[str, Plan] = {
    "no-egress-1": Plan(egress=()),
    "acl-closed-1": Plan(acl=_NO_WAY_BACK),
    "no-nat-1": Plan(Way.NOWHERE),
    "no-ssm-endpoint-1": replace(_NO_NAT, endpoints=_endpoints("ssm")),
    "no-ssmmessages-1": replace(_NO_NAT, endpoints=_endpoints("ssmmessages")),
    "no-ec2messages-1": replace(_NO_NAT, endpoints=_endpoints("ec2messages")),
    "private-dns-off-1": replace(_NO_NAT, private_dns=False),
    "endpoint-sg-closed-1": replace(_NO_NAT, endpoint_ingress=(https("10.200.0.0/16"),)),
    "endpoint-policy-1": replace(_NO_NAT, endpoint_policies={"ssmmessages": _closed("ssm:*")}),
    "vpc-dns-off-1": replace(_NO_NAT, dns=False),
    # Healthy by other ways than the main VPC's.
    "isolated-1": replace(_NO_NAT, endpoints=THREE),
    "endpoints-elsewhere-1": replace(_NO_NAT, endpoints_elsewhere=True, main_table=True),
    "group-to-group-1": replace(
        _NO_NAT,
        egress=(https(groups=(made_up_id("sg", "group-to-group-1-endpoints"),)),),
        endpoint_ingress=(https(groups=(made_up_id("sg", "group-to-group-1"),)),),
    ),
    "egress-to-vpc-1": replace(_NO_NAT, egress=(https("10.114.0.0/16"),), acl=_ONLY_WHAT_IS_NEEDED),
    "prefix-list-1": Plan(egress=(https(prefix_lists=(EVERYWHERE_LIST.list_id,)),)),
    "main-table-1": Plan(main_table=True),
    "public-1": Plan(Way.INTERNET_GATEWAY),
    "nat64-1": replace(_IPV6, dns64=True),
    # More that is wrong.
    "acl-out-closed-1": Plan(acl=_NO_WAY_OUT),
    "egress-elsewhere-1": Plan(egress=(https("10.0.0.0/8"), Rule("udp", (53, 53), (ANYWHERE,)))),
    "nat-in-private-1": Plan(Way.NAT_WITHOUT_INTERNET),
    "private-nat-1": Plan(Way.PRIVATE_NAT),
    "nat-failed-1": Plan(Way.FAILED_NAT),
    "blackhole-1": Plan(Way.DELETED_NAT),
    "no-public-ip-1": Plan(Way.INTERNET_GATEWAY),
    "tgw-1": Plan(Way.TRANSIT_GATEWAY),
    "endpoint-pending-1": replace(_NO_NAT, pending=("ssm",)),
    "no-ec2messages-new-1": replace(_NO_NAT, endpoints=_endpoints("ec2messages")),
    # A NAT gateway would do, but the endpoint's private name leads to the endpoint.
    "endpoint-in-the-way-1": Plan(endpoints=("ssm",), endpoint_ingress=(https("10.200.0.0/16"),)),
    "two-causes-1": Plan(Way.NOWHERE),
    "dns64-off-1": _IPV6,
    "ipv6-only-1": replace(_IPV6, way=Way.EGRESS_ONLY),
}
"""By the name of the node."""
_NUMBERS = {name: number for number, name in enumerate(PLANS, 1)}


def block(name: str) -> str:
    """The first two bytes of the addresses in that node's VPC: `10.101`."""
    return f"10.{100 + _NUMBERS[name]}"


def block_6(name: str) -> str:
    """The start of the IPv6 addresses of the node's subnet, a /64: `2001:db8:0:1201`."""
    return f"2001:db8:0:{_NUMBERS[name]:02x}01"
