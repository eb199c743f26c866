"""Parses the answers of EC2 and of JSON services as botocore does, in a third of the time.

botocore looks for every member that a shape might have, several times for each; these parsers look at what the answer
holds, with a reader made once for each shape. What is rare in answers (unions, maps, repeated elements, errors) is left
to botocore's own code. Source: botocore/parsers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.parsers import PROTOCOL_PARSERS, EC2QueryParser, JSONParser, ResponseParser, ResponseParserFactory

_Reader = Callable[[Any], Any]


class QuickParserFactory(ResponseParserFactory):  # type: ignore[misc]  # botocore has no types
    """Makes a parser for each answer: a quick one for EC2 and JSON, botocore's for other protocols."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """A parser of this protocol."""
        made_by = _QUICK.get(protocol_name) or PROTOCOL_PARSERS[protocol_name]
        return made_by(**self._defaults)


class QuickEc2Parser(EC2QueryParser):  # type: ignore[misc]
    """Parses EC2's XML."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._readers: dict[int, _Reader] = {}
        """By the identity of the shape, which lives as long as its client."""

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if isinstance(node, list):  # an element that came more than once
            return super()._parse_shape(shape, node)
        return self._reader(shape)(node)

    def _reader(self, shape: Any) -> _Reader:
        reader = self._readers.get(id(shape))
        if reader is None:
            reader = self._readers[id(shape)] = self._new_reader(shape)
        return reader

    def _new_reader(self, shape: Any) -> _Reader:
        match shape.type_name:
            case "string":
                return lambda node: node.text or ""
            case "boolean":
                return lambda node: node.text == "true"
            case "timestamp":
                parse = self._timestamp_parser
                return lambda node: parse(node.text or "")
            case "list" if not shape.serialization.get("flattened"):
                return self._list_reader(shape)
            case "structure" if _is_plain(shape):
                return self._structure_reader(shape)
        botocores = super()._parse_shape
        return lambda node: botocores(shape, node)

    def _list_reader(self, shape: Any) -> _Reader:
        member = shape.member

        def read(node: Any) -> Any:
            reader = self._reader(member)
            return [reader(item) for item in node]

        return read

    def _structure_reader(self, shape: Any) -> _Reader:
        members = {self._member_key_name(member, name): (name, member) for name, member in shape.members.items()}
        known: dict[str, tuple[str, _Reader] | None] = {}
        """By tag with its namespace; None for a tag that the model does not know."""
        botocores = super()._handle_structure

        def meet(child: Any) -> None:
            name, member = members.get(self._node_tag(child), ("", None))
            known[child.tag] = (name, self._reader(member)) if name else None

        def read(node: Any) -> Any:
            parsed: dict[str, Any] = {}
            for child in node:
                if child.tag not in known:
                    meet(child)
                if (found := known[child.tag]) is not None:
                    name, reader = found
                    if name in parsed:  # the element came more than once
                        return botocores(shape, node)
                    parsed[name] = reader(child)
            return parsed

        return read


class QuickJsonParser(JSONParser):  # type: ignore[misc]
    """Parses JSON 1.0 and 1.1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._readers: dict[int, _Reader | None] = {}
        """By the identity of the shape; None where the value is taken as it is."""

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        reader = self._reader(shape)
        return node if reader is None else reader(node)

    def _reader(self, shape: Any) -> _Reader | None:
        if id(shape) not in self._readers:
            self._readers[id(shape)] = self._new_reader(shape)
        return self._readers[id(shape)]

    def _new_reader(self, shape: Any) -> _Reader | None:
        match shape.type_name:
            case "string" | "boolean" | "integer" | "long" | "double" | "float":
                return None
            case "timestamp":
                parse: _Reader = self._timestamp_parser
                return parse
            case "structure" if _is_plain(shape) and not shape.is_document_type:
                return self._structure_reader(shape)
        botocores = super()._parse_shape
        return lambda node: botocores(shape, node)

    def _structure_reader(self, shape: Any) -> _Reader:
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        known: dict[str, tuple[str, _Reader | None]] = {}

        def read(value: Any) -> Any:
            if value is None:
                return None
            parsed: dict[str, Any] = {}
            for key, raw in value.items():
                if raw is None or key not in members:
                    continue
                if key not in known:
                    name, member = members[key]
                    known[key] = (name, self._reader(member))
                name, reader = known[key]
                parsed[name] = raw if reader is None else reader(raw)
            return parsed

        return read


def _is_plain(shape: Any) -> bool:
    """Whether all members of a structure are read from the body, each by its name."""
    traits = ("location", "eventheader", "xmlAttribute")
    odd = any(member.serialization.get(trait) for member in shape.members.values() for trait in traits)
    return not (odd or shape.metadata.get("exception") or shape.is_tagged_union)


_QUICK: Mapping[str, Callable[..., ResponseParser]] = {"ec2": QuickEc2Parser, "json": QuickJsonParser}
