"""The reliable stream: every byte once and in order over a line that loses, doubles and reorders."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.channel.message import Flags, Message, MessageType, PayloadType
from smtui.channel.stream import Incoming, Outgoing, RoundTrip


def outgoing(window: int = 256) -> Outgoing:
    return Outgoing(MessageType.OUTPUT_STREAM_DATA, window=window, first_flags=Flags.SYN)


def numbered(sequence: int) -> Message:
    return Message(MessageType.OUTPUT_STREAM_DATA, str(sequence).encode(), PayloadType.OUTPUT, sequence)


def test_messages_are_numbered_from_zero_and_only_the_first_is_flagged() -> None:
    stream = outgoing()
    first, second = stream.stage(1, b"a", 0.0), stream.stage(1, b"b", 0.0)
    assert (first.sequence, first.flags, second.sequence, second.flags) == (0, Flags.SYN, 1, Flags.NONE)


def test_an_acknowledgement_that_comes_before_the_message_was_written_counts() -> None:
    stream = outgoing()
    stream.acknowledged(stream.stage(1, b"a", 0.0).sequence, 0.0)
    assert len(stream) == 0
    assert stream.next_due() is None


def test_the_head_is_resent_when_its_time_has_come_and_then_waits_again() -> None:
    stream = outgoing()
    head = stream.stage(1, b"a", 10.0)
    stream.stage(1, b"b", 10.0)
    assert stream.next_due() == pytest.approx(10.2)
    assert stream.overdue(10.19) is None
    assert stream.overdue(10.2) == head
    assert stream.overdue(10.3) is None
    assert stream.next_due() == pytest.approx(10.4)


def test_what_follows_a_lost_head_is_resent_at_once() -> None:
    stream = outgoing()
    stream.stage(1, b"a", 0.0)
    second = stream.stage(1, b"b", 0.0)
    stream.overdue(5.0)
    stream.acknowledged(0, 5.01)
    assert stream.overdue(5.01) == second


def test_the_window_closes_and_opens() -> None:
    stream, room = outgoing(window=2), []
    for payload in (b"a", b"b"):
        room.append(stream.has_room)
        stream.stage(1, payload, 0.0)
    room.append(stream.has_room)
    stream.acknowledged(1, 0.0)
    room.append(stream.has_room)
    assert room == [True, True, False, True]


def test_after_a_reconnect_everything_unacknowledged_goes_out_in_order() -> None:
    stream = outgoing()
    for byte in b"abcd":
        stream.stage(1, bytes([byte]), 0.0)
    stream.acknowledged(1, 0.0)
    assert [message.payload for message in stream.replay_all(60.0)] == [b"a", b"c", b"d"]
    assert stream.next_due() == pytest.approx(60.0 + stream.round_trip.timeout)
    stream.acknowledged(0, 60.1)
    assert stream.round_trip.timeout < 0.3, "the outage must not count as a round trip"


def test_the_time_out_starts_and_moves_by_the_official_numbers() -> None:
    trip = RoundTrip()
    assert trip.timeout == 0.2
    trip.measured(0.3)
    assert trip.variation == pytest.approx(0.05)
    assert trip.smoothed == pytest.approx(0.125)
    assert trip.timeout == pytest.approx(0.325)
    for _ in range(100):
        trip.measured(5.0)
    assert trip.timeout == 1.0
    for _ in range(200):
        trip.measured(0.001)
    assert trip.timeout == pytest.approx(0.011, abs=1e-4)


def test_old_messages_are_acknowledged_again_and_never_delivered_again() -> None:
    stream = Incoming()
    message = numbered(0)
    assert stream.receive(message).deliver == [message]
    assert stream.receive(message) == (True, [])


def test_an_early_message_is_acknowledged_and_waits() -> None:
    stream = Incoming()
    assert stream.receive(numbered(2)) == (True, [])
    assert stream.receive(numbered(2)) == (True, [])
    assert [m.sequence for m in stream.receive(numbered(0)).deliver] == [0]
    assert [m.sequence for m in stream.receive(numbered(1)).deliver] == [1, 2]


def test_a_full_reorder_buffer_leaves_messages_unacknowledged() -> None:
    stream = Incoming(capacity=2)
    stream.receive(numbered(1))
    stream.receive(numbered(2))
    assert stream.receive(numbered(3)) == (False, [])
    assert stream.receive(numbered(2)) == (True, [])


def test_early_messages_are_kept_by_their_bytes_too_and_the_room_comes_back() -> None:
    stream = Incoming(capacity_bytes=100)

    def sized(sequence: int, size: int) -> Message:
        return Message(MessageType.OUTPUT_STREAM_DATA, bytes(size), PayloadType.OUTPUT, sequence)

    assert stream.receive(sized(1, 60)) == (True, [])
    assert stream.receive(sized(2, 41)) == (False, []), "left unacknowledged, so that it comes again"
    assert stream.receive(sized(3, 40)) == (True, [])
    assert stream.receive(sized(1, 60)) == (True, []), "a copy takes no room"
    assert [each.sequence for each in stream.receive(sized(0, 5_000)).deliver] == [0, 1], "in turn any size is taken"
    assert stream.receive(sized(4, 61)) == (False, [])
    assert stream.receive(sized(4, 60)) == (True, [])
    assert [each.sequence for each in stream.receive(sized(2, 41)).deliver] == [2, 3, 4]
    assert stream.receive(sized(6, 100)) == (True, [])


def test_the_room_for_early_messages_is_about_ten_megabytes() -> None:
    stream, payload = Incoming(), bytes(2**20)
    kept = [
        sequence
        for sequence in range(1, 1_000)
        if stream.receive(Message(MessageType.OUTPUT_STREAM_DATA, payload, PayloadType.OUTPUT, sequence)).acknowledge
    ]
    assert len(kept) == 9


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 120),
    loss=st.floats(0, 0.6),
    doubling=st.floats(0, 0.5),
    reordering=st.integers(0, 8),
    capacity=st.sampled_from([1, 4, 10_000]),
)
def test_every_message_arrives_once_and_in_order(
    seed: int, count: int, loss: float, doubling: float, reordering: int, capacity: int
) -> None:
    """A simulated line between the two halves; time goes in steps of 10 ms."""
    chance = random.Random(seed)
    sender, receiver = outgoing(window=16), Incoming(capacity)
    to_receiver: list[Message] = []
    to_sender: list[int] = []
    delivered: list[int] = []
    staged, now = 0, 0.0

    def put(line: list[Any], item: object) -> None:
        copies = 0 if chance.random() < loss else 2 if chance.random() < doubling else 1
        for _ in range(copies):
            line.insert(max(0, len(line) - chance.randint(0, reordering)), item)

    while len(delivered) < count or len(sender):
        now += 0.01
        assert now < 3600, "the stream stalled"
        while staged < count and sender.has_room:
            put(to_receiver, sender.stage(1, b"x", now))
            staged += 1
        if (again := sender.overdue(now)) is not None:
            put(to_receiver, again)
        for message in to_receiver[:4]:
            received = receiver.receive(message)
            delivered += [each.sequence for each in received.deliver]
            if received.acknowledge:
                put(to_sender, message.sequence)
        del to_receiver[:4]
        for sequence in to_sender:
            sender.acknowledged(sequence, now)
        to_sender.clear()
    assert delivered == list(range(count))
