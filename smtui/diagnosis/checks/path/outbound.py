"""Finds the way of a packet from the node's subnet to a public address, and whether there may be another."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING, Any

from smtui.diagnosis.checks.path.packet import (
    HTTPS,
    PRIVATE_NETWORKS,
    PUBLIC_IPV4,
    PUBLIC_IPV6,
    Network,
    common,
    networks,
    remainder,
    tcp_ports,
)
from smtui.diagnosis.checks.path.path_facts import (
    WAY_READINGS,
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
from smtui.diagnosis.checks.path.routing import Routing, leads_back
from smtui.diagnosis.evidence.reading import NotAsked, Reading, Seen, Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import Route, RouteTable, Subnet
    from smtui.diagnosis.evidence.node_facts import Instance


def way_out(evidence: Evidence) -> Way:
    """The best way that the node's addresses allow. The instance must have been seen and exist.

    A dozen checks ask after each reading, so the latest answers are kept, by the readings that they rest on.
    """
    rests_on = tuple(lookup.of(evidence) for lookup in (Evidence.instance, *WAY_READINGS))
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
        return Way(Opening.UNSURE, f"EC2 lists no route table for the subnet {instance.subnet_id}.", towards=towards)
    ways = [replace(way, values=_values(instance, table, way)) for way in Routing(evidence, instance, table).ways()]
    best = min(ways, key=lambda way: _PREFERENCE[way.opening])
    return _unless_endpoints_elsewhere(best, evidence, instance, table) if best.opening is Opening.CLOSED else best


_PREFERENCE = {Opening.OPEN: 0, Opening.UNSURE: 1, Opening.CLOSED: 2}


def _blind(reading: Reading[tuple[RouteTable, ...]] | None, towards: tuple[Network, ...]) -> Way:
    unseen = reading if isinstance(reading, Unseen) else None
    why = reading.why if isinstance(reading, NotAsked) else "The route tables could not be read."
    return Way(Opening.UNSURE, why, towards=towards, unseen=unseen)


def _values(instance: Instance, table: RouteTable, way: Way) -> Mapping[str, str]:
    return {"route_table": table.table_id, "subnet_id": instance.subnet_id, **way.values}


def _unless_endpoints_elsewhere(way: Way, evidence: Evidence, instance: Instance, table: RouteTable) -> Way:
    """Leaves the way open where endpoints that we cannot see may serve the node.

    A hub VPC may share their names by private hosted zones; the account that shares its subnets shows them to nobody.
    """
    closed = way.finding.removesuffix(".")
    owner = _other_owner(instance, seen(evidence.subnets) or ())
    if owner:
        return replace(
            way,
            opening=Opening.UNSURE,
            finding=f"{closed}; the subnet is shared by the account {owner}, whose endpoints cannot be seen.",
        )
    leading = _to_other_networks(evidence, instance, table)
    if leading is None:
        return way
    return replace(
        way,
        opening=Opening.UNSURE,
        finding=f"{closed}; {leading.destination} leads to {beyond(leading.target)}, and whether endpoints are there"
        " cannot be seen.",
        evidence=(
            *way.evidence,
            f"ec2:DescribeRouteTables: {table.table_id} sends {leading.destination} to {leading.target}",
        ),
    )


def _other_owner(instance: Instance, subnets: tuple[Subnet, ...]) -> str:
    """The other account that the instance's subnet belongs to; empty where it is of the instance's own."""
    subnet = subnet_of(instance.subnet_id, subnets)
    owner = subnet.owner if subnet is not None else ""
    return owner if instance.owner and owner != instance.owner else ""


def _to_other_networks(evidence: Evidence, instance: Instance, table: RouteTable) -> Route | None:
    """A route to private addresses outside the VPC that does not lead back into it; None for none."""
    lists = lists_of(evidence)
    own = networks(route.destination for route in table.routes if route.target == "local")
    for route in table.routes:
        if not route.active or of_gateway_endpoint(route) or kind_of(route.target) not in _OTHER_NETWORKS:
            continue
        found = remainder(networks(lists.get(route.destination, (route.destination,))), own)
        outside = any(common(network, private) for network in found for private in PRIVATE_NETWORKS)
        if outside and not leads_back(evidence, instance, route.target):
            return route
    return None


_OTHER_NETWORKS = ("tgw", "pcx", "vgw", "lgw", "eni", "i", "vpce", "arn")
"""What may lead to the endpoints of a hub, or to a proxy."""


READ_FOR_PROOF = (Evidence.security_groups, Evidence.subnets)
"""What `no_other_way` reads in addition to the endpoints and to what `way_out` reads."""

_NO_PROXY = (22, 25, 53, 80, HTTPS)
"""A group that lets out only one of these does not point to a proxy."""


def proxy_port(evidence: Evidence) -> int | None:
    """The only TCP port that the node's groups let out, where that looks like the way to a proxy; else None."""
    instance, groups = seen(evidence.instance), seen(evidence.security_groups)
    if instance is None or groups is None:
        return None
    own = [group for group in groups if group.group_id in instance.group_ids]
    ports = set(tcp_ports(rule for group in own for rule in group.egress))
    if len(own) < len(instance.group_ids) or len(ports) != 1:
        return None
    [only] = ports
    return only.first if only.first == only.last and only.first not in _NO_PROXY else None


def no_other_way(evidence: Evidence) -> Sequence[Reading[Any] | None]:
    """The readings that prove that only the VPC's endpoints can serve the node; empty where there may be another way.

    If another way is open, a custom DNS server may send the node there; and a proxy needs neither.
    """
    if way_out(evidence).opening is not Opening.CLOSED or proxy_port(evidence) is not None:
        return ()
    return (
        evidence.instance,
        evidence.vpc_endpoints,
        evidence.route_tables,
        evidence.subnets,  # a subnet shared by another account has endpoints that we cannot see
        evidence.security_groups,
    )
