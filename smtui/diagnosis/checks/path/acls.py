"""Checks the network ACLs on the way there and back. Packets inside one subnet pass none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Judgement, passed, proven, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.path.destinations import (
    OF_A_SESSION,
    Destination,
    destinations,
    endpoints_of,
    subnet_networks,
)
from smtui.diagnosis.checks.path.outbound import way_out
from smtui.diagnosis.checks.path.packet import HTTPS, PUBLIC_IPV6, Network, Ports, Share, acl_share, networks
from smtui.diagnosis.checks.path.path_facts import Opening, Way, every_address, has_ipv4, subnet_of
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, AclEntry, NetworkAcl
from smtui.diagnosis.evidence.reading import Seen, Unseen, seen, value

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.node_facts import Instance
    from smtui.diagnosis.evidence.record import Evidence

_TO_HTTPS = Ports(HTTPS, HTTPS)
_OF_LINUX = Ports(32768, 60999)
_OF_WINDOWS = Ports(49152, 65535)
_OF_NAT = Ports(1024, 65535)
"""The ports that answers come back to. Source: Ephemeral ports, in the VPC user guide on network ACLs."""

_LAST_RULE = 32767
_FEW_CIDRS = 4
_STEP = 10
"""AWS recommends gaps between the numbers of rules."""

_BLOCKED = 1
"""Per cent of the internet that may be blocked: ACLs often block single addresses, which are hardly AWS's."""


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

    def cidrs(self) -> tuple[str, ...]:
        """The addresses that a rule to open it has to name."""
        if len(self.far) > _FEW_CIDRS:  # the public addresses, which no rule can list
            return ("::/0" if self.far[0].version == 6 else "0.0.0.0/0",)
        public_6 = ("::/0",) if self.far == PUBLIC_IPV6 else ()
        return public_6 or tuple(map(str, self.far))

    def shuts_all_tcp(self, instance: Instance) -> bool:
        """Whether it also stops an agent that uses a proxy, on whatever port."""
        ports = Ports(0, 65535) if self.ports == _TO_HTTPS else _OF_NAT
        return replace(self, far=every_address(instance), ports=ports, spare=0).share() is Share.NONE

    def line(self) -> str:
        return _side(self.acl, egress=self.egress)


def judge_network_acl(evidence: Evidence) -> Judgement:
    """Judges whether the ACLs let TCP 443 out to Systems Manager, and the answers back in."""
    instance = value(evidence.instance)
    if instance is None:
        raise ValueError("there is no instance, so it has no subnet")
    own = _acl_of(evidence, instance.subnet_id)
    if own is None:
        return unknown(f"EC2 lists no network ACL for the subnet {instance.subnet_id}.")
    if all(_wide_open(acl, every_address(instance)) for acl in value(evidence.network_acls)):
        return passed(f"The network ACL {own.acl_id} lets everything out and in.", *_both_sides(own))
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    way = way_out(evidence)
    crossing = _Crossing(evidence, instance, own, way)
    worst: tuple[Share, _Leg | None] = (Share.ALL, None)
    for destination in destinations(evidence):
        worst = max(worst, crossing.towards(destination), key=lambda entry: _BADNESS[entry[0]])
    closed = [leg for one in destinations(evidence) for leg in crossing.legs(one) if leg.share() is not Share.ALL]
    return crossing.judgement(*worst).for_each(_openings(closed))


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
            finding = (
                f"The network ACL {leg.acl.acl_id} lets no {leg.what}, and smtui cannot see whether the node needs that"
            )
            return unknown(f"{finding}: {self.way.finding}", leg.line(), network_acl=leg.acl.acl_id)
        if worst is Share.NONE:
            by = (self.evidence.instance, self.evidence.network_acls) if leg.shuts_all_tcp(self.instance) else ()
            finding = f"The network ACL {leg.acl.acl_id} lets no {leg.what}."
            return proven(finding, leg.line(), by=by, network_acl=leg.acl.acl_id)
        return warned(
            f"The network ACL {leg.acl.acl_id} lets only some {leg.what}; smtui cannot tell whether that is enough.",
            leg.line(),
            network_acl=leg.acl.acl_id,
        )

    def _may_lead_elsewhere(self, leg: _Leg) -> bool:
        """Whether the node may use other than public addresses, and the ACL lets those through."""
        if leg.far != self.way.towards or not self.way.hidden:
            return False
        return replace(leg, far=every_address(self.instance)).share() is not Share.NONE

    def _doubt(self, worst: Share) -> Unseen | None:
        """The missing reading that might have made it better; None for none."""
        if not endpoints_of(self.evidence, *OF_A_SESSION):
            return None
        if self.way.unseen is not None:
            return self.way.unseen
        subnets = self.evidence.subnets
        return subnets if worst is Share.SOME and isinstance(subnets, Unseen) else None

    def towards(self, destination: Destination) -> tuple[Share, _Leg | None]:
        """The worst share and leg on the way to a destination; an endpoint's subnets have legs of their own."""
        endpoint = destination.endpoint
        if endpoint is None:
            return _worst(self.legs(destination))
        found = [_worst(tuple(self._legs_to_subnet(name, destination.label))) for name in endpoint.subnet_ids]
        shares = {got for got, _ in found}
        bad = next((leg for got, leg in found if got is not Share.ALL), None)
        if shares <= {Share.ALL}:
            return Share.ALL, None
        return (Share.NONE if shares == {Share.NONE} else Share.SOME), bad

    def legs(self, destination: Destination) -> tuple[_Leg, ...]:
        """All crossings on the way there and back."""
        endpoint = destination.endpoint
        if endpoint is None:
            return (*self._own_legs(destination.networks, destination.label, _BLOCKED), *self._nat_legs())
        return tuple(leg for name in endpoint.subnet_ids for leg in self._legs_to_subnet(name, destination.label))

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
        """Crossings of the NAT gateway's subnet, on both sides of the translation."""
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
    """The worst leg; ALL for a way that crosses no edge."""
    judged = [(leg.share(), leg) for leg in legs if leg.far]
    return max(judged, key=lambda entry: _BADNESS[entry[0]], default=(Share.ALL, None))


def _openings(closed: Iterable[_Leg]) -> Iterator[Mapping[str, str]]:
    """The topics' placeholders of a rule that opens each leg; none where no rule number is left."""
    taken: dict[tuple[str, bool], set[int]] = {}
    listed: set[tuple[str, bool, Ports, str]] = set()
    for leg in closed:
        for cidr in leg.cidrs():
            key = (leg.acl.acl_id, leg.egress, leg.ports, cidr)
            number = _free_number(leg, taken.setdefault(key[:2], set()))
            if key in listed or not number:
                continue
            listed.add(key)
            taken[key[:2]].add(number)
            yield {
                "network_acl": leg.acl.acl_id,
                "acl_direction": "--egress" if leg.egress else "--ingress",
                "acl_rule": str(number),
                "acl_ports": f"From={leg.ports.first},To={leg.ports.last}",
                "acl_cidr_option": "--ipv6-cidr-block" if ":" in cidr else "--cidr-block",
                "acl_cidr": cidr,
            }


def _free_number(leg: _Leg, taken: set[int]) -> int:
    """A free rule number before every rule that refuses; 0 for none."""
    rules = [entry for entry in leg.acl.entries if entry.egress is leg.egress]
    used = {entry.number for entry in rules} | taken
    first_refusal = min((entry.number for entry in rules if not entry.allow), default=_LAST_RULE)
    usual = next((number for number in range(_STEP, _LAST_RULE, _STEP) if number not in used), 0)
    if 0 < usual < first_refusal:
        return usual
    return next((number for number in range(first_refusal - 1, 0, -1) if number not in used), 0)


def _acl_of(evidence: Evidence, subnet_id: str) -> NetworkAcl | None:
    return next((acl for acl in value(evidence.network_acls) if subnet_id in acl.subnet_ids), None)


def _wide_open(acl: NetworkAcl, every: tuple[Network, ...]) -> bool:
    ports = Ports(0, 65535)
    return all(acl_share(acl.entries, every, ports, egress=egress) is Share.ALL for egress in (True, False))


def _both_sides(acl: NetworkAcl) -> tuple[str, str]:
    return _side(acl, egress=True), _side(acl, egress=False)


def _side(acl: NetworkAcl, *, egress: bool) -> str:
    entries = sorted((one for one in acl.entries if one.egress is egress), key=lambda one: one.number)
    listed = "; ".join(_entry(one) for one in entries) or "nothing"
    return f"ec2:DescribeNetworkAcls: {acl.acl_id} {'out' if egress else 'in'}: {listed}"


def _entry(entry: AclEntry) -> str:
    ports = "" if entry.from_port is None or entry.protocol == ANY_PROTOCOL else f" {entry.from_port}-{entry.to_port}"
    protocol = "all" if entry.protocol == ANY_PROTOCOL else entry.protocol
    number = "*" if entry.number == _LAST_RULE else str(entry.number)
    return f"{number} {'allow' if entry.allow else 'deny'} {protocol}{ports} {entry.cidr}"
