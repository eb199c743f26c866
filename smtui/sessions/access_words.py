"""Words what AWS answers to a request for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.fault import FaultKind
from smtui.domain.records.access_request import AccessStatus

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.local_facts import Permissions
    from smtui.domain.fault import Fault

HELPS_WITH = "just-in-time-access"
DECIDED = {
    AccessStatus.REJECTED: "The request was rejected.",
    AccessStatus.REVOKED: "The approval was revoked: nothing more can be started with it.",
    AccessStatus.EXPIRED: "The request has expired: nobody decided in time, or the access is over.",
    AccessStatus.CLOSED: "The request was withdrawn or closed.",
}
_START = "ssm:StartSession"


def asking_trouble(fault: Fault) -> str:
    """Return why AWS took no request, with AWS's own words."""
    said = f" AWS says: {fault.code}: {fault.message}" if fault.message else ""
    if fault.kind is FaultKind.DENIED:
        return f"You may not ask for access here: {fault.action or 'ssm:StartAccessRequest'} was denied."
    if fault.code.startswith("UnknownOperation"):
        return "Just-in-time node access does not exist in this Region."
    meaning = ""
    if is_not_enabled(fault):
        meaning = "Just-in-time node access is not enabled here."
    elif fault.code.startswith("ServiceQuotaExceeded"):
        meaning = "The account has too many requests."
    elif fault.code.startswith("Validation") and "polic" in fault.message.casefold():
        meaning = "No approval policy fits this node, so nothing can be asked."
    if meaning:
        return f"{meaning}{said}"
    if fault.may_be_done:
        return f"{fault.sentence()} Whether the request was made is not known: see your requests before asking again."
    return fault.sentence()


def is_not_enabled(fault: Fault) -> bool:
    """Return whether AWS says that the account does not use just-in-time access."""
    return "not enabled" in fault.message.casefold()


def cannot_see(fault: Fault) -> str:
    """Return why the decision on a request that was made cannot be seen."""
    if fault.kind is FaultKind.DENIED:
        return f"The request was made, but its decision cannot be seen: {fault.action or 'ssm:GetAccessToken'} denied."
    return f"The request was made, but its decision cannot be seen. {fault.sentence()}"


def goes_round(permissions: Permissions) -> str:
    """Return that sessions are allowed without an approval, as far as the simulated policies tell; else empty."""
    starts = [one for one in permissions.answers if one.action == _START]
    if not starts or any(one.decision != "allowed" for one in starts):
        return ""
    if any(one.missing_context for one in starts):
        return "Your policies may allow ssm:StartSession on this node anyway, which would go round the approval."
    return "Your policies likely allow ssm:StartSession on this node outright, which goes round the approval."
