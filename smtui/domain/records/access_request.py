"""A request for just-in-time node access, the credentials that it grants, and what may be done with them.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_StartAccessRequest, API_GetAccessToken,
API_OpsItemSummary). AWS does not document the data of the OpsItem behind a request but for the id of its automation;
whatever is missing is left empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smtui.domain.place import told_apart
from smtui.domain.request import LONGEST_REASON, reason_complaint
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.request import SessionRequest

REQUEST_ID = re.compile(r"oi-[0-9a-f]{12}")
DEFAULT_SHELL = "SSM-SessionManagerRunShell"
"""The one document that granted credentials may start."""
LONGEST_COMMENT = 512
READ_ONLY_ACCESS = "smtui is read-only, so it asks for no access and decides on none."


class AccessStatus(StrEnum):
    """What became of a request, as GetAccessToken says."""

    PENDING = "Pending"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    REVOKED = "Revoked"
    EXPIRED = "Expired"
    CLOSED = "Closed"
    """The OpsItem is closed or cancelled: withdrawn, or over for another reason."""
    UNKNOWN = ""
    """AWS said something else, or nothing."""

    @property
    def decided(self) -> bool:
        """Whether waiting for it is of no use."""
        return self not in (AccessStatus.PENDING, AccessStatus.UNKNOWN)

    @property
    def word(self) -> str:
        """For a list."""
        return _WORDS[self]


_WORDS = {
    AccessStatus.PENDING: "waiting",
    AccessStatus.APPROVED: "approved",
    AccessStatus.REJECTED: "rejected",
    AccessStatus.REVOKED: "revoked",
    AccessStatus.EXPIRED: "expired",
    AccessStatus.CLOSED: "closed",
    AccessStatus.UNKNOWN: "not known",
}
_OF_OPS_ITEM = {
    **{status.value: status for status in AccessStatus if status.value},
    "PendingApproval": AccessStatus.PENDING,
    "Open": AccessStatus.PENDING,
    "InProgress": AccessStatus.PENDING,
    "RunbookInProgress": AccessStatus.PENDING,
    "TimedOut": AccessStatus.EXPIRED,
    "Cancelled": AccessStatus.CLOSED,
    "Cancelling": AccessStatus.CLOSED,
    "Resolved": AccessStatus.CLOSED,
    "Failed": AccessStatus.CLOSED,
}


def access_status(text: str) -> AccessStatus:
    """Return the status that an answer of GetAccessToken or of OpsCenter names."""
    return _OF_OPS_ITEM.get(text, AccessStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One request, as far as it is known. Texts are as AWS sent them."""

    place: Place
    request_id: str
    node_id: str = ""
    requester: str = ""
    """An ARN."""
    reason: str = ""
    status: AccessStatus = AccessStatus.UNKNOWN
    approvers: tuple[str, ...] = ()
    """Names or ARNs of those who may decide, where AWS says so."""
    decided_by: str = ""
    asked_at: datetime | None = None
    ends_at: datetime | None = None
    """Until when the access lasts; None if that is not known."""
    execution_id: str = ""
    """The automation that waits for the decision; empty where none was named."""

    @property
    def who(self) -> str:
        """The last part of the requester's ARN, told apart from the caller's `you`."""
        return told_apart(self.requester.rpartition("/")[2] or self.requester)


@dataclass(frozen=True, slots=True)
class GrantedCredentials:
    """The temporary keys of an approved request. They stay in memory; the repr shows none of them."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    ends_at: datetime

    def environment(self) -> dict[str, str]:
        """Return the variables that a plugin signs with."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """What GetAccessToken says now: credentials come with an approval alone."""

    status: AccessStatus
    credentials: GrantedCredentials | None = None


@dataclass(frozen=True, slots=True)
class ApprovalPolicies:
    """Which approval policies the account has in this Region."""

    manual: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()

    @property
    def in_use(self) -> bool:
        """Whether the account uses just-in-time access at all, as far as its policies tell."""
        return bool(self.manual or self.automatic)

    @property
    def sentence(self) -> str:
        """What the names tell; which one fits a node is decided by AWS."""
        if not self.in_use:
            return "No approval policy was found here: AWS may refuse the request."
        if len(self.manual) == 1 and not self.automatic:
            return f"The policy {self.manual[0]} wants an approval."
        kinds = []
        if self.automatic:
            kinds.append("an automatic approval for 1 h")
        if self.manual:
            kinds.append(f"{len(self.manual)} {'policy' if len(self.manual) == 1 else 'policies'} with approvers")
        return f"The account has {' and '.join(kinds)}; AWS chooses by the node's tags."


def asking_complaint(reason: str) -> str:
    """Return why the reason cannot be sent; empty if it can. Unlike a session's, it must not be empty."""
    if not reason.strip():
        return f"A request needs a reason, 1 to {LONGEST_REASON} characters."
    return reason_complaint(reason)


def id_complaint(request_id: str) -> str:
    """Return why this is no request's id; empty if it has the form of one."""
    if REQUEST_ID.fullmatch(request_id):
        return ""
    return f"{harmless(request_id)!r} is not the id of a request, such as oi-0123456789ab."


def comment_complaint(comment: str) -> str:
    """Return why the comment cannot be sent; empty if it can, or is left out."""
    typed = comment.strip()
    if len(typed) <= LONGEST_COMMENT:
        return ""
    return f"The comment has {len(typed)} characters; at most {LONGEST_COMMENT} are allowed."


def not_for_granted(request: SessionRequest) -> str:
    """Return why granted credentials cannot start this session; empty if they can."""
    if request.document_name in ("", DEFAULT_SHELL):
        return ""
    return (
        f"Just-in-time access starts the account's shell only ({DEFAULT_SHELL}): "
        f"no forward, no ssh, no other document such as {request.document_name}."
    )


def until_words(ends_at: datetime, now: datetime) -> str:
    """Return `until 14:05` in the time zone of `now`, with the day where it is another one."""
    local = ends_at.astimezone(now.astimezone().tzinfo)
    here = now.astimezone()
    return f"until {local:%H:%M}" if local.date() == here.date() else f"until {local:%a %d %b, %H:%M}"
