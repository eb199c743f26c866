"""Reads and writes JSON 1.1, the protocol of ssm, kms and logs, from the service model.

Source: AWS JSON 1.1 protocol in the Smithy documentation. Timestamps are epoch seconds, blobs base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

_CONTENT_TYPE = "application/x-amz-json-1.1"
_SCALARS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
}


class JsonWire:
    """Reads requests and writes answers of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def operation(self, request: HttpRequest) -> str:
        """The operation's name, whether it exists or not; empty when the target is of another service."""
        prefix, _, name = request.header("x-amz-target").rpartition(".")
        return name if prefix == self._model.metadata["targetPrefix"] else ""

    def unknown_operation(self, name: str) -> Refused:
        """The error for an operation that the service does not have."""
        return Refused(Refusal.UNKNOWN_OPERATION)

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """The parameters, typed by the model; unknown members are left out, as AWS does."""
        try:
            sent = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            raise Refused(Refusal.MALFORMED, "Unexpected token in the request's body") from None
        if operation.input_shape is None:
            return {}
        read: dict[str, Any] = read_value(sent, operation.input_shape)
        return read

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The response with a result of the operation's output shape."""
        shape = operation.output_shape
        body = plain_value(result, shape) if shape is not None else {}
        return self._response(200, body, request_id)

    def error(self, error: AwsError, operation: OperationModel | None, request_id: str) -> HttpResponse:
        """The response with an error; `operation` is None where it is not known."""
        body: dict[str, Any] = {"__type": error.code}
        if error.message:
            body[_message_member(error.code, operation)] = error.message
        return self._response(error.status, body, request_id)

    def _response(self, status: int, body: Mapping[str, Any], request_id: str) -> HttpResponse:
        raw = json.dumps(body, separators=(",", ":")).encode()
        return HttpResponse(status, raw, _CONTENT_TYPE, (("x-amzn-RequestId", request_id),))


def _message_member(code: str, operation: OperationModel | None) -> str:
    shapes = operation.error_shapes if operation is not None else ()
    for shape in shapes:
        if shape.name == code and "Message" in shape.members:
            return "Message"
    return "message"


def read_value(value: Any, shape: Shape) -> Any:
    """`value` converted to the shape's type. Raises `Refused` for a JSON type that does not fit."""
    match shape.type_name:
        case "structure":
            given = _of(value, dict, shape)
            members = shape.members
            return {name: read_value(given[name], members[name]) for name in members if given.get(name) is not None}
        case "list":
            return [read_value(item, shape.member) for item in _of(value, list, shape)]
        case "map":
            return {key: read_value(item, shape.value) for key, item in _of(value, dict, shape).items()}
        case "timestamp":
            return _instant(value, shape)
        case "blob":
            return _blob(value, shape)
        case kind:
            return _of(value, _SCALARS[kind], shape)


def _of(value: Any, kinds: type | tuple[type, ...], shape: Shape) -> Any:
    if isinstance(value, kinds) and (kinds is bool or not isinstance(value, bool)):
        return value
    raise Refused(Refusal.MALFORMED, f"{_word(value)} can not be converted to {_article(shape.type_name)}")


def _word(value: Any) -> str:
    words = {str: "STRING_VALUE", bool: "TRUE_VALUE", dict: "START_OBJECT", list: "START_ARRAY"}
    return words.get(type(value), "NUMBER_VALUE")


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind.capitalize()}"


def _instant(value: Any, shape: Shape) -> datetime:
    seconds = _of(value, (int, float), shape)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(Refusal.MALFORMED, "Unable to parse the timestamp") from None


def _blob(value: Any, shape: Shape) -> bytes:
    try:
        return base64.b64decode(_of(value, str, shape), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(Refusal.MALFORMED, "Unable to decode the base64 value") from None


def plain_value(value: Any, shape: Shape) -> Any:
    """`value` in JSON's types; None is left out of structures."""
    match shape.type_name:
        case "structure":
            members = shape.members
            return {name: plain_value(item, members[name]) for name, item in value.items() if item is not None}
        case "list":
            return [plain_value(item, shape.member) for item in value]
        case "map":
            return {key: plain_value(item, shape.value) for key, item in value.items()}
        case "timestamp":
            return math.floor(value.timestamp() * 1000) / 1000
        case "blob":
            return base64.b64encode(value).decode()
        case _:
            return value
