"""The simulated agent of an encrypted session is as strict as the real one, in both generations."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from smtui.channel.encryption import AgentEncryption, SessionCipher, encryption_context
from smtui.channel.handshake import ActionStatus, HandshakeComplete, HandshakeResponse, KeyRequest, ProcessedAction
from smtui.channel.message import Message, PayloadType
from smtui.channel.payloads import acknowledged_sequence, json_bytes
from smtui.demo.far_end.far_end_settings import FarEndSettings
from tests.channel.wires import NEWER, OLDER, Kms
from tests.demo.far_end.test_agent import Wire, typed

BOTH = pytest.mark.parametrize("version", [OLDER, NEWER])
NO_HANDSHAKE = "Encountered error while initiating handshake. "
NO_KEY = f"{NO_HANDSHAKE}Fetching data key failed: "


class Session:
    """An agent that asks for encryption, and a client that a test makes behave well or badly."""

    def __init__(self, version: str, **changed: Any) -> None:
        self.kms = Kms()
        encryption = AgentEncryption("arn:key", "i-1", self.kms.decrypt)
        given: dict[str, Any] = {"handshake_limit": 5.0, "acknowledge_delay": 0.0}
        self.wire = Wire(
            FarEndSettings(
                agent_version=version,
                handshake=True,
                **given | {name: value for name, value in changed.items() if name in given},
                encryption=replace(encryption, **{name: v for name, v in changed.items() if name not in given}),
            )
        )
        self.sequence = 0

    async def challenge(self) -> str:
        """Of the agent's handshake request; empty where it has none."""
        request = await self.wire.until("output_stream_data")
        [_, wanted] = json.loads(request.payload)["RequestedClientActions"]
        assert wanted["ActionType"] == "KMSEncryption"
        return KeyRequest.parse(wanted["ActionParameters"]).challenge

    def generate(self, challenge: str, size: int = 64) -> tuple[bytes, bytes]:
        return self.kms.generate(encryption_context("s-1", "i-1", challenge), size)

    def say(self, kind: PayloadType, payload: bytes) -> int:
        """Sends the next message; returns its sequence number."""
        self.wire.agent.receive(typed(self.sequence, kind, payload))
        self.sequence += 1
        return self.sequence - 1

    def respond(self, wrapped: bytes, **more: object) -> None:
        result = {"KMSCipherTextKey": base64.b64encode(wrapped).decode(), "KMSCipherTextHash": None, **more}
        self.say(PayloadType.HANDSHAKE_RESPONSE, response(ProcessedAction(*SUCCEEDED, result)))

    async def asked_for_proof(self) -> bytes:
        """What the agent wants proven, still encrypted."""
        asked = await self.wire.until("output_stream_data", 2)
        assert asked.payload_type == PayloadType.ENCRYPTION_CHALLENGE_REQUEST
        return base64.b64decode(json.loads(asked.payload)["Challenge"])

    async def open(self, *, acknowledges: bool = True) -> SessionCipher:
        """Shake hands as a client of ours does, or as one that knows no challenge."""
        challenge = await self.challenge() if acknowledges else ""
        plaintext, wrapped = self.generate(challenge)
        self.respond(wrapped, **({"ChallengeAcknowledgement": True} if challenge else {}))
        cipher = SessionCipher.of_client(plaintext)
        secret = cipher.decrypt(await self.asked_for_proof())
        self.say(PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, proof(cipher.encrypt(secret)))
        complete = await self.wire.until("output_stream_data", 3)
        assert complete.payload_type == PayloadType.HANDSHAKE_COMPLETE
        assert HandshakeComplete.parse(complete.payload).customer_message == "This session is encrypted using AWS KMS."
        return cipher

    def acknowledged(self) -> set[int]:
        return {acknowledged_sequence(message.payload) for message in self.wire.sent if message.type == "acknowledge"}


SUCCEEDED = ("KMSEncryption", ActionStatus.SUCCESS)


def response(*actions: ProcessedAction) -> bytes:
    return HandshakeResponse("1.2.896.0", (ProcessedAction("SessionType", ActionStatus.SUCCESS), *actions)).encode()


def proof(answer: bytes) -> bytes:
    return json_bytes({"Challenge": base64.b64encode(answer).decode()})


async def output(session: Session, number: int) -> Message:
    return await session.wire.until("output_stream_data", number)


@BOTH
async def test_what_is_said_and_typed_is_encrypted(version: str) -> None:
    session = Session(version)
    client = await session.open()
    session.wire.program.say(b"$ ")
    assert client.decrypt((await output(session, 4)).payload) == b"$ "
    session.say(PayloadType.OUTPUT, client.encrypt(b"ls\r"))
    session.say(PayloadType.OUTPUT, client.encrypt(b"exit\r"))
    await session.wire.program.until_typed(b"exit\r")
    assert bytes(session.wire.program.typed) == b"ls\rexit\r"
    await session.wire.stop()


@pytest.mark.parametrize(
    ("version", "challenges"),
    [("2.3.68.0", False), ("3.3.40.0", False), (OLDER, False), (NEWER, True), ("3.3.987.0", True), ("4.0.0.0", True)],
)
async def test_newer_agents_challenge_each_session_anew(version: str, challenges: bool) -> None:
    seen = set()
    for _ in range(2):
        session = Session(version)
        challenge = await session.challenge()
        seen.add(challenge)
        await session.open()
        bound_to = {"aws:ssm:SessionId": "s-1", "aws:ssm:TargetId": "i-1"}
        assert session.kms.contexts == [bound_to | ({"aws:ssm:RandomChallenge": challenge} if challenges else {})]
        await session.wire.stop()
    assert [len(base64.b64decode(one)) for one in seen] == ([16, 16] if challenges else [0])


@BOTH
async def test_a_client_that_knows_no_challenge_goes_on_without(version: str) -> None:
    session = Session(version)
    await session.open(acknowledges=False)
    assert session.kms.contexts == [{"aws:ssm:SessionId": "s-1", "aws:ssm:TargetId": "i-1"}]
    await session.wire.stop()


YES = {"ChallengeAcknowledgement": True}


@pytest.mark.parametrize(
    ("version", "binds", "more"),
    [(NEWER, True, {}), (NEWER, True, {"ChallengeAcknowledgement": False}), (NEWER, False, YES), (OLDER, True, YES)],
    ids=["bound, not acknowledged", "bound, denied", "acknowledged, not bound", "bound to what was never asked"],
)
async def test_the_context_counts_exactly(version: str, binds: bool, more: dict[str, Any]) -> None:
    session = Session(version)
    challenge = await session.challenge() or "made up"
    _, wrapped = session.generate(challenge if binds else "")
    session.respond(wrapped, **more)
    words = "Unable to retrieve data key, Error when decrypting data key InvalidCiphertextException: "
    assert NO_KEY + words in await session.wire.life


async def test_an_older_agent_does_not_know_the_acknowledgement() -> None:
    session = Session(OLDER)
    _, wrapped = session.generate(await session.challenge())
    session.respond(wrapped, ChallengeAcknowledgement=True)
    await session.asked_for_proof()
    await session.wire.stop()


async def test_an_agent_may_be_set_up_to_require_the_acknowledgement() -> None:
    session = Session(NEWER, requires_acknowledgement=True)
    _, wrapped = session.generate("")
    session.respond(wrapped)
    assert f"{NO_HANDSHAKE}client does not support required encryption context random challenge" in (
        await session.wire.life
    )
    assert session.kms.contexts == [], "KMS is not asked"
    session = Session(NEWER, requires_acknowledgement=True)
    await session.open()
    await session.wire.stop()


@pytest.mark.parametrize("wrong", ["secret", "key", "plain", "form"])
async def test_a_client_that_cannot_prove_its_key_gets_no_shell(wrong: str) -> None:
    session = Session(NEWER, handshake_limit=0.5)
    challenge = await session.challenge()
    plaintext, wrapped = session.generate(challenge)
    session.respond(wrapped, ChallengeAcknowledgement=True)
    cipher = SessionCipher.of_client(plaintext)
    secret = cipher.decrypt(await session.asked_for_proof())
    answers = {
        "secret": proof(cipher.encrypt(b"another secret")),
        "key": proof(SessionCipher.of_client(bytes(64)).encrypt(secret)),
        "plain": proof(secret),
        "form": b'{"Challenge": "not base64!"}',
    }
    number = session.say(PayloadType.ENCRYPTION_CHALLENGE_RESPONSE, answers[wrong])
    assert f"{NO_HANDSHAKE}Timed out waiting for encryption challenge." in await session.wire.life
    assert number not in session.acknowledged()


async def test_what_was_typed_in_the_clear_gets_no_further() -> None:
    session = Session(NEWER)
    client = await session.open()
    good = session.say(PayloadType.OUTPUT, client.encrypt(b"ls\r"))
    bad = session.say(PayloadType.OUTPUT, b"plain and not for the shell")
    session.say(PayloadType.OUTPUT, client.encrypt(b"exit\r"))
    session.sequence = bad
    session.say(PayloadType.OUTPUT, client.encrypt(b"pwd\r"))
    await session.wire.program.until_typed(b"exit\r")
    assert bytes(session.wire.program.typed) == b"ls\rpwd\rexit\r", "the place of the bad one was still free"
    assert good in session.acknowledged()
    await session.wire.stop()


async def test_what_the_client_says_of_its_failure_is_what_the_user_reads() -> None:
    session = Session(NEWER)
    refused = ProcessedAction("KMSEncryption", ActionStatus.FAILED, error="DisabledException: arn:key is disabled.")
    session.say(PayloadType.HANDSHAKE_RESPONSE, response(refused))
    assert await session.wire.life == (
        "\n----------ERROR-------\nEncountered error while initiating handshake. "
        "KMSEncryption failed on client with status 2 error: DisabledException: arn:key is disabled."
    )


async def test_of_several_failures_the_last_one_counts() -> None:
    session = Session(NEWER)
    first = ProcessedAction("KMSEncryption", ActionStatus.FAILED, error="the first")
    last = ProcessedAction("Teleport", ActionStatus.UNSUPPORTED, error="the last")
    session.say(PayloadType.HANDSHAKE_RESPONSE, response(first, last))
    assert "Teleport failed on client with status 3 error: the last" in await session.wire.life


async def test_kms_that_never_answers_the_agent_looks_like_a_client_that_does_not() -> None:
    async def never(wrapped: bytes, context: Mapping[str, str]) -> bytes:
        await asyncio.Event().wait()
        return wrapped

    session = Session(NEWER, handshake_limit=0.3, decrypt=never)
    session.respond(b"wrapped")
    assert f"{NO_HANDSHAKE}Handshake timed out. Please ensure that you have the latest version" in (
        await session.wire.life
    )
