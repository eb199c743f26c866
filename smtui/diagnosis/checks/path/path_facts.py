"""Describes what is between a node and the internet, from the readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from smtui.diagnosis.checks.path.packet import EVERY_IPV4, EVERY_IPV6, PUBLIC_IPV4, Network
from smtui.diagnosis.evidence.reading import Unseen, seen
from smtui.diagnosis.evidence.record import Evidence
from smtui.topics.topic import NO_VALUES

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import Route, RouteTable, Subnet
    from smtui.diagnosis.evidence.node_facts import Instance

WAY_READINGS = (
    Evidence.route_tables,
    Evidence.nat_gateways,
    Evidence.subnets,
    Evidence.prefix_lists,
    Evidence.vpc_endpoints,
)
"""What `way_out` reads in addition to the instance."""


class Opening(Enum):
    """Whether a way leads out."""

    OPEN = "open"
    CLOSED = "closed"
    UNSURE = "unsure"
    """It leads to where we cannot see."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where packets to the internet end up."""

    opening: Opening
    finding: str
    evidence: tuple[str, ...] = ()
    towards: tuple[Network, ...] = PUBLIC_IPV4
    """The addresses that the node would call."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    unseen: Unseen | None = None
    """The reading that would make it sure."""
    dual_stack: bool = False
    """Whether the agent has to be configured for dual-stack endpoints, which nobody outside the node can see."""
    address_pending: bool = False
    """Whether only a public address is missing, which the instance may get when it runs."""

    @property
    def hidden(self) -> bool:
        """Whether it may lead to other addresses than public ones, such as endpoints that another VPC shares."""
        return self.opening is Opening.UNSURE and self.unseen is None and not self.dual_stack


def lists_of(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """The entries of the prefix lists that were read, by id."""
    return {found.prefix_list_id: found.cidrs for found in seen(evidence.prefix_lists) or ()}


def has_ipv4(instance: Instance) -> bool:
    """Whether the node has an IPv4 address; assumed where EC2 reports no address at all."""
    return bool(instance.private_ip) or not instance.ipv6_addresses


def every_address(instance: Instance) -> tuple[Network, ...]:
    """All addresses of the families that the node uses."""
    return (*((EVERY_IPV4,) if has_ipv4(instance) else ()), *((EVERY_IPV6,) if instance.ipv6_addresses else ()))


def table_of(subnet_id: str, tables: tuple[RouteTable, ...]) -> RouteTable | None:
    """The subnet's own table, else the main one."""
    own = next((table for table in tables if subnet_id in table.subnet_ids), None)
    return own or next((table for table in tables if table.main), None)


def subnet_of(subnet_id: str, subnets: tuple[Subnet, ...]) -> Subnet | None:
    """The subnet with this id; None where it was not read."""
    return next((subnet for subnet in subnets if subnet.subnet_id == subnet_id), None)


_BEYOND = {
    "tgw": "the transit gateway ",
    "pcx": "the VPC peering ",
    "vgw": "the virtual private gateway ",
    "lgw": "the local gateway ",
    "cagw": "the carrier gateway ",
    "eni": "the network interface ",
    "i": "the instance ",
    "vpce": "the endpoint ",
}


def kind_of(target: str) -> str:
    """`tgw`; `arn` for a core network."""
    return target.partition(":" if target.startswith("arn:") else "-")[0]


def beyond(target: str) -> str:
    """`the transit gateway tgw-…`."""
    return f"{_BEYOND.get(kind_of(target), '')}{target}"


def of_gateway_endpoint(route: Route) -> bool:
    """Whether the route leads only to S3 or DynamoDB."""
    return route.destination.startswith("pl-") and route.target.startswith("vpce-")
