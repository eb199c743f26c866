"""Makes the data channel reliable: numbers, keeps, resends and orders messages. Without I/O.

Each direction counts its messages from 0, acknowledges each one, and resends what stays unacknowledged. The constants
are those of the official ends; comments name the differences. The client sends through `input_stream`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from smtui.channel.message import MAX_PAYLOAD, Flags, Message, MessageType

WINDOW = 256
"""Unacknowledged messages at which a sender waits: back-pressure instead of the official 1 ms sleep a message."""

REORDER_CAPACITY = 10_000
"""Messages that a receiver keeps while an earlier one is missing."""

REORDER_BYTES = REORDER_CAPACITY * MAX_PAYLOAD
"""Bytes of payload that a receiver keeps in them; messages of the usual size reach the count first."""

RESEND_INTERVAL = 0.1
"""Seconds; nothing is resent sooner."""

OFFICIAL_LONGEST_TIMEOUT = 1.0
_CLOCK_GRANULARITY = 0.01


class RoundTrip:
    """Measures how long acknowledgements take, and so how long to wait for one: at most `longest`. Seconds."""

    __slots__ = ("_longest", "lowest", "smoothed", "timeout", "variation")

    def __init__(self, longest: float = OFFICIAL_LONGEST_TIMEOUT) -> None:
        self._longest = longest
        self.smoothed = 0.1
        self.variation = 0.0
        self.timeout = 0.2
        self.lowest: float | None = None
        """The shortest so far, without queues; None before the first."""

    def measured(self, seconds: float) -> float:
        """Take one round trip into account; returns the lowest so far."""
        self.lowest = seconds if self.lowest is None else min(self.lowest, seconds)
        self.variation = 0.75 * self.variation + 0.25 * abs(self.smoothed - seconds)
        self.smoothed = 0.875 * self.smoothed + 0.125 * seconds
        self.timeout = min(self._longest, self.smoothed + max(_CLOCK_GRANULARITY, 4 * self.variation))
        return self.lowest


@dataclass(slots=True)
class _Unacknowledged:
    message: Message
    first_sent: float
    last_sent: float


class Outgoing:
    """The sending side as the agent has it: each message is written at once, and only the oldest is resent.

    A message is kept *before* the caller can write it, so no acknowledgement can come too early.
    """

    def __init__(self, message_type: MessageType, *, window: int = WINDOW, first_flags: Flags = Flags.NONE) -> None:
        self._type = message_type
        self._window = window
        self._first_flags = first_flags
        self._next_sequence = 0
        self._kept: OrderedDict[int, _Unacknowledged] = OrderedDict()
        self.round_trip = RoundTrip()

    def __len__(self) -> int:
        """Count the unacknowledged messages."""
        return len(self._kept)

    @property
    def has_room(self) -> bool:
        """Whether the caller should stage more. It may stage beyond that what cannot wait."""
        return len(self._kept) < self._window

    def stage(self, payload_type: int, payload: bytes, now: float) -> Message:
        """Return the next message of the stream, which the caller writes at once."""
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
        """Forget a message. Its round trip counts from the first sending: from the last it would be too short."""
        kept = self._kept.pop(sequence, None)
        if kept is not None:
            self.round_trip.measured(now - kept.first_sent)

    def next_due(self) -> float | None:
        """Return when `overdue` will have a message unless acknowledgements come; None if all came."""
        head = self._head()
        return None if head is None else head.last_sent + max(RESEND_INTERVAL, self.round_trip.timeout)

    def overdue(self, now: float) -> Message | None:
        """Return the oldest unacknowledged message if it is time to write it again."""
        head, due = self._head(), self.next_due()
        if head is None or due is None or now < due:
            return None
        head.last_sent = now
        return head.message

    def replay_all(self, now: float) -> list[Message]:
        """Return everything unacknowledged, in order, for a new connection; an outage is no round trip."""
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
    """The receiving side: every message once, in order.

    When an answer is returned, its state has moved on, so a failed write of the acknowledgement cannot deliver a
    message twice.
    """

    def __init__(self, capacity: int = REORDER_CAPACITY, capacity_bytes: int = REORDER_BYTES) -> None:
        self._capacity = capacity
        self._room = capacity_bytes
        self._expected = 0
        self._follows_first = False
        self._ahead: dict[int, Message] = {}

    def follow_first(self) -> None:
        """Take the next message, whatever its number, for the first: the earlier ones went to another client."""
        self._follows_first = True

    def expects(self, message: Message) -> bool:
        """Tell whether it is this message's turn."""
        return message.sequence == self._expected

    def has_delivered(self, message: Message) -> bool:
        """Tell whether this message's turn is over."""
        return message.sequence < self._expected

    def receive(self, message: Message) -> Received:
        """Take one stream message. Old ones are acknowledged again: their acknowledgement may have been lost."""
        if self._follows_first:
            self._follows_first, self._expected = False, message.sequence
        if message.sequence < self._expected:
            return Received(acknowledge=True, deliver=[])
        if message.sequence > self._expected:
            return Received(acknowledge=self._keep(message), deliver=[])
        deliver = [message]
        self._expected += 1
        while self._ahead and (following := self._ahead.pop(self._expected, None)) is not None:
            self._room += len(following.payload)
            deliver.append(following)
            self._expected += 1
        return Received(acknowledge=True, deliver=deliver)

    def _keep(self, message: Message) -> bool:
        if message.sequence in self._ahead:
            return True
        if len(self._ahead) >= self._capacity or len(message.payload) > self._room:
            return False
        self._ahead[message.sequence] = message
        self._room -= len(message.payload)
        return True
