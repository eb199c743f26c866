"""Makes the text that filters search in, and selects the node that one TARGET of the command line names.

TARGET is a node id, a Name, an IP
address or `tag:KEY=VALUE`; with several places it may begin with one: `PROFILE/REGION/TARGET`, where either may be left
out if it is clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.platform_name import short_platform
from smtui.domain.text import composed, folded

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.domain.readiness import Readiness

TAG = "tag:"
_LINE = "\n"

_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_NODE_ID = re.compile(r"(i|mi)-[0-9a-f]{8}([0-9a-f]{9})?", re.ASCII)


FIELD_MARKS: Mapping[str, str] = {
    key: f"\n{mark}"
    for key, mark in zip(
        ("status", "name", "id", "platform", "agent", "ip", "account", "region", "profile", "vpc", "tag"),
        (*"\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f", TAG),
        strict=True,
    )
}
"""What stands before the values of a filter's keys in a haystack. No value holds the line end in it."""
_STATUS, _NAME, _ID, _PLATFORM, _AGENT, _IP, _ACCOUNT, _REGION, _PROFILE, _VPC, _TAG = FIELD_MARKS.values()


def haystack(node: Node, judged: Readiness) -> str:
    """Return the text that terms are searched in: columns, related ids, tags as `tag:KEY=VALUE`; case-folded.

    Each stands in a line of its own, so that no term matches across two of them; those that a filter has a key for
    begin with its mark. Names that many nodes share, such as the instance profile's, are left out.
    """
    ec2, ssm, platform = node.ec2, node.ssm, node.platform
    columns = [
        (_STATUS, judged.badge.word),
        (_NAME, node.name),
        (_ID, node.node_id),
        (_PLATFORM, platform),
        (_AGENT, node.agent_version),
        (_IP, node.address),
        (_LINE, node.state),
        (_ACCOUNT, node.account),
        (_REGION, node.region),
        (_PROFILE, node.place.profile),
    ]
    if (short := short_platform(platform)) != platform:
        columns.append((_PLATFORM, short))
    if ssm is not None:
        columns.append((_LINE, ssm.ping_status.value))
        if ssm.computer_name != node.name:
            columns.append((_NAME, ssm.computer_name))
        if ssm.platform_type not in (platform, short):
            columns.append((_PLATFORM, ssm.platform_type))
    if ec2 is not None:
        columns += [
            (_LINE, ec2.instance_type),
            (_VPC, ec2.vpc_id),
            (_LINE, ec2.subnet_id),
            (_LINE, ec2.zone),
            (_IP, ec2.public_ip),
        ]
    lines = [mark + value for mark, value in columns if value]
    lines += [f"{_TAG}{key}={value}" for key, value in node.tags.items()]
    text = "".join(lines)
    if text.count(_LINE) != len(lines):  # a value has a line end
        text = "".join(_LINE + line[1:].replace(_LINE, " ") for line in lines)
    return folded(f"{text}{_LINE}")


def field_values(haystack: str, key: str, beginning: str = "") -> list[str]:
    """Return what a haystack, or several as one text, have for a filter's key; of tags `KEY=VALUE`.

    With `beginning`, only values that begin so.
    """
    return re.findall(f"{FIELD_MARKS[key]}({re.escape(beginning)}[^\n]*)", haystack)


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
    if target.startswith(TAG):
        key, _, value = target.removeprefix(TAG).partition("=")
        return TargetFilters(((f"{TAG}{key}", value),), hybrid_nodes=False) if key and value else None
    addresses = [(name, target) for name in ("private-ip-address", "ip-address") if _IPV4.fullmatch(target)]
    return TargetFilters((("tag:Name", target), *addresses), hybrid_nodes=True)


def resolve_filtered(target: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Like `resolve`, among what the filters found; none where a node beyond them could be meant as well."""
    everything = list(nodes)
    if target.startswith(TAG):
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
    if target.startswith(TAG):
        key, _, value = target.removeprefix(TAG).partition("=")
        return tuple(node for node in nodes if (key, value) in _tags(node))
    for names in (_by_id, _by_given_name, _by_address, _by_computer_name):
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
    return (node.name, *(f"{TAG}{key}={value}" for key, value in node.tags.items()))


def _by_id(node: Node) -> tuple[str, ...]:
    return (node.node_id,)


def _by_given_name(node: Node) -> tuple[str, ...]:
    return (composed(node.given_name),) if node.given_name else ()


def _by_computer_name(node: Node) -> tuple[str, ...]:
    """Also of a node that has a Name: an alert may name only the computer. The organisation's name counts as one."""
    names = [node.name, *(facts.computer_name for facts in (node.ssm, node.organisation) if facts is not None)]
    return tuple(composed(name) for name in names if name)


def _by_address(node: Node) -> tuple[str, ...]:
    addresses = [node.address]
    if node.ec2 is not None:
        addresses.append(node.ec2.public_ip)
    return tuple(address for address in addresses if address)
