"""Answers what is not signed: the calls of IAM Identity Center, and its pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.demo.operations import oidc_calls, sign_in_pages, sso_calls
from smtui.demo.wire.rest_json_protocol import RestJsonWire
from smtui.demo.wire.service_errors import AwsError, Refused
from smtui.demo.wire.service_models import service_model, validate

if TYPE_CHECKING:
    from smtui.demo.account.organisation import Handler, Organisation
    from smtui.demo.story.region_faults import Fate
    from smtui.demo.wire.http_server import HttpRequest, HttpResponse

_SERVICES: Mapping[str, Mapping[str, Handler]] = {"sso-oidc": oidc_calls.HANDLERS, "sso": sso_calls.HANDLERS}
_PATHS = {
    "/client/register": "sso-oidc",
    "/device_authorization": "sso-oidc",
    "/token": "sso-oidc",
    "/assignment/accounts": "sso",
    "/assignment/roles": "sso",
    "/federation/credentials": "sso",
    "/logout": "sso",
}


class SignInEndpoint:
    """Answers requests from any thread."""

    def __init__(self, organisation: Organisation, fate_of: Callable[[str], Fate]) -> None:
        """`fate_of` waits for the delay of an action and returns what else happens to it."""
        self._organisation = organisation
        self._fate_of = fate_of

    def takes(self, request: HttpRequest) -> bool:
        """Whether the request is one of these; a signed one is for another service."""
        is_ours = request.path in _PATHS or request.path in sign_in_pages.PATHS
        return is_ours and not request.header("authorization")

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """The response; None for a call that must never be answered."""
        # The server has checked that the host is its own.
        organisation = replace(self._organisation, base_url=f"http://{request.header('host')}")
        if request.path in sign_in_pages.PATHS:
            return sign_in_pages.page(organisation, request)
        return self._call(organisation, _PATHS[request.path], request)

    def _call(self, organisation: Organisation, service: str, request: HttpRequest) -> HttpResponse | None:
        model, request_id = service_model(service), str(uuid.uuid4())
        wire, operation = RestJsonWire(model), None
        try:
            name = wire.operation(request)
            handler = _SERVICES[service].get(name)
            if handler is None:
                raise AwsError("UnknownOperationException", "", 404)
            operation = model.operation_model(name)
            fate = self._fate_of(f"{service}:{name}")
            if fate.hang:
                return None
            params = wire.parameters(request, operation)
            if fate.refusal is not None:
                raise Refused(fate.refusal, f"{service}:{name}")
            validate(params, operation.input_shape)
            return wire.answer(operation, handler(organisation, params), request_id)
        except Refused as refused:
            return wire.error(refused.error("rest-json"), operation, request_id)
        except AwsError as error:
            return wire.error(error, operation, request_id)
