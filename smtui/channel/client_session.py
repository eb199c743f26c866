"""Keeps the client's side of one session, without I/O.

Frames go in and events come out; the caller asks for each frame to write. Times are monotonic seconds, passed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

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
from smtui.channel.input_stream import InputStream
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
from smtui.channel.stream import WINDOW, Incoming
from smtui.channel.transport import ChannelError

if TYPE_CHECKING:
    from smtui.channel.encryption import Cipher, DataKey

_MOST_OWED = 4_096
"""Unwritten acknowledgements, while the service does not read, above which messages are ignored."""

CATCHING_UP = 10_000
"""Messages with which a new client catches up with the input of the one before it: more than most sessions ever get.

The agent counts input messages and drops those whose turn is over, without saying what it has counted to. So a new
client, which counts from 0, first sends as many as its predecessor can have sent. They are empty: whether the agent
drops one or types nothing is the same.
"""
ENCRYPTED = "the session is encrypted, and only the program that started it has the key: nobody else can resume it"
_SHORTEST_SEALED = 28
"""Bytes that encryption adds to each payload."""

_PROGRAM_OUTPUT = {int(kind): kind for kind in (PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE)}
_JOINED = (PayloadType.OUTPUT, PayloadType.STDERR)
"""Streams of bytes; an exit code is a message."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The session takes input from now on. Without a handshake this comes with the first output."""

    session_type: str
    agent_version: str = ""
    customer_message: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    """Properties of the session document; only port sessions have any."""


@dataclass(slots=True)
class Output:
    """Bytes of the remote program: kind OUTPUT, STDERR or EXIT_CODE (the text `EXIT_CODE: n`).

    A value like the other events, but for the time that freezing takes: most messages make one.
    """

    kind: PayloadType
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flagged:
    """The agent sent a flag, such as CONNECT_TO_PORT_ERROR, or one that we do not know."""

    value: int


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """The agent wants encryption: answer with `ClientSession.key_generated` or `key_refused`."""

    request: KeyRequest


@dataclass(frozen=True, slots=True)
class Closed:
    """The service closed the session; `output` is for the user, empty for a normal end."""

    output: str = ""


Event = Opened | Output | Flagged | KeyWanted | Closed


def joined(events: Iterable[Event]) -> list[Event]:
    """Join consecutive output of one kind: a thousand bytes cost their receiver as much work as many thousands."""
    result: list[Event] = []
    for kind, run in groupby(events, _joined_kind):
        if kind is None:
            result += run
        else:
            result.append(Output(kind, b"".join([event.data for event in run if isinstance(event, Output)])))
    return result


def _joined_kind(event: Event) -> PayloadType | None:
    return event.kind if isinstance(event, Output) and event.kind in _JOINED else None


class ClientSession:
    """The state of one session, however many connections it takes."""

    def __init__(self, client_version: str, *, window: int = WINDOW, encryption: bool = False) -> None:
        self.client_id: UUID = uuid4()
        self.outgoing = InputStream(window=window)
        self.opened = False
        self._version = client_version
        self._encryption = encryption
        self._incoming = Incoming()
        self._owed: deque[Message] = deque()
        self._request: HandshakeRequest | None = None
        self._key_request: KeyRequest | None = None
        """The request for a key that is not answered yet."""
        self._must_encrypt = False
        self._cipher: Cipher | None = None
        self._has_proven_key = False
        self._must_be_readable = False
        """Whether the next output shows if the session is encrypted with its first client's key."""

    def take_over(self, columns: int, rows: int) -> None:
        """Go on with a session that another client opened; it takes input at once, after what catches up with it."""
        self.opened = self._must_be_readable = True
        self._incoming.follow_first()
        for _ in range(CATCHING_UP):
            self.outgoing.stage(PayloadType.OUTPUT, b"")
        # A change of size makes a program draw its screen again.
        for height in (max(1, rows - 1), rows):
            self.outgoing.stage(PayloadType.SIZE, size(columns, height))

    def open_frame(self, token: str) -> str:
        """Return the text frame that must come first on each connection."""
        return OpenDataChannel(token, self.client_id, self._version).text()

    def next_frame(self, now: float) -> bytes | None:
        """Return the frame to write now to an open connection; None if there is none."""
        message = self._owed.popleft() if self._owed else self.outgoing.next_message(now)
        return None if message is None else message.encode()

    def reconnected(self, now: float) -> None:
        """React to a new connection: everything unacknowledged is sent again, in order."""
        self._owed.clear()
        self.outgoing.reconnected(now)

    def send_input(self, data: bytes) -> None:
        """Stage typed bytes, cut into messages. The caller checks `outgoing.has_room` and `opened` first."""
        for start in range(0, len(data), MAX_PAYLOAD):
            piece = data[start : start + MAX_PAYLOAD]
            self.outgoing.stage(PayloadType.OUTPUT, self._cipher.encrypt(piece) if self._cipher else piece)

    def send_size(self, columns: int, rows: int) -> None:
        """Stage the terminal's size, at the start and after each change; of several in an outage only the last."""
        self.outgoing.stage_latest(PayloadType.SIZE, size(columns, rows))

    def send_flag(self, value: SessionFlag) -> None:
        """Stage a flag, such as TERMINATE_SESSION."""
        self.outgoing.stage(PayloadType.FLAG, flag(value))

    def receive(self, frame: bytes, now: float) -> list[Event]:
        """Take one frame. A frame that cannot be read is ignored: its sender sends it again.

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
            self._key_request = None
            return [Closed(closing_output(message.payload))]
        if message.type != MessageType.OUTPUT_STREAM_DATA:
            return []
        if len(self._owed) >= _MOST_OWED:
            return []
        received = self._incoming.receive(message)
        if received.acknowledge:
            self._owed.append(acknowledge(message))
        try:
            return [event for each in received.deliver for event in self._process(each)]
        except MalformedMessage as malformed:
            raise ChannelError(f"the agent sent {malformed}") from None

    def key_generated(self, key: DataKey) -> None:
        """Take the data key that `KeyWanted` requested; ignored if no key is wanted any more.

        The agent adds the challenge to the encryption context only if the client acknowledges it, so that older clients
        still work.
        """
        request = self._key_request
        if request is None:
            return
        from smtui.channel.encryption import SessionCipher  # here: most sessions are not encrypted by us

        try:
            cipher = SessionCipher.of_client(key.plaintext)
        except MalformedMessage as malformed:
            self.key_refused(f"KMS made {malformed}")
            return
        self._key_request, self._cipher = None, cipher
        result = _key_result(key, acknowledges_challenge=bool(request.challenge))
        self._respond(ProcessedAction(KMS_ENCRYPTION, ActionStatus.SUCCESS, result))

    def key_refused(self, why: str) -> None:
        """Report to the agent why there is no data key; it repeats that to the user and ends the session."""
        if self._key_request is None:
            return
        self._key_request = None
        self._respond(_no_key(why))

    def _process(self, message: Message) -> list[Event]:
        kind = _PROGRAM_OUTPUT.get(message.payload_type)
        if kind is not None:
            return self._output(kind, message.payload)
        match message.payload_type:
            case PayloadType.HANDSHAKE_REQUEST:
                return self._handshake_requested(message)
            case PayloadType.HANDSHAKE_COMPLETE:
                complete = HandshakeComplete.parse(message.payload)
                return self._open(complete.customer_message)
            case PayloadType.ENCRYPTION_CHALLENGE_REQUEST:
                self._answer_challenge(message.payload)
                return []
            case PayloadType.FLAG:
                return [Flagged(read_flag(message.payload))]
        return []

    def _output(self, kind: PayloadType, payload: bytes) -> list[Event]:
        if self._must_be_readable:
            self._check_is_readable(payload)
        opened = self._open()
        return [*opened, Output(kind, self._cipher.decrypt(payload) if self._cipher else payload)]

    def _check_is_readable(self, payload: bytes) -> None:
        """Refuse, once, what must not reach a terminal: only the first client of an encrypted session has its key."""
        if len(payload) > _SHORTEST_SEALED and not _is_text(payload):
            raise ChannelError(ENCRYPTED)
        self._must_be_readable = False

    def _open(self, customer_message: str = "") -> list[Event]:
        """Open the session once, and never unencrypted if its agent requested encryption."""
        if self._must_encrypt and self._cipher is None:
            raise MalformedMessage("a session in the clear that it had asked to encrypt")
        if self.opened:
            return []
        self.opened = True
        if self._request is None:
            return [Opened(SessionType.STANDARD_STREAM, customer_message=customer_message)]
        request = self._request
        return [Opened(request.session_type, request.agent_version, customer_message, request.properties)]

    def _handshake_requested(self, message: Message) -> list[Event]:
        request = HandshakeRequest.parse(message.payload)
        if self._request is not None or self.opened:
            # A second handshake changes neither the type of the session nor its key.
            return []
        self._request = request
        parameters = request.parameters_of(KMS_ENCRYPTION)
        if parameters is None:
            self._respond(None)
            return []
        self._must_encrypt = True
        try:
            wanted = KeyRequest.parse(parameters)
            if not self._encryption:
                raise MalformedMessage("an action that this client cannot do: it makes no KMS data keys")
        except MalformedMessage as malformed:
            self._respond(_no_key(f"the agent asked for {malformed}"))
            return []
        self._key_request = wanted
        return [KeyWanted(wanted)]

    def _respond(self, encryption: ProcessedAction | None) -> None:
        if self._request is None:
            return
        actions = tuple(
            encryption if encryption and action.type == KMS_ENCRYPTION else _done(action)
            for action in self._request.actions
        )
        response = HandshakeResponse(self._version, actions)
        self.outgoing.stage(PayloadType.HANDSHAKE_RESPONSE, response.encode())

    def _answer_challenge(self, payload: bytes) -> None:
        import base64

        if self._cipher is None:
            raise MalformedMessage("an encryption challenge before there is a key")
        if self._has_proven_key:
            # The agent sends only one. Answering any number would take memory without bound.
            return
        self._has_proven_key = True
        challenge = str(json_object(payload).get("Challenge", ""))
        try:
            plain = self._cipher.decrypt(base64.b64decode(challenge, validate=True))
        except ValueError:
            raise MalformedMessage("an encryption challenge that cannot be read") from None
        answer = base64.b64encode(self._cipher.encrypt(plain)).decode()
        self.outgoing.stage(PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, json_bytes({"Challenge": answer}))


def _is_text(payload: bytes) -> bool:
    """Whether it is UTF-8, but for a character that was cut at the beginning or the end."""
    cut = 3
    begins = next((at for at in range(cut + 1) if payload[at] & 0xC0 != 0x80), None)
    if begins is None:
        return False
    try:
        payload[begins:].decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(payload) - begins - error.start <= cut
    return True


def _done(action: RequestedAction) -> ProcessedAction:
    if action.type != SESSION_TYPE:
        return ProcessedAction(action.type, ActionStatus.UNSUPPORTED, error=f"unsupported action {action.type}")
    session_type = action.parameters.get("SessionType")
    if session_type in list(SessionType):
        return ProcessedAction(SESSION_TYPE, ActionStatus.SUCCESS)
    return ProcessedAction(
        SESSION_TYPE, ActionStatus.FAILED, error=f"this client has no sessions of type {session_type}"
    )


def _no_key(why: str) -> ProcessedAction:
    return ProcessedAction(KMS_ENCRYPTION, ActionStatus.FAILED, error=why)


def _key_result(key: DataKey, *, acknowledges_challenge: bool) -> dict[str, object]:
    import base64

    result: dict[str, object] = {
        "KMSCipherTextKey": base64.b64encode(key.ciphertext).decode(),
        "KMSCipherTextHash": None,
    }
    return result | ({"ChallengeAcknowledgement": True} if acknowledges_challenge else {})
