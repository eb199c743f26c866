"""Turns the exception of a botocore call into a `Fault`, by AWS's error code or the exception's class.

Exceptions are recognised by the names of their classes: this module then imports no botocore, and works with older and
newer ones. Sources: botocore/exceptions.py; the pages CommonErrors of the Systems Manager, EC2 and STS API references,
such as https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from smtui.aws.proxy_and_trust import proxy_for, refused_by_proxy
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.proxy import (
    ADVICE_ON_PROXY,
    ADVICE_ON_SOCKS,
    CREDENTIALS_WANTED,
    advice,
    is_socks,
    named,
    no_connection,
    refusal,
    socks_trouble,
)
from smtui.domain.text import error_words, kept_message


class MfaNeeded(Exception):
    """Raised where no MFA code was given; `says` is a sentence on why not, empty if nobody was there to be asked."""

    def __init__(self, message: str, says: str = "") -> None:
        super().__init__(message)
        self.says = says


def fault_of(error: Exception, action: str, at: datetime) -> Fault:
    """The fault of a failed call; `action` is the IAM action of the call, `at` the time, aware and in UTC."""
    if isinstance(error, AwsCallFailed):
        return error.fault
    names = [cls.__name__ for cls in type(error).__mro__]
    if "ClientError" in names:
        return _answered(error, action, at)
    kind = next((_CLIENT_SIDE[name] for name in names if name in _CLIENT_SIDE), FaultKind.OTHER)
    if kind is FaultKind.OTHER and isinstance(error, ValueError) and "endpoint" in str(error).lower():
        kind = FaultKind.INVALID_REQUEST
    if kind is FaultKind.OTHER and isinstance(error, RuntimeError) and "still expired" in str(error):
        kind = FaultKind.EXPIRED_CREDENTIALS  # the renewal returned expired credentials again
    fault = Fault(kind, action, names[0], error_words(error), at)
    details: Mapping[str, Any] = getattr(error, "kwargs", {})
    if "ConfigParseError" in names:
        from smtui.aws.config_faults import parse_trouble

        return replace(fault, says=parse_trouble(str(details.get("path", "")), details.get("error")))
    return _on_the_way(fault, details) if kind in _ON_THE_WAY else fault


_ON_THE_WAY = frozenset({FaultKind.UNREACHABLE, FaultKind.TIMED_OUT})
_CERTIFICATE = re.compile(r"certificate verify failed:? *(?P<why>[^(]*)")


def _on_the_way(fault: Fault, details: Mapping[str, Any]) -> Fault:
    """Names a certificate that is not trusted, or the proxy; `details` are the fields of botocore's exception."""
    url, inner = str(details.get("endpoint_url") or _SOME_ENDPOINT), str(details.get("error", ""))
    if untrusted := _CERTIFICATE.search(f"{fault.message} {inner}"):
        host = urlsplit(url).hostname if "endpoint_url" in details else "the other end"
        says = f"The certificate of {host} is not trusted here: {untrusted['why'].strip() or 'it cannot be verified'}"
        return replace(fault, kind=FaultKind.CERTIFICATE, says=says)
    via = proxy_for(url)
    if not via:
        return fault
    if is_socks(via):
        return replace(fault, says=socks_trouble(via, _CALLER), advice=ADVICE_ON_SOCKS)
    if fault.code == "ProxyConnectionError":
        refused = refused_by_proxy(inner)
        if refused is not None:
            return replace(fault, says=refusal(via, *refused), advice=advice(refused[0]))
        return replace(fault, says=no_connection(via, _why_not(inner)), advice=ADVICE_ON_PROXY)
    what = fault.action or "The AWS call"
    how = "got no answer in time" if fault.kind is FaultKind.TIMED_OUT else f"failed: {fault.code}"
    return replace(fault, says=f"{what} {how}, through the proxy {named(via)}", advice=ADVICE_ON_PROXY)


_SOME_ENDPOINT = "https://amazonaws.com"
"""For exceptions of botocore that do not name the endpoint."""
_CALLER = "botocore, which calls AWS for smtui"
_REASONS = {
    "NameResolutionError": "its name cannot be resolved",
    "Connection refused": "it refuses the connection",
    "timed out": "it does not answer",
}


def _why_not(inner: str) -> str:
    return next((why for word, why in _REASONS.items() if word in inner), "no connection to it was made")


def _answered(error: Exception, action: str, at: datetime) -> Fault:
    """The fault of an error that AWS, or something on the way, returned."""
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    error_fields: Mapping[str, Any] = response.get("Error") or {}
    meta: Mapping[str, Any] = response.get("ResponseMetadata") or {}
    code = kept_message(str(error_fields.get("Code") or ""))
    # A signature error may quote the request it was computed from, with the session token of the credentials.
    message = kept_message(str(error_fields.get("Message") or "").split("The Canonical String")[0].strip())
    action = _nested_action(str(getattr(error, "operation_name", "")), action)
    kind = _kind_of_code(code, message, action, meta)
    if meta.get("HTTPStatusCode") == CREDENTIALS_WANTED:
        via = proxy_for("http://amazonaws.com") or proxy_for(_SOME_ENDPOINT)
        says = refusal(via, CREDENTIALS_WANTED, "Proxy Authentication Required") if via else ""
        return Fault(kind, action, code, message, at, says=says, advice=advice(CREDENTIALS_WANTED))
    if kind is FaultKind.DENIED and (named_action := _DENIED_ACTION.search(message)):
        action = named_action["action"]
    return Fault(kind, action, code, message, at, str(meta.get("RequestId") or ""))


def _kind_of_code(code: str, message: str, action: str, meta: Mapping[str, Any]) -> FaultKind:
    kind = _BY_CODE.get(code) or next((kind for prefix, kind in _BY_PREFIX if code.startswith(prefix)), FaultKind.OTHER)
    if kind in _CLOCK_SUSPECTS and (CLOCK_WORDS.search(message) or _clock_is_off(meta)):
        return FaultKind.CLOCK_SKEW
    if action in _SESSION_ENDERS and kind in _PERHAPS_ENDED and (code in _GONE or _ENDED_WORDS.search(message)):
        return FaultKind.ALREADY_ENDED
    if kind is FaultKind.OTHER:
        return _kind_of_status(meta.get("HTTPStatusCode"))
    return kind


def _kind_of_status(status: object) -> FaultKind:
    """For unknown codes: load balancers and proxies send a bare status."""
    if status == 407:
        return FaultKind.UNREACHABLE
    if status == 429:
        return FaultKind.THROTTLED
    return FaultKind.SERVICE if isinstance(status, int) and status >= 500 else FaultKind.OTHER


def _clock_is_off(meta: Mapping[str, Any]) -> bool:
    """Whether the answer's Date is more than 5 minutes from this machine's clock, which is what AWS allows."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(str((meta.get("HTTPHeaders") or {})["date"]))
        return abs(datetime.now(theirs.tzinfo) - theirs) > timedelta(minutes=5)
    except (KeyError, ValueError, TypeError):
        return False


def _nested_action(operation: str, action: str) -> str:
    """The IAM action of the operation that failed, which may be one that fetches the call's credentials."""
    return f"{_CREDENTIAL_CALLS[operation]}:{operation}" if operation in _CREDENTIAL_CALLS else action


_CREDENTIAL_CALLS = {
    "AssumeRole": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "GetRoleCredentials": "sso",
    "CreateToken": "sso-oauth",
}
_DENIED_ACTION = re.compile(r"not authorized to perform:\s+(?P<action>[a-z0-9-]+:[A-Za-z0-9]+)")
CLOCK_WORDS = re.compile(r"signature expired|signature not yet current", re.IGNORECASE)
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
            "AuthException",  # EC2 Instance Connect
            "OpsItemAccessDeniedException",
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
            "InvalidArgsException",
            "MissingParameter",
        ),
        FaultKind.INVALID_REQUEST,
    ),
    **dict.fromkeys(
        (
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "Unavailable",
            "ServiceException",
            "EC2InstanceUnavailableException",
        ),
        FaultKind.SERVICE,
    ),
    **dict.fromkeys(
        ("EC2InstanceNotFoundException", "EC2InstanceStateInvalidException"),
        FaultKind.INVALID_TARGET,
    ),
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
    "InvalidEndpointDiscoveryConfigurationError": FaultKind.BROKEN_CONFIG,
    "InvalidRetryConfigurationError": FaultKind.BROKEN_CONFIG,
    "InvalidSTSRegionalEndpointsConfigError": FaultKind.BROKEN_CONFIG,
    "InvalidChecksumConfigError": FaultKind.BROKEN_CONFIG,
    "InvalidIMDSEndpointError": FaultKind.BROKEN_CONFIG,
    "InvalidIMDSEndpointModeError": FaultKind.BROKEN_CONFIG,
    "UnknownSignatureVersionError": FaultKind.BROKEN_CONFIG,
    "UnsupportedSignatureVersionError": FaultKind.BROKEN_CONFIG,
    "DataNotFoundError": FaultKind.BROKEN_CONFIG,  # AWS_DATA_PATH holds other models
    "UnknownTokenProviderError": FaultKind.CREDENTIAL_SOURCE,
    "PaginationError": FaultKind.SERVICE,  # the same page token came twice
    "MissingDependencyException": FaultKind.CREDENTIAL_SOURCE,
    "CapacityNotAvailableError": FaultKind.THROTTLED,
    "IncompleteReadError": FaultKind.UNREACHABLE,
    "ServiceNotInRegionError": FaultKind.INVALID_REQUEST,
    "InvalidHostLabelError": FaultKind.INVALID_REQUEST,
    "MissingParametersError": FaultKind.INVALID_REQUEST,
    "ReadTimeoutError": FaultKind.TIMED_OUT,
    "InvalidProxiesConfigError": FaultKind.UNREACHABLE,
    "HTTPClientError": FaultKind.UNREACHABLE,
    "ConnectionError": FaultKind.UNREACHABLE,
    "ResponseParserError": FaultKind.UNREACHABLE,  # something other than AWS answered: a captive portal, a proxy
    "ParamValidationError": FaultKind.INVALID_REQUEST,
    "ValidationError": FaultKind.INVALID_REQUEST,
    "BaseEndpointResolverError": FaultKind.INVALID_REQUEST,
    "EndpointProviderError": FaultKind.INVALID_REQUEST,
    "UnknownRegionError": FaultKind.INVALID_REQUEST,
}
