"""The VPCs of the simulated account as values: what stands between an instance and Systems Manager.

Ids are made up from names, the same every time. Words and states are EC2's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYWHERE = "0.0.0.0/0"
ANYWHERE_6 = "::/0"
FULL_ACCESS = (
    '{\n  "Statement": [\n    {\n      "Action": "*",\n      "Effect": "Allow",\n'
    '      "Principal": "*",\n      "Resource": "*"\n    }\n  ]\n}'
)
"""The policy of an endpoint that was given none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission of a security group; no ports for all of them."""

    protocol: str = "-1"
    ports: tuple[int, int] | None = None
    cidrs: tuple[str, ...] = ()
    """IPv4."""
    cidrs_6: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    prefix_list_ids: tuple[str, ...] = ()


def https(*cidrs: str, groups: tuple[str, ...] = (), prefix_lists: tuple[str, ...] = ()) -> Rule:
    return Rule("tcp", (443, 443), cidrs, group_ids=groups, prefix_list_ids=prefix_lists)


ALL_OUT = Rule(cidrs=(ANYWHERE,))
"""What a new group allows."""


@dataclass(frozen=True, slots=True)
class Group:
    group_id: str
    name: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = (ALL_OUT,)


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One rule of a network ACL."""

    number: int
    allow: bool
    egress: bool
    protocol: str = "-1"
    """A number as text, as EC2 tells it: 6 is TCP."""
    ports: tuple[int, int] | None = None
    cidr: str = ANYWHERE


_LAST = 32767
REFUSE_THE_REST = tuple(AclEntry(_LAST, allow=False, egress=egress) for egress in (True, False))
"""The entries that every ACL ends with."""
OPEN_ACL = tuple(AclEntry(100, allow=True, egress=egress) for egress in (True, False))
OPEN_ACL_6 = tuple(AclEntry(101, allow=True, egress=egress, cidr=ANYWHERE_6) for egress in (True, False))


@dataclass(frozen=True, slots=True)
class Acl:
    acl_id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]
    default: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    subnet_id: str
    cidr: str
    """Empty in an IPv6-only subnet."""
    zone: str = "eu-west-1a"
    cidr_6: str = ""
    dns64: bool = False
    public_addresses: bool = False
    """Whether instances get a public address at launch."""


@dataclass(frozen=True, slots=True)
class Route:
    destination: str
    """A CIDR of either family, or a prefix list's id."""
    target: str
    """`local`, igw-…, eigw-…, nat-…, tgw-…, vpce-…"""
    active: bool = True


@dataclass(frozen=True, slots=True)
class RouteTable:
    table_id: str
    routes: tuple[Route, ...]
    subnet_ids: tuple[str, ...] = ()
    """Those associated explicitly."""
    main: bool = False


@dataclass(frozen=True, slots=True)
class Nat:
    nat_id: str
    subnet_id: str
    private_ip: str
    public_ip: str = "198.51.100.7"
    """Empty for private connectivity."""
    state: str = "available"


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
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
        return bool(self.table_ids)


@dataclass(frozen=True, slots=True)
class PrefixList:
    list_id: str
    name: str
    cidrs: tuple[str, ...]
    owner: str = "AWS"


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC and all that is in it, but for its instances."""

    vpc_id: str
    name: str
    cidrs: tuple[str, ...]
    """IPv4; the first is the VPC's own."""
    subnets: tuple[Subnet, ...]
    groups: tuple[Group, ...]
    acls: tuple[Acl, ...]
    tables: tuple[RouteTable, ...]
    internet_gateway_id: str = ""
    nats: tuple[Nat, ...] = ()
    endpoints: tuple[VpcEndpoint, ...] = ()
    dns_support: bool = True
    dns_hostnames: bool = True
    cidr_6: str = ""
