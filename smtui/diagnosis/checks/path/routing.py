"""Follows packets to public addresses: through one subnet's route table, and from hop to hop inside the VPC.

Hops are NAT gateways and inspecting appliances; they may lead into a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.diagnosis.checks.path.packet import (
    PUBLIC_IPV4,
    PUBLIC_IPV6,
    TRANSLATED,
    Network,
    common,
    networks,
    size,
    span,
)
from smtui.diagnosis.checks.path.path_facts import (
    Opening,
    Way,
    beyond,
    has_ipv4,
    kind_of,
    lists_of,
    of_gateway_endpoint,
    subnet_of,
    table_of,
)
from smtui.diagnosis.evidence.reading import Seen, Unseen, seen

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import NatGateway, Route, RouteTable
    from smtui.diagnosis.evidence.node_facts import Instance
    from smtui.diagnosis.evidence.record import Evidence


@dataclass(frozen=True, slots=True)
class Routing:
    """One subnet's table, read for one node."""

    evidence: Evidence
    instance: Instance
    table: RouteTable

    def ways(self) -> list[Way]:
        """One way for each address family of the node, and for NAT64."""
        found = []
        if has_ipv4(self.instance):
            found.append(self._towards(PUBLIC_IPV4))
        if self.instance.ipv6_addresses:
            # Of two closed ways, the one that was meant to be open comes first.
            found += [*self._translated(), _for_dual_stack(self._towards(PUBLIC_IPV6))]
        return found

    def _towards(self, wanted: tuple[Network, ...]) -> Way:
        """The way of most addresses; for each address the longest prefix wins."""
        shares = [
            (taken, self._along(route, wanted))
            for taken, route in routes_taken(self.table, lists_of(self.evidence), wanted)
        ]
        left = size(wanted) - sum(taken for taken, _ in shares)
        if left:
            shares.append((left, self._nowhere(wanted)))
        most = max(shares, key=lambda entry: entry[0])[1]
        others = [way for _, way in shares if way.opening is not Opening.CLOSED]
        if most.opening is Opening.CLOSED and others:
            return self._partly(others, wanted)
        return self._less_what_was_not_read(most, wanted)

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
            f"The route table {self.table.table_id} leads only some public addresses out; smtui cannot tell whether"
            " those of Systems Manager are among them.",
            (f"ec2:DescribeRouteTables: {self._named()} routes {self._all_routes()}",),
            wanted,
            unseen=next((way.unseen for way in others if way.unseen is not None), None),
        )

    def _less_what_was_not_read(self, way: Way, wanted: tuple[Network, ...]) -> Way:
        """The way, unsure where a prefix list that could not be read may hold the addresses of Systems Manager."""
        reading = self.evidence.prefix_lists
        named = [route for route in self.table.routes if names_unread_list(route, lists_of(self.evidence))]
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
        values = {**way.values, "subnet_without_dns64": self.instance.subnet_id}
        return [replace(way, opening=Opening.CLOSED, finding=finding, values=values, unseen=None)]

    def _along(self, route: Route, wanted: tuple[Network, ...]) -> Way:
        line = f"ec2:DescribeRouteTables: {self._named()} sends {route.destination} to {route.target}"
        way = (
            self._unless_blocked(route, self._through(route, wanted))
            if route.active
            else _black_hole(self.table, route)
        )
        return replace(way, evidence=(line, *way.evidence), towards=wanted)

    def _through(self, route: Route, wanted: tuple[Network, ...]) -> Way:
        kind = kind_of(route.target)
        if kind == "igw":
            return self._internet_gateway(route, wanted)
        if kind == "nat":
            return self._nat(route)
        if kind == "eigw":
            return Way(Opening.OPEN, f"The node reaches the internet through the egress-only gateway {route.target}.")
        return self._beyond_others(route)

    def _unless_blocked(self, route: Route, way: Way) -> Way:
        """The way, unless VPC Block Public Access may close it; subnets and whole VPCs can be excluded from that."""
        if way.opening is not Opening.OPEN:
            return way
        kind, gateways = kind_of(route.target), seen(self.evidence.nat_gateways) or ()
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
            # A route to a deleted gateway is a black hole: this one is another account's, as in a shared subnet.
            finding = f"The way out is the NAT gateway {route.target}, which EC2 does not show."
            return Way(Opening.UNSURE, finding, values=values)
        return replace(self._beyond_nat(gateway), values=values)

    def _beyond_nat(self, gateway: NatGateway) -> Way:
        name = gateway.gateway_id
        kind = "public" if gateway.public else "private"
        line = f"ec2:DescribeNatGateways: {name} is {gateway.state}, {kind}, in {gateway.subnet_id or 'no subnet'}"
        if gateway.state.lower() != "available":
            return Way(Opening.CLOSED, f"The NAT gateway {name} is {gateway.state}, not available.", (line,))
        if not gateway.subnet_id:  # a regional gateway has its own way to the VPC's internet gateway
            onward = Onward(Opening.OPEN)
        else:
            onward = follow(self.evidence, self.instance.subnet_id, name, gateway.subnet_id)
        if onward.opening is Opening.OPEN and not gateway.public:
            onward = Onward(Opening.CLOSED, "is private: it leads to no internet")
        if onward.opening is Opening.OPEN:
            return Way(Opening.OPEN, f"The node reaches the internet through the NAT gateway {name}.", (line,))
        return Way(onward.opening, f"The NAT gateway {name} {onward.why}.", (line,))

    def _beyond_others(self, route: Route) -> Way:
        """The way beyond other targets: what leads back goes nowhere, of all else we cannot see the end."""
        target = route.target
        back = leads_back(self.evidence, self.instance, target)
        if back:
            return Way(Opening.CLOSED, f"The way out is {beyond(target)}, which {back}.")
        if kind_of(target) == "pcx":
            return Way(Opening.CLOSED, f"The way out is {beyond(target)}, and a peering leads to no internet.")
        return Way(
            Opening.UNSURE,
            f"The way to the internet goes through {beyond(target)}, and what lies beyond it cannot be seen.",
        )


_BLOCKED_FOR_ALL = ("block-bidirectional",)

_BLOCKED_FOR_ADDRESSES = (*_BLOCKED_FOR_ALL, "block-ingress")
"""The second does not affect NAT and egress-only gateways, which let nobody in."""


def _black_hole(table: RouteTable, route: Route) -> Way:
    finding = (
        f"The route table {table.table_id} sends {route.destination} to {route.target}, which is gone (black hole)."
    )
    return Way(Opening.CLOSED, finding)


def _for_dual_stack(way: Way) -> Way:
    """The way over IPv6, unsure: the agent's usual endpoints have IPv4 addresses only."""
    if way.opening is Opening.CLOSED:
        return way
    finding = (
        f"{way.finding.removesuffix('.')}, but the agent uses IPv6 only when it is configured to (UseDualStackEndpoint,"
        " from 3.3.3270.0)."
    )
    return replace(way, opening=Opening.UNSURE, finding=finding, dual_stack=True)


@dataclass(frozen=True, slots=True)
class Onward:
    """Where the subnet of a hop sends what the hop passes on."""

    opening: Opening
    why: str = ""
    """Why it is not open, to follow the name of the hop: `stands in the subnet …, which leads to no …`."""


def follow(evidence: Evidence, node_subnet: str, hop: str, subnet_id: str, passed: tuple[str, ...] = ()) -> Onward:
    """From `hop`, which stands in `subnet_id`; `passed` are the hops before it. OPEN is an internet gateway."""
    table = table_of(subnet_id, seen(evidence.route_tables) or ())
    if table is None:
        return Onward(Opening.UNSURE, f"stands in the subnet {subnet_id}, of which EC2 shows no route table")
    route = main_route(evidence, table)
    if route is None:
        return _without_route(evidence, table, subnet_id)
    way = (*passed, hop)
    if route.active and route.target not in way:
        return _to(evidence, node_subnet, way, route.target, f"stands in the subnet {subnet_id}, whose route table")
    end = f"{route.target}, which is gone (black hole)"
    if route.active:
        end = f"back to {'it' if route.target == hop else route.target}"
    where = f"{subnet_id}, whose" if subnet_id != node_subnet else f"{subnet_id} that it serves, and its"
    return Onward(Opening.CLOSED, f"stands in the subnet {where} route table {table.table_id} leads {end}")


def _without_route(evidence: Evidence, table: RouteTable, subnet_id: str) -> Onward:
    if any(True for _ in routes_taken(table, lists_of(evidence), PUBLIC_IPV4)) or _routes_unread_list(evidence, table):
        return Onward(Opening.UNSURE, f"stands in the subnet {subnet_id}, which leads only some public addresses out")
    return Onward(Opening.CLOSED, f"stands in the subnet {subnet_id}, which leads to no internet gateway")


def _to(evidence: Evidence, node_subnet: str, way: tuple[str, ...], target: str, whose: str) -> Onward:
    """After two hops nobody can tell where packets end, unless they go nowhere."""
    if target.startswith("igw-") and len(way) == 1:
        return Onward(Opening.OPEN)
    following = subnet_of_hop(evidence, target)
    if following:
        onward = follow(evidence, node_subnet, target, following, way)
        if onward.opening is Opening.CLOSED:
            return Onward(Opening.CLOSED, f"{whose} leads to {target}, which {onward.why}")
    return Onward(Opening.UNSURE, f"sends packets on to {target}, and what lies beyond it cannot be seen")


def leads_back(evidence: Evidence, instance: Instance, target: str) -> str:
    """Why packets to this target go nowhere, to follow its name; empty where they may go on."""
    if target in (instance.node_id, instance.interface_id):
        return "is the node itself"
    subnet_id = subnet_of_hop(evidence, target)
    onward = follow(evidence, instance.subnet_id, target, subnet_id) if subnet_id else Onward(Opening.UNSURE)
    return onward.why if onward.opening is Opening.CLOSED else ""


def subnet_of_hop(evidence: Evidence, target: str) -> str:
    """The subnet of a NAT gateway or of an endpoint of inspecting appliances; empty for what we cannot see."""
    gateways, endpoints = seen(evidence.nat_gateways) or (), seen(evidence.vpc_endpoints) or ()
    of_nat = (one.subnet_id for one in gateways if one.gateway_id == target)
    of_endpoint = (next(iter(one.subnet_ids), "") for one in endpoints if one.endpoint_id == target)
    return next((subnet_id for subnet_id in (*of_nat, *of_endpoint) if subnet_id), "")


def main_route(evidence: Evidence, table: RouteTable) -> Route | None:
    """The route that takes most of the public IPv4 addresses; None where most have none."""
    taken = list(routes_taken(table, lists_of(evidence), PUBLIC_IPV4))
    left = size(PUBLIC_IPV4) - sum(share for share, _ in taken)
    most = max(taken, key=lambda entry: entry[0], default=None)
    return most[1] if most is not None and most[0] > left else None


def routes_taken(
    table: RouteTable, lists: Mapping[str, Sequence[str]], wanted: Sequence[Network]
) -> Iterator[tuple[int, Route]]:
    """How many of the addresses each route takes: the longest prefix wins, so a CIDR takes what no longer one has."""
    inner: list[tuple[int, int, int]] = []
    for network, route in _ordered(table, lists):
        taken = size(both for part in wanted if (both := common(part, network)) is not None)
        if not taken:
            continue
        first, last = span(network)
        inside = [one for one in inner if first <= one[0] and one[1] <= last]
        inner = [(first, last, taken), *(one for one in inner if one not in inside)]
        if taken > sum(one[2] for one in inside):
            yield taken - sum(one[2] for one in inside), route


def _ordered(table: RouteTable, lists: Mapping[str, Sequence[str]]) -> list[tuple[Network, Route]]:
    """Every CIDR that the table routes, the longest prefix first; `local` is no way out."""
    pairs = [
        (network, route)
        for route in table.routes
        if route.target != "local" and not of_gateway_endpoint(route)
        for network in networks(lists.get(route.destination, (route.destination,)))
    ]
    return sorted(pairs, key=lambda pair: -pair[0].prefixlen)


def names_unread_list(route: Route, lists: Mapping[str, Sequence[str]]) -> bool:
    """Whether the route is for a prefix list whose entries are unknown."""
    return route.destination.startswith("pl-") and not of_gateway_endpoint(route) and route.destination not in lists


def _routes_unread_list(evidence: Evidence, table: RouteTable) -> bool:
    return any(names_unread_list(route, lists_of(evidence)) for route in table.routes)
