"""Describes a failed call to AWS: which call, what came back, and what kind of failure it is.

Sources: the common errors of the Systems Manager API reference, and botocore's exception tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """Kinds of failure; each needs a different next step of the user."""

    DENIED = "denied"
    EXPIRED_CREDENTIALS = "expired credentials"
    INVALID_CREDENTIALS = "invalid credentials"
    NO_CREDENTIALS = "no credentials"
    CREDENTIAL_SOURCE = "credential source failed"
    """The configured source of credentials gives none: a process, a role, half a key."""
    MFA_NEEDED = "mfa code needed"
    SSO_SIGN_IN = "sso sign-in needed"
    NO_REGION = "no region"
    REGION_NOT_ENABLED = "region not enabled"
    UNKNOWN_PROFILE = "unknown profile"
    BROKEN_CONFIG = "broken aws configuration"
    CLOCK_SKEW = "clock skew"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate not trusted"
    TIMED_OUT = "timed out"
    THROTTLED = "throttled"
    TARGET_NOT_CONNECTED = "target not connected"
    INVALID_TARGET = "invalid target"
    INVALID_DOCUMENT = "invalid document"
    INVALID_REQUEST = "invalid request"
    ALREADY_ENDED = "already ended"
    SERVICE = "service error"
    OTHER = "other"


SIGN_IN_KINDS = frozenset(
    {FaultKind.SSO_SIGN_IN, FaultKind.MFA_NEEDED, FaultKind.EXPIRED_CREDENTIALS, FaultKind.NO_CREDENTIALS}
)
"""Kinds that a sign-in may mend."""

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
"""Kinds that a sign-in outside of smtui can mend: credentials must be resolved again the next time."""

NO_CALL_KINDS = CREDENTIAL_KINDS | {
    FaultKind.NO_REGION,
    FaultKind.REGION_NOT_ENABLED,
    FaultKind.UNKNOWN_PROFILE,
    FaultKind.CLOCK_SKEW,
    FaultKind.CERTIFICATE,
}
"""Kinds that make every call of the same place fail until the user does something."""

PASSING_KINDS = frozenset({FaultKind.UNREACHABLE, FaultKind.TIMED_OUT, FaultKind.THROTTLED, FaultKind.SERVICE})
"""Kinds after which the same call may soon succeed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed call. `code` and `message` are AWS's own words if AWS answered, else the client's."""

    kind: FaultKind
    action: str
    """The IAM action of the call, such as `ssm:StartSession`; empty when no call was made yet."""
    code: str
    message: str
    at: datetime
    """When it failed; aware, UTC."""
    request_id: str = ""
    says: str = ""
    """What happened, as a sentence, if more is known than kind and action say; else empty."""
    advice: str = ""
    """What to do about it as a whole sentence, where it is more than the kind's; else empty."""
    sign_in: tuple[str, ...] = ()
    """The AWS CLI's complete command that renews the credentials; empty if none does."""

    @property
    def may_be_done(self) -> bool:
        """Whether AWS may have carried out the call anyway: it was sent, and no answer refused it."""
        if self.kind is FaultKind.UNREACHABLE:
            never_sent = self.code in _NEVER_SENT or "CERTIFICATE_VERIFY_FAILED" in self.message
            return not (never_sent or self.request_id)
        return self.kind in _SAY_NOTHING or (self.kind is FaultKind.OTHER and not self.request_id)

    @property
    def wants_sign_in(self) -> bool:
        """Whether signing in may mend it."""
        return bool(self.sign_in) or self.kind in SIGN_IN_KINDS

    def sentence(self) -> str:
        """Return what happened, in one sentence. AWS's text in it is not made harmless here."""
        if self.says:
            return _with_its_end(self.says)
        if not self.action and self.message and self.kind not in _PLAIN:
            return _with_its_end(self.message)
        what = self.action or "The AWS call"
        plain = _PLAIN.get(self.kind)
        if plain is not None:
            return plain.format(what=what)
        said = ": ".join(part for part in (self.code, self.message) if part)
        return _with_its_end(f"{what} failed: {said}" if said else f"{what} failed")

    def sentence_and_advice(self) -> str:
        """The sentence, and the advice where it is more than the kind's: for where a topic gives the usual steps."""
        return f"{self.sentence()} {self.advice}".rstrip()


def _with_its_end(sentence: str) -> str:
    """Add the full stop that AWS's own messages often lack, since another sentence follows."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


class AwsCallFailed(Exception):
    """A call to AWS failed; `fault` holds everything known about it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence())
        self.fault = fault


_SAY_NOTHING = frozenset({FaultKind.TIMED_OUT, FaultKind.SERVICE})
_NEVER_SENT = frozenset(
    {
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "InvalidProxiesConfigError",
        "ProxyConnectionError",
        "407",
    }
)
"""Names of botocore's exceptions, and a proxy's status, that mean there was no connection to AWS."""

_PLAIN: dict[FaultKind, str] = {
    FaultKind.DENIED: "{what} was denied.",
    FaultKind.EXPIRED_CREDENTIALS: "The AWS credentials have expired ({what}).",
    FaultKind.INVALID_CREDENTIALS: "AWS does not accept these credentials ({what}).",
    FaultKind.NO_CREDENTIALS: "No AWS credentials were found.",
    FaultKind.MFA_NEEDED: "This profile needs an MFA code.",
    FaultKind.SSO_SIGN_IN: "The SSO sign-in has expired or was never made.",
    FaultKind.NO_REGION: "No AWS Region is chosen.",
    FaultKind.REGION_NOT_ENABLED: "The Region is not enabled in this account ({what}).",
    FaultKind.CLOCK_SKEW: "AWS refused the request's time: this machine's clock is off ({what}).",
    FaultKind.THROTTLED: "AWS asked smtui to slow down ({what}).",
    FaultKind.TIMED_OUT: "{what} got no answer in time.",
}
