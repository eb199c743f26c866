"""Clients that do not do as they should in an encrypted session's handshake, and what the real agent says of each.

The words were taken from the agent 3.3.1142; `tests/real_agent` compares them where there is one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from smtui.channel.client import ClientChannel, Encryption, StreamAddress
from smtui.channel.client_session import Closed, Opened
from smtui.channel.encryption import DataKey
from smtui.channel.message import MessageType, PayloadType, decode
from smtui.channel.transport import ChannelError, Connection
from smtui.channel.websocket import dial

VERSION = "1.2.896.0"
Payload = dict[str, Any]


def _key_action(response: Payload) -> Payload:
    action: Payload = response["ProcessedClientActions"][1]
    assert action["ActionType"] == "KMSEncryption"
    return action


def _result(**changes: object) -> Callable[[Payload], None]:
    """Changes the result of the action; None takes a field away."""

    def change(response: Payload) -> None:
        result = _key_action(response)["ActionResult"]
        result.update(changes)
        for name in [name for name, value in changes.items() if value is None]:
            del result[name]

    return change


def _fails(response: Payload) -> None:
    _key_action(response).update(ActionStatus=2, ActionResult=None, Error="DisabledException: arn:key is disabled.")


def _answer(answer: bytes) -> Callable[[Payload], None]:
    return lambda response: response.update(Challenge=base64.b64encode(answer).decode())


@dataclass(frozen=True)
class OddClient:
    """What it changes of its answers, or of the encryption context, and what the user then reads."""

    words: str
    response: Callable[[Payload], None] = lambda _: None
    proof: Callable[[Payload], None] = lambda _: None
    context: Mapping[str, str | None] = field(default_factory=dict)
    """None leaves out what the client should have bound the key to."""
    key_bytes: int = 64


NO_HANDSHAKE = "Encountered error while initiating handshake. "
NO_KEY = f"{NO_HANDSHAKE}Fetching data key failed: "
NOT_DECRYPTED = f"{NO_KEY}Unable to retrieve data key, Error when decrypting data key InvalidCiphertextException: "

INVALID = f"{NO_KEY}Unable to retrieve data key, Error when decrypting data key InvalidParameter: "
ODD_CLIENTS: dict[str, OddClient] = {
    "does not acknowledge": OddClient(NOT_DECRYPTED, _result(ChallengeAcknowledgement=None)),
    "denies the challenge": OddClient(NOT_DECRYPTED, _result(ChallengeAcknowledgement=False)),
    "acknowledges in words": OddClient(
        f"{NO_HANDSHAKE}json: cannot unmarshal string into Go struct field "
        "KMSEncryptionResponse.ChallengeAcknowledgement of type bool",
        _result(ChallengeAcknowledgement="true"),
    ),
    "binds another challenge": OddClient(NOT_DECRYPTED, context={"aws:ssm:RandomChallenge": "b3RoZXI="}),
    "binds another node": OddClient(NOT_DECRYPTED, context={"aws:ssm:TargetId": "i-2"}),
    "binds more": OddClient(NOT_DECRYPTED, context={"one": "more"}),
    "another key": OddClient(NOT_DECRYPTED, _result(KMSCipherTextKey="d3JhcHBlZA==")),
    "no base64": OddClient(
        f"{NO_HANDSHAKE}illegal base64 data at input byte 3", _result(KMSCipherTextKey="not base64!")
    ),
    "no text": OddClient(
        f"{NO_HANDSHAKE}json: cannot unmarshal number into Go struct field "
        "KMSEncryptionResponse.KMSCipherTextKey of type []uint8",
        _result(KMSCipherTextKey=7),
    ),
    "no key": OddClient(
        f"{INVALID}1 validation error(s) found.\n- missing required field, DecryptInput.CiphertextBlob.\n",
        _result(KMSCipherTextKey=None),
    ),
    "empty key": OddClient(
        f"{INVALID}1 validation error(s) found.\n- minimum field size of 1, DecryptInput.CiphertextBlob.\n",
        _result(KMSCipherTextKey=""),
    ),
    "half a key": OddClient(f"{NO_KEY}Error creating NewCipher, crypto/aes: invalid key size 0", key_bytes=32),
    "no word of the key": OddClient(
        "Plugin crashed with message runtime error: invalid memory address or nil pointer dereference!",
        lambda response: response["ProcessedClientActions"].pop(),
    ),
    "fails": OddClient(
        f"{NO_HANDSHAKE}KMSEncryption failed on client with status 2 error: DisabledException: arn:key is disabled.",
        _fails,
    ),
    "proves nothing": OddClient(f"{NO_HANDSHAKE}Timed out waiting for encryption challenge.", proof=_answer(bytes(92))),
}
OLD_CLIENT = OddClient("", _result(ChallengeAcknowledgement=None), context={"aws:ssm:RandomChallenge": None})
"""It knows no challenge, as official plugins of 2024, and is served all the same: it gets a shell, and leaves it."""
HEADING = "\n----------ERROR-------\n"
"""Above all words but those of a crash."""


def told(name: str) -> str:
    """All that the service closes the session with."""
    words = ODD_CLIENTS[name].words
    return words if words.startswith("Plugin crashed") else HEADING + words


class _Altering:
    """A connection that changes what the client answers."""

    def __init__(self, connection: Connection, odd: OddClient) -> None:
        self._connection = connection
        self._changes = {
            PayloadType.HANDSHAKE_RESPONSE: odd.response,
            PayloadType.ENCRYPTION_CHALLENGE_RESPONSE: odd.proof,
        }

    async def receive(self) -> bytes:
        return await self._connection.receive()

    def receive_waiting(self) -> bytes | None:
        return self._connection.receive_waiting()

    async def send(self, frame: bytes | str) -> None:
        await self._connection.send(self._altered(frame) if isinstance(frame, bytes) else frame)

    def _altered(self, frame: bytes) -> bytes:
        message = decode(frame)
        if message.type != MessageType.INPUT_STREAM_DATA or message.payload_type not in self._changes:
            return frame
        payload = json.loads(message.payload)
        self._changes[PayloadType(message.payload_type)](payload)
        return replace(message, payload=json.dumps(payload).encode()).encode()

    def hang_up(self) -> None:
        self._connection.hang_up()

    def abort(self) -> None:
        self._connection.abort()


async def last_words(odd: OddClient, ssm: Any, kms: Any, target: str) -> str:
    """Start a session as this client, leave its shell if there is one; `ssm` and `kms` are clients of boto3."""
    started = ssm.start_session(Target=target)

    async def generate(key_id: str, context: Mapping[str, str]) -> DataKey:
        bound_to = {name: value for name, value in {**context, **odd.context}.items() if value is not None}
        made = kms.generate_data_key(KeyId=key_id, NumberOfBytes=odd.key_bytes, EncryptionContext=bound_to)
        # A short one is made long here, or our own client would refuse it.
        return DataKey(made["Plaintext"].ljust(64, b"\0"), made["CiphertextBlob"])

    async def connect(url: str) -> Connection:
        return _Altering(await dial(url, {}, user_agent="test"), odd)

    async def resume() -> StreamAddress | None:
        return None

    encryption = Encryption(generate, started["SessionId"], target)
    channel = ClientChannel(connect, resume, client_version=VERSION, encryption=encryption)
    try:
        await channel.connect(StreamAddress(started["StreamUrl"], started["TokenValue"]))
        async for event in channel.events():
            if isinstance(event, Opened):
                await channel.send(b"exit\r")
            if isinstance(event, Closed):
                return event.output
        raise ChannelError("no last word")
    finally:
        await channel.close()
