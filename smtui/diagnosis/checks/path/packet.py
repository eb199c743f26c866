"""Computes which packets rules let through: security groups by what they allow, network ACLs by the first rule.

Source: the Amazon VPC user guide on security groups and network ACLs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TypeAlias

from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, TCP, AclEntry, GroupRule

Network: TypeAlias = IPv4Network | IPv6Network

HTTPS = 443
EVERY_IPV4 = ip_network("0.0.0.0/0")
EVERY_IPV6 = ip_network("::/0")
PUBLIC_IPV6: tuple[Network, ...] = (ip_network("2000::/3"),)
TRANSLATED: tuple[Network, ...] = (ip_network("64:ff9b::/96"),)
"""Where DNS64 puts IPv4 addresses, for a NAT gateway to translate."""

_NOT_PUBLIC = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"),
    *("169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
)
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_TCP_NAMES = (TCP, "6", ANY_PROTOCOL)


class Share(Enum):
    """How much of something."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The addresses and CIDRs that can be parsed."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(found)


def without(network: Network, hole: Network) -> tuple[Network, ...]:
    """The network less the part that `hole` covers."""
    if isinstance(network, IPv4Network) and isinstance(hole, IPv4Network):
        if network.subnet_of(hole):
            return ()
        return tuple(network.address_exclude(hole)) if hole.subnet_of(network) else (network,)
    if isinstance(network, IPv6Network) and isinstance(hole, IPv6Network):
        if network.subnet_of(hole):
            return ()
        return tuple(network.address_exclude(hole)) if hole.subnet_of(network) else (network,)
    return (network,)


def common(one: Network, other: Network) -> Network | None:
    """What both cover: the smaller one, or nothing, since CIDRs never overlap by halves."""
    if one.version != other.version or not one.overlaps(other):
        return None
    return one if one.prefixlen >= other.prefixlen else other


def remainder(wanted: Iterable[Network], covering: Iterable[Network]) -> tuple[Network, ...]:
    """What of `wanted` none of `covering` covers."""
    left = tuple(wanted)
    for hole in covering:
        left = tuple(part for network in left for part in without(network, hole))
    return left


def size(found: Iterable[Network]) -> int:
    """The number of addresses."""
    return sum(network.num_addresses for network in found)


def span(network: Network) -> tuple[int, int]:
    """Its first and its last address, as numbers: hundreds of rules are compared after each reading."""
    return int(network.network_address), int(network.broadcast_address)


def share(wanted: Sequence[Network], covering: Iterable[Network]) -> Share:
    """How much of `wanted` is covered; NONE where nothing is wanted. Neither may overlap with itself."""
    covers = [(network.version, *span(network)) for network in covering]
    covered = sum(_shared(network, cover) for network in wanted for cover in covers)
    if not covered:
        return Share.NONE
    return Share.ALL if covered == size(wanted) else Share.SOME


def _shared(network: Network, cover: tuple[int, int, int]) -> int:
    version, first, last = cover
    low, high = span(network)
    return max(0, min(high, last) - max(low, first) + 1) if network.version == version else 0


PUBLIC_IPV4 = remainder((EVERY_IPV4,), networks(_NOT_PUBLIC))
PRIVATE_NETWORKS = networks(_PRIVATE)


@dataclass(frozen=True, slots=True)
class Permits:
    """What the rules of some security groups, taken together, let through on TCP 443."""

    networks: tuple[Network, ...]
    group_ids: frozenset[str]
    """Groups whose members are let through."""
    unread_lists: tuple[str, ...] = ()
    """Prefix lists whose entries are not known."""

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is let through."""
        return not (self.networks or self.group_ids or self.unread_lists)


def permits(rules: Iterable[GroupRule], lists: Mapping[str, Sequence[str]]) -> Permits:
    """What the rules permit on TCP 443; `lists` are the entries of prefix lists by id."""
    fitting = [rule for rule in rules if _fits_https(rule)]
    named = tuple(dict.fromkeys(name for rule in fitting for name in rule.prefix_list_ids))
    cidrs = [cidr for rule in fitting for cidr in rule.cidrs]
    cidrs += [cidr for name in named for cidr in lists.get(name, ())]
    return Permits(
        collapsed(networks(cidrs)),
        frozenset(group for rule in fitting for group in rule.group_ids),
        tuple(name for name in named if name not in lists),
    )


def tcp_ports(rules: Iterable[GroupRule]) -> tuple[Ports, ...]:
    """The TCP ports that the rules let through, to anywhere at all."""
    everything = Ports(0, 65535)
    return tuple(
        everything
        if rule.protocol == ANY_PROTOCOL or rule.from_port is None or rule.to_port is None
        else Ports(rule.from_port, rule.to_port)
        for rule in rules
        if rule.protocol in _TCP_NAMES and (rule.cidrs or rule.group_ids or rule.prefix_list_ids)
    )


def collapsed(found: Iterable[Network]) -> tuple[Network, ...]:
    """The same addresses in as few networks as possible."""
    given = list(found)
    old = collapse_addresses(network for network in given if isinstance(network, IPv4Network))
    new = collapse_addresses(network for network in given if isinstance(network, IPv6Network))
    return (*old, *new)


def _fits_https(rule: GroupRule) -> bool:
    if rule.protocol not in _TCP_NAMES:
        return False
    return rule.protocol == ANY_PROTOCOL or rule.from_port is None or rule.from_port <= HTTPS <= (rule.to_port or 0)


@dataclass(frozen=True, slots=True)
class Ports:
    """A range of ports, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Box:
    """Packets of one direction: a range of addresses, and one of ports."""

    version: int
    first: int
    last: int
    low: int
    high: int

    @property
    def weight(self) -> int:
        return (self.last - self.first + 1) * (self.high - self.low + 1)

    def less(self, other: _Box) -> list[_Box]:
        """What of it `other` does not hold."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        low, high = max(self.low, other.low), min(self.high, other.high)
        if self.version != other.version or first > last or low > high:
            return [self]
        parts = (
            _Box(self.version, self.first, first - 1, self.low, self.high),
            _Box(self.version, last + 1, self.last, self.low, self.high),
            _Box(self.version, first, last, self.low, low - 1),
            _Box(self.version, first, last, high + 1, self.high),
        )
        return [part for part in parts if part.first <= part.last and part.low <= part.high]


def acl_share(
    entries: Iterable[AclEntry], wanted: Iterable[Network], ports: Ports, *, egress: bool, spare: int = 0
) -> Share:
    """How many of the TCP packets from or to `wanted` the rules let pass; a packet that fits no rule is refused.

    All but `spare` of a hundred count as all.
    """
    undecided = [_Box(network.version, *span(network), ports.first, ports.last) for network in wanted]
    asked, passing = sum(box.weight for box in undecided), 0
    ordered = sorted((entry for entry in entries if entry.egress is egress), key=lambda entry: entry.number)
    for allow, rule in _tcp_rules(ordered):
        before = sum(box.weight for box in undecided)
        undecided = [part for box in undecided for part in box.less(rule)]
        passing += (before - sum(box.weight for box in undecided)) if allow else 0
    if not passing:
        return Share.NONE
    return Share.ALL if (asked - passing) * 100 <= asked * spare else Share.SOME


def _tcp_rules(entries: Iterable[AclEntry]) -> Iterator[tuple[bool, _Box]]:
    """Whether each rule allows, and which packets."""
    for entry in entries:
        if entry.protocol in _TCP_NAMES:
            for network in networks((entry.cidr,)):
                yield entry.allow, _Box(network.version, *span(network), *_entry_ports(entry))


def _entry_ports(entry: AclEntry) -> tuple[int, int]:
    if entry.protocol == ANY_PROTOCOL or entry.from_port is None or entry.to_port is None:
        return 0, 65535
    return entry.from_port, entry.to_port
