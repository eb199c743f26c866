"""A client that goes on with a session which another one opened, and nodes that do not let it."""

from __future__ import annotations

import asyncio

import pytest

from smtui.channel import client_session
from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Event
from smtui.channel.transport import ChannelError, Connection
from smtui.channel.websocket import dial
from tests.channel.wires import VERSION, joined
from tests.waiting import jumping_clock

ADDRESS = StreamAddress("ws://127.0.0.1/", "t0ken")


class Deaf:
    """A connection behind which nobody reads or answers."""

    async def send(self, frame: str | bytes) -> None: ...

    async def receive(self) -> bytes:
        await asyncio.Event().wait()
        return b""

    def receive_waiting(self) -> bytes | None: ...

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...


async def never() -> StreamAddress | None:
    raise AssertionError("nothing is lost here")


async def rest(channel: ClientChannel) -> list[Event]:
    return [event async for event in channel.events()]


async def test_the_program_goes_on_and_is_told_to_draw_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_session, "CATCHING_UP", 20)

    async def connect(url: str) -> Connection:
        return await dial(url, {}, user_agent="test")

    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        await pair.channel.send(b"first\r")
        async with asyncio.timeout(60):
            await pair.program.until_typed(b"first\r")
        await pair.channel.close()
        pair.program.sizes.clear()

        second = ClientChannel(connect, never, client_version=VERSION)
        await second.connect(pair.address)
        second.take_over(80, 24)
        reading = asyncio.create_task(rest(second))
        await second.caught_up()
        await second.send(b"second\r")
        async with asyncio.timeout(60):
            await pair.program.until_typed(b"first\rsecond\r")
        assert pair.program.sizes == [(80, 23), (80, 24)]
        assert bytes(pair.program.typed) == b"first\rsecond\r", "catching up types nothing"
        reading.cancel()
        await second.close()


async def test_a_node_that_takes_no_input_is_given_up() -> None:
    """It cannot read what has not its session's key, and says nothing about it."""

    async def connect(_: str) -> Connection:
        return Deaf()

    with jumping_clock():
        channel = ClientChannel(connect, never, client_version=VERSION)
        await channel.connect(ADDRESS)
        channel.take_over(80, 24)
        reading = asyncio.create_task(rest(channel))
        with pytest.raises(ChannelError, match=r"takes no input\. Perhaps the session is encrypted"):
            async with asyncio.timeout(600):
                await channel.caught_up()
        await channel.close()
        reading.cancel()
