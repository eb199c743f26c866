"""The wire protocol rest-xml (s3, path style), generic from the service model as far as reading calls need it.

Source: AWS restXml protocol in the Smithy documentation, and the Amazon S3 API reference. Answers to HEAD have no
body, those with an error included: a client knows only the status.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from smtui.demo.errors import AwsError, Refusal, Refused
from smtui.demo.http_message import HttpRequest, HttpResponse
from smtui.demo.xml_writing import append_structure, xml_text

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

_CONTENT_TYPE = "application/xml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_ROOTS = {"ListBuckets": "ListAllMyBucketsResult"}
_BARE = {"GetBucketLocation": "LocationConstraint"}
"""Answers that are one element with a text, which the model does not say."""
_LABEL = re.compile(r"\{(?P<name>\w+)\+?\}")

_Route = tuple[str, int, frozenset[str]]
"""Method, number of path segments, the query keys that tell operations of one path apart."""


class RestXmlWire:
    """Reads requests and writes answers of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._routes: dict[_Route, str] = {}
        for name in model.operation_names:
            self._routes.setdefault(_route(model.operation_model(name)), name)

    def operation(self, request: HttpRequest) -> str:
        """By method, path and query; empty when there is no such operation."""
        keys = frozenset(dict(parse_qsl(request.query, keep_blank_values=True)))
        segments = len(_segments(request.path))
        fitting = [
            (len(wanted), name)
            for (method, count, wanted), name in self._routes.items()
            if method == request.method and count == segments and wanted <= keys
        ]
        return max(fitting, default=(0, ""), key=lambda found: found[0])[1]

    def unknown_operation(self, _name: str) -> Refused:
        return Refused(Refusal.UNKNOWN_OPERATION)

    def parameters(self, request: HttpRequest, operation: OperationModel) -> dict[str, Any]:
        """What path, query and headers hold, typed by the model; these operations have no body."""
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
            place = sent.get(shape.serialization.get("location", ""), {})
            text = place.get(str(shape.serialization.get("name", name)))
            if text is not None:
                found[name] = _typed(text, shape, name)
        return found

    def answer(self, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        shape = operation.output_shape
        if shape is None:
            return self._response(200, "", request_id)
        members = shape.members
        given = {name: value for name, value in result.items() if value is not None}
        in_headers = {name for name in given if members[name].serialization.get("location") == "header"}
        headers = [(str(members[name].serialization["name"]), str(given[name])) for name in sorted(in_headers)]
        body = {name: value for name, value in given.items() if name not in in_headers}
        xml = "" if operation.http["method"] == "HEAD" else _document(operation, shape, body)
        return self._response(200, xml, request_id, headers)

    def error(self, error: AwsError, operation: OperationModel | None, request_id: str) -> HttpResponse:
        """Nothing but the status where the operation is a HEAD."""
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
    """Bucket and key; a key has slashes of its own."""
    return [part for part in path.lstrip("/").split("/", 1) if part]


def _labels(operation: OperationModel) -> list[str]:
    return [found["name"] for found in _LABEL.finditer(str(operation.http["requestUri"]))]


def _typed(text: str, shape: Shape, name: str) -> Any:
    if shape.type_name != "integer":
        return text
    try:
        return int(text)
    except ValueError:
        raise Refused(Refusal.INVALID, f"Provided {name} not an integer or within integer range") from None


def _document(operation: OperationModel, shape: Shape, body: Mapping[str, Any]) -> str:
    if operation.name in _BARE:
        root = _BARE[operation.name]
        return f'<{root} xmlns="{_NAMESPACE}">{xml_text(str(body.get(root, "")))}</{root}>'
    payload = shape.serialization.get("payload")
    root = str(payload or _ROOTS.get(operation.name, f"{operation.name}Result"))
    parts: list[str] = []
    append_structure(body.get(payload, {}) if payload else body, shape.members[payload] if payload else shape, parts)
    return f'<{root} xmlns="{_NAMESPACE}">{"".join(parts)}</{root}>'
