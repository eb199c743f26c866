"""Sessions in a Region whose preferences are wrong: blank, or refused by the agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from smtui.aws.plugin_calls import CallFailed, CallRefused, PluginCalls
from smtui.channel.client import ClientChannel, Encryption, StreamAddress
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.encryption import DataKey
from smtui.channel.transport import ChannelError, Connection
from smtui.channel.websocket import dial
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.story_nodes import more_causes, story
from tests.demo.support import client

VERSION = "1.2.896.0"
NODES = {node.name: node.node_id for node in (*story(), *more_causes())}


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


class Recorded:
    """A connection that keeps what passes through it."""

    def __init__(self, connection: Connection, frames: list[bytes]) -> None:
        self._connection = connection
        self._frames = frames

    async def receive(self) -> bytes:
        frame = await self._connection.receive()
        self._frames.append(frame)
        return frame

    def receive_waiting(self) -> bytes | None:
        return None

    async def send(self, frame: bytes | str) -> None:
        self._frames.append(frame.encode() if isinstance(frame, str) else frame)
        await self._connection.send(frame)

    def hang_up(self) -> None:
        self._connection.hang_up()

    def abort(self) -> None:
        self._connection.abort()


@asynccontextmanager
async def session(
    region: SimulatedRegion,
    node: str = "web-1",
    *,
    context_of: str = "",
    frames: list[bytes] | None = None,
    once_there_is_a_key: Callable[[], None] = lambda: None,
    **asked: Any,
) -> AsyncIterator[ClientChannel]:
    """A session that was just started and connected to, with keys of the Region's own KMS."""
    target = NODES[node]
    started = client(region, "ssm").start_session(Target=target, **asked)
    environ = {"AWS_ACCESS_KEY_ID": region.access_key_id, "AWS_SECRET_ACCESS_KEY": region.secret_access_key}
    calls = PluginCalls("", region.region, region.endpoint_url, environ)

    async def generate(key_id: str, context: Mapping[str, str]) -> DataKey:
        try:
            key = DataKey(*await asyncio.to_thread(calls.generate_data_key, key_id, context))
        except (CallFailed, CallRefused) as failed:
            raise ChannelError(str(failed)) from None
        once_there_is_a_key()
        return key

    async def connect(url: str) -> Connection:
        connection = await dial(url, {}, user_agent="test")
        return connection if frames is None else Recorded(connection, frames)

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
    async with asyncio.timeout(60):
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
