"""Network ACLs on the way, there and back. Packets inside one subnet meet none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from smtui.diagnosis.checking import Judgement, failed, passed, unknown, unseen_judgement, warned
from smtui.diagnosis.packet import HTTPS, Network, Ports, Share, acl_share, networks
from smtui.diagnosis.path_destinations import (
    OF_A_SESSION,
    Destination,
    destinations,
    endpoints_of,
    subnet_networks,
)
from smtui.diagnosis.path_facts import Opening, Way, every_address, has_ipv4, subnet_of
from smtui.diagnosis.path_way import way_out
from smtui.domain.evidence.instance import Instance
from smtui.domain.evidence.network import ANY_PROTOCOL, AclEntry, NetworkAcl
from smtui.domain.evidence.reading import Seen, Unseen, seen, value
from smtui.domain.evidence.record import Evidence

_TO_HTTPS = Ports(HTTPS, HTTPS)
_OF_LINUX = Ports(32768, 60999)
_OF_WINDOWS = Ports(49152, 65535)
_OF_NAT = Ports(1024, 65535)
"""The ports that answers come back to. Source: Ephemeral ports, in the VPC user guide on network ACLs."""

_BLOCKED = 1
"""Per cent of the internet. ACLs are where single addresses are blocked, and those are hardly AWS's."""


@dataclass(frozen=True, slots=True)
class _Leg:
    """One crossing of a subnet's edge."""

    acl: NetworkAcl
    egress: bool
    far: tuple[Network, ...]
    ports: Ports
    what: str
    """`TCP 443 out to the internet`."""
    spare: int = 0

    def share(self) -> Share:
        return acl_share(self.acl.entries, self.far, self.ports, egress=self.egress, spare=self.spare)

    def line(self) -> str:
        return _side(self.acl, egress=self.egress)


def judge_network_acl(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None:
        raise ValueError("there is no instance, so it has no subnet")
    own = _acl_of(evidence, instance.subnet_id)
    if own is None:
        return unknown(f"EC2 named no network ACL for the subnet {instance.subnet_id}.")
    if all(_wide_open(acl, every_address(instance)) for acl in value(evidence.network_acls)):
        return passed(f"The network ACL {own.acl_id} lets everything out and in.", *_both_sides(own))
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    way = way_out(evidence)
    crossing = _Crossing(evidence, instance, own, way)
    worst: tuple[Share, _Leg | None] = (Share.ALL, None)
    for destination in destinations(evidence):
        worst = max(worst, crossing.towards(destination), key=lambda entry: _BADNESS[entry[0]])
    return crossing.judgement(*worst)


_BADNESS = {Share.ALL: 0, Share.SOME: 1, Share.NONE: 2}


@dataclass(frozen=True, slots=True)
class _Crossing:
    evidence: Evidence
    instance: Instance
    own: NetworkAcl
    way: Way

    def judgement(self, worst: Share, leg: _Leg | None) -> Judgement:
        if leg is None or worst is Share.ALL:
            finding = f"The network ACL {self.own.acl_id} lets TCP 443 out and the answers back in."
            return passed(finding, *_both_sides(self.own))
        doubt = self._doubt(worst)
        if doubt is not None:
            return unseen_judgement(doubt)
        if worst is Share.NONE and self._may_lead_elsewhere(leg):
            finding = f"The network ACL {leg.acl.acl_id} lets no {leg.what}, and whether it has to cannot be seen"
            return unknown(f"{finding}: {self.way.finding}", leg.line(), network_acl=leg.acl.acl_id)
        if worst is Share.NONE:
            return failed(
                f"The network ACL {leg.acl.acl_id} lets no {leg.what}.", leg.line(), network_acl=leg.acl.acl_id
            )
        return warned(
            f"The network ACL {leg.acl.acl_id} lets only some {leg.what}, and whether that is enough cannot be told.",
            leg.line(),
            network_acl=leg.acl.acl_id,
        )

    def _may_lead_elsewhere(self, leg: _Leg) -> bool:
        """Whether other than public addresses may be meant, and are let through."""
        if leg.far != self.way.towards or not self.way.hidden:
            return False
        return replace(leg, far=every_address(self.instance)).share() is not Share.NONE

    def _doubt(self, worst: Share) -> Unseen | None:
        """Readings that might have made it better."""
        if not endpoints_of(self.evidence, *OF_A_SESSION):
            return None
        if self.way.unseen is not None:
            return self.way.unseen
        subnets = self.evidence.subnets
        return subnets if worst is Share.SOME and isinstance(subnets, Unseen) else None

    def towards(self, destination: Destination) -> tuple[Share, _Leg | None]:
        """The legs to an endpoint differ by its subnets; it is enough for all of the answer if all are well."""
        endpoint = destination.endpoint
        if endpoint is None:
            return _worst((*self._own_legs(destination.networks, destination.label, _BLOCKED), *self._nat_legs()))
        found = [_worst(tuple(self._legs_to_subnet(name, destination.label))) for name in endpoint.subnet_ids]
        shares = {got for got, _ in found}
        bad = next((leg for got, leg in found if got is not Share.ALL), None)
        if shares <= {Share.ALL}:
            return Share.ALL, None
        return (Share.NONE if shares == {Share.NONE} else Share.SOME), bad

    def _own_legs(self, far: tuple[Network, ...], label: str, spare: int = 0) -> tuple[_Leg, ...]:
        back = self._answers()
        answers = f"answers (TCP {back.first}-{back.last}) back in from {label}"
        return (
            _Leg(self.own, True, far, _TO_HTTPS, f"TCP 443 out to {label}", spare),
            _Leg(self.own, False, far, back, answers, spare),
        )

    def _answers(self) -> Ports:
        return _OF_WINDOWS if self.instance.platform.lower() == "windows" else _OF_LINUX

    def _legs_to_subnet(self, subnet_id: str, label: str) -> Iterator[_Leg]:
        if subnet_id == self.instance.subnet_id:
            return
        subnet = subnet_of(subnet_id, seen(self.evidence.subnets) or ())
        far = subnet_networks(subnet, ipv4=has_ipv4(self.instance)) if subnet is not None else ()
        yield from self._own_legs(far or every_address(self.instance), label)
        acl = _acl_of(self.evidence, subnet_id)
        if acl is not None and acl is not self.own:
            yield from self._far_legs(acl, f"subnet {subnet_id} of {label}")

    def _far_legs(self, acl: NetworkAcl, where: str) -> Iterator[_Leg]:
        node = networks((self.instance.private_ip,)) or networks(self.instance.ipv6_addresses)
        back = self._answers()
        yield _Leg(acl, False, node, _TO_HTTPS, f"TCP 443 from the node into the {where}")
        what = f"answers (TCP {back.first}-{back.last}) to the node out of the {where}"
        yield _Leg(acl, True, node, back, what)

    def _nat_legs(self) -> Iterator[_Leg]:
        """The subnet of the NAT gateway has an edge of its own, on both sides of the translation."""
        gateways = self.evidence.nat_gateways
        if self.way.opening is not Opening.OPEN or not isinstance(gateways, Seen):
            return
        name = self.way.values.get("nat_gateway", "")
        subnet_id = next((one.subnet_id for one in gateways.value if one.gateway_id == name), "")
        acl = _acl_of(self.evidence, subnet_id)
        if acl is None or acl is self.own or subnet_id == self.instance.subnet_id:
            return
        where = f"subnet {subnet_id} of the NAT gateway {name}"
        yield from self._far_legs(acl, where)
        back = f"answers (TCP {_OF_NAT.first}-{_OF_NAT.last}) from the internet into the {where}"
        yield _Leg(acl, True, self.way.towards, _TO_HTTPS, f"TCP 443 to the internet out of the {where}", _BLOCKED)
        yield _Leg(acl, False, self.way.towards, _OF_NAT, back, _BLOCKED)


def _worst(legs: Sequence[_Leg]) -> tuple[Share, _Leg | None]:
    """The worst leg decides; no leg at all is a way without edges."""
    judged = [(leg.share(), leg) for leg in legs if leg.far]
    return max(judged, key=lambda entry: _BADNESS[entry[0]], default=(Share.ALL, None))


def _acl_of(evidence: Evidence, subnet_id: str) -> NetworkAcl | None:
    return next((acl for acl in value(evidence.network_acls) if subnet_id in acl.subnet_ids), None)


def _wide_open(acl: NetworkAcl, every: tuple[Network, ...]) -> bool:
    ports = Ports(0, 65535)
    return all(acl_share(acl.entries, every, ports, egress=egress) is Share.ALL for egress in (True, False))


def _both_sides(acl: NetworkAcl) -> tuple[str, str]:
    return _side(acl, egress=True), _side(acl, egress=False)


def _side(acl: NetworkAcl, *, egress: bool) -> str:
    entries = sorted((one for one in acl.entries if one.egress is egress), key=lambda one: one.number)
    told = "; ".join(_entry(one) for one in entries) or "nothing"
    return f"ec2:DescribeNetworkAcls: {acl.acl_id} {'out' if egress else 'in'}: {told}"


def _entry(entry: AclEntry) -> str:
    ports = "" if entry.from_port is None or entry.protocol == ANY_PROTOCOL else f" {entry.from_port}-{entry.to_port}"
    protocol = "all" if entry.protocol == ANY_PROTOCOL else entry.protocol
    number = "*" if entry.number == 32767 else str(entry.number)
    return f"{number} {'allow' if entry.allow else 'deny'} {protocol}{ports} {entry.cidr}"
