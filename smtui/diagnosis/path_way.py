"""The way that a packet takes out of the node's subnet to a public address."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import is_

from smtui.diagnosis.packet import PRIVATE_NETWORKS, PUBLIC_IPV4, PUBLIC_IPV6, Network, common, networks, remainder
from smtui.diagnosis.path_facts import (
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
from smtui.diagnosis.path_routing import Routing
from smtui.domain.evidence.instance import Instance
from smtui.domain.evidence.network import Route, RouteTable, Subnet
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, Unseen, seen, value
from smtui.domain.evidence.record import Evidence


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
    """Endpoints out of our sight may serve a node without a way to the internet: those of a hub VPC that shares their
    names by private hosted zones, or those of the account that shares its subnets, which shows them to nobody."""
    closed = way.finding.removesuffix(".")
    owner = _other_owner(instance, seen(evidence.subnets) or ())
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


def _to_other_networks(table: RouteTable, lists: Mapping[str, Sequence[str]]) -> Route | None:
    """A route to private addresses outside the VPC."""
    own = networks(route.destination for route in table.routes if route.target == "local")
    for route in table.routes:
        if not route.active or of_gateway_endpoint(route) or kind_of(route.target) not in _OTHER_NETWORKS:
            continue
        found = remainder(networks(lists.get(route.destination, (route.destination,))), own)
        if any(common(network, private) for network in found for private in PRIVATE_NETWORKS):
            return route
    return None


_OTHER_NETWORKS = ("tgw", "pcx", "vgw", "lgw", "eni", "i", "vpce", "arn")
"""What may lead to the endpoints of a hub, or to a proxy."""
