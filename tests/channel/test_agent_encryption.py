"""The simulated agent of an encrypted session: it trusts no key that the client cannot prove."""

from __future__ import annotations

import base64
import json

import pytest

from smtui.channel.encryption import AgentEncryption, SessionCipher
from smtui.channel.handshake import ActionStatus, HandshakeResponse, ProcessedAction
from smtui.channel.manners import FarEndManners
from smtui.channel.message import PayloadType
from smtui.channel.payloads import json_bytes
from tests.channel.test_agent import Wire, typed

KEY = bytes(range(64))
WRAPPED = b"wrapped"
MANNERS = FarEndManners(
    handshake=True,
    acknowledge_delay=0,
    handshake_limit=2.0,
    encryption=AgentEncryption("arn:key", lambda ciphertext: KEY if ciphertext == WRAPPED else None),
)


def response(wrapped: bytes, status: ActionStatus = ActionStatus.SUCCESS, error: str = "") -> bytes:
    result = {"KMSCipherTextKey": base64.b64encode(wrapped).decode(), "KMSCipherTextHash": None}
    actions = (
        ProcessedAction("SessionType", ActionStatus.SUCCESS),
        ProcessedAction("KMSEncryption", status, result if status is ActionStatus.SUCCESS else None, error),
    )
    return HandshakeResponse("1.2.896.0", actions).encode()


async def challenged(wire: Wire) -> bytes:
    """The secret that the client is to return, as it can read it with the right key."""
    asked = await wire.until("output_stream_data", 2)
    assert asked.payload_type == PayloadType.ENCRYPTION_CHALLENGE_REQUEST
    return SessionCipher.of_client(KEY).decrypt(base64.b64decode(json.loads(asked.payload)["Challenge"]))


def answered(secret: bytes, key: bytes = KEY) -> bytes:
    return json_bytes({"Challenge": base64.b64encode(SessionCipher.of_client(key).encrypt(secret)).decode()})


async def test_what_is_said_and_typed_is_encrypted() -> None:
    wire, client = Wire(MANNERS), SessionCipher.of_client(KEY)
    request = await wire.until("output_stream_data")
    wanted = json.loads(request.payload)["RequestedClientActions"][1]
    assert wanted == {"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": "arn:key"}}
    wire.agent.receive(typed(0, PayloadType.HANDSHAKE_RESPONSE, response(WRAPPED)))
    wire.agent.receive(typed(1, PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, answered(await challenged(wire))))
    complete = await wire.until("output_stream_data", 3)
    assert complete.payload_type == PayloadType.HANDSHAKE_COMPLETE
    wire.program.say(b"$ ")
    assert client.decrypt((await wire.until("output_stream_data", 4)).payload) == b"$ "
    wire.agent.receive(typed(2, PayloadType.OUTPUT, client.encrypt(b"ls\r")))
    wire.agent.receive(typed(3, PayloadType.OUTPUT, b"plain and not for the shell"))
    wire.agent.receive(typed(4, PayloadType.OUTPUT, client.encrypt(b"exit\r")))
    await wire.program.until_typed(b"exit\r")
    assert bytes(wire.program.typed) == b"ls\rexit\r"
    await wire.stop()


@pytest.mark.parametrize("wrong", ["secret", "key", "form"])
async def test_a_client_that_cannot_prove_its_key_gets_no_shell(wrong: str) -> None:
    wire = Wire(MANNERS)
    wire.agent.receive(typed(0, PayloadType.HANDSHAKE_RESPONSE, response(WRAPPED)))
    secret = await challenged(wire)
    answers = {
        "secret": answered(b"another secret"),
        "key": answered(secret, bytes(64)),
        "form": b'{"Challenge": "not base64!"}',
    }
    wire.agent.receive(typed(1, PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, answers[wrong]))
    assert "Encryption challenge does not match" in await wire.life


async def test_a_key_that_cannot_be_decrypted_and_one_that_was_refused() -> None:
    wire = Wire(MANNERS)
    wire.agent.receive(typed(0, PayloadType.HANDSHAKE_RESPONSE, response(b"another")))
    assert "InvalidCiphertextException" in await wire.life
    wire = Wire(MANNERS)
    wire.agent.receive(typed(0, PayloadType.HANDSHAKE_RESPONSE, response(b"", ActionStatus.FAILED, "is disabled.")))
    assert "KMSEncryption failed on client with status 2 error: is disabled." in await wire.life
