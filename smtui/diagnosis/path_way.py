"""The way that a packet takes out of the node's subnet to a public address."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from operator import is_

from smtui.diagnosis.packet import (
    EVERY_IPV4,
    EVERY_IPV6,
    PRIVATE_NETWORKS,
    PUBLIC_IPV4,
    PUBLIC_IPV6,
    TRANSLATED,
    Network,
    common,
    networks,
    size,
    span,
)
from smtui.domain.check import NO_VALUES
from smtui.domain.evidence.instance import Instance
from smtui.domain.evidence.network import NatGateway, Route, RouteTable, Subnet
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, Unseen, seen, value
from smtui.domain.evidence.record import Evidence

WAY_READINGS = ("route_tables", "nat_gateways", "subnets", "prefix_lists")
"""What `way_out` looks at, beside the instance."""


class Opening(Enum):
    OPEN = "open"
    CLOSED = "closed"
    UNSURE = "unsure"
    """It leads to where we cannot look."""


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
    """Whether the agent has to be told to use dual-stack endpoints, which nobody outside the node can see."""
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
    return bool(instance.private_ip) or not instance.ipv6_addresses


def every_address(instance: Instance) -> tuple[Network, ...]:
    """Everything there is of the families that the node speaks."""
    return (*((EVERY_IPV4,) if has_ipv4(instance) else ()), *((EVERY_IPV6,) if instance.ipv6_addresses else ()))


def way_out(evidence: Evidence) -> Way:
    """The best way of those that the node's addresses allow. The instance must have been seen, and be one.

    A dozen checks ask, after each reading: the latest answers are kept, found again by what they rest on.
    """
    rests_on = tuple(getattr(evidence, name) for name in ("instance", *WAY_READINGS))
    for kept, way in tuple(_LATEST):
        if all(map(is_, kept, rests_on)):
            return way
    way = _way_out(evidence)
    _LATEST.append((rests_on, way))
    return way


_LATEST: deque[tuple[tuple[object, ...], Way]] = deque(maxlen=4)


def _way_out(evidence: Evidence) -> Way:
    instance = value(evidence.instance)
    if instance is None:
        raise ValueError("no instance, no way")
    towards = PUBLIC_IPV4 if has_ipv4(instance) else PUBLIC_IPV6
    if not isinstance(evidence.route_tables, Seen):
        return _blind(evidence.route_tables, towards)
    table = table_of(instance.subnet_id, evidence.route_tables.value)
    if table is None:
        return Way(Opening.UNSURE, f"EC2 names no route table for the subnet {instance.subnet_id}.", towards=towards)
    ways = [replace(way, values=_values(instance, table, way)) for way in _Routing(evidence, instance, table).ways()]
    best = min(ways, key=lambda way: _PREFERENCE[way.opening])
    return _unless_endpoints_elsewhere(best, evidence, instance, table) if best.opening is Opening.CLOSED else best


def _unless_endpoints_elsewhere(way: Way, evidence: Evidence, instance: Instance, table: RouteTable) -> Way:
    """Endpoints out of our sight may serve a node without a way to the internet: those of a hub VPC that shares their
    names by private hosted zones, or those of the account that shares its subnets, which shows them to nobody."""
    closed = way.finding.removesuffix(".")
    owner = subnet_owner(instance, seen(evidence.subnets) or ())
    if owner:
        return replace(
            way,
            opening=Opening.UNSURE,
            finding=f"{closed}; the subnet is shared by the account {owner}, whose endpoints cannot be seen.",
        )
    leading = _to_other_networks(table, lists_of(evidence))
    if leading is None:
        return way
    return replace(
        way,
        opening=Opening.UNSURE,
        finding=f"{closed}; {leading.destination} leads to {_beyond(leading.target)}, and whether endpoints are there"
        " cannot be seen.",
        evidence=(
            *way.evidence,
            f"ec2:DescribeRouteTables: {table.table_id} sends {leading.destination} to {leading.target}",
        ),
    )


def subnet_owner(instance: Instance, subnets: tuple[Subnet, ...]) -> str:
    """The other account that the instance's subnet belongs to; empty where it is of the instance's own."""
    subnet = subnet_of(instance.subnet_id, subnets)
    owner = subnet.owner if subnet is not None else ""
    return owner if instance.owner and owner != instance.owner else ""


def _to_other_networks(table: RouteTable, lists: Mapping[str, Sequence[str]]) -> Route | None:
    """A route to private addresses outside the VPC."""
    for route in table.routes:
        if not route.active or _of_gateway_endpoint(route) or _kind(route.target) not in _OTHER_NETWORKS:
            continue
        found = networks(lists.get(route.destination, (route.destination,)))
        if any(common(network, private) for network in found for private in PRIVATE_NETWORKS):
            return route
    return None


_PREFERENCE = {Opening.OPEN: 0, Opening.UNSURE: 1, Opening.CLOSED: 2}


def table_of(subnet_id: str, tables: tuple[RouteTable, ...]) -> RouteTable | None:
    """The subnet's own table, else the main one."""
    own = next((table for table in tables if subnet_id in table.subnet_ids), None)
    return own or next((table for table in tables if table.main), None)


def _blind(reading: Reading[tuple[RouteTable, ...]] | None, towards: tuple[Network, ...]) -> Way:
    unseen = reading if isinstance(reading, Unseen) else None
    why = reading.why if isinstance(reading, NotAsked) else "The route tables could not be read."
    return Way(Opening.UNSURE, why, towards=towards, unseen=unseen)


def _values(instance: Instance, table: RouteTable, way: Way) -> Mapping[str, str]:
    return {"route_table": table.table_id, "subnet_id": instance.subnet_id, **way.values}


@dataclass(frozen=True, slots=True)
class _Routing:
    """One subnet's table, read for one node."""

    evidence: Evidence
    instance: Instance
    table: RouteTable

    def ways(self) -> list[Way]:
        found = []
        if has_ipv4(self.instance):
            found.append(self._towards(PUBLIC_IPV4))
        if self.instance.ipv6_addresses:
            # Of two that are shut, the one that was meant to be open comes first.
            found += [*self._translated(), _for_dual_stack(self._towards(PUBLIC_IPV6))]
        return found

    def _towards(self, wanted: tuple[Network, ...]) -> Way:
        """The longest prefix wins for each address; the way of most addresses is the way."""
        shares = [(taken, self._along(route, wanted)) for taken, route in self._taken(wanted)]
        left = size(wanted) - sum(taken for taken, _ in shares)
        if left:
            shares.append((left, self._nowhere(wanted)))
        most = max(shares, key=lambda entry: entry[0])[1]
        others = [way for _, way in shares if way.opening is not Opening.CLOSED]
        if most.opening is Opening.CLOSED and others:
            return self._partly(others, wanted)
        return self._less_what_was_not_read(most, wanted)

    def _taken(self, wanted: tuple[Network, ...]) -> Iterator[tuple[int, Route]]:
        """How many of the addresses each route takes; a CIDR takes what no longer one inside it has taken."""
        inner: list[tuple[int, int, int]] = []
        for network, route in self._ordered():
            taken = size(both for part in wanted if (both := common(part, network)) is not None)
            if not taken:
                continue
            first, last = span(network)
            inside = [one for one in inner if first <= one[0] and one[1] <= last]
            inner = [(first, last, taken), *(one for one in inner if one not in inside)]
            if taken > sum(one[2] for one in inside):
                yield taken - sum(one[2] for one in inside), route

    def _ordered(self) -> list[tuple[Network, Route]]:
        """Every CIDR that the table routes, the longest prefix first; `local` is no way out."""
        lists = lists_of(self.evidence)
        pairs = [
            (network, route)
            for route in self.table.routes
            if route.target != "local" and not _of_gateway_endpoint(route)
            for network in networks(lists.get(route.destination, (route.destination,)))
        ]
        return sorted(pairs, key=lambda pair: -pair[0].prefixlen)

    def _nowhere(self, wanted: tuple[Network, ...]) -> Way:
        default = "::/0" if wanted is PUBLIC_IPV6 else "0.0.0.0/0"
        return Way(
            Opening.CLOSED,
            f"The route table {self.table.table_id} of the subnet {self.instance.subnet_id} has no way to the internet"
            f" (no route for {default}).",
            (f"ec2:DescribeRouteTables: {self._named()} routes {self._all_routes()}",),
            wanted,
        )

    def _named(self) -> str:
        implied = self.instance.subnet_id not in self.table.subnet_ids
        return f"{self.table.table_id} (the VPC's main table)" if implied else self.table.table_id

    def _all_routes(self) -> str:
        return ", ".join(f"{route.destination} to {route.target}" for route in self.table.routes) or "nothing"

    def _partly(self, others: list[Way], wanted: tuple[Network, ...]) -> Way:
        return Way(
            Opening.UNSURE,
            f"The route table {self.table.table_id} leads only some public addresses out; whether those of"
            " Systems Manager are among them cannot be told.",
            (f"ec2:DescribeRouteTables: {self._named()} routes {self._all_routes()}",),
            wanted,
            unseen=next((way.unseen for way in others if way.unseen is not None), None),
        )

    def _less_what_was_not_read(self, way: Way, wanted: tuple[Network, ...]) -> Way:
        """A prefix list that could not be read may hold the addresses of Systems Manager."""
        reading = self.evidence.prefix_lists
        named = [route for route in self.table.routes if _names_unread_list(route, lists_of(self.evidence))]
        if way.opening is not Opening.CLOSED or not named or not isinstance(reading, Unseen):
            return way
        finding = f"The route table {self.table.table_id} routes the prefix list {named[0].destination}, not read."
        return Way(Opening.UNSURE, finding, way.evidence, wanted, unseen=reading)

    def _translated(self) -> list[Way]:
        """IPv4 through NAT64: a NAT gateway for its prefix, and DNS64 in the subnet."""
        way = replace(self._towards(TRANSLATED), towards=TRANSLATED)
        if "nat_gateway" not in way.values:
            return []
        subnets = self.evidence.subnets
        if not isinstance(subnets, Seen):
            unseen = subnets if isinstance(subnets, Unseen) else None
            return [replace(way, opening=Opening.UNSURE, unseen=way.unseen or unseen)]
        subnet = subnet_of(self.instance.subnet_id, subnets.value)
        if subnet is not None and subnet.dns64:
            return [way]
        finding = f"The subnet {self.instance.subnet_id} routes 64:ff9b::/96 for NAT64, but its DNS64 is off."
        return [replace(way, opening=Opening.CLOSED, finding=finding, unseen=None)]

    def _along(self, route: Route, wanted: tuple[Network, ...]) -> Way:
        line = f"ec2:DescribeRouteTables: {self._named()} sends {route.destination} to {route.target}"
        way = (
            self._unless_blocked(route, self._through(route, wanted))
            if route.active
            else _black_hole(self.table, route)
        )
        return replace(way, evidence=(line, *way.evidence), towards=wanted)

    def _through(self, route: Route, wanted: tuple[Network, ...]) -> Way:
        kind = _kind(route.target)
        if kind == "igw":
            return self._internet_gateway(route, wanted)
        if kind == "nat":
            return self._nat(route)
        if kind == "eigw":
            return Way(Opening.OPEN, f"The node reaches the internet through the egress-only gateway {route.target}.")
        return Way(
            Opening.UNSURE,
            f"The way to the internet goes through {_beyond(route.target)}, and what lies beyond it cannot be seen.",
        )

    def _unless_blocked(self, route: Route, way: Way) -> Way:
        """VPC Block Public Access, which subnets and whole VPCs may be excluded from."""
        if way.opening is not Opening.OPEN:
            return way
        kind, gateways = _kind(route.target), seen(self.evidence.nat_gateways) or ()
        of_nat = next((one.subnet_id for one in gateways if one.gateway_id == route.target), "")
        subnet = subnet_of(of_nat or self.instance.subnet_id, seen(self.evidence.subnets) or ())
        if subnet is None or subnet.blocked not in (_BLOCKED_FOR_ADDRESSES if kind == "igw" else _BLOCKED_FOR_ALL):
            return way
        finding = (
            f"VPC Block Public Access ({subnet.blocked}) shuts the way to the internet of the subnet"
            f" {subnet.subnet_id}, unless an exclusion keeps it open."
        )
        line = f"ec2:DescribeSubnets: {subnet.subnet_id} has {subnet.blocked}"
        return replace(way, opening=Opening.UNSURE, finding=finding, evidence=(*way.evidence, line))

    def _internet_gateway(self, route: Route, wanted: tuple[Network, ...]) -> Way:
        gateway = route.target
        if wanted is PUBLIC_IPV6:
            return Way(Opening.OPEN, f"The node reaches the internet through {gateway} over IPv6.")
        line = f"ec2:DescribeInstances: {self.instance.node_id} has public address {self.instance.public_ip or 'none'}"
        if self.instance.public_ip:
            return Way(Opening.OPEN, f"The node reaches the internet through the internet gateway {gateway}.", (line,))
        if self.instance.state not in ("running", ""):
            return Way(
                Opening.UNSURE,
                f"The subnet {self.instance.subnet_id} leads to the internet gateway {gateway}, and whether the node"
                " gets a public IPv4 address shows once it runs.",
                (line,),
                address_pending=True,
            )
        return Way(
            Opening.CLOSED,
            f"The subnet {self.instance.subnet_id} leads to the internet gateway {gateway},"
            " but the node has no public IPv4 address to use it with.",
            (line,),
        )

    def _nat(self, route: Route) -> Way:
        values = {"nat_gateway": route.target}
        reading = self.evidence.nat_gateways
        if not isinstance(reading, Seen):
            unseen = reading if isinstance(reading, Unseen) else None
            finding = f"The way out is the NAT gateway {route.target}, which could not be read."
            return Way(Opening.UNSURE, finding, values=values, unseen=unseen)
        gateway = next((found for found in reading.value if found.gateway_id == route.target), None)
        if gateway is None:
            # Routes to a gateway that is gone are black holes: this one is another account's, as in a shared subnet.
            finding = f"The way out is the NAT gateway {route.target}, which EC2 does not show to us."
            return Way(Opening.UNSURE, finding, values=values)
        return replace(self._beyond_nat(gateway), values=values)

    def _beyond_nat(self, gateway: NatGateway) -> Way:
        name = gateway.gateway_id
        kind = "public" if gateway.public else "private"
        line = f"ec2:DescribeNatGateways: {name} is {gateway.state}, {kind}, in {gateway.subnet_id or 'no subnet'}"
        if gateway.state.lower() != "available":
            return Way(Opening.CLOSED, f"The NAT gateway {name} is {gateway.state}, not available.", (line,))
        target = self._default_of(gateway)
        if target is None:
            finding = f"The way out is the NAT gateway {name}, and EC2 shows no route table of its subnet."
            return Way(Opening.UNSURE, finding, (line,))
        if gateway.public and target.startswith("igw-"):
            return Way(Opening.OPEN, f"The node reaches the internet through the NAT gateway {name}.", (line,))
        if target and not target.startswith("igw-"):
            return Way(
                Opening.UNSURE,
                f"The NAT gateway {name} sends packets on to {target}, and what lies beyond it cannot be seen.",
                (line,),
            )
        if not gateway.public:
            return Way(Opening.CLOSED, f"The NAT gateway {name} is private: it leads to no internet.", (line,))
        return Way(
            Opening.CLOSED,
            f"The NAT gateway {name} stands in the subnet {gateway.subnet_id}, which leads to no internet gateway.",
            (line,),
        )

    def _default_of(self, gateway: NatGateway) -> str | None:
        """The target of the default route where the gateway stands; empty where there is none, None where no table
        can be seen."""
        if not gateway.subnet_id:
            return "igw-"  # a regional NAT gateway stands in no subnet and has its own way to the VPC's gateway
        table = table_of(gateway.subnet_id, value(self.evidence.route_tables))
        if table is None:
            return None
        return next((route.target for route in table.routes if route.destination == "0.0.0.0/0" and route.active), "")


_OTHER_NETWORKS = ("tgw", "pcx", "vgw", "lgw", "eni", "i", "vpce", "arn")
"""What may lead to the endpoints of a hub, or to a proxy."""

_BLOCKED_FOR_ALL = ("block-bidirectional",)
_BLOCKED_FOR_ADDRESSES = (*_BLOCKED_FOR_ALL, "block-ingress")
"""NAT and egress-only gateways, which nobody can come in by, are spared by the second."""

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


def _kind(target: str) -> str:
    """`tgw`; `arn` for a core network."""
    return target.partition(":" if target.startswith("arn:") else "-")[0]


def _beyond(target: str) -> str:
    """`the transit gateway tgw-…`."""
    return f"{_BEYOND.get(_kind(target), '')}{target}"


def _of_gateway_endpoint(route: Route) -> bool:
    """The way to S3 or DynamoDB alone."""
    return route.destination.startswith("pl-") and route.target.startswith("vpce-")


def _names_unread_list(route: Route, lists: Mapping[str, Sequence[str]]) -> bool:
    return route.destination.startswith("pl-") and not _of_gateway_endpoint(route) and route.destination not in lists


def _black_hole(table: RouteTable, route: Route) -> Way:
    finding = (
        f"The route table {table.table_id} sends {route.destination} to {route.target}, which is gone (black hole)."
    )
    return Way(Opening.CLOSED, finding)


def _for_dual_stack(way: Way) -> Way:
    """The agent's usual endpoints have IPv4 addresses only."""
    if way.opening is Opening.CLOSED:
        return way
    finding = (
        f"{way.finding.removesuffix('.')}, but the agent uses IPv6 only when it is told to (UseDualStackEndpoint,"
        " from 3.3.3270.0)."
    )
    return replace(way, opening=Opening.UNSURE, finding=finding, dual_stack=True)


def subnet_of(subnet_id: str, subnets: tuple[Subnet, ...]) -> Subnet | None:
    return next((subnet for subnet in subnets if subnet.subnet_id == subnet_id), None)
