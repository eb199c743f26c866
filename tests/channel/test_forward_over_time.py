"""A multiplexed forward over a day of hourly closes, and over a change of network, on a clock that jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Opened, Output
from smtui.channel.handshake import SessionType
from smtui.channel.ports import Forwarding, PortCapabilities, PortProperties, forwarding
from smtui.demo.far_end.agent import RemoteProgram
from smtui.demo.far_end.far_end import FarEnd
from smtui.demo.far_end.far_end_settings import FarEndSettings
from smtui.demo.far_end.node_services import MemoryStream, connected
from smtui.demo.far_end.port_agent import port_program
from tests.channel.faulty_line import FaultyLine, Network
from tests.channel.wires import VERSION
from tests.waiting import jumping_clock

FORWARD = {"portNumber": "80", "localPortNumber": "8080", "type": "LocalPortForwarding"}
HOUR = 3_600.0
MANY = 100_000


@dataclass
class World(Network):
    """A forward whose destination answers each byte with the same byte."""

    channel: ClientChannel
    carrier: Forwarding
    answering: set[asyncio.Task[None]] = field(default_factory=set)
    carried: set[asyncio.Task[None]] = field(default_factory=set)

    async def dial_destination(self, host: str, port: int) -> MemoryStream:
        near, far = connected()
        self.answering.add(asyncio.create_task(echo(far)))
        return near

    async def start(self, client: str) -> RemoteProgram:
        return await port_program(PortProperties.of(FORWARD), self.dial_destination, "3.3.987.0", client)

    def connect(self) -> MemoryStream:
        """The user's end of a new connection."""
        near, local = connected()
        self.carried.add(asyncio.create_task(self.carrier.carry(local)))
        return near


async def there_and_back(stream: MemoryStream, data: bytes) -> None:
    writing = asyncio.create_task(stream.write(data))
    back = b""
    async with asyncio.timeout(HOUR):
        while len(back) < len(data):
            piece = await stream.read()
            assert piece, f"{len(back)} of {len(data)} bytes came back"
            back += piece
        await writing
    assert back == data


async def echo(stream: MemoryStream) -> None:
    while data := await stream.read():
        await stream.write(data)


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def forward() -> AsyncIterator[World]:
    async def receive() -> None:
        async for event in events:
            if isinstance(event, Output):
                await world.carrier.receive(event.data)

    with jumping_clock(start=0.0):
        world = World(None, None, None)  # type: ignore[arg-type]
        settings = FarEndSettings(handshake=True, session_type=SessionType.PORT, properties=FORWARD)
        far_end = FarEnd("s-1", "i-1", world.start, settings=settings)
        world.line = FaultyLine(far_end, random.Random(1), "delay", 0)
        world.channel = ClientChannel(world.dial, world.resume, client_version=VERSION)
        life = asyncio.create_task(far_end.run())
        await world.channel.connect(StreamAddress("ws://in-memory", "t0ken"))
        events = world.channel.events()
        opened = await anext(events)
        assert isinstance(opened, Opened)
        world.carrier = forwarding(world.channel, PortCapabilities.of(opened.agent_version))
        assert not world.carrier.one_at_a_time
        tasks = [asyncio.create_task(receive()), asyncio.create_task(world.carrier.run())]
        try:
            yield world
        finally:
            world.carrier.close()
            await world.channel.close()
            far_end.terminate()
            await life
            await world.line.close()
            for task in (*tasks, *world.carried, *world.answering):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def test_a_day_of_hourly_closes_costs_no_connection_and_no_byte() -> None:
    chance = random.Random(16)
    async with forward() as world:
        lasting, idle = world.connect(), world.connect()
        await there_and_back(idle, b"hello")
        for hour in range(1, 25):
            moving = asyncio.create_task(there_and_back(lasting, chance.randbytes(MANY)))
            await asyncio.sleep(0.05 if hour % 2 else 0)
            world.cut(1000)
            new = world.connect()
            await there_and_back(new, b"a connection that is made just then")
            await moving
            await asyncio.sleep(HOUR)
            assert world.asked == hour
        await there_and_back(idle, b"still there after a day")


async def test_a_change_of_network_keeps_the_connections_and_what_is_written_meanwhile() -> None:
    async with forward() as world:
        stream = world.connect()
        await there_and_back(stream, b"hello")
        world.no_network_until, world.no_route_until = now() + 30, now() + 45
        world.cut(1006)
        began = now()
        await there_and_back(stream, random.Random(7).randbytes(MANY))
        assert 45 <= now() - began < 52
