"""The client on connections that a test scripts and a clock that jumps: what it does about each loss, and when."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import AsyncIterator

import pytest

from smtui.channel.client import ClientChannel, ResumeFailed, StreamAddress
from smtui.channel.client_session import Event, Opened, Output
from smtui.channel.message import Message, MessageType, PayloadType
from smtui.channel.transport import CannotConnect, Connection, ConnectionLost, ConnectionNotRestored
from tests.channel.wires import VERSION
from tests.waiting import jumping_clock

ADDRESS = StreamAddress("ws://127.0.0.1/", "t0ken")
LOST = ConnectionLost()


class Wire:
    """A connection that brings these frames, lasts so many seconds more, and is then lost."""

    def __init__(self, *frames: bytes, lasts: float = 0.0, takes_token: bool = True) -> None:
        self._frames = list(frames)
        self._lasts = lasts
        self._takes_token = takes_token
        self.is_hung_up = False

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and not self._takes_token:
            raise LOST

    async def receive(self) -> bytes:
        if self._frames:
            return self._frames.pop(0)
        if self._lasts == math.inf:
            await asyncio.Event().wait()
        await asyncio.sleep(self._lasts)
        raise LOST

    def receive_waiting(self) -> bytes | None:
        return self._frames.pop(0) if self._frames else None

    def hang_up(self) -> None:
        self.is_hung_up = True

    def abort(self) -> None: ...


class Service:
    """Hands out one connection after the other, and notes when; without a further one nothing can be reached."""

    def __init__(self, *wires: Wire) -> None:
        self._wires = list(wires)
        self.dialled_at: list[float] = []
        self.resumed_at: list[float] = []

    async def dial(self, _: str) -> Connection:
        self.dialled_at.append(now())
        if not self._wires:
            raise CannotConnect("nothing listens")
        return self._wires.pop(0)

    async def resume(self) -> StreamAddress | None:
        self.resumed_at.append(now())
        return ADDRESS

    async def hang(self) -> StreamAddress | None:
        self.resumed_at.append(now())
        await asyncio.Event().wait()
        return None


def now() -> float:
    return asyncio.get_running_loop().time()


def output(sequence: int) -> bytes:
    return Message(MessageType.OUTPUT_STREAM_DATA, b"x", PayloadType.OUTPUT, sequence).encode()


@pytest.fixture(autouse=True)
async def clock() -> AsyncIterator[None]:
    with jumping_clock(start=0.0):
        yield


async def until_given_up(channel: ClientChannel) -> tuple[list[Event], str]:
    """All events, and why there are no more."""
    events: list[Event] = []
    with pytest.raises(ConnectionNotRestored) as caught:
        async for event in channel.events():
            events += [event]
    await channel.close()
    return events, str(caught.value)


def pauses(times: list[float]) -> list[float]:
    return [round(later - earlier, 1) for earlier, later in itertools.pairwise(times)]


async def test_a_connection_that_is_lost_before_it_took_the_token_is_made_again() -> None:
    service = Service(Wire(takes_token=False), Wire(output(0)))
    channel = ClientChannel(service.dial, service.resume, client_version=VERSION)
    await channel.connect(ADDRESS)
    assert pauses(service.dialled_at) == [0.2]
    assert isinstance(await anext(channel.events()), Opened)
    await channel.close()


async def test_each_connection_that_brought_something_is_resumed_at_once() -> None:
    wires = [Wire(output(sequence)) for sequence in range(20)]
    service = Service(*wires)
    channel = ClientChannel(service.dial, service.resume, client_version=VERSION)
    await channel.connect(ADDRESS)
    events, _ = await until_given_up(channel)
    assert len([event for event in events if isinstance(event, Output)]) == 20
    assert service.dialled_at[:20] == [0.0] * 20
    assert all(wire.is_hung_up for wire in wires), "a lost connection is hung up"


async def test_each_connection_that_lasted_a_while_is_resumed_at_once() -> None:
    service = Service(*(Wire(lasts=2.0) for _ in range(20)))
    channel = ClientChannel(service.dial, service.resume, client_version=VERSION)
    await channel.connect(ADDRESS)
    await until_given_up(channel)
    assert set(pauses(service.dialled_at[:20])) == {2.0}


async def test_connections_that_bring_nothing_and_do_not_last_are_given_up_together_after_a_minute() -> None:
    service = Service(*(Wire(lasts=0.1) for _ in range(1_000)))
    channel = ClientChannel(service.dial, service.resume, client_version=VERSION)
    await channel.connect(ADDRESS)
    await until_given_up(channel)
    assert 55 < now() < 65
    assert max(pauses(service.dialled_at)) == 5.1


async def test_a_resume_that_hangs_is_tried_again_and_named() -> None:
    service = Service(Wire(output(0)))
    channel = ClientChannel(service.dial, service.hang, client_version=VERSION)
    await channel.connect(ADDRESS)
    async with asyncio.timeout(600):
        _, why = await until_given_up(channel)
    assert why == "the connection was lost and could not be restored: no answer within 15 s"
    assert min(pauses(service.resumed_at)) > 15.0
    assert len(service.resumed_at) > 2


async def test_leaving_during_an_outage_waits_for_nobody() -> None:
    service = Service(Wire(output(0)))
    channel = ClientChannel(service.dial, service.hang, client_version=VERSION)
    await channel.connect(ADDRESS)
    reading = asyncio.create_task(until_given_up(channel))
    await asyncio.sleep(5)
    assert not channel.connected
    before = now()
    await channel.terminate(600)
    assert now() == before
    reading.cancel()
    await asyncio.wait([reading])
    await channel.close()


@pytest.mark.parametrize("fails_at_first", [True, False])
async def test_a_dial_that_hangs_is_given_up_after_15_seconds_in_all(fails_at_first: bool) -> None:
    fails = [5.0] if fails_at_first else []

    async def hang(_: str) -> Connection:
        if fails:
            await asyncio.sleep(fails.pop())
            raise CannotConnect("no route")
        await asyncio.Event().wait()
        raise AssertionError

    async def never() -> StreamAddress | None:
        raise ResumeFailed

    channel = ClientChannel(hang, never, client_version=VERSION)
    with pytest.raises(CannotConnect, match="no route" if fails_at_first else "no connection within 15 s"):
        async with asyncio.timeout(600):
            await channel.connect(ADDRESS)
    assert now() == pytest.approx(15, abs=0.1)
    await channel.close()


async def test_who_sends_waits_while_nothing_is_acknowledged() -> None:
    service = Service(Wire(output(0), lasts=math.inf))
    channel = ClientChannel(service.dial, service.resume, client_version=VERSION, window=4)
    await channel.connect(ADDRESS)
    reading = asyncio.create_task(until_given_up(channel))
    await channel.until_opened()
    sent = 0

    async def send() -> None:
        nonlocal sent
        for _ in range(1_000):
            await channel.send(b"x" * 1_024)
            sent += 1

    sending = asyncio.create_task(send())
    await asyncio.sleep(600)
    assert sent < 200, "what waits is bounded, whoever types"
    for task in (sending, reading):
        task.cancel()
    await asyncio.wait([sending, reading])
    await channel.close()
