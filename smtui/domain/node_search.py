"""Selects nodes by what the user typed: a filter of the list, or one TARGET of the command line.

A filter has blank-separated terms, each of which must occur in some column or tag. TARGET is a node id, a Name, an IP
address or `tag:KEY=VALUE`; with several places it may begin with one: `PROFILE/REGION/TARGET`, where either may be left
out if it is clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from smtui.domain.text import composed, folded

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.domain.readiness import Readiness

_SEPARATOR = "\n"
"""Between columns, so that no term matches across two of them."""
_TAG = "tag:"

_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_NODE_ID = re.compile(r"(i|mi)-[0-9a-f]{8}([0-9a-f]{9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; an empty one matches everything."""

    terms: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Split a filter into terms."""
        return cls(tuple(folded(text).split()))

    def matches(self, haystack: str) -> bool:
        """Tell whether every term occurs in `haystack`."""
        return all(term in haystack for term in self.terms)


@dataclass(frozen=True, slots=True)
class Miss:
    """A term of a filter that no node has."""

    term: str
    near: str = ""
    """A term with a similar spelling that some node has; empty if there is none."""

    @property
    def near_part(self) -> str:
        """The part of `near` that differs: of a tag whose key is right, only the value."""
        key, equals, _ = self.term.partition("=")
        return self.near.removeprefix(f"{key}{equals}")

    def mended(self, text: str) -> str:
        """Return the filter's text with the near term in the place of the one that no node has."""
        return " ".join(self.near if folded(word) == self.term else word for word in text.split())


_MOST_COMPARED = 10_000
"""Words; comparing takes some microseconds each, and a filter is typed."""
_NEAR_ENOUGH = 0.65
_PARTS = re.compile(r"[^\W_]+")


def find_miss(query: Query, haystacks: Iterable[str]) -> Miss | None:
    """Return the first term that no node has, and one near it that fits the others; None if each term has a node."""
    everything = list(haystacks)
    missing = [term for term in query.terms if not any(term in each for each in everything)]
    if not missing:
        return None
    others = Query(tuple(term for term in query.terms if term not in missing))
    return Miss(missing[0], _near(missing[0], filter(others.matches, everything)))


def _near(term: str, haystacks: Iterable[str]) -> str:
    from difflib import get_close_matches

    is_tag = term.startswith(_TAG)
    words = (word for each in haystacks for word in each.split() if word.startswith(_TAG) is is_tag)
    known = list(dict.fromkeys(islice(words, _MOST_COMPARED)))
    kept = "".join(term.partition("=")[:2]) if is_tag else ""
    if not is_tag:
        known += [part for word in known for part in _PARTS.findall(word)]
    elif not any(word.startswith(kept) for word in known):
        kept = ""  # the key is wrong, not the value
    ends = dict.fromkeys(word.removeprefix(kept) for word in known if word.startswith(kept))
    found = get_close_matches(term.removeprefix(kept), ends, 1, _NEAR_ENOUGH)
    return f"{kept}{found[0]}" if found else ""


def haystack(node: Node, judged: Readiness) -> str:
    """Return the text that terms are searched in: columns, related ids, tags as `tag:KEY=VALUE`; case-folded.

    Names that many nodes share, such as the instance profile's, are left out.
    """
    ec2, ssm = node.ec2, node.ssm
    columns = [
        judged.badge.word,
        node.name,
        node.node_id,
        node.platform,
        node.agent_version,
        node.address,
        node.state,
        node.account,
        node.region,
        node.place.profile,
    ]
    if ssm is not None:
        columns += [ssm.ping_status.value, ssm.computer_name, ssm.platform_type]
    if ec2 is not None:
        columns += [ec2.instance_type, ec2.vpc_id, ec2.subnet_id, ec2.zone, ec2.public_ip]
    columns += [f"tag:{key}={value}" for key, value in node.tags.items()]
    return folded(_SEPARATOR.join(column for column in columns if column))


def is_node_id(text: str) -> bool:
    """Tell whether the text has the form of an EC2 instance id or a hybrid node id."""
    return _NODE_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Matches:
    """The nodes that a TARGET names; exactly one is needed to start anything."""

    target: str
    nodes: tuple[Node, ...]


def resolve(target: str, nodes: Iterable[Node]) -> Matches:
    """Return the nodes. An id beats a Name, a Name an address, an address a computer name; `tag:` means tags only.

    Names match whole, with case. Filters of AWS find everything but a computer name, which is why that comes last. A
    place before TARGET is tried after all of them, since a Name may also hold slashes.
    """
    everything, wanted = list(nodes), composed(target)
    return Matches(target, _named(wanted, everything) or _named_with_place(wanted, everything))


def similar(text: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return nodes whose Name, or tag as `tag:KEY=VALUE`, contains the text, in any case; sorted by Name.

    They are suggestions only; nothing is started on them.
    """
    wanted = folded(text)
    found = (node for node in nodes if wanted and any(wanted in folded(name) for name in _names_and_tags(node)))
    return tuple(sorted(found, key=lambda node: (folded(node.name), node.node_id)))


def split_place(target: str, places: Iterable[Place]) -> tuple[Place, str] | None:
    """Return the place that `PROFILE/REGION/TARGET` names completely, and TARGET; None if it names none completely."""
    for place in places:
        prefix = f"{place.profile}/{place.region}/"
        if place.profile and place.region and target.startswith(prefix):
            return place, target.removeprefix(prefix)
    return None


@dataclass(frozen=True, slots=True)
class TargetFilters:
    """What AWS has to be asked for in order to see every node that a TARGET can name, unless by its computer name."""

    instances: tuple[tuple[str, str], ...]
    """Filters for DescribeInstances, one a call: EC2 combines the filters of one call with AND."""
    hybrid_nodes: bool
    """Whether hybrid nodes are needed, too: Systems Manager has no filter for their names and addresses."""


def filters_for(target: str) -> TargetFilters | None:
    """Return the filters; None if only the whole list can resolve TARGET.

    That is text that is not ASCII: a tag may spell it with other code points.
    """
    if not target.isascii() or not target.isprintable() or not target.strip():
        return None
    if is_node_id(target):
        hybrid = target.startswith("mi-")
        return TargetFilters(() if hybrid else (("instance-id", target),), hybrid_nodes=hybrid)
    if target.startswith(_TAG):
        key, _, value = target.removeprefix(_TAG).partition("=")
        return TargetFilters(((f"{_TAG}{key}", value),), hybrid_nodes=False) if key and value else None
    addresses = [(name, target) for name in ("private-ip-address", "ip-address") if _IPV4.fullmatch(target)]
    return TargetFilters((("tag:Name", target), *addresses), hybrid_nodes=True)


def resolve_filtered(target: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Like `resolve`, among what the filters found; none where a node beyond them could be meant as well."""
    everything = list(nodes)
    if target.startswith(_TAG):
        return _named(target, everything)
    first = _by_id if is_node_id(target) else _by_given_name
    for names in (first, _by_address) if _IPV4.fullmatch(target) else (first,):
        if found := tuple(node for node in everything if target in names(node)):
            return found
    return ()


def target_with_place(node: Node) -> str:
    """Return TARGET for this node among several places; parts that the place does not name are left out."""
    return "/".join(filter(None, (node.place.profile, node.region or node.place.region, node.node_id)))


def _named(target: str, nodes: list[Node]) -> tuple[Node, ...]:
    if target.startswith(_TAG):
        key, _, value = target.removeprefix(_TAG).partition("=")
        return tuple(node for node in nodes if (key, value) in _tags(node))
    for names in (_by_id, _by_given_name, _by_address, _by_name):
        found = tuple(node for node in nodes if target in names(node))
        if found:
            return found
    return ()


def _named_with_place(target: str, nodes: list[Node]) -> tuple[Node, ...]:
    by_rest: dict[str, list[Node]] = {}
    for node in nodes:
        for prefix in _prefixes(node):
            if target.startswith(prefix):
                by_rest.setdefault(target.removeprefix(prefix), []).append(node)
    return tuple(node for rest, there in by_rest.items() for node in _named(rest, there))


def _prefixes(node: Node) -> set[str]:
    profile, region = composed(node.place.profile), node.region or node.place.region
    parts = ((profile, region), (profile,), (region,))
    return {"/".join((*part, "")) for part in parts if all(part)}


def _tags(node: Node) -> set[tuple[str, str]]:
    return {(composed(key), composed(value)) for key, value in node.tags.items()}


def _names_and_tags(node: Node) -> tuple[str, ...]:
    return (node.name, *(f"{_TAG}{key}={value}" for key, value in node.tags.items()))


def _by_id(node: Node) -> tuple[str, ...]:
    return (node.node_id,)


def _by_given_name(node: Node) -> tuple[str, ...]:
    return (composed(node.given_name),) if node.given_name else ()


def _by_name(node: Node) -> tuple[str, ...]:
    return (composed(node.name),) if node.name else ()


def _by_address(node: Node) -> tuple[str, ...]:
    addresses = [node.address]
    if node.ec2 is not None:
        addresses.append(node.ec2.public_ip)
    return tuple(address for address in addresses if address)
