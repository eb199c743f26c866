"""Reads and writes rest-json, the protocol of IAM Identity Center's two services, from the service model.

Source: AWS restJson1 protocol in the Smithy documentation. OAuth's errors have their own members instead of a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.json_protocol import plain_value, read_value
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

_CONTENT_TYPE = "application/json"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_OAUTH_WORDS = {"InternalServerException": "server_error"}


class RestJsonWire:
    """Reads requests and writes answers of one service. Every path is that of one operation; none has labels."""

    def __init__(self, model: ServiceModel) -> None:
        self._routes = {}
        for name in model.operation_names:
            http = model.operation_model(name).http
            self._routes[http["method"], http["requestUri"]] = name

    def operation(self, request: HttpRequest) -> str:
        """The operation's name, found by method and path; empty for none."""
        return str(self._routes.get((request.method, request.path), ""))

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """The parameters: those of query and headers as their types, the body's as JSON; unknown ones are left out."""
        shape = operation.input_shape
        if shape is None:
            return {}
        sent = {"querystring": dict(parse_qsl(request.query, keep_blank_values=True)), "header": dict(request.headers)}
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            location = str(member.serialization.get("location", ""))
            known = str(member.serialization.get("name", name))
            given = sent.get(location, {}).get(known.lower() if location == "header" else known)
            if given is not None:
                found[name] = _typed(given, member.type_name)
        if request.method != "GET":
            found |= read_value(_parsed(request.body), shape)
        return found

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The response with a result of the operation's output shape."""
        shape = operation.output_shape
        body = plain_value(result, shape) if shape is not None else {}
        return self._response(200, body, (("x-amzn-RequestId", request_id),))

    def error(self, error: AwsError, operation: OperationModel | None, request_id: str) -> HttpResponse:
        """The response with an error."""
        shapes = operation.error_shapes if operation is not None else ()
        is_oauth = any(shape.name == error.code and "error_description" in shape.members for shape in shapes)
        body = {"message": error.message}
        if is_oauth:
            word = _WORD.sub("_", error.code.removesuffix("Exception")).lower()
            body = {"error": _OAUTH_WORDS.get(error.code, word), "error_description": error.message}
        return self._response(error.status, body, (("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", error.code)))

    @staticmethod
    def _response(status: int, body: Mapping[str, Any], headers: tuple[tuple[str, str], ...]) -> HttpResponse:
        return HttpResponse(status, json.dumps(body, separators=(",", ":")).encode(), _CONTENT_TYPE, headers)


def _typed(given: str, kind: str) -> Any:
    if kind not in {"integer", "long"}:
        return given
    if not (given.isascii() and given.removeprefix("-").isdigit()):
        raise Refused(Refusal.MALFORMED, f"{given} can not be converted to an Integer")
    return int(given)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(Refusal.MALFORMED, "Unexpected token in the request's body") from None
