"""AWS Signature Version 4, checked from the receiving side.

Source: Signature Version 4 in the IAM User Guide.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from smtui.demo.errors import Refusal, Refused
from smtui.demo.http_message import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
ALLOWED_SKEW = timedelta(minutes=5)
_STAMP = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The one key pair that a simulated Region accepts; `session_token` is empty for long-lived keys."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature was made for."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class _Claim:
    access_key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str


def claimed_scope(request: HttpRequest) -> Scope | None:
    """The scope that the request claims, unchecked: it says in which protocol a refusal has to be worded."""
    try:
        return _claim(request).scope
    except Refused:
        return None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SignatureVerifier:
    """Checks requests against one key pair."""

    def __init__(self, keys: KeyPair, regions: Collection[str], now: Callable[[], datetime] = _utc_now) -> None:
        self._keys = keys
        self._regions = regions
        self._now = now

    def verify(self, request: HttpRequest) -> Scope:
        """The scope of a rightly signed request; raises `Refused` with the family of what is wrong."""
        claim = _claim(request)
        stamp = request.header("x-amz-date")
        self._check_time(stamp, claim.scope)
        if not hmac.compare_digest(claim.access_key_id.encode(), self._keys.access_key_id.encode()):
            raise Refused(Refusal.UNKNOWN_KEY)
        token = request.header("x-amz-security-token")
        if not hmac.compare_digest(token.encode(), self._keys.session_token.encode()):
            raise Refused(Refusal.UNKNOWN_KEY)
        if claim.scope.region not in self._regions:
            raise Refused(Refusal.INCOMPLETE_SIGNATURE, "Credential should be scoped to a valid region.")
        text = "\n".join((ALGORITHM, stamp, str(claim.scope), _canonical_hash(request, claim.signed_headers)))
        if not hmac.compare_digest(_signature(self._keys.secret_access_key, claim.scope, text), claim.signature):
            raise Refused(Refusal.WRONG_SIGNATURE)
        return claim.scope

    def _check_time(self, stamp: str, scope: Scope) -> None:
        try:
            signed_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            raise Refused(
                Refusal.INCOMPLETE_SIGNATURE, "Date must be in ISO-8601 'basic format'. Got none that is."
            ) from None
        if scope.date != stamp[:8]:
            raise Refused(
                Refusal.INCOMPLETE_SIGNATURE, f"Date in Credential scope does not match YYYYMMDD from {stamp}."
            )
        now = self._now()
        if abs(now - signed_at) <= ALLOWED_SKEW:
            return
        if signed_at < now:
            limit, words = now - ALLOWED_SKEW, "Signature expired: {} is now earlier than {} ({} - 5 min.)"
        else:
            limit, words = now + ALLOWED_SKEW, "Signature not yet current: {} is still later than {} ({} + 5 min.)"
        raise Refused(Refusal.CLOCK_SKEW, words.format(stamp, limit.strftime(_STAMP), now.strftime(_STAMP)))


def _claim(request: HttpRequest) -> _Claim:
    authorization = request.header("authorization")
    if not authorization:
        raise Refused(Refusal.UNSIGNED)
    found = _AUTHORIZATION.fullmatch(authorization.strip())
    parts = found["credential"].split("/") if found else []
    if found is None or len(parts) != 5 or parts[4] != "aws4_request":
        raise Refused(
            Refusal.INCOMPLETE_SIGNATURE,
            "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.",
        )
    signed = tuple(found["headers"].split(";"))
    if "host" not in signed or "x-amz-date" not in signed:
        raise Refused(
            Refusal.INCOMPLETE_SIGNATURE, "'Host' and 'X-Amz-Date' must be signed headers in the Authorization."
        )
    return _Claim(parts[0], Scope(parts[1], parts[2], parts[3]), signed, found["signature"])


def _canonical_hash(request: HttpRequest, signed_headers: tuple[str, ...]) -> str:
    headers = [f"{name}:{','.join(_trimmed(value) for value in request.values(name))}" for name in signed_headers]
    canonical = "\n".join(
        (
            request.method.upper(),
            quote(request.path or "/", safe="/~"),
            _canonical_query(request.query),
            *headers,
            "",
            ";".join(signed_headers),
            _body_hash(request),
        )
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _trimmed(value: str) -> str:
    return " ".join(value.split())


def _canonical_query(query: str) -> str:
    pairs = []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _body_hash(request: HttpRequest) -> str:
    actual = hashlib.sha256(request.body).hexdigest()
    declared = request.header("x-amz-content-sha256")
    if declared and declared != actual:
        raise Refused(Refusal.WRONG_SIGNATURE)
    return actual


def _signature(secret: str, scope: Scope, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
