"""Signs the built-in plugin's websocket and makes its three calls of AWS.

It starts fast: botocore is imported only for the calls, and for keys that do not come from the environment. Every
function and method may block. Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html,
https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_ResumeSession, API_TerminateSession) and
https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import smtui
from smtui.aws.proxy_and_trust import (
    BundleTrouble,
    forget_empty_variables,
    names_bundle,
    proxy_for,
    raise_permanent_failure,
    trusted,
)
from smtui.domain.places.stream_endpoint import at_endpoint, endpoint_in
from smtui.domain.text import KNOWN_SECRETS, error_words, kept_message

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "ssmmessages"
_EMPTY_BODY = hashlib.sha256(b"").hexdigest()
_METADATA_SECONDS = 1
_DEFAULT_PROFILE = "default"
_THROTTLED = frozenset({"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"})
_DATA_KEY_BYTES = 64
_IMPORTED_BY_CALLS = (
    "urllib3",
    "botocore.httpsession",
    "botocore.client",
    "botocore.session",
    "smtui.aws.credential_faults",
    "encodings.idna",
)
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class CallFailed(Exception):
    """AWS gave no useful answer; a retry may succeed. The text says why."""


class CallRefused(Exception):
    """AWS refused, or there are no credentials: a retry cannot succeed. The text says why."""


class _Expired(CallRefused):
    """The credentials have expired; their source may have others."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that sign requests; `token` is empty for long-lived keys. The repr shows no secret."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)


def sign_upgrade(url: str, region: str, keys: Keys, now: datetime | None = None) -> dict[str, str]:
    """The headers that sign a websocket upgrade with SigV4; none when the URL is signed already.

    Signs host, x-amz-date and x-amz-security-token of a GET without a body, as the official plugin does.
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


def blames_clock(body: bytes) -> bool:
    """Whether an answer that refuses a signed request says that its time is off, as after sleep."""
    from smtui.aws.call_faults import CLOCK_WORDS

    return bool(CLOCK_WORDS.search(body[:4_096].decode("utf-8", "replace")))


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

    def keys_of_environment(self) -> Keys | None:
        """The environment's keys, without a call; None where botocore would not use them, as with a named profile."""
        access, secret = self._environ.get("AWS_ACCESS_KEY_ID"), self._environ.get("AWS_SECRET_ACCESS_KEY")
        if self._profile or not access or not secret:
            return None
        return Keys(access, secret, self._environ.get("AWS_SESSION_TOKEN", ""))

    def keys(self) -> Keys | None:
        """The keys to sign with; None when there are none, or when they cannot be fetched."""
        quick = self.keys_of_environment()
        if quick is not None:
            return quick
        try:
            with self._lock:
                credentials = self._botocore_session().get_credentials()
                frozen = credentials.get_frozen_credentials() if credentials else None
        except Exception:
            # The official plugin, too, then connects unsigned; the service's answer says whether it accepts that.
            return None
        if frozen is None:
            return None
        KNOWN_SECRETS.learn(frozen.secret_key, frozen.token or "")
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or "")

    def tls_context(self) -> ssl.SSLContext:
        """A context for the websocket that trusts what the calls trust. Raises CallRefused for an unusable bundle."""
        try:
            return trusted(self._environ, self._bundle_of_profile).context()
        except BundleTrouble as trouble:
            raise CallRefused(str(trouble)) from None

    def _bundle_of_profile(self) -> str | None:
        if not names_bundle(self._environ):
            return None
        try:
            with self._lock:
                bundle: str | None = self._botocore_session().get_config_variable("ca_bundle")
        except Exception:
            return None  # a broken file or an unknown profile: the calls report it
        return bundle

    @staticmethod
    def proxy_for(url: str) -> str:
        """The proxy that the calls use, too: a URL, empty for none."""
        return proxy_for(url)

    def preparation(self) -> Iterator[Callable[[], object]]:
        """The preparation of `resume_session` in steps, to be called one after the other.

        After them, a lost connection costs one request instead of a second. A failure here is left to the real call.
        """
        for module in _IMPORTED_BY_CALLS:
            yield partial(importlib.import_module, module)
        yield partial(self._client, "ssm", self._endpoint_url)

    def resume_session(self, session_id: str) -> tuple[str, str] | None:
        """ssm:ResumeSession: stream URL and token; None when the session has ended. Raises CallFailed, CallRefused."""
        answer = self._call("ssm:ResumeSession", "resume_session", self._endpoint_url, SessionId=session_id)
        url, token = answer.get("StreamUrl"), answer.get("TokenValue")
        KNOWN_SECRETS.learn(token or "")
        return (at_endpoint(url, endpoint_in(self._environ)), token) if url and token else None

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession; a session that has already ended is success. Raises CallFailed, CallRefused."""
        self._call("ssm:TerminateSession", "terminate_session", self._endpoint_url, SessionId=session_id)

    def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """kms:GenerateDataKey: plaintext and ciphertext of 64 bytes for a session. Raises CallFailed, CallRefused."""
        answer = self._call(
            "kms:GenerateDataKey",
            "generate_data_key",
            self._kms_endpoint(),
            KeyId=key_id,
            NumberOfBytes=_DATA_KEY_BYTES,
            EncryptionContext=dict(context),
        )
        plaintext, ciphertext = answer.get("Plaintext"), answer.get("CiphertextBlob")
        if not isinstance(plaintext, bytes) or not isinstance(ciphertext, bytes):
            raise CallFailed("kms:GenerateDataKey failed: the answer holds no key")
        return plaintext, ciphertext

    def _kms_endpoint(self) -> str:
        """A simulated Region on this machine has its own KMS; AWS's does not know its keys."""
        return self._endpoint_url if urlsplit(self._endpoint_url).hostname in _THIS_MACHINE else ""

    def _botocore_session(self) -> Any:
        with self._lock:
            if self._session is None:
                from botocore.session import Session

                forget_empty_variables()
                self._session = Session(profile=self._profile or None)
                if self._profile == _DEFAULT_PROFILE and _DEFAULT_PROFILE not in self._session.available_profiles:
                    # Programs in Go name it although there is none, and mean the usual sources.
                    self._session = Session()
                self._session.register("needs-retry", raise_permanent_failure)
                # Outside EC2 no metadata service answers, and a session must not wait for it.
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
                    config=Config(
                        connect_timeout=5,
                        read_timeout=10,
                        retries={"total_max_attempts": 2},
                        user_agent_extra=f"smtui-plugin/{smtui.__version__}",
                    ),
                )
            return self._clients[service]

    def _renew_credentials(self) -> None:
        """Raises CallFailed or CallRefused for a failure of the credentials, which is not the call's own."""
        from smtui.aws.credential_faults import credential_fault
        from smtui.domain.fault import PASSING_KINDS

        session = self._botocore_session()
        try:
            with self._lock:
                credentials = session.get_credentials()
            if credentials is not None:
                credentials.get_frozen_credentials()
        except Exception as error:
            from smtui.topics.next_step import after_fault

            fault = credential_fault(error, session, datetime.now(UTC))
            failed = CallFailed if fault.kind in PASSING_KINDS else CallRefused
            raise failed(f"{fault.sentence()} {after_fault(fault)}") from None

    def _call(self, action: str, method: str, endpoint_url: str, **parameters: Any) -> dict[str, Any]:
        """botocore's answer; empty where the session has already ended. Raises CallFailed, CallRefused.

        A session lasts longer than many credentials. If AWS calls them expired, their source is asked anew, once: a
        file or a program may have others by now, and botocore renews only those whose end it knows.
        """
        try:
            return self._call_once(action, method, endpoint_url, **parameters)
        except _Expired:
            with self._lock:
                self._session = None
                self._clients.clear()
            return self._call_once(action, method, endpoint_url, **parameters)

    def _call_once(self, action: str, method: str, endpoint_url: str, **parameters: Any) -> dict[str, Any]:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionError,  # noqa: A004
            HTTPClientError,
        )

        from smtui.aws.call_faults import fault_of
        from smtui.domain.fault import FaultKind

        self._renew_credentials()
        try:
            answer: dict[str, Any] = getattr(self._client(action.partition(":")[0], endpoint_url), method)(**parameters)
            return answer
        except ClientError as error:
            kind = fault_of(error, action, datetime.now(UTC)).kind
            if kind is FaultKind.ALREADY_ENDED:
                return {}
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            # With the code: a service's message alone does not always name the problem.
            words = kept_message(": ".join(part for part in (code, error.response["Error"].get("Message")) if part))
            if status >= 500 or code in _THROTTLED or kind is FaultKind.CLOCK_SKEW:
                # A clock that is off after sleep is soon set.
                raise CallFailed(f"{action} failed: {words}") from None
            if kind is FaultKind.EXPIRED_CREDENTIALS:
                raise _Expired(f"{action} was refused: {words}") from None
            raise CallRefused(f"{action} was refused: {words}") from None
        except (ConnectionError, HTTPClientError) as error:
            fault = fault_of(error, action, datetime.now(UTC))
            if fault.kind is FaultKind.CERTIFICATE:
                from smtui.topics.next_step import after_fault

                raise CallRefused(f"{action} is not possible: {fault.sentence()} {after_fault(fault)}") from None
            raise CallFailed(f"{action} failed: {fault.says or error_words(error)}") from None
        except BotoCoreError as error:
            raise CallRefused(f"{action} is not possible: {error_words(error)}") from None
