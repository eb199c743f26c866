"""Any exception of a botocore call -> `Fault`, its family told from AWS's code, or from the client's exception.

Client exceptions are told by the names in their class tree, so that this module costs no import of botocore and
takes older and newer botocores alike. Sources: botocore/exceptions.py; the common errors of the Systems Manager,
EC2 and STS API references.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

CREDENTIAL_KINDS = frozenset(
    {
        FaultKind.EXPIRED_CREDENTIALS,
        FaultKind.INVALID_CREDENTIALS,
        FaultKind.NO_CREDENTIALS,
        FaultKind.CREDENTIAL_SOURCE,
        FaultKind.MFA_NEEDED,
        FaultKind.SSO_SIGN_IN,
        FaultKind.BROKEN_CONFIG,
    }
)
"""What a sign-in outside of smtui can heal: credentials must be looked for afresh the next time."""


class MfaNeeded(Exception):
    """Raised where botocore would have asked for an MFA code on the terminal."""


def fault_of(error: Exception, action: str, at: datetime) -> Fault:
    """The fault of a failed call; `action` is the IAM action that was tried, `at` the time, aware."""
    if isinstance(error, AwsCallFailed):
        return error.fault
    names = [cls.__name__ for cls in type(error).__mro__]
    if "ClientError" in names:
        return _answered(error, action, at)
    kind = next((_CLIENT_SIDE[name] for name in names if name in _CLIENT_SIDE), FaultKind.OTHER)
    if kind is FaultKind.OTHER and isinstance(error, ValueError) and "endpoint" in str(error).lower():
        kind = FaultKind.INVALID_REQUEST
    if kind is FaultKind.OTHER and isinstance(error, RuntimeError) and "still expired" in str(error):
        kind = FaultKind.EXPIRED_CREDENTIALS  # what renewed them answered with others that are past their time, too
    return Fault(kind, action, names[0], str(error), at)


def _answered(error: Exception, action: str, at: datetime) -> Fault:
    """The fault of an error that AWS (or something in between) answered."""
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    said: Mapping[str, Any] = response.get("Error") or {}
    meta: Mapping[str, Any] = response.get("ResponseMetadata") or {}
    code = str(said.get("Code") or "")
    # A signature error may quote the request it was computed from, with the session token of the credentials.
    message = str(said.get("Message") or "").split("The Canonical String")[0].strip()
    action = _nested_action(str(getattr(error, "operation_name", "")), action)
    kind = _kind_of_code(code, message, action, meta)
    if kind is FaultKind.DENIED and (named := _DENIED_ACTION.search(message)):
        action = named["action"]
    return Fault(kind, action, code, message, at, str(meta.get("RequestId") or ""))


def _kind_of_code(code: str, message: str, action: str, meta: Mapping[str, Any]) -> FaultKind:
    kind = _BY_CODE.get(code) or next((kind for prefix, kind in _BY_PREFIX if code.startswith(prefix)), FaultKind.OTHER)
    if kind in _CLOCK_SUSPECTS and (_CLOCK_WORDS.search(message) or _clock_is_off(meta)):
        return FaultKind.CLOCK_SKEW
    if action in _SESSION_ENDERS and kind in _PERHAPS_ENDED and (code in _GONE or _ENDED_WORDS.search(message)):
        return FaultKind.ALREADY_ENDED
    if kind is FaultKind.OTHER:
        return _kind_of_status(meta.get("HTTPStatusCode"))
    return kind


def _kind_of_status(status: object) -> FaultKind:
    """For codes that say nothing: load balancers and proxies answer with a bare status."""
    if status == 407:
        return FaultKind.UNREACHABLE
    if status == 429:
        return FaultKind.THROTTLED
    return FaultKind.SERVICE if isinstance(status, int) and status >= 500 else FaultKind.OTHER


def _clock_is_off(meta: Mapping[str, Any]) -> bool:
    """Whether the answer's own Date is further from this machine's clock than AWS allows."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(str((meta.get("HTTPHeaders") or {})["date"]))
        return abs(datetime.now(theirs.tzinfo) - theirs) > timedelta(minutes=5)
    except (KeyError, ValueError, TypeError):
        return False


def _nested_action(operation: str, action: str) -> str:
    """The IAM action of the operation that failed: a call may fail on the way to its credentials."""
    return f"{_CREDENTIAL_CALLS[operation]}:{operation}" if operation in _CREDENTIAL_CALLS else action


_CREDENTIAL_CALLS = {
    "AssumeRole": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "GetRoleCredentials": "sso",
    "CreateToken": "sso-oauth",
}
_DENIED_ACTION = re.compile(r"not authorized to perform:\s+(?P<action>[a-z0-9-]+:[A-Za-z0-9]+)")
_CLOCK_WORDS = re.compile(r"signature expired|signature not yet current", re.IGNORECASE)
_CLOCK_SUSPECTS = frozenset({FaultKind.INVALID_CREDENTIALS, FaultKind.EXPIRED_CREDENTIALS})

_SESSION_ENDERS = frozenset({"ssm:TerminateSession", "ssm:ResumeSession"})
_PERHAPS_ENDED = frozenset({FaultKind.INVALID_REQUEST, FaultKind.OTHER})
_GONE = frozenset({"DoesNotExistException"})
_ENDED_WORDS = re.compile(
    r"\b(not in a valid state|already|terminated|has ended|not found|not exist|not active)\b", re.IGNORECASE
)

_BY_CODE: dict[str, FaultKind] = {
    **dict.fromkeys(
        (
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "Client.UnauthorizedOperation",
            "NotAuthorized",
            "ForbiddenException",
        ),
        FaultKind.DENIED,
    ),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        FaultKind.EXPIRED_CREDENTIALS,
    ),
    **dict.fromkeys(
        (
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "AuthFailure",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
        ),
        FaultKind.INVALID_CREDENTIALS,
    ),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestInTheFuture"), FaultKind.CLOCK_SKEW),
    **dict.fromkeys(
        (
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "BandwidthLimitExceeded",
            "SlowDown",
            "EC2ThrottledException",
        ),
        FaultKind.THROTTLED,
    ),
    **dict.fromkeys(("RequestTimeout", "RequestTimeoutException"), FaultKind.TIMED_OUT),
    "UnauthorizedException": FaultKind.SSO_SIGN_IN,
    "InvalidGrantException": FaultKind.SSO_SIGN_IN,
    "TargetNotConnected": FaultKind.TARGET_NOT_CONNECTED,
    **dict.fromkeys(
        (
            "DoesNotExistException",
            "NoSuchEntity",
            "NoSuchBucket",
            "NotFoundException",
            "InvalidNextToken",
            "SerializationException",
            "MissingParameter",
        ),
        FaultKind.INVALID_REQUEST,
    ),
    **dict.fromkeys(("ServiceUnavailable", "ServiceUnavailableException", "Unavailable"), FaultKind.SERVICE),
}

_BY_PREFIX: tuple[tuple[str, FaultKind], ...] = (
    ("Thrott", FaultKind.THROTTLED),
    ("TooManyRequests", FaultKind.THROTTLED),
    ("InvalidInstanceI", FaultKind.INVALID_TARGET),  # InvalidInstanceId (ssm), InvalidInstanceID.NotFound (ec2)
    ("InvalidTarget", FaultKind.INVALID_TARGET),
    ("InvalidDocument", FaultKind.INVALID_DOCUMENT),
    ("Validation", FaultKind.INVALID_REQUEST),
    ("InvalidParameter", FaultKind.INVALID_REQUEST),
    ("InvalidRequest", FaultKind.INVALID_REQUEST),
    ("Internal", FaultKind.SERVICE),
)

_CLIENT_SIDE: dict[str, FaultKind] = {
    "NoCredentialsError": FaultKind.NO_CREDENTIALS,
    "PartialCredentialsError": FaultKind.CREDENTIAL_SOURCE,
    "CredentialRetrievalError": FaultKind.CREDENTIAL_SOURCE,
    "MetadataRetrievalError": FaultKind.CREDENTIAL_SOURCE,
    "MfaNeeded": FaultKind.MFA_NEEDED,
    "RefreshWithMFAUnsupportedError": FaultKind.MFA_NEEDED,
    "SSOError": FaultKind.SSO_SIGN_IN,
    "TokenRetrievalError": FaultKind.SSO_SIGN_IN,
    "NoAuthTokenError": FaultKind.SSO_SIGN_IN,
    "LoginError": FaultKind.EXPIRED_CREDENTIALS,
    "NoRegionError": FaultKind.NO_REGION,
    "ProfileNotFound": FaultKind.UNKNOWN_PROFILE,
    "ConfigParseError": FaultKind.BROKEN_CONFIG,
    "ConfigNotFound": FaultKind.BROKEN_CONFIG,
    "InvalidConfigError": FaultKind.BROKEN_CONFIG,
    "UnknownCredentialError": FaultKind.BROKEN_CONFIG,
    "InvalidDefaultsMode": FaultKind.BROKEN_CONFIG,
    "InvalidEndpointConfigurationError": FaultKind.BROKEN_CONFIG,
    "ReadTimeoutError": FaultKind.TIMED_OUT,
    "InvalidProxiesConfigError": FaultKind.UNREACHABLE,
    "HTTPClientError": FaultKind.UNREACHABLE,
    "ConnectionError": FaultKind.UNREACHABLE,
    "ResponseParserError": FaultKind.UNREACHABLE,  # what answered was not AWS: a captive portal, a proxy's page
    "ParamValidationError": FaultKind.INVALID_REQUEST,
    "ValidationError": FaultKind.INVALID_REQUEST,
    "BaseEndpointResolverError": FaultKind.INVALID_REQUEST,
    "EndpointProviderError": FaultKind.INVALID_REQUEST,
    "UnknownRegionError": FaultKind.INVALID_REQUEST,
}
