"""A real websocket on which messages get lost, both ways: an upload arrives whole, and little is sent twice.

Messages are counted, not seconds: resending before the measured time is up would send each of them dozens of times.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.message import Message, MessageType, PayloadType, decode
from smtui.channel.transport import Connection
from smtui.channel.websocket import dial
from tests.channel.wires import QUICK, VERSION, Joined, joined

DATA = random.Random(3).randbytes(3_000_000)


@dataclass
class LossyLine:
    """Loses each message of input, and each acknowledgement of one, by chance."""

    loss: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    sent: int = 0
    """Messages of input, those that were lost and those that were resent among them."""
    lost: int = 0

    async def dial(self, url: str) -> Connection:
        return _LossyConnection(await dial(url, {}, user_agent="test"), self)

    def loses(self) -> bool:
        lost = self.chance.random() < self.loss
        self.lost += lost
        return lost


class _LossyConnection:
    def __init__(self, connection: Connection, line: LossyLine) -> None:
        self._connection = connection
        self._line = line

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and _is_input(decode(frame)):
            self._line.sent += 1
            if self._line.loses():
                return
        await self._connection.send(frame)

    async def receive(self) -> bytes:
        while True:
            frame = await self._connection.receive()
            if decode(frame).type != MessageType.ACKNOWLEDGE or not self._line.loses():
                return frame

    def receive_waiting(self) -> bytes | None:
        return None

    def hang_up(self) -> None:
        self._connection.hang_up()

    def abort(self) -> None:
        self._connection.abort()


def _is_input(message: Message) -> bool:
    return message.type == MessageType.INPUT_STREAM_DATA and message.payload_type == PayloadType.OUTPUT


async def upload(pair: Joined, line: LossyLine, data: bytes) -> bytes:
    async def never() -> StreamAddress | None:
        raise AssertionError("the connection is not lost, only messages are")

    channel = ClientChannel(line.dial, never, client_version=VERSION, to_connect=QUICK, to_resume=QUICK)
    await channel.connect(pair.address)

    async def read() -> None:
        async for _ in channel.events():
            pass

    reading = asyncio.create_task(read())
    for start in range(0, len(data), 65_536):
        await channel.send(data[start : start + 65_536])
    assert await channel.drained(120)
    await pair.program.until_typed(data[-100:])
    pair.program.exit()
    await reading
    await channel.close()
    return bytes(pair.program.typed)


@pytest.mark.parametrize(
    ("loss", "size"),
    [
        (0.05, 500_000),
        pytest.param(0.017, len(DATA), marks=pytest.mark.slow),
        pytest.param(0.05, len(DATA), marks=pytest.mark.slow),
    ],
)
async def test_an_upload_arrives_with_few_messages_sent_twice(loss: float, size: int) -> None:
    line = LossyLine(loss)
    async with joined() as pair:
        assert await upload(pair, line, DATA[:size]) == DATA[:size]
    messages = -(-size // 1_024)
    assert line.lost > messages * loss
    resent = line.sent - messages
    assert line.lost <= resent < 4 * messages  # a machine that stalls makes all that is in flight overdue at once
