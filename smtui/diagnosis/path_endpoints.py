"""The VPC's endpoints for Systems Manager: there, up, and what their names resolve to."""

from __future__ import annotations

from collections.abc import Sequence

from smtui.diagnosis.checking import Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.path_destinations import (
    EC2MESSAGES,
    OF_A_SESSION,
    SERVICES,
    all_endpoints,
    available,
    endpoints_of,
    needs_ec2messages,
    service_name,
    service_of,
)
from smtui.diagnosis.path_facts import Opening, Way, has_ipv4
from smtui.diagnosis.path_way import way_out
from smtui.domain.evidence.network import VpcEndpoint
from smtui.domain.evidence.reading import Unseen, value
from smtui.domain.evidence.record import Evidence


def judge_endpoint(evidence: Evidence, service: str) -> Judgement:
    """Needed only where there is no way to the internet; where there is no endpoint at all, that is what is wrong."""
    found = endpoints_of(evidence, service)
    up = next((endpoint for endpoint in found if available(endpoint) and _speaks_with(evidence, endpoint)), None)
    if up is not None:
        return passed(f"The endpoint {up.endpoint_id} for {service} is available.", *_lines(found))
    if not endpoints_of(evidence, *SERVICES):
        return skipped("The VPC has no endpoint for Systems Manager: the way to it is the internet's.")
    way = way_out(evidence)
    if way.opening is Opening.OPEN:
        return skipped(f"The node reaches the internet, so it needs no endpoint for {service}.")
    return _without_a_way(evidence, service, way, found)


def _without_a_way(evidence: Evidence, service: str, way: Way, found: Sequence[VpcEndpoint]) -> Judgement:
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    needed = needs_ec2messages(evidence) if service == EC2MESSAGES else True
    if isinstance(needed, Unseen):
        return unseen_judgement(needed)
    finding, values = _what_is_wrong(evidence, service, found)
    lines = _lines(found or endpoints_of(evidence, *SERVICES))
    if way.opening is Opening.UNSURE:
        return unknown(f"{finding}, and whether there is another way cannot be seen: {way.finding}", *lines, **values)
    if not needed:
        return warned(f"{finding}; this agent does sessions without it, but falls back on it.", *lines, **values)
    return failed(f"{finding}, and the node has no other way to it.", *lines, *way.evidence, **values)


def _speaks_with(evidence: Evidence, endpoint: VpcEndpoint) -> bool:
    """Whether the node has addresses of the endpoint's family."""
    instance = value(evidence.instance)
    if instance is None or endpoint.address_type not in ("ipv4", "ipv6"):
        return True
    return has_ipv4(instance) if endpoint.address_type == "ipv4" else bool(instance.ipv6_addresses)


def _what_is_wrong(evidence: Evidence, service: str, found: Sequence[VpcEndpoint]) -> tuple[str, dict[str, str]]:
    if found:
        finding = f"The endpoint {found[0].endpoint_id} for {service} is {_of_no_use(found[0])}"
        return finding, {"endpoint_id": found[0].endpoint_id, "endpoint_service": found[0].service}
    name, vpc_id = service_name(evidence, service), _vpc_id(evidence)
    values = {"vpc_id": vpc_id, "endpoint_service": name}
    return f"The VPC {vpc_id} has no endpoint for {service}", {key: text for key, text in values.items() if text}


def _of_no_use(endpoint: VpcEndpoint) -> str:
    if available(endpoint):
        return f"one of {endpoint.address_type} addresses alone, of which the node has none"
    return f"{endpoint.state}, not available" if endpoint.subnet_ids else "in no subnet, so it has no address"


def _vpc_id(evidence: Evidence) -> str:
    instance = value(evidence.instance)
    return instance.vpc_id if instance is not None else ""


def judge_private_dns(evidence: Evidence) -> Judgement:
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
    values = {"endpoint_id": first.endpoint_id, "endpoint_service": first.service}
    if way.opening is Opening.UNSURE:
        finding = f"Private DNS is off for {which}, and whether there is another way cannot be seen: {way.finding}"
        return unknown(finding, *_lines(nameless), **values)
    several = "s" if len(nameless) > 1 else ""
    finding = f"Private DNS is off for the endpoint{several} {which}, so the agent's names lead to public addresses"
    if all(service_of(endpoint) not in OF_A_SESSION for endpoint in nameless):
        needed = needs_ec2messages(evidence)
        if isinstance(needed, Unseen):
            return unseen_judgement(needed)
        if not needed:
            return warned(f"{finding}; this agent does sessions without it.", *_lines(nameless), **values)
    finding = f"{finding}, which the node cannot reach, unless a private hosted zone of the VPC holds them."
    return failed(finding, *_lines(nameless), *way.evidence, **values)


def judge_vpc_dns(evidence: Evidence) -> Judgement:
    dns = value(evidence.vpc_dns)
    vpc_id = _vpc_id(evidence)
    line = f"ec2:DescribeVpcAttribute: {vpc_id} has DNS support {_on(dns.support)}, DNS host names {_on(dns.hostnames)}"
    if not dns.support:
        finding = (
            f"DNS support is off in the VPC {vpc_id}, so the node resolves no names, unless by servers of its own."
        )
        return failed(finding, line, vpc_id=vpc_id)
    if dns.hostnames:
        return passed(f"DNS support and DNS host names are on in the VPC {vpc_id}.", line)
    return _without_host_names(evidence, vpc_id, line)


def _without_host_names(evidence: Evidence, vpc_id: str, line: str) -> Judgement:
    """Only the private DNS of endpoints rests on them."""
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
            f"{finding}, and whether there is another way cannot be seen: {way.finding}", line, vpc_id=vpc_id
        )
    return failed(f"{finding}, and the node has no other way.", line, vpc_id=vpc_id)


def judge_route(evidence: Evidence) -> Judgement:
    """A closed way is wrong only where nothing was meant to replace it."""
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
        return skipped("The node is to use the VPC's endpoints: it needs no way to the internet.")
    if way.opening is Opening.CLOSED:
        lines = (*way.evidence, f"ec2:DescribeVpcEndpoints: {_what_there_is(evidence)}")
        return failed(f"{way.finding.removesuffix('.')}; the VPC has no endpoints either.", *lines, **way.values)
    if way.address_pending:
        return skipped(way.finding)
    say = warned if way.dual_stack else unknown
    return say(way.finding, *way.evidence, **way.values)


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
