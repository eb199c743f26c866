"""smux v1: frames as the official ends write them, streams, and what to make of garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.smux import (
    MAX_FRAME,
    RECEIVE_BUDGET,
    Accepted,
    BrokenMultiplexing,
    Command,
    Finished,
    Frame,
    FrameReader,
    Mux,
    Received,
)

SYN_3, FIN_3 = bytes.fromhex("0100000003000000"), bytes.fromhex("0101000003000000")
"""As the official plugin and agent wrote them."""

frames = st.builds(Frame, st.sampled_from(Command), st.integers(0, 2**32 - 1), st.binary(max_size=40))


def test_frames_are_the_official_ones() -> None:
    assert Frame(Command.SYN, 3).encode() == SYN_3
    assert Frame(Command.FIN, 3).encode() == FIN_3
    assert Frame(Command.NOP).encode() == bytes.fromhex("0103000000000000")
    assert Frame(Command.PSH, 0x01020304, b"x" * 0x0102).encode()[:8] == bytes.fromhex("0102020104030201")


@given(st.lists(frames, max_size=8), st.integers(1, 100))
def test_frames_survive_any_cutting(sent: list[Frame], piece: int) -> None:
    stream = b"".join(frame.encode() for frame in sent)
    reader = FrameReader()
    assert [
        frame for start in range(0, len(stream), piece) for frame in reader.feed(stream[start : start + piece])
    ] == sent


def test_the_longest_frame() -> None:
    longest = Frame(Command.PSH, 3, bytes(65_535))
    assert list(FrameReader().feed(longest.encode())) == [longest]


@given(st.lists(st.binary(max_size=60), max_size=10), st.booleans())
def test_garbage_never_does_worse_than_break_the_session(pieces: list[bytes], client: bool) -> None:
    mux = Mux(client=client)
    mux.open()
    for piece in pieces:
        try:
            list(mux.receive(piece))
        except BrokenMultiplexing:
            return


@given(st.lists(frames, max_size=20), st.booleans())
def test_frames_in_any_order_keep_the_account(sent: list[Frame], client: bool) -> None:
    """Streams that nobody opened, opened twice, closed twice: nothing is delivered after an end, and all is paid."""
    mux, over = Mux(client=client), set()
    for frame in sent:
        for event in mux.receive(frame.encode()):
            assert event.stream not in over or isinstance(event, Accepted)
            match event:
                case Finished(stream):
                    over.add(stream)
                    mux.finish(stream)
                case Accepted(stream):
                    over.discard(stream)
                case Received(_, data):
                    mux.taken(len(data))
    assert mux.has_budget


@pytest.mark.parametrize("header", ["0200000003000000", "0104000003000000", "ffffffffffffffff"])
def test_what_is_not_smux_breaks_the_session(header: str) -> None:
    with pytest.raises(BrokenMultiplexing):
        list(Mux(client=True).receive(bytes.fromhex(header)))


def test_client_ids_are_odd_from_3_on_and_end() -> None:
    mux = Mux(client=True)
    assert [mux.open() for _ in range(3)] == [
        (3, SYN_3), (5, Frame(Command.SYN, 5).encode()), (7, Frame(Command.SYN, 7).encode()),
    ]  # fmt: skip
    mux._next_id = 2**32 + 1
    with pytest.raises(BrokenMultiplexing):
        mux.open()


def test_a_conversation() -> None:
    client, agent = Mux(client=True), Mux(client=False)
    stream, frame = client.open()
    assert list(agent.receive(frame)) == [Accepted(3)]
    assert list(agent.receive(client.data(stream, b"hello"))) == [Received(3, b"hello")]
    assert list(client.receive(agent.data(3, b"world") + agent.finish(3))) == [Received(3, b"world"), Finished(3)]
    assert client.data(stream, b"too late") == b"", "nobody reads it there"
    assert client.finish(stream) == FIN_3
    assert client.finish(stream) == b""
    assert list(agent.receive(FIN_3)) == []


def test_data_that_was_under_way_when_a_stream_was_closed_is_dropped() -> None:
    client = Mux(client=True)
    stream, _ = client.open()
    client.finish(stream)
    assert list(client.receive(Frame(Command.PSH, stream, b"late").encode())) == []
    assert list(client.receive(Frame(Command.SYN, 4).encode())) == [], "agents open no streams"


def test_nothing_comes_of_a_stream_that_the_other_end_has_finished() -> None:
    client = Mux(client=True)
    stream, _ = client.open()
    fin = Frame(Command.FIN, stream).encode()
    assert list(client.receive(fin + Frame(Command.PSH, stream, b"late").encode() + fin)) == [Finished(stream)]
    assert client._untaken == 0, "what is dropped holds up nothing"


def test_data_is_cut_into_frames() -> None:
    client, reader = Mux(client=True), FrameReader()
    stream, _ = client.open()
    data = bytes(range(256)) * 400
    frames = list(reader.feed(client.data(stream, data)))
    assert [len(frame.data) for frame in frames] == [MAX_FRAME, MAX_FRAME, MAX_FRAME, len(data) - 3 * MAX_FRAME]
    assert b"".join(frame.data for frame in frames) == data


def test_the_budget_is_the_sessions() -> None:
    client = Mux(client=True)
    ids = [client.open()[0] for _ in range(2)]
    half = Frame(Command.PSH, ids[0], bytes(MAX_FRAME)).encode(), Frame(Command.PSH, ids[1], bytes(MAX_FRAME)).encode()
    for turn in range(RECEIVE_BUDGET // MAX_FRAME):
        assert client.has_budget
        list(client.receive(half[turn % 2]))
    assert not client.has_budget
    client.taken(1)
    assert client.has_budget
