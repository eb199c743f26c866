"""The client's side of one session, without I/O.

Frames go in and events come out; what is to be written waits in `outbox`. Time is handed in, monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from smtui.channel.connection import ChannelError
from smtui.channel.encryption import Cipher, DataKey, SessionCipher
from smtui.channel.handshake import (
    KMS_ENCRYPTION,
    SESSION_TYPE,
    ActionStatus,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    ProcessedAction,
    RequestedAction,
    SessionType,
)
from smtui.channel.message import (
    MAX_PAYLOAD,
    MalformedMessage,
    Message,
    MessageType,
    PayloadType,
    decode,
)
from smtui.channel.payloads import (
    OpenDataChannel,
    SessionFlag,
    acknowledge,
    acknowledged_sequence,
    closing_output,
    flag,
    json_bytes,
    json_object,
    read_flag,
    size,
)
from smtui.channel.stream import WINDOW, Incoming, Outgoing

_PROGRAM_OUTPUT = frozenset({PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE})


@dataclass(frozen=True, slots=True)
class Opened:
    """The session takes input from now on. Without a handshake this comes with the first output."""

    session_type: str
    agent_version: str = ""
    customer_message: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    """Of the session document; only port sessions have any."""


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes of the remote program: kind OUTPUT, STDERR or EXIT_CODE (the text `EXIT_CODE: n`)."""

    kind: PayloadType
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flagged:
    """The agent raised a flag, such as CONNECT_TO_PORT_ERROR; maybe one that we do not know."""

    value: int


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """The agent wants encryption: answer with `ClientSession.key_generated` or `key_refused`."""

    key_id: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The service's last word; `output` is for the user, empty for a normal end."""

    output: str = ""


Event = Opened | Output | Flagged | KeyWanted | Closed


class ClientSession:
    """See the module. One for a session, however many connections it takes."""

    def __init__(self, client_version: str, *, window: int = WINDOW, encryption: bool = False) -> None:
        self.client_id: UUID = uuid4()
        self.outbox: deque[bytes] = deque()
        self.outgoing = Outgoing(MessageType.INPUT_STREAM_DATA, window=window)
        self.opened = False
        self._version = client_version
        self._encryption = encryption
        self._incoming = Incoming()
        self._request: HandshakeRequest | None = None
        self._cipher: Cipher | None = None

    def open_frame(self, token: str) -> str:
        """The text frame that must come first on each connection."""
        return OpenDataChannel(token, self.client_id, self._version).text()

    def send_input(self, data: bytes, now: float) -> None:
        """Typed bytes, cut into messages. The caller looks at `outgoing.has_room` first, and at `opened`."""
        for start in range(0, len(data), MAX_PAYLOAD):
            piece = data[start : start + MAX_PAYLOAD]
            self._stage(PayloadType.OUTPUT, self._cipher.encrypt(piece) if self._cipher else piece, now)

    def send_size(self, columns: int, rows: int, now: float) -> None:
        """The terminal's size; at the start and after each change."""
        self._stage(PayloadType.SIZE, size(columns, rows), now)

    def send_flag(self, value: SessionFlag, now: float) -> None:
        """Such as: end the session."""
        self._stage(PayloadType.FLAG, flag(value), now)

    def tick(self, now: float) -> None:
        """Resend what is overdue; see `outgoing.next_due`."""
        message = self.outgoing.overdue(now)
        if message is not None:
            self.outbox.append(message.encode())

    def reconnected(self, now: float) -> None:
        """A new connection is open: everything unacknowledged goes out again, in order."""
        self.outbox.clear()
        self.outbox.extend(message.encode() for message in self.outgoing.replay_all(now))

    def receive(self, frame: bytes, now: float) -> list[Event]:
        """Take one frame. A frame that cannot be read is passed over: its sender sends it again.

        Raises ChannelError for a handshake that cannot be read or a payload that cannot be decrypted.
        """
        try:
            message = decode(frame)
            if message.type == MessageType.ACKNOWLEDGE:
                self.outgoing.acknowledged(acknowledged_sequence(message.payload), now)
                return []
        except MalformedMessage:
            return []
        if message.type == MessageType.CHANNEL_CLOSED:
            return [Closed(closing_output(message.payload))]
        if message.type != MessageType.OUTPUT_STREAM_DATA:
            return []
        received = self._incoming.receive(message)
        if received.acknowledge:
            self.outbox.append(acknowledge(message).encode())
        try:
            return [event for each in received.deliver for event in self._process(each, now)]
        except MalformedMessage as malformed:
            raise ChannelError(f"the agent sent {malformed}") from None

    def key_generated(self, key: DataKey, now: float) -> None:
        """The data key that `KeyWanted` asked for."""
        self._cipher = SessionCipher.of_client(key.plaintext)
        self._respond(
            ProcessedAction(KMS_ENCRYPTION, ActionStatus.SUCCESS, _key_result(key)),
            now,
        )

    def key_refused(self, why: str, now: float) -> None:
        """No key came about: the agent is told, and ends the session."""
        self._respond(ProcessedAction(KMS_ENCRYPTION, ActionStatus.FAILED, error=why), now)

    def _process(self, message: Message, now: float) -> list[Event]:
        match message.payload_type:
            case PayloadType.HANDSHAKE_REQUEST:
                return self._handshake_requested(message, now)
            case PayloadType.HANDSHAKE_COMPLETE:
                complete = HandshakeComplete.parse(message.payload)
                return [self._open(complete.customer_message)]
            case PayloadType.ENCRYPTION_CHALLENGE_REQUEST:
                self._answer_challenge(message.payload, now)
                return []
            case PayloadType.FLAG:
                return [Flagged(read_flag(message.payload))]
            case kind if kind in _PROGRAM_OUTPUT:
                data = self._cipher.decrypt(message.payload) if self._cipher else message.payload
                output = Output(PayloadType(kind), data)
                return [output] if self.opened else [self._open(), output]
        return []

    def _open(self, customer_message: str = "") -> Opened:
        self.opened = True
        if self._request is None:
            return Opened(SessionType.STANDARD_STREAM, customer_message=customer_message)
        request = self._request
        return Opened(request.session_type, request.agent_version, customer_message, request.properties)

    def _handshake_requested(self, message: Message, now: float) -> list[Event]:
        self._request = HandshakeRequest.parse(message.payload)
        wanted = self._request.parameters_of(KMS_ENCRYPTION)
        if wanted is None:
            self._respond(None, now)
            return []
        if not self._encryption:
            self.key_refused("this client cannot make KMS data keys", now)
            return []
        return [KeyWanted(str(wanted.get("KMSKeyId", "")), str(wanted.get("Challenge") or ""))]

    def _respond(self, encryption: ProcessedAction | None, now: float) -> None:
        if self._request is None:
            return
        actions = tuple(
            encryption if encryption and action.type == KMS_ENCRYPTION else _done(action)
            for action in self._request.actions
        )
        response = HandshakeResponse(self._version, actions)
        self._stage(PayloadType.HANDSHAKE_RESPONSE, response.encode(), now)

    def _answer_challenge(self, payload: bytes, now: float) -> None:
        import base64

        if self._cipher is None:
            raise MalformedMessage("an encryption challenge before there is a key")
        challenge = str(json_object(payload).get("Challenge", ""))
        try:
            plain = self._cipher.decrypt(base64.b64decode(challenge, validate=True))
        except ValueError:
            raise MalformedMessage("an encryption challenge that cannot be read") from None
        answer = base64.b64encode(self._cipher.encrypt(plain)).decode()
        self._stage(PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, json_bytes({"Challenge": answer}), now)

    def _stage(self, payload_type: PayloadType, payload: bytes, now: float) -> None:
        self.outbox.append(self.outgoing.stage(payload_type, payload, now).encode())


def _done(action: RequestedAction) -> ProcessedAction:
    if action.type != SESSION_TYPE:
        return ProcessedAction(action.type, ActionStatus.UNSUPPORTED, error=f"unsupported action {action.type}")
    session_type = action.parameters.get("SessionType")
    if session_type in list(SessionType):
        return ProcessedAction(SESSION_TYPE, ActionStatus.SUCCESS)
    return ProcessedAction(
        SESSION_TYPE, ActionStatus.FAILED, error=f"this client has no sessions of type {session_type}"
    )


def _key_result(key: DataKey) -> dict[str, object]:
    import base64

    return {"KMSCipherTextKey": base64.b64encode(key.ciphertext).decode(), "KMSCipherTextHash": None}
