"""A port session over standard input and output after the end of its input."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest

from smtui.channel.client import ClientChannel
from smtui.channel.client_session import Closed, Event, Flagged, Opened, Output
from smtui.channel.message import PayloadType
from smtui.channel.ports import HALF_CLOSE_SECONDS
from smtui.channel.smux import MAX_FRAME, Command, Frame
from smtui.demo.far_end.far_end_settings import FarEndSettings
from smtui.plugin.builtin import port_session
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.port_session import StdioSession, Traffic
from smtui.plugin.builtin.session_ending import Ending
from tests.channel.wires import Joined, joined
from tests.waiting import jumping_clock

LEFT, ENDED = Ending("left"), Ending("ended")


class Typed:
    """A keyboard whose input comes to its end."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [*pieces, b""]

    async def read(self) -> bytes:
        return self.pieces.pop(0)


@dataclass
class SlowScreen:
    """Takes output only while `open`."""

    shown: bytearray = field(default_factory=bytearray)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, data: bytes) -> None:
        self.wanted.set()
        await self.open.wait()
        self.shown += data


def ended(_: Closed) -> Ending:
    return ENDED


@asynccontextmanager
async def session(
    keyboard: Typed, settings: FarEndSettings
) -> AsyncIterator[tuple[Joined, SlowScreen, asyncio.Task[Ending]]]:
    screen = SlowScreen()
    async with joined(settings) as pair:
        await pair.channel.connect(pair.address)
        events: AsyncIterator[Event] = pair.channel.events()
        stdio = StdioSession(pair.channel, keyboard, cast(OutputStream, screen))
        running = asyncio.create_task(stdio.run(events, b"", LEFT, ended))
        try:
            yield pair, screen, running
        finally:
            running.cancel()
            await asyncio.wait([running])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(port_session, "HALF_CLOSE_SECONDS", 0.1)
    assert HALF_CLOSE_SECONDS > 0.1
    return 0.1


async def test_output_that_is_not_written_yet_is_no_silence(quick: float) -> None:
    async with session(Typed(b"request"), FarEndSettings()) as (pair, screen, running):
        await pair.program.until_typed(b"request")
        assert await pair.channel.drained(10)
        pair.program.say(b"answer")
        await screen.wanted.wait()
        done, _ = await asyncio.wait([running], timeout=quick * 4)
        assert not done
        screen.open.set()
        async with asyncio.timeout(60):
            assert await running == LEFT
        assert screen.shown == b"answer"


async def test_input_that_is_not_acknowledged_yet_is_waited_for(quick: float) -> None:
    """A slow way: what is typed arrives, and is acknowledged, long after the input has ended."""
    typed = bytes(range(256)) * 1_024
    slow = FarEndSettings(processing=0.001)
    async with session(Typed(typed), slow) as (pair, screen, running):
        screen.open.set()
        async with asyncio.timeout(60):
            assert await running == LEFT
        assert len(pair.channel._session.outgoing) == 0
        await pair.program.until_typed(typed)
        assert bytes(pair.program.typed) == typed


class Channel:
    """The session's own channel; `sent` is set with the first bytes for the node."""

    def __init__(self) -> None:
        self.sent = asyncio.Event()
        self.data = b""

    async def send(self, data: bytes) -> None:
        self.data += data
        self.sent.set()


class Said:
    """What the plugin says, as one text."""

    def __init__(self) -> None:
        self.text = ""
        self.changed = asyncio.Event()

    async def say(self, text: str) -> None:
        self.text += text
        self.changed.set()


async def no_event() -> AsyncIterator[Event]:
    await asyncio.Event().wait()
    yield Closed("")


async def test_a_forward_that_nobody_connects_to_stays_open() -> None:
    """Half a day; the first connection is then carried like any other."""
    channel, said = Channel(), Said()
    opened = Opened("Port", "3.3.987.0", properties={"portNumber": "80", "type": "LocalPortForwarding"})
    session = port_session.PortSession(
        cast(ClientChannel, channel), opened, port_session.PortOptions("s-1"), cast(OutputStream, said)
    )
    running = asyncio.create_task(session.run(no_event(), ended))
    try:
        await said.changed.wait()
        found = re.search(r"Port (\d+) opened", said.text)
        assert found
        with jumping_clock():
            done, _ = await asyncio.wait([running], timeout=12 * 3600)
        assert not done
        _, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
        async with asyncio.timeout(60):
            await channel.sent.wait()
        writer.close()
    finally:
        running.cancel()
        await asyncio.wait([running])


@asynccontextmanager
async def multiplexed(events: AsyncIterator[Event]) -> AsyncIterator[tuple[asyncio.Task[Ending], Channel, int]]:
    """A forward whose far end sends these events; what it returns, the channel and the local port."""
    channel, said = Channel(), Said()
    opened = Opened("Port", "3.3.987.0", properties={"portNumber": "80", "type": "LocalPortForwarding"})
    options = port_session.PortOptions("s-1")
    forward = port_session.PortSession(cast(ClientChannel, channel), opened, options, cast(OutputStream, said))
    running = asyncio.create_task(forward.run(events, ended))
    try:
        async with asyncio.timeout(60):
            while not (found := re.search(r"Port (\d+) opened", said.text)):
                said.changed.clear()
                await said.changed.wait()
        yield running, channel, int(found[1])
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_bytes_that_are_no_frames_end_the_forward_with_the_reason() -> None:
    async def garbage() -> AsyncIterator[Event]:
        yield Flagged(99)
        yield Output(PayloadType.OUTPUT, b"HTTP/1.1 200 OK")
        await asyncio.Event().wait()

    async with multiplexed(garbage()) as (running, _, _), asyncio.timeout(60):
        ending = await running
    assert ending.status == 255
    assert "the forward cannot go on: a frame of version 72" in ending.words


async def test_a_program_that_is_gone_before_it_is_accepted_leaves_the_forward_to_others() -> None:
    async with multiplexed(no_event()) as (_, channel, port):
        with socket.create_connection(("127.0.0.1", port)) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        async with asyncio.timeout(60):
            while b"hello" not in channel.data:
                channel.sent.clear()
                await channel.sent.wait()
        writer.close()


async def test_a_connection_that_cannot_be_accepted_now_is_accepted_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when this process has no descriptors left."""
    monkeypatch.setattr(port_session, "_PAUSE_WITHOUT_DESCRIPTORS", 0.001)
    loop, refusals = asyncio.get_running_loop(), [OSError(24, "Too many open files")] * 3
    accept = loop.sock_accept

    async def full(listening: socket.socket) -> object:
        if refusals:
            raise refusals.pop()
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", full)
    async with multiplexed(no_event()) as (_, channel, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(60):
            await channel.sent.wait()
        assert not refusals
        writer.close()


async def test_a_connection_that_does_not_read_is_named_when_it_holds_up_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smtui.channel.multiplexer.STALLED_SECONDS", 0.05)
    channel, said, connected = Channel(), Said(), asyncio.Event()

    async def flood() -> AsyncIterator[Event]:
        await connected.wait()
        piece = Frame(Command.PSH, 3, bytes(MAX_FRAME)).encode()
        while True:
            yield Output(PayloadType.OUTPUT, piece)

    opened = Opened("Port", "3.3.987.0", properties={"portNumber": "80", "type": "LocalPortForwarding"})
    session = port_session.PortSession(
        cast(ClientChannel, channel), opened, port_session.PortOptions("s-1"), cast(OutputStream, said)
    )
    running = asyncio.create_task(session.run(flood(), ended))
    writers: list[asyncio.StreamWriter] = []
    try:
        await said.changed.wait()
        found = re.search(r"Port (\d+) opened", said.text)
        assert found
        for _ in range(2):
            channel.sent.clear()
            _, writer = await asyncio.open_connection("127.0.0.1", int(found[1]), limit=1_024)
            writers.append(writer)
            async with asyncio.timeout(60):
                await channel.sent.wait()
        connected.set()
        async with asyncio.timeout(60):
            while "smtui:" not in said.text:
                said.changed.clear()
                await said.changed.wait()
        host, port = writers[0].get_extra_info("sockname")
        assert f"smtui: the connection from {host}:{port} does not read the 4.2 MB that wait for it. " in said.text
    finally:
        for writer in writers:
            writer.close()
        running.cancel()
        await asyncio.wait([running])


async def test_changes_between_two_lines_are_one_line_and_the_most_important_is_named() -> None:
    lines: list[dict[str, object]] = []
    told = asyncio.Event()

    async def tell(line: str) -> None:
        lines.append(json.loads(line))
        told.set()

    traffic = Traffic("db.internal:5432", "127.0.0.1:5432")
    running = asyncio.create_task(traffic.run(tell))
    traffic.opened()
    await told.wait()
    for _ in range(3):
        traffic.accepted()
    traffic.refused()
    traffic.closed()
    traffic.received(70)
    traffic.sent(8)
    await asyncio.sleep(0)
    assert len(lines) == 1, "not more than two a second"
    running.cancel()
    await asyncio.wait([running])
    where = {"to": "db.internal:5432", "local": "127.0.0.1:5432"}
    assert lines == [
        {"event": "opened", "now": 0, "total": 0, "in": 0, "out": 0, **where},
        {"event": "refused", "now": 2, "total": 3, "in": 70, "out": 8, **where},
    ]
