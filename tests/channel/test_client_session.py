"""The client's side without I/O: what it answers to which frame."""

from __future__ import annotations

import base64
import contextlib
import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel import client_session
from smtui.channel.client_session import ClientSession, Closed, Event, Flagged, KeyWanted, Opened, Output
from smtui.channel.encryption import DataKey, SessionCipher
from smtui.channel.handshake import (
    KMS_ENCRYPTION,
    SESSION_TYPE,
    ActionStatus,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    KeyRequest,
    ProcessedAction,
    RequestedAction,
    SessionType,
)
from smtui.channel.message import Message, MessageType, PayloadType, decode
from smtui.channel.payloads import SessionFlag, acknowledge, acknowledged_sequence, channel_closed, json_bytes
from smtui.channel.transport import ChannelError

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


def failures(answer: Message) -> list[str]:
    """Why the agent would end the session."""
    return [why for action in HandshakeResponse.parse(answer.payload).actions if (why := action.failure())]


def sent(session: ClientSession, now: float = NOW) -> list[Message]:
    return [decode(frame) for frame in iter(partial(session.next_frame, now), None)]


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
    assert HandshakeResponse.parse(answer.payload).client_version == "1.2.896.0"
    assert failures(answer) == []
    complete = HandshakeComplete(1, "hello").encode()
    events = session.receive(from_agent(1, PayloadType.HANDSHAKE_COMPLETE, complete), NOW)
    assert events == [Opened("InteractiveCommands", "3.3.987.0", "hello")]


def test_a_port_session_opens_with_its_properties_and_flags_are_reported() -> None:
    session = ClientSession("1.2.896.0")
    properties = {"portNumber": "80", "localPortNumber": "0", "type": "LocalPortForwarding"}
    request = HandshakeRequest.for_session("3.3.987.0", SessionType.PORT, properties)
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW)
    assert failures(sent(session)[1]) == []
    complete = HandshakeComplete(1).encode()
    events = session.receive(from_agent(1, PayloadType.HANDSHAKE_COMPLETE, complete), NOW)
    assert events == [Opened("Port", "3.3.987.0", "", properties)]
    assert session.receive(from_agent(2, PayloadType.FLAG, b"\0\0\0\3"), NOW) == [Flagged(3)]


def test_a_session_of_a_type_that_we_do_not_know_is_declined() -> None:
    session = ClientSession("1.2.896.0")
    request = HandshakeRequest("3.3.987.0", (RequestedAction("SessionType", {"SessionType": "Hologram"}),))
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW)
    assert "Hologram" in failures(sent(session)[1])[0]


def test_encryption_without_a_key_maker_is_declined_in_words() -> None:
    session = ClientSession("1.2.896.0")
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, KMS_REQUEST.encode()), NOW)
    assert "makes no KMS data keys" in failures(sent(session)[1])[0]


KEY = DataKey(bytes(range(64)), b"wrapped")


def kms_request(**parameters: object) -> bytes:
    """A handshake request as an agent sends it for an encrypted shell."""
    shell = RequestedAction(SESSION_TYPE, {"SessionType": "Standard_Stream", "Properties": None})
    return HandshakeRequest("3.3.987.0", (shell, RequestedAction(KMS_ENCRYPTION, parameters))).encode()


def asked(request: bytes, *, encryption: bool = True) -> tuple[ClientSession, list[Event]]:
    """A client that has read a handshake request, and what it made of it; the acknowledgement is out of the way."""
    session = ClientSession("1.2.896.0", encryption=encryption)
    events = session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request), NOW)
    session.next_frame(NOW)
    return session, events


def key_action(session: ClientSession) -> ProcessedAction:
    """What the client says of the encryption in its one answer."""
    [answer] = sent(session)
    return HandshakeResponse.parse(answer.payload).actions[1]


def test_an_encrypted_session_from_challenge_to_keys() -> None:
    agent = SessionCipher.of_agent(KEY.plaintext)
    session, events = asked(KMS_REQUEST.encode())
    assert events == [KeyWanted(KeyRequest("arn:aws:kms:key", "cmFuZG9t"))]
    session.key_generated(KEY)
    assert key_action(session).failure() == ""

    challenge = json_bytes({"Challenge": base64.b64encode(agent.encrypt(b"64 random bytes")).decode()})
    session.receive(from_agent(1, PayloadType.ENCRYPTION_CHALLENGE_REQUEST, challenge), NOW)
    answer = json.loads(sent(session)[1].payload)["Challenge"]
    assert agent.decrypt(base64.b64decode(answer)) == b"64 random bytes"

    session.receive(from_agent(2, PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()), NOW)
    events = session.receive(from_agent(3, PayloadType.OUTPUT, agent.encrypt(b"$ ")), NOW)
    assert events == [Output(PayloadType.OUTPUT, b"$ ")]
    sent(session)
    session.send_input(b"ls\r")
    session.send_size(80, 24)
    typed, resized = sent(session)
    assert agent.decrypt(typed.payload) == b"ls\r"
    assert resized.payload == b'{"cols":80,"rows":24}', "a size is never encrypted"


def test_an_agent_that_sends_challenge_after_challenge_gets_one_answer() -> None:
    agent = SessionCipher.of_agent(KEY.plaintext)
    session, _ = asked(KMS_REQUEST.encode())
    session.key_generated(KEY)
    sent(session)
    for number in range(1, 2_000):
        challenge = json_bytes({"Challenge": base64.b64encode(agent.encrypt(b"%d" % number)).decode()})
        assert session.receive(from_agent(number, PayloadType.ENCRYPTION_CHALLENGE_REQUEST, challenge), NOW) == []
        sent(session)
    assert len(session.outgoing) == 2, "the response to the handshake and to the first challenge"


@pytest.mark.parametrize(
    ("challenge", "acknowledgement"),
    [
        ({"Challenge": "cmFuZG9t"}, {"ChallengeAcknowledgement": True}),
        ({}, {}),
        ({"Challenge": ""}, {}),
        ({"Challenge": None}, {}),
    ],
    ids=["newer agent", "older agent", "empty", "null"],
)
def test_a_challenge_is_acknowledged_when_and_only_when_there_is_one(
    challenge: dict[str, object], acknowledgement: dict[str, object]
) -> None:
    session, _ = asked(kms_request(KMSKeyId="arn:key", **challenge))
    session.key_generated(KEY)
    wrapped = base64.b64encode(b"wrapped").decode()
    assert key_action(session).result == {"KMSCipherTextKey": wrapped, "KMSCipherTextHash": None, **acknowledgement}


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"KMSKeyId": "arn:key", "Challenge": 7}, "with a challenge that is not a text"),
        ({"KMSKeyId": "arn:key", "Challenge": ["x"]}, "with a challenge that is not a text"),
        ({"Challenge": "cmFuZG9t"}, "without naming a KMS key"),
        ({"KMSKeyId": ["arn:key"]}, "without naming a KMS key"),
    ],
)
def test_an_odd_request_for_a_key_is_declined_in_words(parameters: dict[str, object], why: str) -> None:
    session, events = asked(kms_request(**parameters))
    assert events == [], "nobody asks KMS"
    assert why in key_action(session).failure()


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_a_data_key_of_another_size_is_refused_and_encrypts_nothing(size: int) -> None:
    session, _ = asked(KMS_REQUEST.encode())
    session.key_generated(DataKey(bytes(size), b"wrapped"))
    assert f"KMS made a data key of {size} bytes" in key_action(session).failure()
    with pytest.raises(ChannelError, match="in the clear"):
        session.receive(from_agent(1, PayloadType.OUTPUT, b"$ "), NOW)


def test_a_second_handshake_request_changes_nothing() -> None:
    session, _ = asked(KMS_REQUEST.encode())
    plain_port = HandshakeRequest.for_session("3.3.987.0", SessionType.PORT, {"portNumber": "80"}).encode()
    assert session.receive(from_agent(1, PayloadType.HANDSHAKE_REQUEST, plain_port), NOW) == []
    assert [message.type for message in sent(session)] == ["acknowledge"]
    session.key_generated(KEY)
    assert key_action(session).failure() == ""
    other_key = kms_request(KMSKeyId="arn:another")
    assert session.receive(from_agent(2, PayloadType.HANDSHAKE_REQUEST, other_key), NOW) == []
    opened = session.receive(from_agent(3, PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()), NOW)
    assert opened == [Opened("Standard_Stream", "3.3.987.0")]
    assert session.receive(from_agent(4, PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()), NOW) == []
    sent(session)
    session.send_input(b"ls")
    assert SessionCipher.of_agent(KEY.plaintext).decrypt(sent(session)[0].payload) == b"ls"


def test_a_handshake_after_the_first_output_changes_nothing() -> None:
    session = ClientSession("1.2.896.0", encryption=True)
    assert session.receive(from_agent(0, PayloadType.OUTPUT, b"$ "), NOW)[0] == Opened("Standard_Stream")
    assert session.receive(from_agent(1, PayloadType.HANDSHAKE_REQUEST, KMS_REQUEST.encode()), NOW) == []
    assert [message.type for message in sent(session)] == ["acknowledge", "acknowledge"]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(PayloadType.OUTPUT, b"$ "), (PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode())],
)
@pytest.mark.parametrize("refused", [False, True], ids=["while KMS is asked", "after KMS refused"])
def test_a_session_that_was_to_be_encrypted_never_opens_in_the_clear(
    kind: PayloadType, payload: bytes, refused: bool
) -> None:
    session, _ = asked(KMS_REQUEST.encode())
    if refused:
        session.key_refused("no")
    with pytest.raises(ChannelError, match="in the clear"):
        session.receive(from_agent(1, kind, payload), NOW)
    assert not session.opened


@pytest.mark.parametrize("answer", ["key", "refusal"])
def test_an_answer_of_kms_that_nobody_waits_for_is_dropped(answer: str) -> None:
    def answered(session: ClientSession) -> list[Message]:
        if answer == "key":
            session.key_generated(KEY)
        else:
            session.key_refused("no")
        return sent(session)

    session, _ = asked(KMS_REQUEST.encode())
    closed = channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z", "Handshake timed out.").encode()
    assert session.receive(closed, NOW) == [Closed("Handshake timed out.")]
    assert answered(session) == [], "the session has ended"
    session, _ = asked(KMS_REQUEST.encode())
    session.key_generated(KEY)
    assert len(sent(session)) == 1
    assert answered(session) == [], "one answer is enough"
    assert answered(ClientSession("1.2.896.0", encryption=True)) == [], "there was no handshake"


def test_output_that_cannot_be_decrypted_ends_the_session() -> None:
    session, _ = asked(KMS_REQUEST.encode())
    session.key_generated(KEY)
    with pytest.raises(ChannelError, match="not encrypted with this session's key"):
        session.receive(from_agent(1, PayloadType.OUTPUT, b"plain"), NOW)


def test_long_input_is_cut_into_messages_of_1024_bytes() -> None:
    session = ClientSession("1.2.896.0")
    session.send_input(bytes(2500))
    assert [(m.sequence, len(m.payload)) for m in sent(session)] == [(0, 1024), (1, 1024), (2, 452)]


def test_unacknowledged_input_is_sent_again_on_time_and_after_a_reconnect() -> None:
    session = ClientSession("1.2.896.0")
    session.send_input(b"a")
    session.send_flag(SessionFlag.TERMINATE_SESSION)
    first, second = sent(session)
    assert sent(session, NOW + 0.3) == [first, second]
    session.receive(acknowledge(first).encode(), NOW + 0.4)
    session.reconnected(NOW + 0.5)
    assert sent(session, NOW + 0.5) == [second]


def test_of_many_sizes_in_an_outage_the_last_alone_is_sent_and_keys_keep_their_place() -> None:
    session = ClientSession("1.2.896.0")
    session.receive(from_agent(0, PayloadType.OUTPUT, b"$ "), NOW)
    session.send_size(80, 24)
    sent(session)
    for columns in range(10_000):
        session.send_size(columns, 24)
    session.send_input(b"ls\r")
    for rows in range(10_000):
        session.send_size(80, rows)
    assert len(session.outgoing) == 4, "the first is on its way and may have arrived"
    session.reconnected(NOW)
    assert [(each.sequence, each.payload) for each in sent(session)] == [
        (0, b'{"cols":80,"rows":24}'),
        (1, b'{"cols":9999,"rows":24}'),
        (2, b"ls\r"),
        (3, b'{"cols":80,"rows":9999}'),
    ]


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


def test_an_action_that_we_do_not_know_is_reported_as_unsupported() -> None:
    session = ClientSession("1.2.896.0")
    shell = RequestedAction(SESSION_TYPE, {"SessionType": "Standard_Stream"})
    request = HandshakeRequest("3.9.0.0", (shell, RequestedAction("Dance")))
    session.receive(from_agent(0, PayloadType.HANDSHAKE_REQUEST, request.encode()), NOW)
    response = HandshakeResponse.parse(sent(session)[-1].payload)
    assert [(action.type, action.status) for action in response.actions] == [
        (SESSION_TYPE, ActionStatus.SUCCESS),
        ("Dance", ActionStatus.UNSUPPORTED),
    ]


def test_more_than_can_be_acknowledged_is_passed_over_until_something_was_written() -> None:
    """A service that does not read must not make us keep acknowledgements without end."""
    session = ClientSession("1.2.896.0")
    taken = 0
    while session.receive(from_agent(taken, PayloadType.OUTPUT, b"x"), NOW):
        taken += 1
        assert taken < 10_000
    assert session.next_frame(NOW) is not None
    assert session.receive(from_agent(taken, PayloadType.OUTPUT, b"x"), NOW), "it is taken when it comes again"


def test_an_early_message_that_there_is_no_room_for_is_not_acknowledged() -> None:
    session, large = ClientSession("1.2.896.0"), bytes(250_000)
    for sequence in range(1, 60):
        assert session.receive(from_agent(sequence, PayloadType.OUTPUT, large), NOW) == []
    assert 30 < len(sent(session)) < 59, "those that are kept"


def test_acknowledgements_are_written_before_input() -> None:
    session = ClientSession("1.2.896.0")
    session.receive(from_agent(0, PayloadType.OUTPUT, b"$ "), NOW)
    session.send_input(b"ls")
    assert [message.type for message in sent(session)] == ["acknowledge", "input_stream_data"]


def test_an_acknowledgement_names_the_message_that_came() -> None:
    session = ClientSession("1.2.896.0")
    for sequence in (0, 1, 5):
        session.receive(from_agent(sequence, PayloadType.OUTPUT, b"x"), NOW)
    assert [acknowledged_sequence(message.payload) for message in sent(session)] == [0, 1, 5]


def test_what_a_lost_connection_owed_is_not_acknowledged_on_the_next() -> None:
    """The agent sends it again, and is answered then."""
    session = ClientSession("1.2.896.0")
    session.receive(from_agent(0, PayloadType.OUTPUT, b"$ "), NOW)
    session.reconnected(NOW)
    assert sent(session) == []
    session.receive(from_agent(0, PayloadType.OUTPUT, b"$ "), NOW)
    assert [message.type for message in sent(session)] == ["acknowledge"]


# Taking over a session of another client ----------------------------------------------------------


def taken_over() -> ClientSession:
    session = ClientSession("1.2.896.0")
    session.take_over(80, 24)
    return session


def test_a_taken_over_session_takes_input_at_once_and_catches_up_without_typing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_session, "CATCHING_UP", 5)
    session = taken_over()
    assert session.opened
    session.send_input(b"ls\r")
    written: list[Message] = []
    while frames := sent(session):
        written += frames
        for message in frames:
            session.receive(acknowledge(message).encode(), NOW)
    in_order = sorted(written, key=lambda message: message.sequence)
    assert [message.payload for message in in_order[:5]] == [b""] * 5
    assert {message.payload_type for message in in_order[:5]} == {PayloadType.OUTPUT}
    sizes, [typed] = in_order[5:7], in_order[7:]
    assert [json.loads(message.payload) for message in sizes] == [{"cols": 80, "rows": 23}, {"cols": 80, "rows": 24}]
    assert (typed.payload, typed.sequence) == (b"ls\r", 7)


def test_a_taken_over_session_goes_on_with_the_first_output_that_comes() -> None:
    session = taken_over()
    assert session.receive(from_agent(712, PayloadType.OUTPUT, b"a"), NOW) == [Output(PayloadType.OUTPUT, b"a")]
    assert session.receive(from_agent(714, PayloadType.OUTPUT, b"c"), NOW) == [], "one is missing"
    assert session.receive(from_agent(711, PayloadType.OUTPUT, b"old"), NOW) == []
    events = session.receive(from_agent(713, PayloadType.OUTPUT, b"b"), NOW)
    assert events == [Output(PayloadType.OUTPUT, b"b"), Output(PayloadType.OUTPUT, b"c")]


def test_without_taking_over_the_first_output_is_number_zero() -> None:
    assert ClientSession("1.2.896.0").receive(from_agent(1, PayloadType.OUTPUT, b"a"), NOW) == []


@pytest.mark.parametrize(
    "payload",
    [b"$ ", b"\x1b[31m" + "Käfer €".encode() * 9, "é".encode()[1:] + b"text that goes on and on" * 2 + b"\xe2"],
)
def test_text_is_taken_over(payload: bytes) -> None:
    assert taken_over().receive(from_agent(9, PayloadType.OUTPUT, payload), NOW) == [
        Output(PayloadType.OUTPUT, payload)
    ]


def test_what_another_clients_key_encrypts_never_reaches_the_terminal() -> None:
    cipher = SessionCipher.of_client(bytes(range(64)))
    with pytest.raises(ChannelError, match="nobody else can resume it"):
        taken_over().receive(from_agent(9, PayloadType.OUTPUT, cipher.encrypt(b"$ ls -l\r\n")), NOW)


@pytest.mark.parametrize("payload", [b"\x80" * 40, b"text " * 8 + b"\xff", b"text \xe2\x28" * 8])
def test_what_is_no_text_is_not_taken_over(payload: bytes) -> None:
    with pytest.raises(ChannelError, match="nobody else can resume it"):
        taken_over().receive(from_agent(9, PayloadType.OUTPUT, payload), NOW)
