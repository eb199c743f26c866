"""Encrypted sessions, the client against the strict far end: both generations of agents, and KMS in trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from smtui.channel import client
from smtui.channel.client import Encryption
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.encryption import AgentEncryption, DataKey
from smtui.channel.handshake import SessionType
from smtui.channel.message import PayloadType
from smtui.channel.transport import ChannelError
from smtui.demo.far_end.agent import ProgramMessage
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings
from tests.channel.wires import NEWER, OLDER, Joined, Kms, joined
from tests.waiting import until

BOTH = pytest.mark.parametrize("version", [OLDER, NEWER])
ENCRYPTED = "This session is encrypted using AWS KMS."


@dataclass
class World:
    """One KMS for both ends, and a client that asks it as the test says."""

    kms: Kms = field(default_factory=Kms)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def generate(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        assert key_id == "arn:key"
        self.asked.set()
        return DataKey(*self.kms.generate(context))

    async def hang(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """KMS that is asked and never answers."""
        key = await self.generate(key_id, context)
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        return key

    def client(self, generate: Callable[[str, Mapping[str, str]], Awaitable[DataKey]] | None = None) -> Encryption:
        return Encryption(generate or self.generate, "s-1", "i-1")

    def settings(self, version: str = NEWER, **changed: object) -> FarEndSettings:
        encryption = AgentEncryption("arn:key", "i-1", self.kms.decrypt)
        given: dict[str, object] = {"agent_version": version, "handshake": True, "encryption": encryption}
        return FarEndSettings(**given | changed)  # type: ignore[arg-type]


async def last_word(pair: Joined) -> str:
    """What the service closes the session with."""
    await pair.channel.connect(pair.address)
    async with asyncio.timeout(60):
        _, events = await pair.rest()
    [closed] = events
    assert isinstance(closed, Closed)
    return closed.output


@BOTH
@pytest.mark.parametrize(
    "session_type",
    [SessionType.STANDARD_STREAM, SessionType.INTERACTIVE_COMMANDS, SessionType.NON_INTERACTIVE_COMMANDS],
)
async def test_every_kind_of_output_and_input(version: str, session_type: SessionType) -> None:
    world = World()
    async with joined(world.settings(version, session_type=session_type), encryption=world.client()) as pair:
        await pair.channel.connect(pair.address)
        events = pair.channel.events()
        assert await anext(events) == Opened(session_type, version, ENCRYPTED)
        pair.channel.resize(101, 33)
        await pair.channel.send(b"a" * 3000)
        said = [
            ProgramMessage(PayloadType.OUTPUT, b"out"),
            ProgramMessage(PayloadType.STDERR, b"err"),
            ProgramMessage(PayloadType.EXIT_CODE, b"7"),
        ]
        for each in said:
            pair.program.say(each)
        assert [await anext(events) for _ in said] == [Output(each.kind, each.data) for each in said]
        await pair.program.until_typed(b"a" * 3000)
        assert pair.program.sizes == [(101, 33)]
        pair.program.exit()
        assert await anext(events) == Closed("")
    challenges = [context.get("aws:ssm:RandomChallenge") for context in world.kms.contexts]
    assert len(challenges) == 1
    assert bool(challenges[0]) == (version == NEWER)


@pytest.mark.parametrize("after", [0, 400, 60_000])
async def test_a_connection_that_is_cut_resumes_with_the_same_key(after: int) -> None:
    world, text = World(), bytes(range(256)) * 1000
    async with joined(world.settings(), FarEndFaults(drop_after_bytes=after), encryption=world.client()) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(text)
        pair.program.exit()
        output, events = await pair.rest()
        assert output == text
        assert events == [Opened(SessionType.STANDARD_STREAM, NEWER, ENCRYPTED), Closed("")]
        assert len(pair.connections) >= 2
    assert len(world.kms.keys) == 1


async def test_a_connection_that_is_cut_while_kms_is_asked() -> None:
    world, go_on = World(), asyncio.Event()

    async def slow(key_id: str, context: Mapping[str, str]) -> DataKey:
        key = await world.generate(key_id, context)
        await go_on.wait()
        return key

    async with joined(world.settings(), encryption=world.client(slow)) as pair:
        await pair.channel.connect(pair.address)
        reading = asyncio.create_task(pair.rest())
        await world.asked.wait()
        pair.far_end.drop()
        await until(lambda: len(pair.connections) == 2)
        go_on.set()
        pair.program.say(b"done")
        pair.program.exit()
        assert (await reading)[0] == b"done"


async def test_a_session_that_is_closed_while_kms_hangs_is_over_at_once() -> None:
    world = World()
    async with joined(world.settings(), encryption=world.client(world.hang)) as pair:
        await pair.channel.connect(pair.address)
        reading = asyncio.create_task(pair.rest())
        await world.asked.wait()
        pair.far_end.terminate()
        async with asyncio.timeout(client.KEY_SECONDS / 2):
            assert await reading == (b"", [Closed("")])
            await world.cancelled.wait()


async def test_a_user_who_leaves_while_kms_hangs_does_not_wait() -> None:
    world = World()
    async with joined(world.settings(), encryption=world.client(world.hang)) as pair:
        await pair.channel.connect(pair.address)
        reading = asyncio.create_task(pair.rest())
        await world.asked.wait()
        async with asyncio.timeout(client.KEY_SECONDS / 2):
            await pair.channel.close()
            await world.cancelled.wait()
            await reading


async def test_kms_without_an_answer_is_reported_before_the_agent_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FarEndSettings().handshake_limit - 2 > client.KEY_SECONDS
    monkeypatch.setattr(client, "KEY_SECONDS", 0.05)
    world = World()

    async def never(key_id: str, context: Mapping[str, str]) -> DataKey:
        await asyncio.Event().wait()
        return await world.generate(key_id, context)

    async with joined(world.settings(), encryption=world.client(never)) as pair:
        assert "status 2 error: KMS gave no answer within" in await last_word(pair)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ChannelError("kms:GenerateDataKey was refused: no"), "status 2 error: kms:GenerateDataKey was refused: no"),
        (RuntimeError("odd"), "status 2 error: internal error: RuntimeError: odd"),
        (ImportError("no cryptography"), "status 2 error: internal error: ImportError: no cryptography"),
        (
            ValueError("cannot parse http://ops:hunter2hunter2@proxy:x"),
            "status 2 error: internal error: ValueError: cannot parse http://***@proxy:x",
        ),
    ],
    ids=["refused", "a fault of ours", "no library", "a secret, which the agent would log"],
)
async def test_the_user_gets_to_read_why_there_is_no_key(fault: Exception, words: str) -> None:
    async def failing(key_id: str, context: Mapping[str, str]) -> DataKey:
        raise fault

    async with joined(World().settings(), encryption=World().client(failing)) as pair:
        assert words in await last_word(pair)


async def test_a_key_of_the_wrong_size_ends_the_session_in_words() -> None:
    world = World()

    async def short(key_id: str, context: Mapping[str, str]) -> DataKey:
        return DataKey(*world.kms.generate(context, 32))

    async with joined(world.settings(), encryption=world.client(short)) as pair:
        assert "KMS made a data key of 32 bytes" in await last_word(pair)


async def test_a_context_without_the_challenge_opens_nothing() -> None:
    world = World()

    async def forgetful(key_id: str, context: Mapping[str, str]) -> DataKey:
        told = {name: value for name, value in context.items() if name != "aws:ssm:RandomChallenge"}
        return await world.generate(key_id, told)

    async with joined(world.settings(), encryption=world.client(forgetful)) as pair:
        assert "Error when decrypting data key InvalidCiphertextException" in await last_word(pair)
    async with joined(world.settings(OLDER), encryption=world.client(forgetful)) as pair:
        pair.program.exit()
        await pair.channel.connect(pair.address)
        events: list[Event] = [event async for event in pair.channel.events()]
        assert events[-1] == Closed("")
