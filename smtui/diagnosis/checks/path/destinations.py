"""Lists what the node has to reach: Systems Manager's endpoints in its VPC, or public addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Judgement, failed, unseen_judgement, warned
from smtui.diagnosis.checks.path.outbound import way_out
from smtui.diagnosis.checks.path.packet import Network, networks
from smtui.diagnosis.checks.path.path_facts import Opening, Way, subnet_of
from smtui.diagnosis.evidence.reading import Seen, Unseen, seen, value
from smtui.domain.version import Version

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import Subnet, VpcEndpoint
    from smtui.diagnosis.evidence.record import Evidence

SSM = "ssm"
SSMMESSAGES = "ssmmessages"
EC2MESSAGES = "ec2messages"
SERVICES = (SSM, SSMMESSAGES, EC2MESSAGES)
OF_A_SESSION = (SSM, SSMMESSAGES)
"""Sessions run over ssmmessages; ec2messages was Run Command's."""

_VENDORS = ("com.amazonaws", "cn.com.amazonaws")

WITHOUT_EC2MESSAGES = Version.of("3.3.40.0")
"""From this version the agent uses ssmmessages instead of ec2messages."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing that the node calls on TCP 443."""

    label: str
    networks: tuple[Network, ...] = ()
    """Public addresses; empty for an endpoint."""
    endpoint: VpcEndpoint | None = None


def service_name(evidence: Evidence, service: str) -> str:
    """The whole name of an endpoint's service; empty where the Region is not known."""
    region = _region(evidence)
    if not region:
        return ""
    return f"com.amazonaws.{region}.{service}"  # in China too: only other services' names begin with `cn.` there


def _region(evidence: Evidence) -> str:
    of_machine = seen(evidence.endpoints)
    return evidence.subject.place.region or (of_machine.region if of_machine is not None else "")


def all_endpoints(evidence: Evidence) -> tuple[VpcEndpoint, ...]:
    """The VPC's endpoints, of every service."""
    return value(evidence.vpc_endpoints)


def endpoints_of(evidence: Evidence, *services: str) -> tuple[VpcEndpoint, ...]:
    """The VPC's interface endpoints for these services, in whatever state."""
    return tuple(
        endpoint
        for service in services
        for endpoint in all_endpoints(evidence)
        if endpoint.kind == "Interface" and _is_for(endpoint, service, _region(evidence))
    )


def _is_for(endpoint: VpcEndpoint, service: str, region: str) -> bool:
    """Whether it is for the service in this Region; one for another Region has other names than the agent uses."""
    owner, _, name = endpoint.service.rpartition(".")
    vendor, _, of_region = owner.rpartition(".")
    return name == service and vendor in _VENDORS and of_region == (region or of_region)


def service_of(endpoint: VpcEndpoint) -> str:
    """`ssmmessages`."""
    return endpoint.service.rpartition(".")[2]


def available(endpoint: VpcEndpoint) -> bool:
    """Whether it is up; an endpoint in no subnet has no address."""
    return endpoint.state.lower() == "available" and bool(endpoint.subnet_ids)


def is_spare(endpoint: VpcEndpoint, way: Way) -> bool:
    """Whether the internet is used instead of it: it has no private DNS, and there is a way out."""
    return not endpoint.private_dns and way.opening is Opening.OPEN


def serving(evidence: Evidence, service: str, way: Way) -> tuple[VpcEndpoint, ...]:
    """The endpoints that the node's packets for the service go to, or are meant to."""
    found = [one for one in endpoints_of(evidence, service) if available(one) and not is_spare(one, way)]
    named = [endpoint for endpoint in found if endpoint.private_dns]
    return tuple(named or found)


def destinations(evidence: Evidence) -> tuple[Destination, ...]:
    """What sessions have to reach. The instance and the endpoints must have been seen."""
    way = way_out(evidence)
    found: list[Destination] = []
    public = Destination("the internet", way.towards)
    for service in OF_A_SESSION:
        endpoints = serving(evidence, service, way)
        found += [Destination(f"the endpoint {one.endpoint_id} ({service})", endpoint=one) for one in endpoints]
        if not endpoints and way.opening is not Opening.CLOSED:
            found.append(public)
    return tuple(dict.fromkeys(found)) or (public,)


class Need(Enum):
    """Whether the node's agent needs ec2messages."""

    NEEDED = "an agent of a known version that is too old to do without"
    SPARE = "an agent of a known version that does without"
    UNTOLD = "an agent of unknown version"


def ec2messages_need(evidence: Evidence) -> Need | Unseen:
    """Whether the agent needs ec2messages, by its version; or why its version is unknown."""
    if isinstance(evidence.managed, Unseen):
        return evidence.managed
    facts = seen(evidence.managed)
    agent = facts.agent if facts is not None else None
    if agent is None:
        return Need.UNTOLD
    return Need.NEEDED if agent < WITHOUT_EC2MESSAGES else Need.SPARE


def of_ec2messages(evidence: Evidence, finding: str, *lines: str, **values: str) -> Judgement:
    """A fault of ec2messages alone: never certain, since sessions run over ssmmessages."""
    need = ec2messages_need(evidence)
    if isinstance(need, Unseen):
        return unseen_judgement(need)
    finding = finding.removesuffix(".")
    if need is Need.NEEDED:
        return failed(f"{finding}, and agents older than {WITHOUT_EC2MESSAGES} need it.", *lines, **values)
    if need is Need.SPARE:
        return warned(
            f"{finding}; this agent runs sessions without it, but uses it as a fallback.", *lines, **values
        ).aside()
    sentence = f"{finding}; only agents older than {WITHOUT_EC2MESSAGES} need it, and this one's version is not known."
    return warned(sentence, *lines, **values)


def addresses_of(endpoint: VpcEndpoint, evidence: Evidence, *, ipv4: bool) -> tuple[tuple[Network, ...], Unseen | None]:
    """The endpoint's addresses of one family, else those of its subnets; and the reading that was missing for them."""
    reading = evidence.interface_addresses
    if isinstance(reading, Seen):
        addresses = [text for face in endpoint.interface_ids for text in reading.value.get(face, ())]
        found = of_family(networks(addresses), ipv4=ipv4)
        if found:
            return found, None
    subnets = evidence.subnets
    if isinstance(subnets, Seen):
        nets = [net for one in endpoint_subnets(endpoint, subnets.value) for net in subnet_networks(one, ipv4=ipv4)]
        return tuple(nets), None
    return (), next((missing for missing in (reading, subnets) if isinstance(missing, Unseen)), None)


def endpoint_subnets(endpoint: VpcEndpoint, subnets: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
    """The subnets that the endpoint is in, as far as they are known."""
    found = (subnet_of(subnet_id, subnets) for subnet_id in endpoint.subnet_ids)
    return tuple(subnet for subnet in found if subnet is not None)


def subnet_networks(subnet: Subnet, *, ipv4: bool) -> tuple[Network, ...]:
    """The subnet's addresses of one family."""
    return networks((subnet.cidr,) if ipv4 and subnet.cidr else () if ipv4 else subnet.ipv6_cidrs)


def of_family(found: tuple[Network, ...], *, ipv4: bool) -> tuple[Network, ...]:
    """Those that are IPv4, or those that are IPv6."""
    return tuple(network for network in found if (network.version == 4) is ipv4)
