"""The wire protocols query (sts, later iam) and ec2, generic from the service model: forms in, XML out.

Sources: AWS Query and EC2 Query protocols in the Smithy documentation. The two differ in how members are named
(ec2 capitalises a locationName on the way in), in lists (ec2's are always flat) and in the frame of the XML.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from smtui.demo.errors import AwsError, Refusal, Refused
from smtui.demo.form_tree import FormTree, read_parameters
from smtui.demo.http_message import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

_CONTENT_TYPE = "text/xml;charset=UTF-8"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
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
        if self._ec2:
            return Refused(Refusal.UNKNOWN_OPERATION, f"The action {name} is not valid for this web service.")
        version = self._model.metadata["apiVersion"]
        return Refused(Refusal.UNKNOWN_OPERATION, f"Could not find operation {name} for version {version}")

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """The parameters, typed by the model; fields it does not know are left out."""
        if operation.input_shape is None:
            return {}
        return read_parameters(FormTree.of(_fields(request)), operation.input_shape, ec2=self._ec2)

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        shape = operation.output_shape
        parts: list[str] = []
        if shape is not None:
            _structure(result, shape, parts)
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
        said = f"<Code>{error.code}</Code><Message>{_text(error.message)}</Message>"
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


def _structure(value: Mapping[str, Any], shape: Shape, out: list[str]) -> None:
    """Appends to one list all the way down: nested generators take twice as long for a page of 1,000 instances."""
    members = shape.members
    for name, item in value.items():
        if item is not None:
            member = members[name]
            _element(member.serialization.get("name", name), item, member, out)


def _element(name: str, value: Any, shape: Shape, out: list[str]) -> None:
    match shape.type_name:
        case "list":
            _list(name, value, shape, out)
        case "map":
            out.append(f"<{name}>")
            for key, item in value.items():
                out.append(f"<entry><key>{_text(key)}</key>")
                _element("value", item, shape.value, out)
                out.append("</entry>")
            out.append(f"</{name}>")
        case "structure":
            out.append(f"<{name}>")
            _structure(value, shape, out)
            out.append(f"</{name}>")
        case kind:
            out.append(f"<{name}>{_scalar(value, kind)}</{name}>")


def _list(name: str, value: list[Any], shape: Shape, out: list[str]) -> None:
    if shape.serialization.get("flattened"):
        for item in value:
            _element(name, item, shape.member, out)
        return
    item_name = shape.member.serialization.get("name", "member")
    out.append(f"<{name}>")
    for item in value:
        _element(item_name, item, shape.member, out)
    out.append(f"</{name}>")


def _scalar(value: Any, kind: str) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        moment: datetime = value
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if kind == "blob":
        return base64.b64encode(value).decode()
    return _text(str(value))


def _text(value: str) -> str:
    """Escaped; what XML 1.0 cannot carry at all (ESC, BEL, lone surrogates) becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", value).translate(_ESCAPES)
