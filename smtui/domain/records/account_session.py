"""A session as Systems Manager lists it, whoever started it, and what can be derived from that alone.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Session.html. AWS may leave out anything but
the id; the parameters of a session (a forward's ports, for example) are never listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.place import Place


class SessionState(StrEnum):
    """What DescribeSessions is asked for. Active includes sessions that are disconnected and can be resumed."""

    ACTIVE = "Active"
    HISTORY = "History"


class SessionKind(Enum):
    """What a session is for, by the name of its document."""

    SHELL = "shell"
    COMMAND = "command"
    PORT = "port"
    REMOTE_PORT = "remote port"
    SSH = "ssh"
    OTHER = "document"
    """A custom document: its kind is not known without reading it."""


_KINDS = {
    "": SessionKind.SHELL,
    "SSM-SessionManagerRunShell": SessionKind.SHELL,
    "AWS-StartInteractiveCommand": SessionKind.COMMAND,
    "AWS-StartNonInteractiveCommand": SessionKind.COMMAND,
    "AWS-StartPortForwardingSession": SessionKind.PORT,
    "AWS-StartPortForwardingSessionToSocket": SessionKind.PORT,
    "AWS-StartPortForwardingSessionToRemoteHost": SessionKind.REMOTE_PORT,
    "AWS-StartSSHSession": SessionKind.SSH,
}


@dataclass(frozen=True, slots=True)
class AccountSession:
    """One entry of DescribeSessions in one place. Texts are as AWS sent them, empty where it sent none."""

    place: Place
    session_id: str
    target: str = ""
    """The node's id."""
    owner: str = ""
    """A full ARN, such as `arn:aws:sts::111122223333:assumed-role/ops/ana`."""
    status: str = ""
    """`Connected`, `Connecting`, `Disconnected`, `Terminated`, `Terminating` or `Failed`."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    document_name: str = ""
    reason: str = ""
    details: str = ""
    access_type: str = ""
    """`Standard` or `JustInTime`; empty where AWS does not say."""
    max_minutes: int | None = None
    """How long it may last; None for no limit, or where AWS does not say."""
    s3_url: str = ""
    log_group_url: str = ""

    @property
    def key(self) -> tuple[Place, str]:
        """What tells it from all other sessions."""
        return (self.place, self.session_id)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is just being ended."""
        return self.status in ("Terminated", "Terminating", "Failed") or self.ended_at is not None

    @property
    def kind(self) -> SessionKind:
        """What it is for, as far as the name of its document tells."""
        return _KINDS.get(self.document_name, SessionKind.OTHER)

    @property
    def is_just_in_time(self) -> bool:
        """Whether it was started with credentials of just-in-time node access."""
        return self.access_type == "JustInTime"
