"""Checks AWS Signature Version 4 as a service does: scope, date, key and token, then the signature itself.

Source: Signature Version 4 in the IAM User Guide. The canonical request is botocore's, which is imported with the first
check.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from smtui.demo.wire.service_errors import Refusal, Refused

if TYPE_CHECKING:
    from smtui.demo.wire.http_server import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
ALLOWED_SKEW = timedelta(minutes=5)
_STAMP = "%Y%m%dT%H%M%SZ"
_LONGEST_PRESIGNED = 604_800
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key pair that a simulated Region accepts; `session_token` is empty for long-lived keys."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a signature: its date, Region and service."""

    date: str
    region: str
    service: str
    access_key_id: str = field(default="", compare=False)
    """Whose signature it is; empty before the check."""

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class _Claim:
    access_key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str


def claimed_scope(request: HttpRequest) -> Scope | None:
    """The scope that the request claims, unchecked; it decides the protocol of a refusal. None without a signature."""
    try:
        return _claim(request).scope
    except Refused:
        return None


def claimed_key(request: HttpRequest) -> str:
    """The id of the access key that the request claims, unchecked; raises `Refused` without a signature."""
    return _claim(request).access_key_id


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SignatureVerifier:
    """Checks requests against the caller's key pair, and those that were granted meanwhile."""

    def __init__(
        self,
        keys: KeyPair,
        regions: Collection[str],
        now: Callable[[], datetime] = _utc_now,
        granted: Callable[[str], KeyPair | None] = lambda _: None,
        closed: Collection[str] = (),
    ) -> None:
        """`granted` finds other keys by their id; it raises `Refused` for those that have expired.

        No key is known in a Region of `closed`, which nobody has opted in to.
        """
        self._keys = keys
        self._regions = regions
        self._now = now
        self._granted = granted
        self._closed = closed

    def verify(self, request: HttpRequest) -> Scope:
        """The scope of a request with a valid signature. Raises `Refused`."""
        claim = _claim(request)
        stamp = request.header("x-amz-date")
        self._check_time(stamp, claim.scope)
        keys = self._checked_keys(claim, request.header("x-amz-security-token"))
        _check_body_hash(request)
        self._check_signature(request, claim, stamp, keys)
        return replace(claim.scope, access_key_id=keys.access_key_id)

    def verify_presigned(self, request: HttpRequest) -> Scope:
        """The scope of a request that is signed in its query. Raises `Refused`.

        Source: "Authenticating Requests: Using Query Parameters" of Signature Version 4.
        """
        given = {name: values[0] for name, values in parse_qs(request.query).items()}
        claim, stamp = _claim_of_query(given), given.get("X-Amz-Date", "")
        self._check_expiry(stamp, given.get("X-Amz-Expires", ""), claim.scope)
        keys = self._checked_keys(claim, given.get("X-Amz-Security-Token", ""))
        pairs = [pair for pair in request.query.split("&") if not pair.startswith("X-Amz-Signature=")]
        self._check_signature(replace(request, query="&".join(pairs), body=b""), claim, stamp, keys)
        return replace(claim.scope, access_key_id=keys.access_key_id)

    def _checked_keys(self, claim: _Claim, token: str) -> KeyPair:
        is_own = hmac.compare_digest(claim.access_key_id.encode(), self._keys.access_key_id.encode())
        keys = self._keys if is_own else self._granted(claim.access_key_id)
        if keys is None or not hmac.compare_digest(token.encode(), keys.session_token.encode()):
            raise Refused(Refusal.UNKNOWN_KEY)
        if claim.scope.region in self._closed:
            raise Refused(Refusal.UNKNOWN_KEY)
        if claim.scope.region not in self._regions:
            raise Refused(Refusal.INCOMPLETE_SIGNATURE, "Credential should be scoped to a valid region.")
        return keys

    def _check_signature(self, request: HttpRequest, claim: _Claim, stamp: str, keys: KeyPair) -> None:
        text = "\n".join((ALGORITHM, stamp, str(claim.scope), _canonical_hash(request, claim)))
        if not hmac.compare_digest(_signature(keys.secret_access_key, claim.scope, text), claim.signature):
            raise Refused(Refusal.WRONG_SIGNATURE)

    def _check_expiry(self, stamp: str, seconds: str, scope: Scope) -> None:
        """A presigned request is valid from its date on for its own time, instead of 5 minutes around its date."""
        if not (seconds.isascii() and seconds.isdecimal() and 1 <= int(seconds) <= _LONGEST_PRESIGNED):
            raise Refused(Refusal.INCOMPLETE_SIGNATURE, "X-Amz-Expires must be between 1 and 604800 seconds.")
        signed_at, now = _signed_at(stamp, scope), self._now()
        if signed_at > now + ALLOWED_SKEW:
            raise Refused(Refusal.CLOCK_SKEW, f"Signature not yet current: {stamp} is later than {now:{_STAMP}}")
        ends = signed_at + timedelta(seconds=int(seconds))
        if ends < now:
            raise Refused(Refusal.CLOCK_SKEW, f"Signature expired: {ends:{_STAMP}} is now earlier than {now:{_STAMP}}")

    def _check_time(self, stamp: str, scope: Scope) -> None:
        signed_at, now = _signed_at(stamp, scope), self._now()
        if abs(now - signed_at) <= ALLOWED_SKEW:
            return
        if signed_at < now:
            limit, words = now - ALLOWED_SKEW, "Signature expired: {} is now earlier than {} ({} - 5 min.)"
        else:
            limit, words = now + ALLOWED_SKEW, "Signature not yet current: {} is still later than {} ({} + 5 min.)"
        raise Refused(Refusal.CLOCK_SKEW, words.format(stamp, limit.strftime(_STAMP), now.strftime(_STAMP)))


def _signed_at(stamp: str, scope: Scope) -> datetime:
    try:
        signed_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise Refused(
            Refusal.INCOMPLETE_SIGNATURE, "Date must be in ISO-8601 'basic format'. Got none that is."
        ) from None
    if scope.date != stamp[:8]:
        raise Refused(Refusal.INCOMPLETE_SIGNATURE, f"Date in Credential scope does not match YYYYMMDD from {stamp}.")
    return signed_at


def _claim_of_query(given: Mapping[str, str]) -> _Claim:
    if "X-Amz-Signature" not in given:
        raise Refused(Refusal.UNSIGNED)
    parts = given.get("X-Amz-Credential", "").split("/")
    signed = tuple(given.get("X-Amz-SignedHeaders", "").split(";"))
    if given.get("X-Amz-Algorithm") != ALGORITHM or len(parts) != 5 or parts[4] != "aws4_request":
        raise Refused(Refusal.INCOMPLETE_SIGNATURE, "The query needs a valid 'X-Amz-Algorithm' and 'X-Amz-Credential'.")
    if "host" not in signed:
        raise Refused(Refusal.INCOMPLETE_SIGNATURE, "'Host' must be a signed header.")
    return _Claim(parts[0], Scope(parts[1], parts[2], parts[3]), signed, given["X-Amz-Signature"])


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


def _canonical_hash(request: HttpRequest, claim: _Claim) -> str:
    """Of the canonical request as botocore writes it; raises `Refused` for what botocore would fill in or leave out."""
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest

    if not request.path.startswith("/") or "#" in request.path + request.query:
        raise Refused(Refusal.WRONG_SIGNATURE)
    given = AWSRequest(request.method, f"http://localhost{request.path}?{request.query}", data=request.body)
    for name in claim.signed_headers:
        values = request.values(name)
        if not values:
            raise Refused(Refusal.WRONG_SIGNATURE)
        for value in values:
            given.headers.add_header(name, value)
    signer = S3SigV4Auth if claim.scope.service == "s3" else SigV4Auth
    canonical: str = signer(None, claim.scope.service, claim.scope.region).canonical_request(given)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _check_body_hash(request: HttpRequest) -> None:
    """The canonical request takes a declared hash for granted."""
    declared = request.header("x-amz-content-sha256")
    if declared and declared != hashlib.sha256(request.body).hexdigest():
        raise Refused(Refusal.WRONG_SIGNATURE)


def _signature(secret: str, scope: Scope, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
