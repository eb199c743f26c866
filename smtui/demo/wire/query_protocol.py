"""Reads forms and writes XML for the protocols query (sts, iam) and ec2, from the service model.

Sources: AWS Query and EC2 Query protocols in the Smithy documentation. The two differ in how members are named
(ec2 capitalises a locationName on the way in), in lists (ec2's are always flat) and in the outer elements of the XML.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused
from smtui.demo.wire.xml_writing import append_structure, xml_text

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape


_CONTENT_TYPE = "text/xml;charset=UTF-8"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MOST_FIELDS = 5_000


class QueryWire:
    """Reads requests and writes answers of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._ec2 = model.metadata["protocol"] == "ec2"

    def operation(self, request: HttpRequest) -> str:
        """The Action, whether it exists or not; empty when there is none."""
        return dict(_fields(request)).get("Action", "")

    def unknown_operation(self, name: str) -> Refused:
        """The error for an operation that the service does not have."""
        if self._ec2:
            return Refused(Refusal.UNKNOWN_OPERATION, f"The action {name} is not valid for this web service.")
        version = self._model.metadata["apiVersion"]
        return Refused(Refusal.UNKNOWN_OPERATION, f"Could not find operation {name} for version {version}")

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """The parameters, typed by the model; unknown fields are left out."""
        if operation.input_shape is None:
            return {}
        return read_parameters(FormTree.of(_fields(request)), operation.input_shape, ec2=self._ec2)

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The response with a result of the operation's output shape."""
        shape = operation.output_shape
        parts: list[str] = []
        if shape is not None:
            append_structure(result, shape, parts)
        inner = "".join(parts)
        if self._ec2:
            inner = f"<requestId>{request_id}</requestId>{inner}"
        else:
            wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
            inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
            inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        space = self._model.metadata["xmlNamespace"]
        frame = f"{operation.name}Response"
        return self._response(200, f'<{frame} xmlns="{space}">{inner}</{frame}>', request_id)

    def error(self, error: AwsError, operation: OperationModel | None, request_id: str) -> HttpResponse:
        """The response with an error; `operation` is None where it is not known."""
        said = f"<Code>{error.code}</Code><Message>{xml_text(error.message)}</Message>"
        if self._ec2:
            inner = f"<Errors><Error>{said}</Error></Errors><RequestID>{request_id}</RequestID>"
            return self._response(error.status, f"<Response>{inner}</Response>", request_id)
        side = "Sender" if error.status < 500 else "Receiver"
        inner = f"<Error><Type>{side}</Type>{said}</Error><RequestId>{request_id}</RequestId>"
        space = self._model.metadata["xmlNamespace"]
        return self._response(error.status, f'<ErrorResponse xmlns="{space}">{inner}</ErrorResponse>', request_id)

    def _response(self, status: int, xml: str, request_id: str) -> HttpResponse:
        headers = (("x-amzn-RequestId", request_id),)
        return HttpResponse(status, (_DECLARATION + xml).encode(), _CONTENT_TYPE, headers)


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(Refusal.MALFORMED, "The request has too many parameters.") from None


_DEEPEST = 24
_INDEX_DIGITS = 6


@dataclass(slots=True)
class FormTree:
    """A form (`Filter.1.Value.2=web`) as a tree: the value of a name, if any, and the names below it."""

    value: str | None = None
    below: dict[str, FormTree] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> FormTree:
        """The tree of a form; names of more than 24 parts are left out."""
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
        """The nodes below 1, 2, 3, …, in numerical order."""
        numbered = [
            (int(name), node)
            for name, node in self.below.items()
            if name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS
        ]
        return [node for _, node in sorted(numbered, key=lambda pair: pair[0])]


def read_parameters(tree: FormTree, shape: Shape, *, ec2: bool) -> dict[str, Any]:
    """The members of a structure that are in the tree. Raises `Refused` for text that does not fit its type."""
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
