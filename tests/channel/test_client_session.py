"""The client's side without I/O: what it answers to which frame."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.client_session import ClientSession, Closed, Flagged, KeyWanted, Opened, Output
from smtui.channel.connection import ChannelError
from smtui.channel.encryption import DataKey, SessionCipher
from smtui.channel.handshake import (
    KMS_ENCRYPTION,
    SESSION_TYPE,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    RequestedAction,
    SessionType,
)
from smtui.channel.message import Message, MessageType, PayloadType, decode
from smtui.channel.payloads import SessionFlag, acknowledge, acknowledged_sequence, channel_closed, json_bytes

NOW = 100.0
KMS_REQUEST = HandshakeRequest(
    "3.3.987.0",
    (
        RequestedAction(SESSION_TYPE, {"SessionType": "Standard_Stream", "Properties": None}),
        RequestedAction(KMS_ENCRYPTION, {"KMSKeyId": "arn:aws:kms:key", "Challenge": "cmFuZG9t"}),
    ),
)


def from_agent(sequence: int, kind: PayloadType, payload: bytes) -> bytes:
    return Message(MessageType.OUTPUT_STREAM_DATA, payload, kind, sequence).encode()


def sent(session: ClientSession) -> list[Message]:
    messages = [decode(frame) for frame in session.outbox]
    session.outbox.clear()
    return messages


def test_without_a_handshake_the_first_output_opens_the_session() -> None:
    session = ClientSession("1.2.896.0")
    frame = from_agent(0, PayloadType.OUTPUT, b"$ ")
    assert session.receive(frame, NOW) == [Opened("Standard_Stream"), Output(PayloadType.OUTPUT, b"$ ")]
    assert [message.type for message in sent(session)] == ["acknowledge"]
    assert session.receive(frame, NOW) == [], "a repeated message is not delivered again"
    assert acknowledged_sequence(sent(session)[0].payload) == 0, "but acknowledged again"


def test_with_a_handshake_complete_opens_the_session() -> None:
    session = ClientSession("1.2.896.0")
    request = HandshakeRequest.for_session("3.3.987.0", SessionType.INTERACTIVE_COMMANDS)
    assert session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW) == []
    acknowledgement, answer = sent(session)
    assert acknowledgement.type == "acknowledge"
    assert (answer.type, answer.sequence, answer.payload_type) == ("input_stream_data", 0, 6)
    response = HandshakeResponse.parse(answer.payload)
    assert (response.client_version, response.error()) == ("1.2.896.0", "")
    complete = HandshakeComplete(1, "hello").encode()
    events = session.receive(from_agent(1, PayloadType.HANDSHAKE_COMPLETE, complete), NOW)
    assert events == [Opened("InteractiveCommands", "3.3.987.0", "hello")]


def test_a_port_session_opens_with_its_properties_and_flags_are_told() -> None:
    session = ClientSession("1.2.896.0")
    properties = {"portNumber": "80", "localPortNumber": "0", "type": "LocalPortForwarding"}
    request = HandshakeRequest.for_session("3.3.987.0", SessionType.PORT, properties)
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW)
    assert HandshakeResponse.parse(sent(session)[1].payload).error() == ""
    complete = HandshakeComplete(1).encode()
    events = session.receive(from_agent(1, PayloadType.HANDSHAKE_COMPLETE, complete), NOW)
    assert events == [Opened("Port", "3.3.987.0", "", properties)]
    assert session.receive(from_agent(2, PayloadType.FLAG, b"\0\0\0\3"), NOW) == [Flagged(3)]


def test_a_session_of_a_type_that_we_do_not_know_is_declined() -> None:
    session = ClientSession("1.2.896.0")
    request = HandshakeRequest("3.3.987.0", (RequestedAction("SessionType", {"SessionType": "Hologram"}),))
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW)
    assert "Hologram" in HandshakeResponse.parse(sent(session)[1].payload).error()


def test_encryption_without_a_key_maker_is_declined_in_words() -> None:
    session = ClientSession("1.2.896.0")
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, KMS_REQUEST.encode()), NOW)
    assert "KMS" in HandshakeResponse.parse(sent(session)[1].payload).error()


def test_an_encrypted_session_from_challenge_to_keys() -> None:
    session, key = ClientSession("1.2.896.0", encryption=True), DataKey(bytes(range(64)), b"wrapped")
    agent = SessionCipher.of_agent(key.plaintext)
    events = session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, KMS_REQUEST.encode()), NOW)
    assert events == [KeyWanted("arn:aws:kms:key", "cmFuZG9t")]
    sent(session)
    session.key_generated(key, NOW)
    result = HandshakeResponse.parse(sent(session)[0].payload).actions[1].result
    assert result == {"KMSCipherTextKey": base64.b64encode(b"wrapped").decode(), "KMSCipherTextHash": None}

    challenge = json_bytes({"Challenge": base64.b64encode(agent.encrypt(b"64 random bytes")).decode()})
    session.receive(from_agent(1, PayloadType.ENCRYPTION_CHALLENGE_REQUEST, challenge), NOW)
    answer = json.loads(sent(session)[1].payload)["Challenge"]
    assert agent.decrypt(base64.b64decode(answer)) == b"64 random bytes"

    session.receive(from_agent(2, PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()), NOW)
    events = session.receive(from_agent(3, PayloadType.OUTPUT, agent.encrypt(b"$ ")), NOW)
    assert events == [Output(PayloadType.OUTPUT, b"$ ")]
    sent(session)
    session.send_input(b"ls\r", NOW)
    session.send_size(80, 24, NOW)
    typed, resized = sent(session)
    assert agent.decrypt(typed.payload) == b"ls\r"
    assert resized.payload == b'{"cols":80,"rows":24}', "a size is never encrypted"


def test_output_that_cannot_be_decrypted_ends_the_session() -> None:
    session = ClientSession("1.2.896.0", encryption=True)
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, KMS_REQUEST.encode()), NOW)
    session.key_generated(DataKey(bytes(64), b""), NOW)
    with pytest.raises(ChannelError, match="not encrypted with this session's key"):
        session.receive(from_agent(1, PayloadType.OUTPUT, b"plain"), NOW)


def test_long_input_is_cut_into_messages_of_1024_bytes() -> None:
    session = ClientSession("1.2.896.0")
    session.send_input(bytes(2500), NOW)
    assert [(m.sequence, len(m.payload)) for m in sent(session)] == [(0, 1024), (1, 1024), (2, 452)]


def test_unacknowledged_input_is_sent_again_on_time_and_after_a_reconnect() -> None:
    session = ClientSession("1.2.896.0")
    session.send_input(b"a", NOW)
    session.send_flag(SessionFlag.TERMINATE_SESSION, NOW)
    first, second = sent(session)
    session.tick(NOW + 0.3)
    assert sent(session) == [first]
    session.receive(acknowledge(first).encode(), NOW + 0.4)
    session.reconnected(NOW + 9)
    assert sent(session) == [second]


def test_a_corrupt_frame_is_passed_over_unacknowledged() -> None:
    session = ClientSession("1.2.896.0")
    frame = from_agent(0, PayloadType.OUTPUT, b"$ ")
    assert session.receive(frame[:-1] + b"X", NOW) == []
    assert sent(session) == []
    assert session.receive(b"garbage", NOW) == []
    assert len(session.receive(frame, NOW)) == 2


def test_a_broken_handshake_ends_the_session() -> None:
    with pytest.raises(ChannelError, match="not JSON"):
        ClientSession("1.2.896.0").receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, b"?"), NOW)


def test_the_services_last_word() -> None:
    closed = channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z", "idle").encode()
    assert ClientSession("1.2.896.0").receive(closed, NOW) == [Closed("idle")]


@given(kind=st.integers(0, 13), payload=st.binary(max_size=60), encryption=st.booleans())
def test_nothing_an_agent_sends_breaks_it(kind: int, payload: bytes, encryption: bool) -> None:
    session = ClientSession("1.2.896.0", encryption=encryption)
    frame = Message(MessageType.OUTPUT_STREAM_DATA, payload, kind).encode()
    with contextlib.suppress(ChannelError):
        session.receive(frame, NOW)
    session.receive(Message(MessageType.ACKNOWLEDGE, payload).encode(), NOW)


def test_messages_for_the_agent_and_unknown_ones_are_passed_over() -> None:
    session = ClientSession("1.2.896.0")
    for kind in ("pause_publication", "input_stream_data", "something_new"):
        assert session.receive(Message(kind, b"{}").encode(), NOW) == []
    assert session.receive(from_agent(0, PayloadType.PARAMETER, b"?"), NOW) == []
    assert [m.type for m in sent(session)] == ["acknowledge"]
