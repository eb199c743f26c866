"""Calls IAM Identity Center: registers a client, asks for tokens, lists accounts and roles. Signs nothing.

The service knows its caller by the token alone, so no IAM policy is needed. Implements `place_protocols.SsoAws`.
Sources: the OIDC and the portal API reference of IAM Identity Center.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from smtui.aws.api_calls import mappings, number, text
from smtui.aws.call_faults import fault_of
from smtui.aws.identities.token_files import BROWSER_GRANTS, BROWSER_SCOPES, STILL_GOOD, TokenFiles
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.sso_values import (
    CALLBACK_PATH,
    USUAL_INTERVAL,
    AskedTooOften,
    ClientRegistration,
    DeviceCode,
    SsoAccount,
    SsoRole,
    SsoToken,
    TokenNotKept,
)
from smtui.domain.text import KNOWN_SECRETS, kept_message

if TYPE_CHECKING:
    from smtui.aws.places import BotoPlaces
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.places.sso_values import AuthorizationAsked

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_REDIRECT = f"http://127.0.0.1{CALLBACK_PATH}"
"""Registered without a port: any port of this machine's loopback fits it (RFC 8252, 7.3)."""
_PENDING, _TOO_OFTEN = "AuthorizationPendingException", "SlowDownException"
_OIDC, _PORTAL = "sso-oidc", "sso"
_PAGE = 100


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SsoAdapter:
    """Every SSO session of the configuration. Methods block; safe to call from several threads."""

    def __init__(
        self,
        places: Callable[[], BotoPlaces],
        files: TokenFiles,
        profile_of: Callable[[SsoSession], str],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`profile_of` finds the profile whose endpoints and certificates count for a session; empty for none."""
        self._places = places
        self._files = files
        self._profile_of = profile_of
        self._now = now
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], Any] = {}

    # Signing in ----------------------------------------------------------------------------------

    def register(self, session: SsoSession, *, by_browser: bool) -> ClientRegistration:
        """RegisterClient, unless a client is kept that lasts another 15 minutes."""
        _refuse_incomplete(session, self._now())
        kept = self._files.client(session, by_browser=by_browser)
        if kept is not None:
            return kept
        asked: dict[str, Any] = {"clientName": f"botocore-client-{session.name or 'smtui'}", "clientType": "public"}
        scopes = list(session.scopes)
        if by_browser:
            asked |= {
                "grantTypes": list(BROWSER_GRANTS),
                "redirectUris": [_REDIRECT],
                "issuerUrl": session.start_url,
            }
            scopes = scopes or list(BROWSER_SCOPES)
        if scopes:
            asked["scopes"] = scopes
        answer = self._oidc(session, "RegisterClient", **asked)
        client_id, secret, ends = text(answer, "clientId"), text(answer, "clientSecret"), _date(answer)
        if not (client_id and secret and ends):
            raise self._odd("RegisterClient", "The answer holds no client.")
        KNOWN_SECRETS.learn(secret)
        client = ClientRegistration(client_id, secret, ends)
        self._files.keep_client(session, client, by_browser=by_browser)
        return client

    def device_code(self, session: SsoSession, client: ClientRegistration) -> DeviceCode:
        """StartDeviceAuthorization."""
        answer = self._oidc(session, "StartDeviceAuthorization", startUrl=session.start_url, **_as_client(client))
        device, user = text(answer, "deviceCode"), text(answer, "userCode")
        address, lasts = text(answer, "verificationUri"), number(answer, "expiresIn")
        if not (device and user and address and lasts):
            raise self._odd("StartDeviceAuthorization", "The answer holds no code.")
        KNOWN_SECRETS.learn(device)
        ends = self._now() + timedelta(seconds=lasts)
        pause = number(answer, "interval") or USUAL_INTERVAL
        return DeviceCode(device, user, address, text(answer, "verificationUriComplete"), ends, max(1.0, pause))

    def authorize_url(self, session: SsoSession, client: ClientRegistration, asked: AuthorizationAsked) -> str:
        """The page on which the user approves. Calls nothing."""
        with self._faults_of("RegisterClient"):
            endpoint = str(self._client(_OIDC, session).meta.endpoint_url).rstrip("/")
        query = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": asked.redirect_uri,
            "state": asked.state,
            "code_challenge_method": "S256",
            "scopes": " ".join(session.scopes or BROWSER_SCOPES),
            "code_challenge": asked.challenge,
        }
        return f"{endpoint}/authorize?{urlencode(query, quote_via=quote)}"

    def token_for_code(
        self, session: SsoSession, client: ClientRegistration, code: str, asked: AuthorizationAsked
    ) -> SsoToken:
        """CreateToken for the code that the browser brought."""
        given = {"code": code, "redirectUri": asked.redirect_uri, "codeVerifier": asked.verifier}
        return self._token(session, client, grantType="authorization_code", **given)

    def token_for_device(self, session: SsoSession, client: ClientRegistration, code: DeviceCode) -> SsoToken | None:
        """CreateToken for a device code; None while the user has not allowed it. Raises `AskedTooOften`."""
        try:
            return self._token(session, client, grantType=_DEVICE_GRANT, deviceCode=code.device_code)
        except AwsCallFailed as failed:
            if failed.fault.code == _TOO_OFTEN:
                raise AskedTooOften from failed
            if failed.fault.code == _PENDING:
                return None
            raise

    def keep(self, session: SsoSession, client: ClientRegistration, token: SsoToken) -> str:
        """Write the token for the user alone; return the file's path. Raises `TokenNotKept`."""
        return self._files.keep_token(session, client, token)

    # Accounts and roles --------------------------------------------------------------------------

    def accounts(self, session: SsoSession) -> Iterator[Sequence[SsoAccount]]:
        """ListAccounts, one item a page."""
        for page in self._pages(session, "ListAccounts"):
            yield [
                SsoAccount(text(each, "accountId"), text(each, "accountName"), text(each, "emailAddress"))
                for each in mappings(page.get("accountList"))
            ]

    def roles(self, session: SsoSession, account_id: str) -> Sequence[SsoRole]:
        """ListAccountRoles of one account, all pages."""
        return [
            SsoRole(text(each, "accountId") or account_id, text(each, "roleName"))
            for page in self._pages(session, "ListAccountRoles", accountId=account_id)
            for each in mappings(page.get("roleList"))
        ]

    def _pages(self, session: SsoSession, operation: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        token = self._access_token(session)
        with self._faults_of(operation):
            paginator = self._client(_PORTAL, session).get_paginator(_METHODS[operation])
            pages = iter(paginator.paginate(accessToken=token, PaginationConfig={"PageSize": _PAGE}, **asked))
        while True:
            with self._faults_of(operation):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _access_token(self, session: SsoSession) -> str:
        """The token of the session, renewed if it ends within 15 minutes. Raises the fault of a missing sign-in."""
        kept = self._files.token(session)
        now = self._now()
        if kept is not None and kept.token.expires_at - now < STILL_GOOD and kept.client and kept.token.refresh_token:
            kept_token = self._renewed(session, kept.client, kept.token)
            if kept_token.expires_at > now:
                return kept_token.access_token
        if kept is None or kept.token.expires_at <= now:
            says = f"The SSO sign-in of {session.label} has expired or was never made."
            raise AwsCallFailed(Fault(FaultKind.SSO_SIGN_IN, "", "", "", now, says=says))
        return kept.token.access_token

    def _renewed(self, session: SsoSession, client: ClientRegistration, token: SsoToken) -> SsoToken:
        """The token that replaces this one; this one if AWS gives no other, since it may still be good."""
        try:
            new = self._token(session, client, grantType="refresh_token", refreshToken=token.refresh_token)
            new = new if new.refresh_token else replace(new, refresh_token=token.refresh_token)
            self._files.keep_token(session, client, new)
        except AwsCallFailed:
            return token
        except TokenNotKept:
            return new
        return new

    # Calls ---------------------------------------------------------------------------------------

    def _token(self, session: SsoSession, client: ClientRegistration, **grant: Any) -> SsoToken:
        answer = self._oidc(session, "CreateToken", **_as_client(client), **grant)
        access, lasts, refresh = text(answer, "accessToken"), number(answer, "expiresIn"), text(answer, "refreshToken")
        if not access or not lasts:
            raise self._odd("CreateToken", "The answer holds no token.")
        KNOWN_SECRETS.learn(access, refresh)
        now = self._now()
        return SsoToken(access, now + timedelta(seconds=lasts), refresh, _clock_ahead(answer, now))

    def _oidc(self, session: SsoSession, operation: str, **asked: Any) -> Mapping[str, Any]:
        with self._faults_of(operation):
            answer: Mapping[str, Any] = getattr(self._client(_OIDC, session), _METHODS[operation])(**asked)
            return answer

    def _client(self, service: str, session: SsoSession) -> Any:
        """botocore's client, made once for each session's Region and profile."""
        key = (service, session.region, profile := self._profile_of(session))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._places().unsigned_client(service, Place(profile, session.region))
            return self._clients[key]

    @contextmanager
    def _faults_of(self, operation: str) -> Iterator[None]:
        """Turns every exception of the block into `AwsCallFailed`, with the words of OAuth where there are some."""
        try:
            yield
        except Exception as error:
            fault = fault_of(error, operation, self._now())
            described = text(getattr(error, "response", None) or {}, "error_description")
            if described and not fault.message:
                fault = replace(fault, message=kept_message(described))
            raise AwsCallFailed(fault) from error

    def _odd(self, operation: str, message: str) -> AwsCallFailed:
        return AwsCallFailed(Fault(FaultKind.SERVICE, operation, "", message, self._now()))


_METHODS = {
    "CreateToken": "create_token",
    "ListAccountRoles": "list_account_roles",
    "ListAccounts": "list_accounts",
    "RegisterClient": "register_client",
    "StartDeviceAuthorization": "start_device_authorization",
}
"""Operation -> botocore's method. No IAM policy allows or denies these calls, so they are named as operations."""


def _refuse_incomplete(session: SsoSession, now: datetime) -> None:
    missing = [
        name for name, value in (("sso_start_url", session.start_url), ("sso_region", session.region)) if not value
    ]
    if missing:
        says = f"The SSO session {session.label} has no {' and no '.join(missing)}."
        raise AwsCallFailed(Fault(FaultKind.BROKEN_CONFIG, "", "", "", now, says=says))


def _as_client(client: ClientRegistration) -> dict[str, str]:
    return {"clientId": client.client_id, "clientSecret": client.client_secret}


def _date(answer: Mapping[str, Any]) -> datetime | None:
    seconds = number(answer, "clientSecretExpiresAt")
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _clock_ahead(answer: Mapping[str, Any], now: datetime) -> timedelta:
    """How far our clock is ahead of the answer's Date; nothing where it has none."""
    headers = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    try:
        theirs = parsedate_to_datetime(str(headers["date"]))
        return now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))
    except (KeyError, ValueError, TypeError, OverflowError):
        return timedelta()
