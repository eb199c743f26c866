"""A call that AWS did not answer as asked: what was called, what came back, and in which family it falls.

Sources: the common errors of the Systems Manager API reference, and botocore's exception tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """Families of failure; each asks the user for a different next step."""

    DENIED = "denied"
    EXPIRED_CREDENTIALS = "expired credentials"
    INVALID_CREDENTIALS = "invalid credentials"
    NO_CREDENTIALS = "no credentials"
    CREDENTIAL_SOURCE = "credential source failed"
    """Where the credentials should come from is named, but does not give any: a process, a role, half a key."""
    MFA_NEEDED = "mfa code needed"
    SSO_SIGN_IN = "sso sign-in needed"
    NO_REGION = "no region"
    UNKNOWN_PROFILE = "unknown profile"
    BROKEN_CONFIG = "broken aws configuration"
    CLOCK_SKEW = "clock skew"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed out"
    THROTTLED = "throttled"
    TARGET_NOT_CONNECTED = "target not connected"
    INVALID_TARGET = "invalid target"
    INVALID_DOCUMENT = "invalid document"
    INVALID_REQUEST = "invalid request"
    ALREADY_ENDED = "already ended"
    SERVICE = "service error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed call. `code` and `message` are AWS's own words where AWS answered, else the client's."""

    kind: FaultKind
    action: str
    """The IAM action of the call, such as `ssm:StartSession`; empty when no call was made yet."""
    code: str
    message: str
    at: datetime
    """When it failed; aware, UTC."""
    request_id: str = ""

    def sentence(self) -> str:
        """What happened, in one sentence for a line of the screen; AWS's text is not made harmless here."""
        if not self.action and self.message and self.kind not in _PLAIN:
            return _with_its_end(self.message)
        what = self.action or "The AWS call"
        plain = _PLAIN.get(self.kind)
        if plain is not None:
            return plain.format(what=what)
        said = ": ".join(part for part in (self.code, self.message) if part)
        return _with_its_end(f"{what} failed: {said}" if said else f"{what} failed")

    def next_step(self) -> str:
        """What the user can do about it, in one sentence."""
        return _NEXT_STEP[self.kind].format(what=self.action or "the call")


def _with_its_end(sentence: str) -> str:
    """AWS's own messages often end without a stop, and the next step follows."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


class AwsCallFailed(Exception):
    """Raised by the AWS side with the `Fault` that says everything known."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence())
        self.fault = fault


_PLAIN: dict[FaultKind, str] = {
    FaultKind.DENIED: "{what} was denied.",
    FaultKind.EXPIRED_CREDENTIALS: "The AWS credentials have expired ({what}).",
    FaultKind.INVALID_CREDENTIALS: "AWS does not accept these credentials ({what}).",
    FaultKind.NO_CREDENTIALS: "No AWS credentials were found.",
    FaultKind.MFA_NEEDED: "This profile needs an MFA code, and smtui does not ask for codes.",
    FaultKind.SSO_SIGN_IN: "The SSO sign-in has expired or was never made.",
    FaultKind.NO_REGION: "No AWS Region is chosen.",
    FaultKind.CLOCK_SKEW: "AWS refused the request's time: this machine's clock is off ({what}).",
    FaultKind.THROTTLED: "AWS asked us to slow down ({what}).",
    FaultKind.TIMED_OUT: "{what} got no answer in time.",
}

_NEXT_STEP: dict[FaultKind, str] = {
    FaultKind.DENIED: "Ask for {what} in your IAM policy, or use another profile.",
    FaultKind.EXPIRED_CREDENTIALS: "Sign in again, then refresh with r.",
    FaultKind.INVALID_CREDENTIALS: "Check the access key and secret of this profile (aws sts get-caller-identity).",
    FaultKind.NO_CREDENTIALS: "Choose a profile with --profile, sign in with aws sso login, or set AWS_PROFILE.",
    FaultKind.CREDENTIAL_SOURCE: "Mend what the message names, or use another profile, then refresh with r.",
    FaultKind.MFA_NEEDED: "Run aws sts get-caller-identity with this profile: it asks, and keeps the answer for smtui.",
    FaultKind.SSO_SIGN_IN: "Run aws sso login for this profile, then refresh with r.",
    FaultKind.NO_REGION: "Choose one with --region, or set region in the profile or AWS_REGION.",
    FaultKind.UNKNOWN_PROFILE: "Check the name against aws configure list-profiles.",
    FaultKind.BROKEN_CONFIG: "Mend the AWS configuration file that the message names.",
    FaultKind.CLOCK_SKEW: "Set this machine's clock (it may be off by 5 minutes at most).",
    FaultKind.UNREACHABLE: "Check the network, VPN, proxy and the Region's name.",
    FaultKind.TIMED_OUT: "Check the network, VPN and proxy, then try again.",
    FaultKind.THROTTLED: "Wait a few seconds and try again.",
    FaultKind.TARGET_NOT_CONNECTED: (
        "Its agent has no connection to Session Manager; the checks of smtui find out why."
    ),
    FaultKind.INVALID_TARGET: "Check the id, the account and the Region.",
    FaultKind.INVALID_DOCUMENT: "Check the document's name, and that it is a session document of this Region.",
    FaultKind.INVALID_REQUEST: "Check the values that were given.",
    FaultKind.ALREADY_ENDED: "Nothing is left to do.",
    FaultKind.SERVICE: "Try again; if it goes on, look at the AWS Health Dashboard.",
    FaultKind.OTHER: "Run the same with --log-file FILE to keep the details.",
}
