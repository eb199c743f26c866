"""The reliable stream inside the data channel, without I/O: time is handed in, in seconds of any monotonic clock.

Each direction counts its messages from 0, acknowledges each one, and resends the oldest that stays unacknowledged. The
numbers are the official ends' own; what we do otherwise is said where it is done.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from smtui.channel.message import Flags, Message, MessageType

WINDOW = 256
"""Unacknowledged messages after which a sender waits: back-pressure in place of the official 1 ms sleep a message."""

REORDER_CAPACITY = 10_000
"""Messages that a receiver keeps because an earlier one is missing."""

_RESEND_INTERVAL = 0.1
_MAX_TIMEOUT = 1.0
_CLOCK_GRANULARITY = 0.01


class RoundTrip:
    """How long an acknowledgement takes, and from that how long to wait for one. Seconds."""

    __slots__ = ("smoothed", "timeout", "variation")

    def __init__(self) -> None:
        self.smoothed = 0.1
        self.variation = 0.0
        self.timeout = 0.2

    def measured(self, seconds: float) -> None:
        """Take one round trip into account."""
        self.variation = 0.75 * self.variation + 0.25 * abs(self.smoothed - seconds)
        self.smoothed = 0.875 * self.smoothed + 0.125 * seconds
        self.timeout = min(_MAX_TIMEOUT, self.smoothed + max(_CLOCK_GRANULARITY, 4 * self.variation))


@dataclass(slots=True)
class _Unacknowledged:
    message: Message
    first_sent: float
    last_sent: float


class Outgoing:
    """The sending side: numbers messages and keeps each until it is acknowledged.

    A message is kept *before* the caller can write it, so that no acknowledgement can come too early.
    """

    def __init__(self, message_type: MessageType, *, window: int = WINDOW, first_flags: Flags = Flags.NONE) -> None:
        self._type = message_type
        self._window = window
        self._first_flags = first_flags
        self._next_sequence = 0
        self._kept: OrderedDict[int, _Unacknowledged] = OrderedDict()
        self.round_trip = RoundTrip()

    def __len__(self) -> int:
        """How many messages are unacknowledged."""
        return len(self._kept)

    @property
    def has_room(self) -> bool:
        """Whether the window lets the caller stage more; staging beyond it is allowed, for what cannot wait."""
        return len(self._kept) < self._window

    def stage(self, payload_type: int, payload: bytes, now: float) -> Message:
        """The next message of the stream, to be written by the caller at once."""
        message = Message(
            type=self._type,
            payload=payload,
            payload_type=payload_type,
            sequence=self._next_sequence,
            flags=self._first_flags if self._next_sequence == 0 else Flags.NONE,
        )
        self._kept[message.sequence] = _Unacknowledged(message, now, now)
        self._next_sequence += 1
        return message

    def acknowledged(self, sequence: int, now: float) -> None:
        """Forget a message. Its round trip counts from the first sending: from the last, it would stay too short."""
        kept = self._kept.pop(sequence, None)
        if kept is not None:
            self.round_trip.measured(now - kept.first_sent)

    def next_due(self) -> float | None:
        """When `overdue` will have something, unless acknowledgements come; None when all are in."""
        head = self._head()
        return None if head is None else head.last_sent + max(_RESEND_INTERVAL, self.round_trip.timeout)

    def overdue(self, now: float) -> Message | None:
        """The oldest unacknowledged message, when it is time to write it again."""
        head, due = self._head(), self.next_due()
        if head is None or due is None or now < due:
            return None
        head.last_sent = now
        return head.message

    def replay_all(self, now: float) -> list[Message]:
        """Everything unacknowledged, in order, to be written to a new connection; the outage is not a round trip."""
        for kept in self._kept.values():
            kept.first_sent = kept.last_sent = now
        return [kept.message for kept in self._kept.values()]

    def _head(self) -> _Unacknowledged | None:
        return next(iter(self._kept.values()), None)


class Received(NamedTuple):
    """What to do about one stream message: acknowledge it or not, and deliver these, in order."""

    acknowledge: bool
    deliver: list[Message]


class Incoming:
    """The receiving side: every message once, in order. By the time an answer is returned, its state has moved on,

    so a failure to write the acknowledgement cannot deliver a message twice.
    """

    def __init__(self, capacity: int = REORDER_CAPACITY) -> None:
        self._capacity = capacity
        self._expected = 0
        self._ahead: dict[int, Message] = {}

    def receive(self, message: Message) -> Received:
        """Take one stream message. Old ones are acknowledged again: their acknowledgement may have been lost."""
        if message.sequence < self._expected:
            return Received(acknowledge=True, deliver=[])
        if message.sequence > self._expected:
            return Received(acknowledge=self._keep(message), deliver=[])
        deliver = [message]
        self._expected += 1
        while (following := self._ahead.pop(self._expected, None)) is not None:
            deliver.append(following)
            self._expected += 1
        return Received(acknowledge=True, deliver=deliver)

    def _keep(self, message: Message) -> bool:
        if message.sequence not in self._ahead and len(self._ahead) >= self._capacity:
            return False
        self._ahead.setdefault(message.sequence, message)
        return True
