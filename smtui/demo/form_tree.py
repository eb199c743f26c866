"""Forms of the query protocols (`Filter.1.Value.2=web`) as a tree, and the tree as a shape's parameters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.errors import Refusal, Refused

if TYPE_CHECKING:
    from botocore.model import Shape

_DEEPEST = 24
_INDEX_DIGITS = 6


@dataclass(slots=True)
class FormTree:
    """One name's own value, if any, and what is below it."""

    value: str | None = None
    below: dict[str, FormTree] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> FormTree:
        """Names deeper than any request goes are left out."""
        root = cls()
        for name, value in fields:
            parts = name.split(".", _DEEPEST)
            if len(parts) > _DEEPEST:
                continue
            node = root
            for part in parts:
                node = node.below.setdefault(part, cls())
            node.value = value
        return root

    def items(self) -> list[FormTree]:
        """What is below 1, 2, 3, …, in numerical order."""
        numbered = [
            (int(name), node)
            for name, node in self.below.items()
            if name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS
        ]
        return [node for _, node in sorted(numbered, key=lambda pair: pair[0])]


def read_parameters(tree: FormTree, shape: Shape, *, ec2: bool) -> dict[str, Any]:
    """The members of a structure that the tree holds; raises `Refused` where a text does not fit its type."""
    found = {}
    for name, member in shape.members.items():
        node = tree.below.get(_sent_name(name, member, ec2=ec2))
        if node is not None:
            found[name] = _read(node, member, name, ec2=ec2)
    return found


def _sent_name(name: str, shape: Shape, *, ec2: bool) -> str:
    sent: str = shape.serialization.get("name", name)
    if not ec2:
        return sent
    if "queryName" in shape.serialization:
        return str(shape.serialization["queryName"])
    return sent[:1].upper() + sent[1:]


def _read(node: FormTree, shape: Shape, name: str, *, ec2: bool) -> Any:
    match shape.type_name:
        case "structure":
            return read_parameters(node, shape, ec2=ec2)
        case "list":
            return [_read(item, shape.member, name, ec2=ec2) for item in _list_node(node, shape, ec2=ec2).items()]
        case "map":
            return _map(node, shape, name, ec2=ec2)
        case kind:
            return _scalar(node.value or "", kind, name)


def _list_node(node: FormTree, shape: Shape, *, ec2: bool) -> FormTree:
    if ec2 or shape.serialization.get("flattened"):
        return node
    return node.below.get(shape.member.serialization.get("name", "member"), FormTree())


def _map(node: FormTree, shape: Shape, name: str, *, ec2: bool) -> dict[str, Any]:
    entries = node if shape.serialization.get("flattened") else node.below.get("entry", FormTree())
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    found = {}
    for entry in entries.items():
        key = entry.below.get(key_name, FormTree()).value or ""
        found[key] = _read(entry.below.get(value_name, FormTree()), shape.value, name, ec2=ec2)
    return found


def _scalar(text: str, kind: str, name: str) -> Any:
    try:
        return _converted(text, kind)
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(
            Refusal.MALFORMED, f"Invalid value '{text[:80]}' for parameter {name}: not of type {kind}"
        ) from None


def _converted(text: str, kind: str) -> Any:
    match kind:
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean":
            if text.lower() not in {"true", "false"}:
                raise ValueError(text)
            return text.lower() == "true"
        case "timestamp":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case "blob":
            return base64.b64decode(text, validate=True)
        case _:
            return text
