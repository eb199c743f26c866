"""Connections in streams: both ends joined by nothing but bytes."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from smtui.channel.multiplexer import STALLED_SECONDS, Multiplexer, _Stream
from smtui.channel.smux import MAX_FRAME, RECEIVE_BUDGET, Command, Frame, FrameReader
from smtui.channel.transport import ByteStream
from smtui.demo.far_end.node_services import MemoryStream, connected
from tests.waiting import jumping_clock, until

HALF_CLOSE = 0.5


@dataclass
class Ends:
    """A client and an agent whose destination is at hand."""

    client: Multiplexer
    agent: Multiplexer
    sent: list[Frame] = field(default_factory=list)
    destinations: asyncio.Queue[MemoryStream] = field(default_factory=asyncio.Queue)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stalled: list[tuple[ByteStream, int]] = field(default_factory=list)
    """What the client was told."""

    async def connect(self) -> tuple[MemoryStream, MemoryStream]:
        """The outer ends of one connection: the user's and the destination's."""
        user, local = connected()
        self.tasks.append(asyncio.create_task(self.client.open(local)))
        return user, await self.destinations.get()


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    readers = FrameReader()

    async def to_agent(data: bytes) -> None:
        pair.sent += readers.feed(data)
        await pair.agent.receive(data)

    in_order = asyncio.Lock()

    async def to_client(data: bytes) -> None:
        async with in_order:
            await pair.client.receive(data)

    def accepted(stream: int) -> None:
        near, far = connected()
        pair.tasks.append(asyncio.create_task(pair.agent.carry(stream, near)))
        pair.destinations.put_nowait(far)

    async def stalled(connection: ByteStream, waiting: int) -> None:
        pair.stalled.append((connection, waiting))

    pair = Ends(
        Multiplexer(to_agent, client=True, half_close=HALF_CLOSE, on_stalled=stalled),
        Multiplexer(to_client, client=False, on_accepted=accepted),
    )
    with jumping_clock():
        yield pair
    pair.client.close()
    pair.agent.close()
    for task in pair.tasks:
        task.cancel()
    await asyncio.gather(*pair.tasks, return_exceptions=True)


async def until_done(ends: Ends) -> None:
    async with asyncio.timeout(60):
        await asyncio.gather(*ends.tasks)


async def test_both_directions_and_the_far_ends_close(ends: Ends) -> None:
    user, server = await ends.connect()
    await user.write(b"question")
    assert await server.read() == b"question"
    await server.write(b"answer")
    await server.close()
    await until_done(ends)
    assert await user.read() == b"answer", "what was written can still be read"
    assert await user.read() == b""
    assert [frame.command for frame in ends.sent] == [Command.SYN, Command.PSH, Command.FIN]


async def test_the_users_close_reaches_the_far_end(ends: Ends) -> None:
    user, server = await ends.connect()
    await user.close()
    async with asyncio.timeout(60):
        assert await server.read() == b""
    await until_done(ends)


async def test_after_a_half_close_the_answer_still_comes_while_it_keeps_coming(ends: Ends) -> None:
    user, server = await ends.connect()
    await user.write(b"all of my question")
    user._outgoing.close()
    assert await server.read() == b"all of my question"
    for word in (b"first", b"second", b"third"):
        await asyncio.sleep(HALF_CLOSE * 0.6)
        await server.write(word)
        assert await user.read() == word
    assert await server.read() == b"", "then silence is the end"
    await until_done(ends)


async def test_a_half_close_waits_for_what_is_not_written_yet_and_then_ends(ends: Ends) -> None:
    user, server = await ends.connect()
    await user.write(b"question")
    user._outgoing.close()
    assert await server.read() == b"question"
    answer = bytes(range(256)) * 4_096
    await server.write(answer)
    ended = asyncio.create_task(server.read())
    done, _ = await asyncio.wait([ended], timeout=HALF_CLOSE * 4)
    assert not done, "the user reads slowly, which is no silence"
    received = bytearray()
    while data := await user.read():
        received += data
    assert received == answer
    async with asyncio.timeout(60):
        assert await ended == b"", "then silence is the end"
    await until_done(ends)


async def test_streams_do_not_mix(ends: Ends) -> None:
    pairs = [await ends.connect() for _ in range(5)]

    async def talk(number: int, user: MemoryStream, server: MemoryStream) -> None:
        text = b"%d;" % number * 40_000
        writing = asyncio.create_task(user.write(text))
        received = b""
        while len(received) < len(text):
            received += await server.read()
        await writing
        assert received == text

    async with asyncio.timeout(60):
        await asyncio.gather(*(talk(number, *pair) for number, pair in enumerate(pairs)))


async def test_a_connection_that_does_not_read_makes_the_far_end_wait_and_nothing_is_lost(ends: Ends) -> None:
    user, server = await ends.connect()
    size, piece = 3 * RECEIVE_BUDGET, bytes(MAX_FRAME)

    async def flood() -> None:
        for _ in range(size // MAX_FRAME):
            await server.write(piece)
        await server.close()

    flooding = asyncio.create_task(flood())
    done, _ = await asyncio.wait([flooding], timeout=0.5)
    assert not done, "it waits"
    received = 0
    while data := await user.read():
        received += len(data)
    assert received == size
    await flooding


async def test_one_that_does_not_read_delays_no_other_until_the_session_holds_all_it_may(ends: Ends) -> None:
    _, stalled = await ends.connect()
    other, there = await ends.connect()
    for _ in range((RECEIVE_BUDGET - MAX_FRAME) // MAX_FRAME):
        await stalled.write(bytes(MAX_FRAME))
        await there.write(b"a word")
        assert await other.read() == b"a word"
    await asyncio.sleep(STALLED_SECONDS * 3)
    assert ends.stalled == []


async def test_one_that_does_not_read_delays_the_others_until_it_reads_and_that_is_told(ends: Ends) -> None:
    """smux v1 has no way to let the others pass; what they send themselves still goes out."""
    user, stalled = await ends.connect()
    other, there = await ends.connect()
    flooding = asyncio.create_task(_flood(stalled))
    await until(lambda: not ends.client._mux.has_budget)
    await there.write(b"answer")
    await other.write(b"question")
    assert await there.read() == b"question"
    reading = asyncio.create_task(other.read())
    assert not (await asyncio.wait([reading], timeout=STALLED_SECONDS * 0.9))[0]
    assert ends.stalled == []
    assert not (await asyncio.wait([reading], timeout=STALLED_SECONDS * 30))[0]
    [(_, waiting)] = ends.stalled
    assert RECEIVE_BUDGET <= waiting < RECEIVE_BUDGET + 2 * MAX_FRAME
    while not reading.done():
        await user.read()
    assert reading.result() == b"answer"
    flooding.cancel()


async def test_one_that_does_not_read_and_holds_up_nobody_is_not_told_until_another_comes(ends: Ends) -> None:
    _, stalled = await ends.connect()
    flooding = asyncio.create_task(_flood(stalled))
    await asyncio.sleep(STALLED_SECONDS * 3)
    assert not ends.client._mux.has_budget
    assert ends.stalled == []
    other, there = await ends.connect()
    await there.write(b"answer")
    reading = asyncio.create_task(other.read())
    assert not (await asyncio.wait([reading], timeout=STALLED_SECONDS * 1.5))[0]
    assert len(ends.stalled) == 1
    reading.cancel()
    flooding.cancel()


async def test_of_two_that_do_not_read_each_is_told(ends: Ends) -> None:
    floods = [asyncio.create_task(_flood((await ends.connect())[1])) for _ in range(2)]
    await asyncio.sleep(STALLED_SECONDS * 9)
    assert len({connection for connection, _ in ends.stalled}) == len(ends.stalled) == 2
    for flooding in floods:
        flooding.cancel()


async def test_one_that_has_read_all_and_stops_again_is_told_again(ends: Ends) -> None:
    user, there = await ends.connect()
    other, elsewhere = await ends.connect()
    for times in (1, 2):
        flooding = asyncio.create_task(_flood(there))
        await asyncio.sleep(STALLED_SECONDS * 3)
        assert len(ends.stalled) == times
        flooding.cancel()
        await elsewhere.write(b"answer")
        reading = asyncio.create_task(other.read())
        while not reading.done():
            await user.read()
        while any(stream.size for stream in ends.client._streams.values()):
            await user.read()
        await asyncio.sleep(1)


async def test_one_that_reads_slowly_is_not_told(ends: Ends) -> None:
    user, slow = await ends.connect()
    await ends.connect()
    flooding = asyncio.create_task(_flood(slow))
    for _ in range(20):
        await asyncio.sleep(STALLED_SECONDS * 0.6)
        for _ in range(4):
            await user.read()
    assert not ends.client._mux.has_budget
    assert ends.stalled == []
    flooding.cancel()


async def test_a_connection_that_breaks_pays_back_what_it_held(ends: Ends) -> None:
    user, server = await ends.connect()
    flooding = asyncio.create_task(_flood(server))
    await until(lambda: not ends.client._mux.has_budget)
    user.abort()
    async with asyncio.timeout(60):
        await asyncio.wait([flooding])
        assert isinstance(flooding.exception(), OSError), "the destination learns of it"
        other, there = await ends.connect()
        await there.write(b"still here")
        assert await other.read() == b"still here"


async def test_what_a_dead_connection_had_not_read_is_no_longer_held_against_the_others(ends: Ends) -> None:
    """Each leaves a third of the budget unread; the fourth could not get a byte."""
    for _ in range(4):
        user, server = await ends.connect()
        async with asyncio.timeout(60):
            for _ in range(RECEIVE_BUDGET // 3 // MAX_FRAME):
                await server.write(bytes(MAX_FRAME))
        while ends.client._mux._untaken < RECEIVE_BUDGET // 4:
            await asyncio.sleep(0)
        user.abort()
        async with asyncio.timeout(60):
            await asyncio.wait([ends.tasks[-1]])
    assert ends.client._mux._untaken == 0


async def test_a_flood_of_tiny_pieces_takes_no_more_memory_than_its_bytes() -> None:
    held = _Stream(lambda _: None)
    tracemalloc.start()
    try:
        for _ in range(100_000):
            held.deliver(b"%c" % 7)
        assert tracemalloc.get_traced_memory()[0] < 400_000
    finally:
        tracemalloc.stop()


async def _flood(server: MemoryStream) -> None:
    while True:
        await server.write(bytes(MAX_FRAME))


async def test_a_session_that_is_lost_cuts_its_connections_off(ends: Ends) -> None:
    user, _ = await ends.connect()
    ends.tasks[0].cancel()
    with pytest.raises(BrokenPipeError):
        for _ in range(100):
            await user.write(b"x")
            await asyncio.sleep(0)


class Local:
    """A local connection that ends in one of three ways, and notes what became of it."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.became: list[str] = []

    async def read(self) -> bytes:
        if self.ending == "lost":
            await asyncio.Event().wait()
        if self.ending == "reset":
            raise ConnectionResetError
        return b""

    async def write(self, data: bytes) -> None: ...

    async def close(self) -> None:
        self.became.append("closed")

    def abort(self) -> None:
        self.became.append("aborted")


@pytest.mark.parametrize(("ending", "became"), [("end", "closed"), ("reset", "aborted"), ("lost", "aborted")])
async def test_only_the_end_is_passed_on_as_the_end(ends: Ends, ending: str, became: str) -> None:
    """Who reads a connection that broke, or whose session is lost, must not take it for the end of a file."""
    local = Local(ending)
    carrying = asyncio.create_task(ends.client.open(local))
    await ends.destinations.get()
    if ending == "lost":
        carrying.cancel()
    async with asyncio.timeout(60):
        await asyncio.wait([carrying])
    assert local.became == [became]
