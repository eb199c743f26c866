"""What the client writes when: much of it ahead of the message in turn, and all of it until it is acknowledged."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.channel.input_stream import BURST, LARGEST_WINDOW, InputStream
from smtui.channel.message import Flags, Message, PayloadType
from smtui.channel.stream import RESEND_INTERVAL, WINDOW, Incoming
from tests.channel.lossy_line import LossyLine

MANY = 10 * WINDOW
THREE_MEGABYTES = 3_000_000 // 1024 + 1
SHORT = 0.004
"""A round trip, seconds."""


def stage(stream: InputStream, count: int, kind: PayloadType = PayloadType.OUTPUT) -> None:
    for _ in range(count):
        stream.stage(kind, b"x")


def written(stream: InputStream, now: float) -> list[int]:
    """The sequence numbers of all that is to be written now."""
    sequences = []
    while (message := stream.next_message(now)) is not None:
        sequences.append(message.sequence)
    return sequences


def acknowledge(stream: InputStream, sequences: list[int], now: float) -> None:
    for sequence in sequences:
        stream.acknowledged(sequence, now)


def measured(round_trip: float = SHORT) -> tuple[InputStream, float]:
    """A stream that knows the round trip, and the time."""
    stream, now = InputStream(), 0.0
    for _ in range(60):
        stage(stream, 1)
        acknowledge(stream, written(stream, now), now + round_trip)
        now += round_trip + 0.1
    return stream, now


def test_messages_are_numbered_from_zero_without_flags() -> None:
    stream = InputStream()
    stream.stage(PayloadType.OUTPUT, b"a")
    stream.stage(PayloadType.SIZE, b"b")
    first, second = stream.next_message(0.0), stream.next_message(0.0)
    assert first is not None
    assert second is not None
    assert (first.sequence, first.payload, first.flags) == (0, b"a", Flags.NONE)
    assert (second.sequence, second.payload, second.payload_type) == (1, b"b", PayloadType.SIZE)


def test_keys_and_short_pastes_go_out_at_once_and_in_order() -> None:
    stream, now = measured()
    stage(stream, 1)
    [key] = written(stream, now)
    stage(stream, BURST - 1)
    assert written(stream, now) == list(range(key + 1, key + BURST))


def test_steady_typing_never_waits_however_long_the_way_is() -> None:
    stream, now = measured(1.0)
    on_the_way: list[tuple[float, int]] = []
    for _ in range(200):
        acknowledge(stream, [sequence for due, sequence in on_the_way if due <= now], now)
        stage(stream, 1)
        [key] = written(stream, now)
        on_the_way.append((now + 1.0, key))
        now += 1 / 30
    assert stream.in_flight >= 30


def test_of_much_the_message_in_turn_goes_last_and_alone() -> None:
    stream, now = measured()
    stage(stream, MANY)
    first, *ahead = written(stream, now)
    held = first + 1
    assert ahead == list(range(held + 1, held + WINDOW))
    acknowledge(stream, [first, *ahead[:-1]], now + SHORT)
    assert written(stream, now + SHORT) == [], "one that is in flight could lie before it at the agent"
    acknowledge(stream, ahead[-1:], now + 2 * SHORT)
    after = written(stream, now + 2 * SHORT)
    assert after[0] == held
    assert after[1] == held + WINDOW + 1, "and the next one in turn is held back"
    assert len(after) == WINDOW


def test_no_more_is_in_flight_than_the_window() -> None:
    line = LossyLine(0.02, loss=0.05)
    line.send_all(MANY)
    assert line.most_in_flight <= WINDOW
    stream, now = measured()
    stage(stream, MANY)
    for _ in range(600):
        written(stream, now)
        now += 0.1
    assert stream.in_flight <= WINDOW + 60, "not even when nobody answers for a minute"


def test_keys_that_are_in_flight_count_against_the_window() -> None:
    stream, now = measured()
    for _ in range(BURST - 2):
        stage(stream, 1)
        written(stream, now)
    stage(stream, MANY)
    written(stream, now)
    assert stream.in_flight == WINDOW


@pytest.mark.parametrize("at_once", [1, 4, 64])
def test_few_messages_go_out_in_turn_while_others_are_in_flight(at_once: int) -> None:
    """Each of these is one that a reset can double: none but a burst, and fifty a second."""
    stream, now = measured()
    began, risky, turn, ahead = now, 0, 60, set[int]()
    on_the_way: list[tuple[float, int]] = []
    for _ in range(2_000):
        if stream.has_room:
            stage(stream, at_once)
        while (message := stream.next_message(now)) is not None:
            on_the_way.append((now + 5 * SHORT, message.sequence))
            risky += message.sequence == turn and stream.in_flight > 1
            ahead.add(message.sequence)
            while turn in ahead:
                ahead.remove(turn)
                turn += 1
        now += SHORT / 4
        acknowledge(stream, [sequence for due, sequence in on_the_way if due <= now], now)
        on_the_way = [each for each in on_the_way if each[0] > now]
    assert turn > 1_500
    assert risky <= BURST + 50 * (now - began)


@pytest.mark.parametrize("kind", [PayloadType.SIZE, PayloadType.FLAG])
def test_nothing_overtakes_a_size_or_a_flag_and_they_overtake_nothing(kind: PayloadType) -> None:
    stream, now = measured()
    stage(stream, BURST * 2)
    stage(stream, 1, kind)
    stage(stream, BURST * 2)
    first, *ahead = written(stream, now)
    assert ahead == list(range(first + 2, first + BURST * 2)), "up to the one that is no data"
    acknowledge(stream, [first, *ahead], now + SHORT)
    assert written(stream, now + SHORT) == [first + 1]
    acknowledge(stream, [first + 1], now + 2 * SHORT)
    special, *rest = written(stream, now + 2 * SHORT)
    assert special == first + BURST * 2
    assert rest == list(range(special + 2, special + 1 + BURST * 2))


def test_a_message_is_not_held_for_ever_while_others_trickle_in() -> None:
    stream, now = measured(0.1)
    stage(stream, 2 * BURST)
    held, began = written(stream, now)[0] + 1, now
    arriving: list[tuple[float, int]] = []
    while held not in [sequence for _, sequence in arriving]:
        now += 0.01
        assert now < began + 0.35, "the filling of one round trip, and the acknowledgements of another"
        acknowledge(stream, [sequence for due, sequence in arriving if due <= now], now)
        acknowledge(stream, list(range(held - 1, held + 2 * BURST)) if now > began + 0.1 else [], now)
        stage(stream, 1)
        arriving += [(now + 0.1, sequence) for sequence in written(stream, now)]


def test_a_message_is_held_no_longer_when_nothing_is_acknowledged_for_long() -> None:
    stream, now = measured()
    stage(stream, WINDOW)
    first = written(stream, now)[0]
    due = stream.next_due()
    while due is not None and due < now + 1.9:
        assert first + 1 not in written(stream, due)
        due = stream.next_due()
    assert first + 1 in written(stream, now + 2.0)


def test_an_unknown_or_repeated_acknowledgement_changes_nothing() -> None:
    stream, now = measured()
    before = stream.round_trip.smoothed
    acknowledge(stream, [0, 7_000, -1], now)
    assert (len(stream), stream.round_trip.smoothed) == (0, before)


def test_everything_overdue_is_resent_in_order_and_nothing_else() -> None:
    stream, now = measured()
    stage(stream, 10)
    sequences = written(stream, now)
    acknowledge(stream, sequences[1::2], now + SHORT)
    stage(stream, 1)
    [late] = written(stream, now + RESEND_INTERVAL / 2)
    assert written(stream, now + RESEND_INTERVAL - 0.001) == []
    due = stream.next_due()
    assert due == pytest.approx(now + RESEND_INTERVAL)
    assert written(stream, now + RESEND_INTERVAL) == sequences[::2], f"not {late}, which was written later"


def test_each_copy_of_a_message_waits_twice_as_long_up_to_a_limit() -> None:
    stream, now = measured()
    stage(stream, 1)
    times = []
    for _ in range(12):
        written(stream, now)
        times.append(now)
        due = stream.next_due()
        assert due is not None
        now = due
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert waits[-1] == pytest.approx(10.0)


def test_messages_that_were_lost_together_are_not_held_against_each_other() -> None:
    stream, now = measured()
    for step in range(10):
        stage(stream, 20)
        written(stream, now + step * 0.001)
    copies: Counter[int] = Counter()
    while (due := stream.next_due()) is not None and due < now + 0.4:
        copies.update(written(stream, due))
    assert len(copies) > 150
    assert set(copies.values()) == {2}, "one outage is one doubling, not one for each message"


def test_a_message_that_was_resent_does_not_tell_the_round_trip() -> None:
    stream, now = measured()
    before = stream.round_trip.smoothed
    stage(stream, 1)
    [sequence] = written(stream, now)
    written(stream, now + 0.5)
    stream.acknowledged(sequence, now + 0.5001)
    assert stream.round_trip.smoothed == before


def test_a_way_longer_than_the_first_guess_is_found_out() -> None:
    """Each message is resent before its acknowledgement can come, until the wait for one has grown beyond the way."""
    line = LossyLine(1.5)
    line.send_all(THREE_MEGABYTES)
    assert line.stream.round_trip.timeout > 1.5
    assert line.written < 1.5 * THREE_MEGABYTES


def test_after_a_reconnect_all_that_is_in_flight_goes_out_in_order_and_tells_no_round_trip() -> None:
    stream, now = measured()
    stage(stream, 4)
    sequences = written(stream, now)
    stream.acknowledged(sequences[1], now + SHORT)
    before = stream.round_trip.smoothed
    assert written(stream, now + 0.05) == []
    stream.reconnected(now + 0.05)
    assert written(stream, now + 0.05) == [sequences[0], *sequences[2:]]
    assert stream.next_due() == pytest.approx(now + 0.25), "a new connection, a new wait"
    acknowledge(stream, sequences, now + 0.05 + SHORT)
    assert (len(stream), stream.round_trip.smoothed) == (0, before)


def test_what_is_acknowledged_before_its_copy_was_written_is_not_sent_again() -> None:
    stream, now = measured()
    stage(stream, 3)
    sequences = written(stream, now)
    stream.reconnected(now)
    assert stream.next_message(now) is not None
    acknowledge(stream, sequences[1:2], now)
    assert written(stream, now) == sequences[2:]


def test_what_is_staged_while_there_is_no_connection_is_no_message_in_flight() -> None:
    stream, now = measured()
    stage(stream, 3)
    stream.reconnected(now)
    assert stream.in_flight == 0
    assert len(written(stream, now)) == 3


def test_the_caller_has_room_until_a_window_waits_to_be_written() -> None:
    stream = InputStream(window=4)
    stage(stream, 4)
    assert not stream.has_room
    written(stream, 0.0)
    assert stream.has_room


def test_the_window_grows_with_the_way_so_that_the_rate_stays() -> None:
    windows = [measured(round_trip)[0].window for round_trip in (0.001, 0.05, 0.1, 1.0)]
    assert windows == [WINDOW, WINDOW, pytest.approx(500, abs=1), LARGEST_WINDOW]
    for round_trip in (0.02, 0.05, 0.1, 0.2):
        stream, _ = measured(round_trip)
        assert stream.window * 1024 / round_trip > 3_500_000, f"bytes a second at {round_trip} s"


@pytest.mark.parametrize("round_trip", [0.002, 0.02, 0.1, 0.3, 0.7])
@pytest.mark.parametrize("loss", [0.017, 0.05])
def test_three_megabytes_take_a_proportionate_time_on_a_line_that_loses(round_trip: float, loss: float) -> None:
    """Loss in both directions, so that about one message in ten is resent at 5 %. Virtual seconds."""
    lossless = LossyLine(round_trip).send_all(THREE_MEGABYTES)
    windows = THREE_MEGABYTES / WINDOW
    for seed in range(3):
        line = LossyLine(round_trip, loss, seed)
        assert line.send_all(THREE_MEGABYTES) < lossless + windows * (1.2 + 4 * round_trip)
        assert line.written < THREE_MEGABYTES * (1.25 + 3 * loss), "only what was lost is sent again"


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 200),
    loss=st.floats(0, 0.6),
    doubling=st.floats(0, 0.5),
    reordering=st.integers(0, 8),
    window=st.sampled_from([1, 4, 64]),
    capacity=st.sampled_from([1, 4, 10_000]),
)
def test_every_message_arrives_once_and_in_order(
    seed: int, count: int, loss: float, doubling: float, reordering: int, window: int, capacity: int
) -> None:
    """A line that loses, doubles, reorders and breaks; a receiver with little room; time goes in steps of 10 ms."""
    chance = random.Random(seed)
    sender, receiver = InputStream(window=window), Incoming(capacity)
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
        assert now < 36_000, "the stream stalled"
        while staged < count and sender.has_room:
            sender.stage(chance.choice([PayloadType.OUTPUT, PayloadType.OUTPUT, PayloadType.SIZE]), b"x")
            staged += 1
        if chance.random() < loss / 30:
            sender.reconnected(now)
            to_receiver.clear()
            to_sender.clear()
        while (message := sender.next_message(now)) is not None:
            put(to_receiver, message)
        for message in to_receiver[:40]:
            received = receiver.receive(message)
            delivered += [each.sequence for each in received.deliver]
            if received.acknowledge:
                put(to_sender, message.sequence)
        del to_receiver[:40]
        for sequence in to_sender:
            sender.acknowledged(sequence, now)
        to_sender.clear()
    assert delivered == list(range(count))
