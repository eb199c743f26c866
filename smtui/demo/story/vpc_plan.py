"""Describes the VPC of a node that has one of its own, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from smtui.demo.story.vpc import ALL_OUT, OPEN_ACL
from smtui.diagnosis.evidence.network_facts import AclEntry, GroupRule

THREE = ("ssm", "ssmmessages", "ec2messages")
"""The endpoints that the agent needs where there is no way to the internet."""
AND_OUTPUT = ("s3", "logs", "kms")
"""The endpoints that a session's preferences may need as well."""


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
