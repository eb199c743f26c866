"""Reads and writes rest-xml, the protocol of s3 with the bucket in the path, from the service model.

Source: AWS restXml protocol in the Smithy documentation, and the Amazon S3 API reference. Answers to HEAD have no
body, even for an error: the client sees the status alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element, ParseError, fromstring

from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused
from smtui.demo.wire.xml_writing import append_structure, xml_text

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

_CONTENT_TYPE = "application/xml"
_BYTES = "application/octet-stream"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_LABEL = re.compile(r"\{(?P<name>\w+)\+?\}")

_Route = tuple[str, int, frozenset[str]]
"""Method, number of path segments, and the query keys that distinguish operations with the same path."""


class RestXmlWire:
    """Reads requests and writes answers of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._routes: dict[_Route, str] = {}
        for name in model.operation_names:
            self._routes.setdefault(_route(model.operation_model(name)), name)

    def operation(self, request: HttpRequest) -> str:
        """The operation's name, found by method, path and query; empty for none."""
        keys = frozenset(dict(parse_qsl(request.query, keep_blank_values=True)))
        segments = len(_segments(request.path))
        fitting = [
            (len(wanted), name)
            for (method, count, wanted), name in self._routes.items()
            if method == request.method and count == segments and wanted <= keys
        ]
        return max(fitting, default=(0, ""), key=lambda found: found[0])[1]

    def unknown_operation(self, _name: str) -> Refused:
        """The error for an operation that the service does not have."""
        return Refused(Refusal.UNKNOWN_OPERATION)

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """The parameters: those of path, query and headers as text, the body as the model describes it."""
        if operation.input_shape is None:
            return {}
        labels = _labels(operation)
        sent = {
            "uri": dict(zip(labels, map(unquote, _segments(request.path)), strict=False)),
            "querystring": dict(parse_qsl(request.query, keep_blank_values=True)),
            "header": dict(request.headers),
        }
        found = {}
        for name, shape in operation.input_shape.members.items():
            location = shape.serialization.get("location", "")
            known = str(shape.serialization.get("name", name))
            text = sent.get(location, {}).get(known.lower() if location == "header" else known)
            if text is not None:
                found[name] = text
        payload = operation.input_shape.serialization.get("payload")
        if payload and request.body:
            found[payload] = _of_xml(_parsed(request.body), operation.input_shape.members[payload])
        return found

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The response with a result of the operation's output shape."""
        shape = operation.output_shape
        if shape is None:
            return self._response(200, "", request_id)
        members = shape.members
        given = {name: value for name, value in result.items() if value is not None}
        in_headers = {name for name in given if members[name].serialization.get("location") == "header"}
        headers = [(str(members[name].serialization["name"]), str(given[name])) for name in sorted(in_headers)]
        body = {name: value for name, value in given.items() if name not in in_headers}
        payload = shape.serialization.get("payload")
        if payload and members[payload].type_name == "blob":
            kept = tuple(pair for pair in headers if pair[0].lower() != "content-length")  # the server's own
            status = 206 if "ContentRange" in given else 200
            return HttpResponse(status, body.get(payload, b""), _BYTES, (("x-amz-request-id", request_id), *kept))
        xml = "" if operation.http["method"] == "HEAD" else _document(operation, shape, body)
        return self._response(200, xml, request_id, headers)

    def error(self, error: AwsError, operation: OperationModel | None, request_id: str) -> HttpResponse:
        """The response with an error; the status alone for a HEAD."""
        if operation is not None and operation.http["method"] == "HEAD":
            return self._response(error.status, "", request_id)
        said = f"<Code>{error.code}</Code><Message>{xml_text(error.message)}</Message>"
        return self._response(error.status, f"<Error>{said}<RequestId>{request_id}</RequestId></Error>", request_id)

    def _response(
        self, status: int, xml: str, request_id: str, headers: Iterable[tuple[str, str]] = ()
    ) -> HttpResponse:
        body = (_DECLARATION + xml).encode() if xml else b""
        return HttpResponse(status, body, _CONTENT_TYPE, (("x-amz-request-id", request_id), *headers))


def _route(operation: OperationModel) -> _Route:
    path, _, query = str(operation.http["requestUri"]).partition("?")
    return operation.http["method"], len(_segments(path)), frozenset(dict(parse_qsl(query, keep_blank_values=True)))


def _segments(path: str) -> list[str]:
    """Bucket and key; a key may contain slashes."""
    return [part for part in path.lstrip("/").split("/", 1) if part]


def _labels(operation: OperationModel) -> list[str]:
    return [found["name"] for found in _LABEL.finditer(str(operation.http["requestUri"]))]


def _parsed(body: bytes) -> Element:
    if b"<!" in body:  # entities could expand without limit
        raise Refused(Refusal.MALFORMED, "The XML you provided was not well-formed")
    try:
        return fromstring(body)  # noqa: S314 - it declares no entities
    except ParseError:
        raise Refused(Refusal.MALFORMED, "The XML you provided was not well-formed") from None


def _of_xml(element: Element, shape: Shape) -> Any:
    """An element converted to the shape's type; unknown children are left out."""
    if shape.type_name != "structure":
        text = element.text or ""
        return text == "true" if shape.type_name == "boolean" else text
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        wanted = str(member.serialization.get("name", name))
        held = [child for child in element if child.tag.rpartition("}")[2] == wanted]
        if member.type_name == "list" and held:
            found[name] = [_of_xml(child, member.member) for child in held]
        elif held:
            found[name] = _of_xml(held[0], member)
    return found


def _document(operation: OperationModel, shape: Shape, body: Mapping[str, Any]) -> str:
    payload = shape.serialization.get("payload")
    root = str(payload or f"{operation.name}Result")
    parts: list[str] = []
    append_structure(body.get(payload, {}) if payload else body, shape.members[payload] if payload else shape, parts)
    return f'<{root} xmlns="{_NAMESPACE}">{"".join(parts)}</{root}>'
