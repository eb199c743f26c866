"""Words the errors of AWS: the code, message and status of each protocol."""

from __future__ import annotations

from enum import Enum


class AwsError(Exception):
    """An error of AWS: its code, its message, the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Refusal(Enum):
    """A reason to refuse any call of any service; each protocol has its own code for it."""

    UNSIGNED = "unsigned"
    INCOMPLETE_SIGNATURE = "incomplete signature"
    UNKNOWN_KEY = "unknown key"
    WRONG_SIGNATURE = "wrong signature"
    CLOCK_SKEW = "clock skew"
    EXPIRED = "expired credentials"
    DENIED = "denied"
    THROTTLED = "throttled"
    SERVER = "server error"
    UNKNOWN_OPERATION = "unknown operation"
    INVALID = "invalid value"
    MALFORMED = "malformed"


_BROKEN_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
    "Key and signing method. Consult the service documentation for details."
)
_EC2_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_NOT_OUR_KEY = "The security token included in the request is invalid."
_NO_LONGER_VALID = "The security token included in the request is expired"
_EC2_DENIED = "You are not authorized to perform this operation. {}"

_JSON: dict[Refusal, tuple[str, int, str]] = {
    Refusal.UNSIGNED: ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
    Refusal.INCOMPLETE_SIGNATURE: ("IncompleteSignatureException", 400, "{}"),
    Refusal.UNKNOWN_KEY: ("UnrecognizedClientException", 400, _NOT_OUR_KEY),
    Refusal.WRONG_SIGNATURE: ("InvalidSignatureException", 400, _BROKEN_SIGNATURE),
    Refusal.CLOCK_SKEW: ("InvalidSignatureException", 400, "{}"),
    Refusal.EXPIRED: ("ExpiredTokenException", 400, _NO_LONGER_VALID),
    Refusal.DENIED: ("AccessDeniedException", 400, "{}"),
    Refusal.THROTTLED: ("ThrottlingException", 400, "Rate exceeded"),
    Refusal.SERVER: ("InternalServerError", 500, "An internal error occurred."),
    Refusal.UNKNOWN_OPERATION: ("UnknownOperationException", 400, "{}"),
    Refusal.INVALID: ("ValidationException", 400, "{}"),
    Refusal.MALFORMED: ("SerializationException", 400, "{}"),
}

_QUERY: dict[Refusal, tuple[str, int, str]] = {
    Refusal.UNSIGNED: ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    Refusal.INCOMPLETE_SIGNATURE: ("IncompleteSignature", 400, "{}"),
    Refusal.UNKNOWN_KEY: ("InvalidClientTokenId", 403, _NOT_OUR_KEY),
    Refusal.WRONG_SIGNATURE: ("SignatureDoesNotMatch", 403, _BROKEN_SIGNATURE),
    Refusal.CLOCK_SKEW: ("SignatureDoesNotMatch", 403, "{}"),
    Refusal.EXPIRED: ("ExpiredToken", 403, _NO_LONGER_VALID),
    Refusal.DENIED: ("AccessDenied", 403, "{}"),
    Refusal.THROTTLED: ("Throttling", 400, "Rate exceeded"),
    Refusal.SERVER: ("InternalFailure", 500, "An internal error occurred."),
    Refusal.UNKNOWN_OPERATION: ("InvalidAction", 400, "{}"),
    Refusal.INVALID: ("ValidationError", 400, "{}"),
    Refusal.MALFORMED: ("MalformedInput", 400, "{}"),
}

_EC2: dict[Refusal, tuple[str, int, str]] = {
    Refusal.UNSIGNED: ("MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId"),
    Refusal.INCOMPLETE_SIGNATURE: ("IncompleteSignature", 400, "{}"),
    Refusal.UNKNOWN_KEY: ("AuthFailure", 401, _EC2_NOT_VALIDATED),
    Refusal.WRONG_SIGNATURE: ("AuthFailure", 401, _EC2_NOT_VALIDATED),
    Refusal.CLOCK_SKEW: ("RequestExpired", 400, "Request has expired. {}"),
    Refusal.EXPIRED: ("RequestExpired", 400, "Request has expired."),
    Refusal.DENIED: ("UnauthorizedOperation", 403, _EC2_DENIED),
    Refusal.THROTTLED: ("RequestLimitExceeded", 503, "Request limit exceeded."),
    Refusal.SERVER: ("InternalError", 500, "An internal error has occurred"),
    Refusal.UNKNOWN_OPERATION: ("InvalidAction", 400, "{}"),
    Refusal.INVALID: ("InvalidParameterValue", 400, "{}"),
    Refusal.MALFORMED: ("InvalidParameterValue", 400, "{}"),
}

_REST_XML: dict[Refusal, tuple[str, int, str]] = {
    Refusal.UNSIGNED: ("AccessDenied", 403, "Access Denied"),
    Refusal.INCOMPLETE_SIGNATURE: ("AuthorizationHeaderMalformed", 400, "{}"),
    Refusal.UNKNOWN_KEY: (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    Refusal.WRONG_SIGNATURE: (
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
    ),
    Refusal.CLOCK_SKEW: (
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
    ),
    Refusal.EXPIRED: ("ExpiredToken", 400, "The provided token has expired."),
    Refusal.DENIED: ("AccessDenied", 403, "{}"),
    Refusal.THROTTLED: ("SlowDown", 503, "Please reduce your request rate."),
    Refusal.SERVER: ("InternalError", 500, "We encountered an internal error. Please try again."),
    Refusal.UNKNOWN_OPERATION: (
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    ),
    Refusal.INVALID: ("InvalidArgument", 400, "{}"),
    Refusal.MALFORMED: ("MalformedXML", 400, "{}"),
}

_REST_JSON: dict[Refusal, tuple[str, int, str]] = {
    **_JSON,
    Refusal.DENIED: ("AccessDeniedException", 403, "{}"),
    Refusal.THROTTLED: ("TooManyRequestsException", 429, "Rate exceeded"),
    Refusal.SERVER: ("InternalServerException", 500, "An internal error occurred."),
    Refusal.UNKNOWN_OPERATION: ("UnknownOperationException", 404, "{}"),
    Refusal.INVALID: ("InvalidRequestException", 400, "{}"),
    Refusal.MALFORMED: ("InvalidRequestException", 400, "{}"),
}

_BY_PROTOCOL = {"json": _JSON, "query": _QUERY, "ec2": _EC2, "rest-xml": _REST_XML, "rest-json": _REST_JSON}


def not_authorized(principal: str, action: str, resource: str) -> str:
    """AWS's message for an action that no policy allows."""
    return (
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


class Refused(Exception):
    """A refusal that does not depend on a protocol; see `error`."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal.value}: {detail}")
        self.refusal = refusal
        self.detail = detail

    def error(self, protocol: str) -> AwsError:
        """The refusal as an error of the protocol `json`, `query`, `ec2`, `rest-xml` or `rest-json`."""
        code, status, words = _BY_PROTOCOL[protocol][self.refusal]
        return AwsError(code, words.format(self.detail), status)
