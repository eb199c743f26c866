"""Frames that come together are handled together, with the same result as one by one."""

from __future__ import annotations

import asyncio

import pytest

from smtui.channel.client import ClientChannel, Closed, Opened, Output, StreamAddress
from smtui.channel.client_session import Event, Flagged, joined
from smtui.channel.message import MAX_PAYLOAD, Message, MessageType, PayloadType, decode
from smtui.channel.payloads import SessionFlag, acknowledged_sequence, channel_closed, flag
from smtui.channel.transport import ChannelError, Connection, ConnectionLost
from tests.channel.wires import QUICK, VERSION

OUT, ERR, EXIT = PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE


class Line:
    """A connection on which all frames have come already; then it is silent."""

    def __init__(self, *frames: bytes) -> None:
        self.frames = list(frames)
        self.sent: list[Message] = []

    async def dial(self, _: str) -> Connection:
        return self

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.sent.append(decode(frame))

    async def receive(self) -> bytes:
        if not self.frames:
            await asyncio.Event().wait()
        return self.frames.pop(0)

    def receive_waiting(self) -> bytes | None:
        return self.frames.pop(0) if self.frames else None

    def hang_up(self) -> None: ...

    abort = hang_up


def outputs(*payloads: tuple[PayloadType, bytes]) -> list[bytes]:
    return [
        Message(MessageType.OUTPUT_STREAM_DATA, payload, kind, sequence).encode()
        for sequence, (kind, payload) in enumerate(payloads)
    ]


async def opened(line: Line) -> ClientChannel:
    async def never() -> StreamAddress | None:
        raise ConnectionLost

    channel = ClientChannel(line.dial, never, client_version=VERSION, to_connect=QUICK)
    await channel.connect(StreamAddress("ws://127.0.0.1/", "t0ken"))
    return channel


async def happened(line: Line) -> list[Event]:
    """All up to the end."""
    channel = await opened(line)
    events = [event async for event in channel.events()]
    await channel.close()
    return events


def test_consecutive_output_of_a_kind_is_one_event() -> None:
    apart: list[Event] = [
        Output(OUT, b"a"), Output(OUT, b"b"), Output(ERR, b"c"), Output(ERR, b"d"), Output(OUT, b"e"), Flagged(3),
        Output(OUT, b"f"), Output(EXIT, b"EXIT_CODE: 1"), Output(EXIT, b"EXIT_CODE: 2"),
        Closed(),
    ]  # fmt: skip
    assert joined(apart) == [
        Output(OUT, b"ab"), Output(ERR, b"cd"), Output(OUT, b"e"), Flagged(3), Output(OUT, b"f"), *apart[7:],
    ]  # fmt: skip


async def test_output_that_came_together_is_handled_together_and_each_message_acknowledged() -> None:
    payloads = [bytes((number % 256,)) * MAX_PAYLOAD for number in range(200)]
    line = Line(*outputs(*((OUT, payload) for payload in payloads), (PayloadType.FLAG, flag(SessionFlag(3)))))
    channel, events = await opened(line), list[Event]()
    async for event in channel.events():
        events.append(event)
        if isinstance(event, Flagged):
            break
    while len(line.sent) < 201:
        await asyncio.sleep(0)
    await channel.close()
    pieces = [event.data for event in events if isinstance(event, Output)]
    assert b"".join(pieces) == b"".join(payloads)
    assert len(pieces) == 4, "64 frames at most are one batch"
    assert [acknowledged_sequence(message.payload) for message in line.sent] == list(range(201))


async def test_what_came_before_a_failure_is_handled_before_it_is_raised() -> None:
    line = Line(*outputs((OUT, b"whole"), (PayloadType.FLAG, b"xx"), (OUT, b"never")))
    channel, events = await opened(line), list[Event]()
    with pytest.raises(ChannelError, match="a flag of 2 bytes"):
        async for event in channel.events():
            events.append(event)
    await channel.close()
    assert events == [Opened("Standard_Stream"), Output(OUT, b"whole")]


async def test_nothing_follows_the_end_of_the_session() -> None:
    closed = channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z").encode()
    first, second = outputs((OUT, b"last"), (OUT, b"behind the end"))
    assert await happened(Line(first, closed, second)) == [Opened("Standard_Stream"), Output(OUT, b"last"), Closed()]


async def test_other_work_gets_a_turn_between_batches() -> None:
    line, turns = Line(*outputs(*((OUT, b"x"),) * 640)), 0

    async def count() -> None:
        nonlocal turns
        while line.frames:
            turns += 1
            await asyncio.sleep(0)

    channel, counting, got = await opened(line), asyncio.create_task(count()), 0
    async for event in channel.events():
        got += len(event.data) if isinstance(event, Output) else 0
        if got == 640:
            break
    await counting
    await channel.close()
    assert turns >= 9
