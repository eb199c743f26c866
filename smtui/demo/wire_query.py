"""The wire protocols query (sts, later iam) and ec2, generic from the service model: forms in, XML out.

Sources: AWS Query and EC2 Query protocols in the Smithy documentation. The two differ in how members are named
(ec2 capitalises a locationName on the way in), in lists (ec2's are always flat) and in the frame of the XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from smtui.demo.errors import AwsError, Refusal, Refused
from smtui.demo.form_tree import FormTree, read_parameters
from smtui.demo.http_message import HttpRequest, HttpResponse
from smtui.demo.xml_writing import append_structure, xml_text

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

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
