"""Holds the VPCs of the simulated account as values, and describes how a node's own VPC is to be built.

A VPC is what stands between an instance and Systems Manager; a plan says what is wrong with it.

Ids are made up from names, the same every time. States are EC2's own words. Rules, ACL entries, prefix lists,
routes and route tables are the doctor's values, which say the same. The other values differ: an account has names,
zones and addresses that no check reads, and an endpoint's evidence has what EC2 reports of it, such as the service's
whole name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from smtui.demo.story.account_facts import HOME, DemoPlace, made_up_id
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, TCP, AclEntry, GroupRule, PrefixList, RouteTable

ANYWHERE = "0.0.0.0/0"
ANYWHERE_6 = "::/0"
FULL_ACCESS = (
    '{\n  "Statement": [\n    {\n      "Action": "*",\n      "Effect": "Allow",\n'
    '      "Principal": "*",\n      "Resource": "*"\n    }\n  ]\n}'
)
"""The policy of an endpoint created without one."""
THREE = ("ssm", "ssmmessages", "ec2messages")
"""The endpoints that the agent needs where there is no way to the internet."""
AND_OUTPUT = ("s3", "logs", "kms")
"""The endpoints that a session's preferences may need as well."""


def rule(protocol: str = ANY_PROTOCOL, ports: tuple[int, int] | None = None, *cidrs: str, **sources: Any) -> GroupRule:
    """One permission of a security group; without `ports` for all of them. `sources` are fields of `GroupRule`."""
    first, last = ports or (None, None)
    return GroupRule(protocol, first, last, cidrs, **sources)


def https(*cidrs: str, groups: tuple[str, ...] = (), prefix_lists: tuple[str, ...] = ()) -> GroupRule:
    """A permission for TCP on port 443."""
    return rule(TCP, (443, 443), *cidrs, group_ids=groups, prefix_list_ids=prefix_lists)


ALL_OUT = rule(ANY_PROTOCOL, None, ANYWHERE)
"""What a new group allows."""


@dataclass(frozen=True, slots=True)
class Group:
    """A security group."""

    group_id: str
    name: str
    ingress: tuple[GroupRule, ...] = ()
    egress: tuple[GroupRule, ...] = (ALL_OUT,)


TCP_NUMBER = "6"
"""What the entries of ACLs call TCP."""


def acl_entry(
    number: int,
    *,
    allow: bool,
    egress: bool,
    protocol: str = ANY_PROTOCOL,
    ports: tuple[int, int] | None = None,
    cidr: str = ANYWHERE,
) -> AclEntry:
    """One rule of a network ACL; without `ports` for all of them. Its protocol is a number as text, or `-1`."""
    first, last = ports or (None, None)
    return AclEntry(number, allow, egress, protocol, cidr, first, last)


_LAST = 32767
REFUSE_THE_REST = tuple(acl_entry(_LAST, allow=False, egress=egress) for egress in (True, False))
"""The last entries of every ACL."""
OPEN_ACL = tuple(acl_entry(100, allow=True, egress=egress) for egress in (True, False))
OPEN_ACL_6 = tuple(acl_entry(101, allow=True, egress=egress, cidr=ANYWHERE_6) for egress in (True, False))


@dataclass(frozen=True, slots=True)
class Acl:
    """A network ACL."""

    acl_id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]
    default: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of a VPC."""

    subnet_id: str
    cidr: str
    """Empty in an IPv6-only subnet."""
    zone: str = "eu-west-1a"
    cidr_6: str = ""
    dns64: bool = False
    public_addresses: bool = False
    """Whether instances get a public address at launch."""


@dataclass(frozen=True, slots=True)
class Nat:
    """A NAT gateway."""

    nat_id: str
    subnet_id: str
    private_ip: str
    public_ip: str = "198.51.100.7"
    """Empty for private connectivity."""
    state: str = "available"


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """An endpoint of a VPC: interface or gateway."""

    endpoint_id: str
    service: str
    """The short name: `ssm`, `s3`."""
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    table_ids: tuple[str, ...] = ()
    """Of gateway endpoints, which have neither subnets nor groups."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Network interface id -> address."""
    private_dns: bool = True
    state: str = "available"
    policy: str = FULL_ACCESS

    @property
    def gateway(self) -> bool:
        """Whether it is a gateway endpoint."""
        return bool(self.table_ids)


@dataclass(frozen=True, slots=True)
class ConnectEndpoint:
    """An EC2 Instance Connect Endpoint."""

    endpoint_id: str
    subnet_id: str
    group_ids: tuple[str, ...]
    state: str = "create-complete"

    @property
    def usable(self) -> bool:
        """Whether it opens tunnels."""
        return self.state in {"create-complete", "update-in-progress", "update-failed", "update-complete"}


S3_LIST = PrefixList("pl-6da54004", ("3.5.64.0/21", "52.218.0.0/17", "52.92.0.0/17"))
EVERYWHERE_LIST = PrefixList(made_up_id("pl", "everywhere"), (ANYWHERE,))
"""A prefix list of the account; the others are AWS's."""
PREFIX_LISTS = (S3_LIST, PrefixList("pl-6fa54006", ("52.94.24.0/22", "52.94.5.0/24")), EVERYWHERE_LIST)


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC and everything in it except its instances."""

    vpc_id: str
    name: str
    cidrs: tuple[str, ...]
    """IPv4; the first is the VPC's own."""
    subnets: tuple[Subnet, ...]
    groups: tuple[Group, ...]
    acls: tuple[Acl, ...]
    tables: tuple[RouteTable, ...]
    nats: tuple[Nat, ...] = ()
    endpoints: tuple[VpcEndpoint, ...] = ()
    connect_endpoints: tuple[ConnectEndpoint, ...] = ()
    dns_support: bool = True
    dns_hostnames: bool = True
    cidr_6: str = ""
    place: DemoPlace = HOME


class Way(Enum):
    """Where the default route of the node's subnet leads."""

    NOWHERE = "nowhere"
    NAT = "a NAT gateway in a public subnet"
    NAT_WITHOUT_INTERNET = "a NAT gateway in a subnet that is private itself"
    NAT_LOOP = "a NAT gateway in the very subnet that it serves"
    PROXY = "nowhere: the agent is to use a proxy inside the VPC"
    PRIVATE_NAT = "a NAT gateway for private connectivity"
    FAILED_NAT = "a NAT gateway that could not be made"
    DELETED_NAT = "a NAT gateway that is gone"
    INTERNET_GATEWAY = "an internet gateway"
    TRANSIT_GATEWAY = "a transit gateway"
    EGRESS_ONLY = "an egress-only internet gateway, over IPv6"
    NAT64 = "a NAT gateway that translates IPv6"


@dataclass(frozen=True, slots=True)
class VpcPlan:
    """One VPC. By default it has a NAT gateway and no endpoints, and nothing is wrong with it."""

    way: Way = Way.NAT
    number: int = 0
    """From 1 to 99, one for each node: its addresses start with it, see `block`."""
    main_table: bool = False
    """Whether the node's subnet has no explicit association, and so uses the main route table."""
    egress: tuple[GroupRule, ...] = (ALL_OUT,)
    """Of the node's security group."""
    acl: tuple[AclEntry, ...] = OPEN_ACL
    endpoints: tuple[str, ...] = ()
    """Short names of services."""
    endpoint_ingress: tuple[GroupRule, ...] | None = None
    """None lets the whole VPC in on 443."""
    service_ingress: Mapping[str, tuple[GroupRule, ...]] = field(default_factory=dict)
    """By service: the endpoint has a group of its own, with these rules."""
    endpoint_policies: Mapping[str, str] = field(default_factory=dict)
    """Service -> JSON."""
    endpoints_elsewhere: bool = False
    """Whether the endpoints are in another subnet of the VPC than the node."""
    pending: tuple[str, ...] = ()
    """Services whose endpoint is still being made."""
    private_dns: bool = True
    connect_endpoint: str = ""
    """The state of an EC2 Instance Connect Endpoint in the node's subnet; empty for none."""
    dns: bool = True
    """Both DNS attributes of the VPC."""
    ipv6_only: bool = False
    """Whether the node's subnet has no IPv4 at all."""
    dns64: bool = False

    @property
    def block(self) -> str:
        """The first two bytes of the VPC's IPv4 addresses: `10.101`."""
        return f"10.{100 + self.number}"

    @property
    def block_6(self) -> str:
        """The start of the IPv6 addresses of the node's subnet, a /64: `2001:db8:0:1201`."""
        return f"2001:db8:0:{self.number:02x}01"
