"""What the built-in plugin needs of AWS: a signature for its websocket, and three calls.

Made to cost little at start-up: botocore is imported only for the calls, and for keys that come from elsewhere than the
environment. Every function and method here may block.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "ssmmessages"
_EMPTY_BODY = hashlib.sha256(b"").hexdigest()
_METADATA_SECONDS = 1
_THROTTLED = frozenset({"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"})
_DATA_KEY_BYTES = 64
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class CallFailed(Exception):
    """AWS gave no useful answer; it may later. The text says why."""


class CallRefused(Exception):
    """AWS, or our own lack of credentials, says no: asking again is of no use. The text says why."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What requests are signed with; `token` is empty for long-lived keys. The secrets stay out of the repr."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)


def sign_upgrade(url: str, region: str, keys: Keys, now: datetime | None = None) -> dict[str, str]:
    """The headers that sign a websocket upgrade with SigV4; none when the URL is signed already.

    Signed are host, x-amz-date and x-amz-security-token, of a GET without a body, as the official plugin does it.
    """
    parts = urlsplit(url)
    if any(name.lower().startswith("x-amz-") for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return {}
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": _host(url), "x-amz-date": stamp}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    names = ";".join(headers)
    request = "\n".join(
        [
            "GET",
            quote(parts.path or "/", safe="/~"),
            "&".join("=".join(pair) for pair in sorted(_pairs(parts.query))),
            *(f"{name}:{' '.join(value.split())}" for name, value in headers.items()),
            "",
            names,
            _EMPTY_BODY,
        ]
    )
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    signed = {
        "X-Amz-Date": stamp,
        "Authorization": f"{_ALGORITHM} Credential={keys.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}",
    }
    return signed | ({"X-Amz-Security-Token": keys.token} if keys.token else {})


def _pairs(query: str) -> list[tuple[str, str]]:
    if not query:
        return []
    return [(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&"))]


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    default = 443 if parts.scheme == "wss" else 80
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


class PluginCalls:
    """AWS for one plugin process: its profile (empty for none), Region and ssm endpoint (empty for AWS's own)."""

    def __init__(self, profile: str, region: str, endpoint_url: str, environ: Mapping[str, str]) -> None:
        self._profile = profile
        self._region = region
        self._endpoint_url = endpoint_url
        self._environ = environ
        self._lock = threading.RLock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}

    def keys(self) -> Keys | None:
        """The keys to sign with; None when there are none, or when they cannot be had."""
        quick = self._keys_of_environment()
        if quick is not None:
            return quick
        try:
            with self._lock:
                credentials = self._botocore_session().get_credentials()
                frozen = credentials.get_frozen_credentials() if credentials else None
        except Exception:
            # Unsigned is what the official plugin falls back to; the service's answer will say what it thinks of it.
            return None
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or "") if frozen else None

    def resume_session(self, session_id: str) -> tuple[str, str] | None:
        """ssm:ResumeSession: stream URL and token; None when the session has ended. Raises CallFailed, CallRefused."""

        def resume() -> dict[str, Any]:
            answer: dict[str, Any] = self._client("ssm", self._endpoint_url).resume_session(SessionId=session_id)
            return answer

        answer = self._call("ssm:ResumeSession", resume)
        url, token = answer.get("StreamUrl"), answer.get("TokenValue")
        return (url, token) if url and token else None

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession; a session that has ended is fine. Raises CallFailed, CallRefused."""

        def terminate() -> dict[str, Any]:
            answer: dict[str, Any] = self._client("ssm", self._endpoint_url).terminate_session(SessionId=session_id)
            return answer

        self._call("ssm:TerminateSession", terminate)

    def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """kms:GenerateDataKey for a session: plaintext and ciphertext. Raises CallFailed, CallRefused."""

        def generate() -> dict[str, Any]:
            answer: dict[str, Any] = self._client("kms", self._kms_endpoint()).generate_data_key(
                KeyId=key_id, NumberOfBytes=_DATA_KEY_BYTES, EncryptionContext=dict(context)
            )
            return answer

        answer = self._call("kms:GenerateDataKey", generate)
        return answer["Plaintext"], answer["CiphertextBlob"]

    def _kms_endpoint(self) -> str:
        """A Region on this machine has a KMS of its own; AWS's would not know its key."""
        return self._endpoint_url if urlsplit(self._endpoint_url).hostname in _THIS_MACHINE else ""

    def _keys_of_environment(self) -> Keys | None:
        """Only where botocore would take them as well: a profile that was asked for comes first."""
        access, secret = self._environ.get("AWS_ACCESS_KEY_ID"), self._environ.get("AWS_SECRET_ACCESS_KEY")
        if self._profile or not access or not secret:
            return None
        return Keys(access, secret, self._environ.get("AWS_SESSION_TOKEN", ""))

    def _botocore_session(self) -> Any:
        with self._lock:
            if self._session is None:
                from botocore.session import Session

                self._session = Session(profile=self._profile or None)
                # Off EC2 nothing answers there, and a session must not wait for it.
                self._session.set_config_variable("metadata_service_timeout", _METADATA_SECONDS)
                self._session.set_config_variable("metadata_service_num_attempts", 1)
            return self._session

    def _client(self, service: str, endpoint_url: str) -> Any:
        with self._lock:
            if service not in self._clients:
                from botocore.config import Config

                self._clients[service] = self._botocore_session().create_client(
                    service,
                    region_name=self._region,
                    endpoint_url=endpoint_url or None,
                    config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}),
                )
            return self._clients[service]

    def _call(self, action: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionError,  # noqa: A004
            HTTPClientError,
        )

        try:
            return call()
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if code == "DoesNotExistException":
                return {}
            if status >= 500 or code in _THROTTLED:
                raise CallFailed(f"{action} failed: {code}") from None
            raise CallRefused(f"{action} was refused: {error.response['Error'].get('Message') or code}") from None
        except (ConnectionError, HTTPClientError) as error:
            raise CallFailed(f"{action} failed: {error}") from None
        except BotoCoreError as error:
            raise CallRefused(f"{action} is not possible: {error}") from None
