"""Checks the way out and the VPC's endpoints for Systems Manager: that they exist, are up, and what names lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Judgement, failed, passed, proven, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.path.destinations import (
    EC2MESSAGES,
    OF_A_SESSION,
    SERVICES,
    Need,
    all_endpoints,
    available,
    ec2messages_need,
    endpoints_of,
    of_ec2messages,
    service_name,
    service_of,
)
from smtui.diagnosis.checks.path.outbound import no_other_way, proxy_port, way_out
from smtui.diagnosis.checks.path.path_facts import Opening, Way, has_ipv4, table_of
from smtui.diagnosis.checks.path.routing import main_route
from smtui.diagnosis.evidence.reading import Unseen, seen, value

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import NatGateway, VpcEndpoint
    from smtui.diagnosis.evidence.record import Evidence


def judge_endpoint(evidence: Evidence, service: str) -> Judgement:
    """Judges one endpoint, which is needed only where the VPC has others and no way to the internet."""
    found = endpoints_of(evidence, service)
    up = next((endpoint for endpoint in found if available(endpoint) and _speaks_with(evidence, endpoint)), None)
    if up is not None:
        return passed(f"The endpoint {up.endpoint_id} for {service} is available.", *_lines(found))
    if not endpoints_of(evidence, *SERVICES):
        return skipped("The VPC has no endpoint for Systems Manager: the node uses the internet.")
    way = way_out(evidence)
    if way.opening is Opening.OPEN:
        return skipped(f"The node reaches the internet, so it needs no endpoint for {service}.")
    return _without_a_way(evidence, service, way, found)


def _without_a_way(evidence: Evidence, service: str, way: Way, found: Sequence[VpcEndpoint]) -> Judgement:
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    finding, values = _what_is_wrong(evidence, service, found)
    lines = _lines(found or endpoints_of(evidence, *SERVICES))
    if way.opening is Opening.UNSURE:
        finding = f"{finding}, and smtui cannot see whether there is another way: {way.finding}"
        return unknown(finding, *lines, **values)
    finding = f"{finding}, and the node has no other way to it"
    if service == EC2MESSAGES:
        return of_ec2messages(evidence, finding, *lines, *way.evidence, **values)
    return proven(f"{finding}.", *lines, *way.evidence, by=no_other_way(evidence), **values)


def _speaks_with(evidence: Evidence, endpoint: VpcEndpoint) -> bool:
    """Whether the node has addresses of the endpoint's family."""
    instance = value(evidence.instance)
    if instance is None or endpoint.address_type not in ("ipv4", "ipv6"):
        return True
    return has_ipv4(instance) if endpoint.address_type == "ipv4" else bool(instance.ipv6_addresses)


def _what_is_wrong(evidence: Evidence, service: str, found: Sequence[VpcEndpoint]) -> tuple[str, dict[str, str]]:
    if found:
        first = found[0]
        finding = f"The endpoint {first.endpoint_id} for {service} is {_of_no_use(first)}"
        values = {"endpoint_id": first.endpoint_id, "endpoint_service": first.service}
        group = next(iter(first.group_ids), "")
        return finding, values | _what_it_takes(first) | ({"endpoint_security_group": group} if group else {})
    name, vpc_id = service_name(evidence, service), _vpc_id(evidence)
    siblings = (one.group_ids[0] for one in endpoints_of(evidence, *SERVICES) if available(one) and one.group_ids)
    values = {"vpc_id": vpc_id, "endpoint_service": name, "missing_endpoint": service}
    values["endpoint_security_group"] = next(siblings, "")
    return f"The VPC {vpc_id} has no endpoint for {service}", {key: text for key, text in values.items() if text}


def _what_it_takes(endpoint: VpcEndpoint) -> dict[str, str]:
    """The topics' placeholder for the kind of fix that the endpoint needs."""
    if available(endpoint):
        return {"endpoint_of_one_family": endpoint.endpoint_id}
    kind = "stale_endpoint" if endpoint.subnet_ids else "endpoint_without_subnet"
    return {kind: endpoint.endpoint_id}


def _of_no_use(endpoint: VpcEndpoint) -> str:
    if available(endpoint):
        return f"limited to {endpoint.address_type} addresses, which the node does not have"
    return f"{endpoint.state}, not available" if endpoint.subnet_ids else "in no subnet, so it has no address"


def _vpc_id(evidence: Evidence) -> str:
    instance = value(evidence.instance)
    return instance.vpc_id if instance is not None else ""


def judge_private_dns(evidence: Evidence) -> Judgement:
    """Judges whether the agent's names resolve to the endpoints."""
    found = endpoints_of(evidence, *SERVICES)
    if not found:
        return skipped("The VPC has no endpoint for Systems Manager.")
    named = {service_of(endpoint) for endpoint in found if endpoint.private_dns}
    nameless = [endpoint for endpoint in found if not endpoint.private_dns and service_of(endpoint) not in named]
    if not nameless:
        return passed("The names of Systems Manager resolve to the VPC's endpoints: private DNS is on.", *_lines(found))
    way = way_out(evidence)
    which = ", ".join(f"{endpoint.endpoint_id} ({service_of(endpoint)})" for endpoint in nameless)
    if way.opening is Opening.OPEN:
        return passed(f"Private DNS is off for {which}; the node uses the internet instead.", *_lines(found))
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    return _nameless(evidence, way, nameless, which)


def _nameless(evidence: Evidence, way: Way, nameless: Sequence[VpcEndpoint], which: str) -> Judgement:
    first = nameless[0]
    if way.opening is Opening.UNSURE:
        finding = f"Private DNS is off for {which}, and smtui cannot see whether there is another way: {way.finding}"
        return unknown(finding, *_lines(nameless), **_named(first))
    several = "s" if len(nameless) > 1 else ""
    names = "so the names that the agent uses resolve to public addresses"
    finding = f"Private DNS is off for the endpoint{several} {which}, {names}"
    lines, each = _lines(nameless), [_named(endpoint) for endpoint in nameless]
    if all(service_of(endpoint) not in OF_A_SESSION for endpoint in nameless):
        return of_ec2messages(evidence, finding, *lines, **_named(first)).for_each(each)
    finding = f"{finding}, which the node cannot reach, unless a private hosted zone of the VPC has them."
    return failed(finding, *lines, *way.evidence, **_named(first)).for_each(each)


def _named(endpoint: VpcEndpoint) -> dict[str, str]:
    return {"endpoint_id": endpoint.endpoint_id, "endpoint_service": endpoint.service}


def judge_vpc_dns(evidence: Evidence) -> Judgement:
    """Judges the VPC's DNS support, and its DNS host names where private DNS needs them."""
    dns = value(evidence.vpc_dns)
    vpc_id = _vpc_id(evidence)
    line = f"ec2:DescribeVpcAttribute: {vpc_id} has DNS support {_on(dns.support)}, DNS host names {_on(dns.hostnames)}"
    if not dns.support:
        finding = (
            f"DNS support is off in the VPC {vpc_id}, so the node resolves no names unless it has DNS servers of its"
            " own."
        )
        return failed(finding, line, vpc_id=vpc_id)
    if dns.hostnames:
        return passed(f"DNS support and DNS host names are on in the VPC {vpc_id}.", line)
    return _without_host_names(evidence, vpc_id, line)


def _without_host_names(evidence: Evidence, vpc_id: str, line: str) -> Judgement:
    """Judges missing DNS host names, which only the private DNS of endpoints needs."""
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    named = [endpoint for endpoint in endpoints_of(evidence, *SERVICES) if endpoint.private_dns]
    if not named:
        return passed(f"DNS support is on in the VPC {vpc_id}; no endpoint needs its DNS host names.", line)
    way = way_out(evidence)
    if way.opening is Opening.OPEN:
        return passed(f"DNS support is on in the VPC {vpc_id}, and the node reaches the internet.", line)
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    finding = f"DNS host names are off in the VPC {vpc_id}, so its endpoints' private DNS does not work"
    if way.opening is Opening.UNSURE:
        return unknown(
            f"{finding}, and smtui cannot see whether there is another way: {way.finding}", line, vpc_id=vpc_id
        )
    return failed(f"{finding}, and the node has no other way.", line, vpc_id=vpc_id)


def judge_route(evidence: Evidence) -> Judgement:
    """Judges the way to the internet: closed, it is wrong only where no endpoint replaces it."""
    way = way_out(evidence)
    if way.opening is Opening.OPEN:
        return passed(way.finding, *way.evidence)
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    return _without_the_internet(evidence, way)


def _without_the_internet(evidence: Evidence, way: Way) -> Judgement:
    if _endpoints_serve(evidence) or (way.opening is Opening.CLOSED and endpoints_of(evidence, *SERVICES)):
        return skipped("The node uses the VPC's endpoints, so it needs no way to the internet.")
    if way.opening is Opening.CLOSED:
        return _closed(evidence, way)
    if way.address_pending:
        return skipped(way.finding)
    if way.dual_stack:
        return warned(way.finding, *way.evidence, topic="agent-dual-stack", **way.values)
    return unknown(way.finding, *way.evidence, **way.values)


def _closed(evidence: Evidence, way: Way) -> Judgement:
    finding = way.finding.removesuffix(".")
    proxy = proxy_port(evidence)
    if proxy is not None:
        return skipped(f"{finding}; the node's security groups let out only TCP {proxy}, as for a proxy.")
    lines = (*way.evidence, f"ec2:DescribeVpcEndpoints: {_what_there_is(evidence)}")
    values = {**way.values, **_working_nat(evidence)}
    judged = proven(f"{finding}; the VPC has no endpoints either.", *lines, by=no_other_way(evidence), **values)
    needed = OF_A_SESSION if ec2messages_need(evidence) is Need.SPARE else SERVICES
    names = (service_name(evidence, service) for service in needed)
    return judged.for_each({"new_endpoint_service": name} for name in names if name)


def _endpoints_serve(evidence: Evidence) -> bool:
    found = [endpoint for endpoint in endpoints_of(evidence, *OF_A_SESSION) if available(endpoint)]
    return {service_of(endpoint) for endpoint in found if endpoint.private_dns} == set(OF_A_SESSION)


def _what_there_is(evidence: Evidence) -> str:
    services = dict.fromkeys(endpoint.service for endpoint in all_endpoints(evidence))
    return ", ".join(services) or "the VPC has none"


def _lines(endpoints: Sequence[VpcEndpoint]) -> tuple[str, ...]:
    return tuple(
        f"ec2:DescribeVpcEndpoints: {one.endpoint_id} for {one.service} is {one.state},"
        f" private DNS {_on(one.private_dns)}, in {', '.join(one.subnet_ids) or 'no subnet'}"
        for one in endpoints
    )


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _working_nat(evidence: Evidence) -> dict[str, str]:
    """The topics' placeholders for a NAT gateway that would work, and for the node's route table."""
    instance, tables = seen(evidence.instance), seen(evidence.route_tables) or ()
    table = table_of(instance.subnet_id, tables) if instance is not None else None
    if instance is None or table is None or not instance.private_ip:
        return {}
    used = {route.target for route in table.routes}
    working = (one for one in seen(evidence.nat_gateways) or () if _nat_works(evidence, one))
    found = next((one.gateway_id for one in working if one.gateway_id not in used), "")
    has_default = any(route.destination == "0.0.0.0/0" for route in table.routes)
    kind = "table_with_default" if has_default else "table_without_default"
    return {"working_nat": found, kind: table.table_id} if found else {}


def _nat_works(evidence: Evidence, gateway: NatGateway) -> bool:
    table = table_of(gateway.subnet_id, seen(evidence.route_tables) or ())
    route = main_route(evidence, table) if table is not None else None
    leads_out = route is not None and route.active and route.target.startswith("igw-")
    return gateway.public and gateway.state.lower() == "available" and leads_out
