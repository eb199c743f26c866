"""The codec against frames recorded between the official agent and the official plugin."""

from __future__ import annotations

import struct
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.message import (
    HEADER_LENGTH,
    Flags,
    MalformedMessage,
    Message,
    MessageType,
    PayloadType,
    decode,
    epoch_milliseconds,
)

TYPED = bytes.fromhex(
    "00000074696e7075745f73747265616d5f64617461202020202020202020202020202020"
    "00000001000001a2016b6ca600000000000000020000000000000000"
    "b1eb6817a7749c51bea841a1e0d24aaf"
    "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"
    "00000001000000046162630a"
)
"""`abc` and Enter, as the official plugin sent it."""

FIRST_OUTPUT = bytes.fromhex(
    "000000746f75747075745f73747265616d5f646174612020202020202020202020202020"
    "00000001000001a201b2468b00000000000000000000000000000001"
    "b5dc7eaf9a4da86842289bc8c3e14f4d"
    "e5b111ba26d5bb1cc89d8a3d74fad4cf1ebd5701c29877969c322b456d0784a3"
    "00000001000000022420"
)
"""The agent's first output, a prompt."""


def test_a_recorded_input_message_is_read() -> None:
    message = decode(TYPED)
    assert message == Message(
        type=MessageType.INPUT_STREAM_DATA,
        payload=b"abc\n",
        payload_type=PayloadType.OUTPUT,
        sequence=2,
        flags=Flags.NONE,
        id=UUID("bea841a1-e0d2-4aaf-b1eb-6817a7749c51").bytes,
        created=1795320147110,
    )


def test_a_recorded_output_message_is_read() -> None:
    message = decode(FIRST_OUTPUT)
    assert (message.type, message.sequence, message.flags) == (MessageType.OUTPUT_STREAM_DATA, 0, Flags.SYN)
    assert (message.payload, message.id) == (b"$ ", UUID("42289bc8-c3e1-4f4d-b5dc-7eaf9a4da868").bytes)
    assert message.created == 1795324790411


@pytest.mark.parametrize("frame", [TYPED, FIRST_OUTPUT])
def test_a_recorded_message_is_written_byte_for_byte(frame: bytes) -> None:
    assert decode(frame).encode() == frame


@given(
    st.builds(
        Message,
        type=st.sampled_from(MessageType),
        payload=st.binary(max_size=2000),
        payload_type=st.integers(0, 2**32 - 1),
        sequence=st.integers(-(2**63), 2**63 - 1),
        flags=st.integers(0, 2**64 - 1),
        id=st.binary(min_size=16, max_size=16),
        created=st.integers(1, 2**64 - 1),
    )
)
def test_every_message_survives_the_wire(message: Message) -> None:
    assert decode(message.encode()) == message


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_crashes(garbage: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(garbage)


@given(st.integers(0, len(TYPED) - 1), st.integers(1, 255))
def test_a_turned_byte_is_refused_or_outside_the_payload(position: int, turn: int) -> None:
    frame = bytearray(TYPED)
    frame[position] ^= turn
    try:
        message = decode(bytes(frame))
    except MalformedMessage:
        return
    assert message.payload == b"abc\n" or position < 120


@given(st.integers(0, len(TYPED) - 1))
def test_a_cut_frame_is_refused(length: int) -> None:
    with pytest.raises(MalformedMessage):
        decode(TYPED[:length])


def test_a_type_padded_with_nul_is_read() -> None:
    frame = TYPED[:4] + b"input_stream_data".ljust(32, b"\0") + TYPED[36:]
    assert decode(frame).type == MessageType.INPUT_STREAM_DATA


def test_a_longer_header_moves_the_payload() -> None:
    longer = struct.pack(">I", HEADER_LENGTH + 8) + TYPED[4:116] + bytes(8) + TYPED[116:]
    assert decode(longer).payload == b"abc\n"


@pytest.mark.parametrize(
    ("start", "replacement"),
    [
        pytest.param(4, b" " * 32, id="no type"),
        pytest.param(4, b"\xff" * 32, id="type not ascii"),
        pytest.param(40, bytes(8), id="no creation date"),
        pytest.param(80, bytes(32), id="wrong digest"),
        pytest.param(0, b"\xff\xff\xff\xff", id="header longer than the frame"),
        pytest.param(0, bytes(4), id="header shorter than a header"),
    ],
)
def test_a_message_that_cannot_be_trusted_is_refused(start: int, replacement: bytes) -> None:
    frame = TYPED[:start] + replacement + TYPED[start + len(replacement) :]
    with pytest.raises(MalformedMessage):
        decode(frame)


def test_an_empty_payload_needs_no_digest() -> None:
    frame = Message("acknowledge").encode()
    assert decode(frame[:80] + bytes(32) + frame[112:]).payload == b""


@pytest.mark.parametrize("kind", [MessageType.START_PUBLICATION, MessageType.PAUSE_PUBLICATION])
def test_publication_messages_are_taken_unchecked(kind: MessageType) -> None:
    frame = Message(kind, b"{}", created=0).encode()
    assert decode(frame[:80] + bytes(32) + frame[112:]).type == kind


def test_an_unknown_type_is_read() -> None:
    assert decode(Message("agent_task_complete", b"x").encode()).type == "agent_task_complete"


def test_the_payload_stays_out_of_the_repr() -> None:
    assert "hunter2" not in repr(Message(MessageType.INPUT_STREAM_DATA, b"hunter2"))


def test_the_clock_counts_milliseconds() -> None:
    assert 1_700_000_000_000 < epoch_milliseconds() < 10_000_000_000_000


def test_the_recorded_digest_is_the_payloads() -> None:
    assert sha256(b"abc\n").digest() == TYPED[80:112]
