"""Looks at the node's VPC, as far as it matters to packets to Systems Manager. Source: the Amazon EC2 API reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from smtui.diagnosis.evidence.node_facts import Instance, NodeEvidence, known_instance
from smtui.diagnosis.evidence.reading import Lookup, NothingToAsk, answer, seen

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources

T = TypeVar("T")

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
    """One entry of ec2:DescribeSecurityGroups."""

    group_id: str
    ingress: tuple[GroupRule, ...]
    egress: tuple[GroupRule, ...]


@dataclass(frozen=True, slots=True)
class PrefixList:
    """The entries of one managed prefix list (ec2:GetManagedPrefixListEntries)."""

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
    """One entry of ec2:DescribeNetworkAcls."""

    acl_id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a table."""

    destination: str
    """A CIDR of either family, or a prefix list's id."""
    target: str
    """`local`, or the id of a gateway: igw-…, eigw-…, nat-…, tgw-…, pcx-…, vgw-…, eni-…, i-…, vpce-…, …"""
    active: bool = True
    """False for a black hole."""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """One entry of ec2:DescribeRouteTables."""

    table_id: str
    main: bool
    subnet_ids: tuple[str, ...]
    """Those associated explicitly."""
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class NatGateway:
    """One entry of ec2:DescribeNatGateways."""

    gateway_id: str
    state: str
    subnet_id: str
    public: bool
    """False for `private` connectivity, which does not reach the internet."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """One entry of ec2:DescribeSubnets."""

    subnet_id: str
    cidr: str
    """Empty in an IPv6-only subnet."""
    ipv6_cidrs: tuple[str, ...] = ()
    dns64: bool = False
    owner: str = ""
    """The account's number: another one than the instance's where the subnet is shared."""
    blocked: str = ""
    """VPC Block Public Access: `off`, `block-ingress` or `block-bidirectional`; empty where EC2 does not report it."""


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """One entry of ec2:DescribeVpcEndpoints."""

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
    """JSON; empty where EC2 reports none."""
    address_type: str = ""
    """`ipv4`, `ipv6` or `dualstack`; empty where EC2 does not report it."""


@dataclass(frozen=True, slots=True)
class VpcDns:
    """The two DNS attributes of the VPC."""

    support: bool
    hostnames: bool


InterfaceAddresses = Mapping[str, tuple[str, ...]]
"""Network interface id -> its addresses, IPv4 and IPv6."""


class NetworkAws(Protocol):
    """The calls of `NetworkEvidence`; see `EvidenceAws`."""

    def security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        """ec2:DescribeSecurityGroups."""

    def prefix_lists(self, prefix_list_ids: Sequence[str]) -> tuple[PrefixList, ...]:
        """ec2:GetManagedPrefixListEntries."""

    def network_acls(self, vpc_id: str) -> tuple[NetworkAcl, ...]:
        """ec2:DescribeNetworkAcls."""

    def route_tables(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """ec2:DescribeRouteTables."""

    def nat_gateways(self, vpc_id: str) -> tuple[NatGateway, ...]:
        """ec2:DescribeNatGateways."""

    def subnets(self, vpc_id: str) -> tuple[Subnet, ...]:
        """ec2:DescribeSubnets."""

    def vpc_endpoints(self, vpc_id: str) -> tuple[VpcEndpoint, ...]:
        """ec2:DescribeVpcEndpoints."""

    def interface_addresses(self, interface_ids: Sequence[str]) -> InterfaceAddresses:
        """ec2:DescribeNetworkInterfaces."""

    def vpc_dns(self, vpc_id: str) -> VpcDns:
        """ec2:DescribeVpcAttribute, twice."""


def _of_vpc(ask: Callable[[EvidenceSources, str], T]) -> Callable[[EvidenceSources, Evidence], T]:
    def asked(sources: EvidenceSources, got: Evidence) -> T:
        return ask(sources, _vpc_instance(got).vpc_id)

    return asked


def _vpc_instance(got: Evidence) -> Instance:
    instance = known_instance(got)
    if not instance.vpc_id:
        raise NothingToAsk("The instance is in no VPC.")
    return instance


def _security_groups(sources: EvidenceSources, got: Evidence) -> tuple[SecurityGroup, ...]:
    instance = _vpc_instance(got)
    endpoints = seen(got.vpc_endpoints) or ()
    of_interfaces = (group for face in instance.other_interfaces for group in face.group_ids)
    of_endpoints = (group for endpoint in endpoints for group in endpoint.group_ids)
    return sources.aws.security_groups(tuple(dict.fromkeys((*instance.group_ids, *of_interfaces, *of_endpoints))))


def _prefix_lists(sources: EvidenceSources, got: Evidence) -> tuple[PrefixList, ...]:
    _vpc_instance(got)
    named = tuple(dict.fromkeys(_named_prefix_lists(got)))
    return sources.aws.prefix_lists(named) if named else ()


def _named_prefix_lists(got: Evidence) -> Iterator[str]:
    for group in seen(got.security_groups) or ():
        for rule in (*group.ingress, *group.egress):
            yield from rule.prefix_list_ids
    for table in seen(got.route_tables) or ():
        # The list of a gateway endpoint's own route says nothing about the way to Systems Manager.
        yield from (r.destination for r in table.routes if r.destination.startswith("pl-") and r.target[:5] != "vpce-")


def _interface_addresses(sources: EvidenceSources, got: Evidence) -> InterfaceAddresses:
    interfaces = tuple(face for endpoint in answer(got.vpc_endpoints) for face in endpoint.interface_ids)
    return sources.aws.interface_addresses(interfaces) if interfaces else {}


@dataclass(kw_only=True)
class NetworkEvidence:
    """Everything in the VPC between the node and Systems Manager."""

    network_acls: Lookup[tuple[NetworkAcl, ...]] = Lookup(
        "ec2:DescribeNetworkAcls", _of_vpc(lambda sources, vpc: sources.aws.network_acls(vpc)), (NodeEvidence.instance,)
    )
    """All of the VPC."""
    route_tables: Lookup[tuple[RouteTable, ...]] = Lookup(
        "ec2:DescribeRouteTables", _of_vpc(lambda sources, vpc: sources.aws.route_tables(vpc)), (NodeEvidence.instance,)
    )
    """All of the VPC."""
    nat_gateways: Lookup[tuple[NatGateway, ...]] = Lookup(
        "ec2:DescribeNatGateways", _of_vpc(lambda sources, vpc: sources.aws.nat_gateways(vpc)), (NodeEvidence.instance,)
    )
    subnets: Lookup[tuple[Subnet, ...]] = Lookup(
        "ec2:DescribeSubnets", _of_vpc(lambda sources, vpc: sources.aws.subnets(vpc)), (NodeEvidence.instance,)
    )
    """All of the VPC."""
    vpc_endpoints: Lookup[tuple[VpcEndpoint, ...]] = Lookup(
        "ec2:DescribeVpcEndpoints",
        _of_vpc(lambda sources, vpc: sources.aws.vpc_endpoints(vpc)),
        (NodeEvidence.instance,),
    )
    """All of the VPC, of every service."""
    security_groups: Lookup[tuple[SecurityGroup, ...]] = Lookup(
        "ec2:DescribeSecurityGroups", _security_groups, (NodeEvidence.instance, vpc_endpoints)
    )
    """The node's own and those of the endpoints."""
    prefix_lists: Lookup[tuple[PrefixList, ...]] = Lookup(
        "ec2:GetManagedPrefixListEntries", _prefix_lists, (NodeEvidence.instance, security_groups, route_tables)
    )
    """Those that the node's egress rules, its routes and its endpoints' ingress rules name."""
    interface_addresses: Lookup[InterfaceAddresses] = Lookup(
        "ec2:DescribeNetworkInterfaces", _interface_addresses, (vpc_endpoints,)
    )
    """Of the endpoints' network interfaces."""
    vpc_dns: Lookup[VpcDns] = Lookup(
        "ec2:DescribeVpcAttribute", _of_vpc(lambda sources, vpc: sources.aws.vpc_dns(vpc)), (NodeEvidence.instance,)
    )
