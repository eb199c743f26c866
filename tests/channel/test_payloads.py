"""The small payloads, against recorded ones."""

from __future__ import annotations

import contextlib
import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.message import Flags, MalformedMessage, Message, MessageType, PayloadType
from smtui.channel.payloads import (
    OpenDataChannel,
    SessionFlag,
    SessionState,
    acknowledge,
    acknowledged_sequence,
    agent_session_state,
    channel_closed,
    closing_output,
    flag,
    offered_token,
    publication,
    read_flag,
    read_size,
    session_state,
    size,
)

RECEIVED = Message(
    MessageType.OUTPUT_STREAM_DATA, b"$ ", PayloadType.OUTPUT, id=UUID("42289bc8-c3e1-4f4d-b5dc-7eaf9a4da868").bytes
)


def test_an_acknowledgement_is_the_recorded_one() -> None:
    message = acknowledge(RECEIVED)
    assert message.payload == (
        b'{"AcknowledgedMessageType":"output_stream_data",'
        b'"AcknowledgedMessageId":"42289bc8-c3e1-4f4d-b5dc-7eaf9a4da868",'
        b'"AcknowledgedMessageSequenceNumber":0,"IsSequentialMessage":true}'
    )
    assert (message.type, message.sequence, message.flags) == ("acknowledge", 0, Flags.SYN | Flags.FIN)
    assert message.payload_type == PayloadType.NONE
    assert acknowledged_sequence(message.payload) == 0


def test_a_size_is_the_recorded_one() -> None:
    assert size(101, 33) == b'{"cols":101,"rows":33}'
    assert read_size(b'{"cols":101,"rows":33}') == (101, 33)


def test_a_flag_is_the_recorded_one() -> None:
    assert flag(SessionFlag.TERMINATE_SESSION) == bytes.fromhex("00000002")
    assert read_flag(bytes.fromhex("00000003")) == SessionFlag.CONNECT_TO_PORT_ERROR


def test_the_agents_states_are_the_recorded_ones() -> None:
    message = agent_session_state("lab-1febbbc0e7d7e5933", SessionState.TERMINATING)
    assert message.payload == (b'{"SchemaVersion":1,"SessionState":"Terminating","SessionId":"lab-1febbbc0e7d7e5933"}')
    assert message.flags == Flags.SYN | Flags.FIN
    assert session_state(message.payload) == SessionState.TERMINATING


def test_channel_closed_has_the_recorded_fields() -> None:
    message = channel_closed("s-1", "i-0123456789abcdef0", "2026-11-22T05:19:52.000Z", "over")
    assert json.loads(message.payload) == {
        "MessageType": "channel_closed",
        "MessageId": str(UUID(bytes=message.id)),
        "DestinationId": "i-0123456789abcdef0",
        "SessionId": "s-1",
        "SchemaVersion": 1,
        "Output": "over",
        "CreatedDate": "2026-11-22T05:19:52.000Z",
    }
    assert closing_output(message.payload) == "over"


@pytest.mark.parametrize("payload", [b"", b"no json", b"[]", b'{"Output":7}', b"{}"])
def test_a_channel_is_closed_whatever_its_last_word(payload: bytes) -> None:
    assert closing_output(payload) == ""


def test_publication_messages_name_the_session() -> None:
    message = publication(MessageType.PAUSE_PUBLICATION, "s-1")
    assert (message.type, json.loads(message.payload)) == (
        "pause_publication",
        {"SchemaVersion": 1, "SessionId": "s-1"},
    )


def test_the_opening_frame_has_the_recorded_fields() -> None:
    client = uuid4()
    opening = OpenDataChannel("t0ken", client, "1.2.896.0")
    frame = json.loads(opening.text())
    request_id = frame.pop("RequestId")
    assert UUID(request_id).version == 4
    assert frame == {
        "MessageSchemaVersion": "1.0",
        "TokenValue": "t0ken",
        "ClientId": str(client),
        "ClientVersion": "1.2.896.0",
    }
    assert offered_token(opening.text()) == "t0ken"
    assert "t0ken" not in repr(opening)


@pytest.mark.parametrize("frame", ["{}", '{"TokenValue":null}', b'{"TokenValue":""}'])
def test_an_opening_frame_without_a_token_offers_none(frame: str | bytes) -> None:
    assert offered_token(frame) == ""


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | st.just(b"[" * 100_000))
def test_garbage_is_refused_and_never_crashes(payload: bytes) -> None:
    assert closing_output(payload) == ""
    for read in (acknowledged_sequence, read_size, session_state):
        with pytest.raises(MalformedMessage):
            read(payload)
    with contextlib.suppress(MalformedMessage):
        assert offered_token(payload) == "", "an object such as {} can be read, and has none"


@pytest.mark.parametrize("payload", [b'{"cols":-1,"rows":1}', b'{"cols":1,"rows":70000}', b'{"cols":true,"rows":1}'])
def test_a_size_out_of_range_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_size(payload)
