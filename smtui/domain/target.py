"""TARGET on the command line: a node id, a Name, an IP address or `tag:KEY=VALUE`, resolved against the list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smtui.domain.node import Node

_NODE_ID = re.compile(r"(i|mi)-[0-9a-f]{8}([0-9a-f]{9})?", re.ASCII)


def is_node_id(text: str) -> bool:
    """Whether the text has the form of an EC2 instance id or a hybrid node id."""
    return _NODE_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Matches:
    """The nodes that a TARGET names; exactly one is needed to start anything."""

    target: str
    nodes: tuple[Node, ...]


def resolve(target: str, nodes: Iterable[Node]) -> Matches:
    """An id beats a Name, a Name beats an address; `tag:` looks at tags only. Comparison is exact."""
    everything = list(nodes)
    if target.startswith("tag:"):
        key, _, value = target.removeprefix("tag:").partition("=")
        return Matches(target, tuple(node for node in everything if node.tags.get(key) == value))
    for names in (_by_id, _by_name, _by_address):
        found = tuple(node for node in everything if target in names(node))
        if found:
            return Matches(target, found)
    return Matches(target, ())


def similar(text: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Nodes whose Name holds the text, whatever its case, by Name: what somebody in a hurry may have meant."""
    wanted = text.casefold()
    found = (node for node in nodes if wanted and wanted in node.name.casefold())
    return tuple(sorted(found, key=lambda node: (node.name.casefold(), node.node_id)))


def _by_id(node: Node) -> tuple[str, ...]:
    return (node.node_id,)


def _by_name(node: Node) -> tuple[str, ...]:
    return (node.name,) if node.name else ()


def _by_address(node: Node) -> tuple[str, ...]:
    addresses = [node.address]
    if node.ec2 is not None:
        addresses.append(node.ec2.public_ip)
    return tuple(address for address in addresses if address)
