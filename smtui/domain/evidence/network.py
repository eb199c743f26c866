"""The node's VPC, as far as a packet to Systems Manager meets it. Source: the Amazon EC2 API reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANY_PROTOCOL = "-1"
TCP = "tcp"
"""Protocols are EC2's words: `-1`, `tcp`, `udp`, `icmp`, or a number as text; TCP's own number 6 is read as `tcp`."""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """One permission of a security group."""

    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    """None on both sides means every port."""
    cidrs: tuple[str, ...] = ()
    """IPv4 and IPv6."""
    group_ids: tuple[str, ...] = ()
    prefix_list_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    group_id: str
    ingress: tuple[GroupRule, ...]
    egress: tuple[GroupRule, ...]


@dataclass(frozen=True, slots=True)
class PrefixList:
    prefix_list_id: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One rule of a network ACL; the lowest number that fits decides."""

    number: int
    allow: bool
    egress: bool
    protocol: str
    cidr: str
    """IPv4 or IPv6."""
    from_port: int | None = None
    to_port: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    acl_id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True, slots=True)
class Route:
    destination: str
    """A CIDR of either family, or a prefix list's id."""
    target: str
    """`local`, or the id of a gateway: igw-…, eigw-…, nat-…, tgw-…, pcx-…, vgw-…, eni-…, i-…, vpce-…, …"""
    active: bool = True
    """False for a black hole."""


@dataclass(frozen=True, slots=True)
class RouteTable:
    table_id: str
    main: bool
    subnet_ids: tuple[str, ...]
    """Those associated explicitly."""
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class NatGateway:
    gateway_id: str
    state: str
    subnet_id: str
    public: bool
    """False for `private` connectivity, which does not reach the internet."""


@dataclass(frozen=True, slots=True)
class Subnet:
    subnet_id: str
    cidr: str
    """Empty in an IPv6-only subnet."""
    ipv6_cidrs: tuple[str, ...] = ()
    dns64: bool = False
    owner: str = ""
    """The account's number: another one than the instance's where the subnet is shared."""
    blocked: str = ""
    """VPC Block Public Access: `off`, `block-ingress` or `block-bidirectional`; empty where EC2 does not tell."""


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    endpoint_id: str
    service: str
    """The whole name: `com.amazonaws.eu-west-1.ssm`."""
    kind: str
    """`Interface`, `Gateway`, …"""
    state: str
    """As EC2 returns it: `available`, `pending`, …; upper and lower case both occur."""
    private_dns: bool = False
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    route_table_ids: tuple[str, ...] = ()
    interface_ids: tuple[str, ...] = ()
    policy: str = ""
    """JSON; empty where none was told."""
    address_type: str = ""
    """`ipv4`, `ipv6` or `dualstack`; empty where EC2 does not tell."""


@dataclass(frozen=True, slots=True)
class VpcDns:
    """The two DNS attributes of the VPC."""

    support: bool
    hostnames: bool


InterfaceAddresses = Mapping[str, tuple[str, ...]]
"""Network interface id -> its addresses, IPv4 and IPv6."""
