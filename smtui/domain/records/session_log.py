"""Describes where a session's log is, and one part of its text.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html, and the agent, which
names the object `PREFIX/SESSION.log` and the log stream after the session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.fault import Fault


class Logged(Enum):
    """Whether the account keeps what a session shows."""

    YES = "logged"
    OFF = "not logged"
    """The account's preferences name no place for logs."""
    NEVER = "never logged"
    """Sessions of this kind are not: the agent sees only encrypted bytes of others."""
    UNKNOWN = "not known"


class LogStore(StrEnum):
    """What keeps logs."""

    S3 = "S3"
    CLOUDWATCH = "CloudWatch"


@dataclass(frozen=True, slots=True)
class LogPlace:
    """One log of one session."""

    store: LogStore
    container: str
    """The bucket, or the log group."""
    name: str
    """The object's key, or the log stream."""
    is_live: bool = False
    """Whether it grows now; otherwise it is written at the session's end."""
    is_whole: bool = False
    """Whether the session has ended, and its log with it."""

    @property
    def address(self) -> str:
        """`s3://bucket/key`, or `group · stream`."""
        if self.store is LogStore.S3:
            return f"s3://{self.container}/{self.name}"
        return f"{self.container} · {self.name}"

    @property
    def words(self) -> str:
        """`CloudWatch, live` or `S3 at its end` of a session that runs, `S3` of one that has ended."""
        if self.is_whole:
            return str(self.store)
        return f"{self.store}, live" if self.is_live else f"{self.store} at its end"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of a session's log."""

    logged: Logged
    places: tuple[LogPlace, ...] = ()
    """The one to read first comes first."""
    why: str = ""
    """Why it is so, as a sentence."""
    notes: tuple[str, ...] = ()
    """What this knowledge rests on, a sentence each."""
    faults: tuple[Fault, ...] = ()
    """The calls that failed on the way."""

    @property
    def words(self) -> str:
        """A few words for a list: `CloudWatch, live`, `never logged`."""
        return self.places[0].words if self.places else self.logged.value


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log, harmless."""

    text: str
    at: datetime | None = None
    """When it was logged; CloudWatch alone knows that."""


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a session document."""

    version: str
    """Digits."""
    created_at: datetime | None
    status: str = ""
    """`Active`, `Failed`, …"""


@dataclass(frozen=True, slots=True)
class ObjectPart:
    """A part of an object of S3."""

    data: bytes = field(repr=False)
    start: int
    """The offset of its first byte."""
    total: int
    """The size of the whole object."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a log stream."""

    message: str = field(repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StreamPage:
    """One page of a log stream, the oldest event first. At an end of the stream a token is the one that was given."""

    events: tuple[StreamEvent, ...]
    forward: str
    backward: str
