"""Answers IAM Identity Center's OIDC service: clients register themselves, and get tokens once a person has agreed.

Source: the OIDC API reference of IAM Identity Center; RFC 6749, 7636, 8252 and 8628.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from smtui.demo.account.sign_in_book import DEVICE_GRANT, NoToken, Refusal, SsoClient
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.organisation import Handler, Organisation
    from smtui.demo.account.sign_in_book import GivenToken

_GRANTS = frozenset({"authorization_code", "refresh_token", DEVICE_GRANT})
_SCOPE = re.compile(r"[a-z]+(:[a-z_*]+)+")
_UNAUTHORIZED = 401
_WORDS = {
    Refusal.PENDING: "The user has not completed the authorization yet",
    Refusal.SLOW_DOWN: "The client is polling too often",
    Refusal.DENIED: "The user has denied the authorization",
    Refusal.EXPIRED: "The code has expired",
    Refusal.INVALID_GRANT: "The code, or the refresh token, is not valid",
}


def register_client(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Adds a public client; one of the browser's way names where on the machine's loopback it waits."""
    if params["clientType"] != "public":
        raise AwsError("InvalidClientMetadataException", "Only public clients can register")
    grants, redirects = tuple(params.get("grantTypes", ())), tuple(params.get("redirectUris", ()))
    if not _GRANTS.issuperset(grants):
        raise AwsError("UnsupportedGrantTypeException", "A grant type is not supported")
    if "authorization_code" in grants and not (redirects and params.get("issuerUrl")):
        raise AwsError("InvalidRequestException", "redirectUris and issuerUrl are needed")
    if not all(map(_is_loopback, redirects)):
        raise AwsError("InvalidRedirectUriException", "A redirect URI is not allowed")
    if params.get("issuerUrl", organisation.start_url) != organisation.start_url:
        raise AwsError("InvalidRequestException", "issuerUrl is not that of an instance")
    scopes = tuple(params.get("scopes", ()))
    if not all(map(_SCOPE.fullmatch, scopes)):
        raise AwsError("InvalidScopeException", "A scope is not known")
    client = organisation.book.register(params["clientName"], scopes, grants, redirects)
    return {
        "clientId": client.client_id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": int(client.ends_at.timestamp()) - 90 * 86400,
        "clientSecretExpiresAt": int(client.ends_at.timestamp()),
    }


def _is_loopback(uri: str) -> bool:
    """A redirect that leaves out its port fits every port."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"} and parts.port is None


def start_device_authorization(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Gives a code for a person to type."""
    client = _proven(organisation, params)
    if params["startUrl"] != organisation.start_url:
        raise AwsError("InvalidRequestException", "Invalid start URL")
    question = organisation.book.ask_by_code(client)
    page = f"{organisation.base_url}/device"
    return {
        "deviceCode": question.device_code,
        "userCode": question.user_code,
        "verificationUri": page,
        "verificationUriComplete": f"{page}?user_code={quote(question.user_code)}",
        "expiresIn": 600,
        "interval": organisation.book.interval,
    }


def create_token(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Gives a token for what a person has agreed to, or for a refresh token."""
    client = _proven(organisation, params)
    try:
        token = _token(organisation, client, params)
    except NoToken as no:
        raise AwsError(no.why.value, _WORDS[no.why]) from no
    lasts = int(organisation.book.token_lasts.total_seconds())
    given = {"accessToken": token.access, "tokenType": "Bearer", "expiresIn": lasts}
    return {**given, **({"refreshToken": token.refresh} if token.refresh else {})}


def _token(organisation: Organisation, client: SsoClient, params: Mapping[str, Any]) -> GivenToken:
    book = organisation.book
    match params["grantType"]:
        case "authorization_code":
            if "authorization_code" not in client.grants:
                raise AwsError("UnauthorizedClientException", "The client did not register for this grant type")
            return book.by_code(client, *(params.get(name, "") for name in ("code", "redirectUri", "codeVerifier")))
        case "refresh_token":
            return book.by_refresh(client, params.get("refreshToken", ""))
        case kind if kind == DEVICE_GRANT:
            return book.by_device(client, params.get("deviceCode", ""), organisation.clock())
    raise AwsError("UnsupportedGrantTypeException", "The grant type is not supported")


def _proven(organisation: Organisation, params: Mapping[str, Any]) -> SsoClient:
    client = organisation.book.proven(params["clientId"], params["clientSecret"])
    if client is None:
        raise AwsError("InvalidClientException", "The client is not known, or has expired", _UNAUTHORIZED)
    return client


HANDLERS: Mapping[str, Handler] = {
    "CreateToken": create_token,
    "RegisterClient": register_client,
    "StartDeviceAuthorization": start_device_authorization,
}
