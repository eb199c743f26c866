"""Sessions in a Region whose preferences are wrong: blank, refused by the agent, encrypted, or not to be encrypted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from smtui.aws.plugin_calls import CallRefused, PluginCalls
from smtui.channel.client import ClientChannel, Encryption, StreamAddress
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.connection import ChannelError, Connection
from smtui.channel.encryption import DataKey
from smtui.channel.websocket import dial
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story import more_causes, story
from tests.demo.support import client

VERSION = "1.2.896.0"
NODES = {node.name: node.node_id for node in (*story(), *more_causes())}


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


@asynccontextmanager
async def session(
    region: SimulatedRegion, node: str = "web-1", *, context_of: str = "", **asked: Any
) -> AsyncIterator[ClientChannel]:
    """A session that was just started and connected to, with keys of the Region's own KMS."""
    target = NODES[node]
    started = client(region, "ssm").start_session(Target=target, **asked)
    environ = {"AWS_ACCESS_KEY_ID": region.access_key_id, "AWS_SECRET_ACCESS_KEY": region.secret_access_key}
    calls = PluginCalls("", region.region, region.endpoint_url, environ)

    async def generate(key_id: str, context: Mapping[str, str]) -> DataKey:
        try:
            return DataKey(*await asyncio.to_thread(calls.generate_data_key, key_id, context))
        except CallRefused as refused:
            raise ChannelError(str(refused)) from None

    async def connect(url: str) -> Connection:
        return await dial(url, {}, user_agent="test")

    async def resume() -> StreamAddress | None:
        return None

    encryption = Encryption(generate, context_of or started["SessionId"], target)
    channel = ClientChannel(connect, resume, client_version=VERSION, encryption=encryption)
    try:
        await channel.connect(StreamAddress(started["StreamUrl"], started["TokenValue"]))
        yield channel
    finally:
        await channel.close()


@pytest.fixture(autouse=True)
def _keys_of_the_region(region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", region.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", region.secret_access_key)


async def until_closed(channel: ClientChannel, *typed: bytes) -> list[Event]:
    """Everything that happens; what is typed goes in once the session is open."""
    seen: list[Event] = []
    async with asyncio.timeout(20):
        async for event in channel.events():
            if isinstance(event, Opened):
                for text in typed:
                    await channel.send(text)
            seen.append(event)
    return seen


def output(events: list[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Output))


def closing(events: list[Event]) -> str:
    (last,) = (event for event in events if isinstance(event, Closed))
    return last.output


async def is_blank(channel: ClientChannel) -> bool:
    """Whether nothing at all comes for a while, where a shell would have drawn its prompt."""
    try:
        async with asyncio.timeout(1.5):
            await anext(channel.events())
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("switch", ["bucket-deleted", "log-group-deleted"])
async def test_a_log_target_that_is_gone_gives_a_blank_screen(region: SimulatedRegion, switch: str) -> None:
    region.faults.apply({"switch": [switch]})
    async with session(region) as channel:
        assert await is_blank(channel)
    region.faults.apply({"switch": []})
    async with session(region) as channel:
        assert b"42" in output(await until_closed(channel, b"echo $((40+2)); exit\r"))


@pytest.mark.parametrize("switch", ["no-s3-endpoint", "no-logs-endpoint"])
async def test_only_nodes_with_nothing_but_endpoints_miss_one(region: SimulatedRegion, switch: str) -> None:
    region.faults.apply({"switch": [switch]})
    async with session(region, "isolated-1") as channel:
        assert await is_blank(channel)
    async with session(region) as channel:
        assert not await is_blank(channel)


@pytest.mark.parametrize(
    ("switch", "what"), [("bucket-unencrypted", "Amazon S3 bucket"), ("log-group-unencrypted", "CloudWatch Logs")]
)
async def test_the_agent_says_what_is_not_encrypted(region: SimulatedRegion, switch: str, what: str) -> None:
    region.faults.apply({"switch": [switch]})
    async with session(region) as channel:
        words = closing(await until_closed(channel))
    assert f"encryption is not set up on the selected {what}" in words


async def test_healthy_preferences_encrypt_the_session(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["preferences"]})
    async with session(region) as channel:
        events = await until_closed(channel, b"echo $((40+2)); exit\r")
    assert isinstance(events[0], Opened)
    assert events[0].customer_message == "This session is encrypted using AWS KMS.\n"
    assert b"42" in output(events)
    assert closing(events) == ""
    assert region.faults.calls("kms:GenerateDataKey") == 1


async def test_a_forwarded_port_has_no_key(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["key-disabled"]})
    asked: dict[str, Any] = {"DocumentName": "AWS-StartPortForwardingSession", "Parameters": {"portNumber": ["7"]}}
    async with session(region, **asked) as channel:
        assert isinstance(await anext(channel.events()), Opened)
    assert region.faults.calls("kms:GenerateDataKey") == 0


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ("key-disabled", "is disabled."),
        ("key-pending-deletion", "is pending deletion."),
        ("key-deleted", "does not exist"),
    ],
)
async def test_a_key_that_cannot_be_used_ends_the_session_in_words(
    region: SimulatedRegion, switch: str, words: str
) -> None:
    region.faults.apply({"switch": [switch]})
    async with session(region) as channel:
        told = closing(await until_closed(channel))
    assert "KMSEncryption failed on client with status 2 error: kms:GenerateDataKey was refused" in told
    assert words in told


async def test_a_key_of_another_session_opens_nothing(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["preferences"]})
    async with session(region, context_of="another session") as channel:
        words = closing(await until_closed(channel))
    assert "Unable to retrieve data key, Error when decrypting data key InvalidCiphertextException" in words
