"""Keeps the tokens of IAM Identity Center, and the clients that ask for them, in the AWS CLI's files and format.

Every SDK reads the tokens there and nowhere else. The AWS CLI writes into its files in place, where a reader may see
half of one; here a new file is renamed over the old one. Sources: botocore/tokens.py and botocore/utils.py
(`SSOTokenLoader`, `JSONFileCache`) of the AWS CLI 2.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import text, texts
from smtui.aws.identities.kept_credentials import cache_name, instant
from smtui.aws.identities.own_folder import refuse_unsafe
from smtui.domain.places.sso_values import ClientRegistration, SsoToken, TokenNotKept
from smtui.domain.text import KNOWN_SECRETS, error_words
from smtui.store.file_access import UnusableFile, read_json, replace_text

if TYPE_CHECKING:
    from smtui.domain.places.profile import SsoSession

STILL_GOOD = timedelta(minutes=15)
"""The AWS CLI uses no client and no token that ends sooner."""
BROWSER_GRANTS = ("authorization_code", "refresh_token")
BROWSER_SCOPES = ("sso:account:access",)
"""What the browser's way asks for where the session names no scopes."""
_MOST_BYTES = 1 << 20
_DATE = "%Y-%m-%dT%H:%M:%SZ"


def token_folder() -> Path:
    """The folder that the AWS CLI and every SDK read; no setting moves it."""
    # Like botocore: a Path would raise for a user that does not exist.
    return Path(os.path.expanduser("~/.aws/sso/cache"))  # noqa: PTH111


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token with the client that it was given to."""

    token: SsoToken
    client: ClientRegistration | None
    """What can renew it; None where the file holds no client that is good."""


class TokenFiles:
    """The files of one user. Every method blocks; only `keep_token` raises."""

    def __init__(
        self,
        folder: Callable[[], Path] = token_folder,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._now = now

    # Clients -------------------------------------------------------------------------------------

    def client(self, session: SsoSession, *, by_browser: bool) -> ClientRegistration | None:
        """A client that was registered for this way and these scopes, and lasts another 15 minutes; else None."""
        held = self._read(registration_key(session))
        ends = instant(held.get("expiresAt"))[0]
        is_of_browser = "authorization_code" in texts(held, "grantTypes")
        if ends is None or ends - self._now() < STILL_GOOD or is_of_browser != by_browser:
            return None
        return _client(held, ends)

    def keep_client(self, session: SsoSession, client: ClientRegistration, *, by_browser: bool) -> None:
        """Write a client down. One that cannot be written is registered anew the next time."""
        scopes = list(session.scopes or (BROWSER_SCOPES if by_browser else ()))
        held = {
            "clientId": client.client_id,
            "clientSecret": client.client_secret,
            "expiresAt": _dated(client.expires_at),
            **({"scopes": scopes} if scopes else {}),
            **({"grantTypes": list(BROWSER_GRANTS)} if by_browser else {}),
        }
        try:
            self._write(registration_key(session), held)
        except TokenNotKept:
            return

    # Tokens --------------------------------------------------------------------------------------

    def token(self, session: SsoSession) -> KeptToken | None:
        """The session's token, whoever wrote it and even if it has expired; None for none that can be read."""
        held = self._read(token_key(session))
        access, ends = text(held, "accessToken"), instant(held.get("expiresAt"))[0]
        if not access or ends is None:
            return None
        refresh = text(held, "refreshToken")
        KNOWN_SECRETS.learn(access, refresh)
        registered_until = instant(held.get("registrationExpiresAt"))[0]
        is_good = registered_until is not None and registered_until > self._now()
        client = _client(held, registered_until) if is_good and registered_until else None
        return KeptToken(SsoToken(access, ends, refresh), client)

    def keep_token(self, session: SsoSession, client: ClientRegistration, token: SsoToken) -> str:
        """Write a token for the user alone; return the file's path. Raises `TokenNotKept`."""
        held = {
            "startUrl": session.start_url,
            "region": session.region,
            "accessToken": token.access_token,
            "expiresAt": _dated(token.expires_at),
            "clientId": client.client_id,
            "clientSecret": client.client_secret,
            "registrationExpiresAt": _dated(client.expires_at),
            **({"refreshToken": token.refresh_token} if token.refresh_token else {}),
        }
        return str(self._write(token_key(session), held))

    # ---------------------------------------------------------------------------------------------

    def _read(self, key: str) -> Mapping[str, Any]:
        try:
            return read_json(self._folder() / f"{key}.json", _MOST_BYTES) or {}
        except (UnusableFile, OSError, RuntimeError):
            return {}

    def _write(self, key: str, held: Mapping[str, Any]) -> Path:
        folder = self._folder()
        path = folder / f"{key}.json"
        try:
            refuse_unsafe(folder)
            replace_text(path, json.dumps(held))
        except OSError as error:
            why = error.strerror or error_words(error)
            raise TokenNotKept(f"{folder} cannot be written: {why}.") from error
        return path


def token_key(session: SsoSession) -> str:
    """The name of the token's file, without `.json`: other programs look for exactly this one."""
    return cache_name(session.cache_key)


def registration_key(session: SsoSession) -> str:
    """The name of the client's file, as the AWS CLI computes it."""
    facts = {
        "tool": "botocore",
        "startUrl": session.start_url,
        "region": session.region,
        "scopes": list(session.scopes) or None,
        "session_name": session.name or None,
    }
    return cache_name(json.dumps(facts, sort_keys=True))


def _client(held: Mapping[str, Any], ends: datetime) -> ClientRegistration | None:
    client_id, secret = text(held, "clientId"), text(held, "clientSecret")
    KNOWN_SECRETS.learn(secret)
    return ClientRegistration(client_id, secret, ends) if client_id and secret else None


def _dated(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_DATE)
