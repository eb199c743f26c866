"""Follows packets from hop to hop inside the VPC, through NAT gateways and inspecting appliances, or into a loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smtui.diagnosis.checks.path.packet import PUBLIC_IPV4, Network, common, networks, size, span
from smtui.diagnosis.checks.path.path_facts import Opening, lists_of, of_gateway_endpoint, table_of
from smtui.diagnosis.evidence.network_facts import Route, RouteTable
from smtui.diagnosis.evidence.node_facts import Instance
from smtui.diagnosis.evidence.reading import seen
from smtui.diagnosis.evidence.record import Evidence


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
