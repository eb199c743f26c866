"""Time: sleep and wake, the service's hourly close, a change of network, and cuts every few seconds."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from smtui.channel import timers
from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Closed, Output
from smtui.channel.timers import TO_RESUME, Backoff
from smtui.channel.transport import ChannelError, ConnectionNotRestored
from smtui.channel.websocket import WebSocketConnection
from smtui.demo.far_end.far_end import FarEnd
from tests.channel.faulty_line import FaultyLine, Network
from tests.channel.wires import VERSION, ScriptedProgram
from tests.waiting import jumping_clock

ADDRESS = StreamAddress("ws://in-memory", "t0ken")
HOUR = 3_600.0


def now() -> float:
    return asyncio.get_running_loop().time()


class WallClock:
    """`time.time` of the code under test: the loop's clock, and what the test adds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._real = time.time()
        monkeypatch.setattr(timers, "time", self)

    def time(self) -> float:
        return self._real + self._loop.time() + self.ahead


# Attempts, and a machine that sleeps between them ----------------------------------------------------


async def attempt_until_given_up(backoff: Backoff, each: Callable[[int], object] = lambda _: None) -> list[float]:
    """When the attempts were made, in seconds from the first."""
    began, made = now(), []
    async for number in backoff.attempts():
        made.append(now() - began)
        each(number)
    return made


async def test_a_lost_connection_is_tried_for_a_minute_with_pauses_that_grow_to_5_seconds() -> None:
    with jumping_clock():
        made = await attempt_until_given_up(TO_RESUME)
    pauses = [round(later - earlier, 1) for earlier, later in itertools.pairwise(made)]
    assert made[0] == 0
    assert pauses[:7] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert set(pauses[7:]) == {5.0}
    assert 55 < made[-1] <= 60


async def test_where_sleep_stops_the_loops_clock_the_wall_clock_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Linux and macOS: 50 s tried, an hour of sleep, and again a minute, from short pauses on."""
    with jumping_clock():
        wall = WallClock(monkeypatch)
        slept_at: list[int] = []

        def sleep_once(number: int) -> None:
            if not slept_at and now() - began > 50:
                slept_at.append(number)
                wall.ahead += HOUR

        began = now()
        made = await attempt_until_given_up(TO_RESUME, sleep_once)
    woke = slept_at[0] - 1
    assert made[woke + 1] - made[woke] == pytest.approx(0.1, abs=0.01)
    assert 55 < made[-1] - made[woke] <= 60


async def test_a_machine_that_sleeps_in_a_pause_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with jumping_clock():
        wall = WallClock(monkeypatch)

        def sleep() -> None:
            wall.ahead += HOUR

        asyncio.get_running_loop().call_later(54, sleep)
        made = await attempt_until_given_up(TO_RESUME)
    assert 110 < made[-1] <= 122


async def test_where_the_loops_clock_runs_on_sleep_takes_no_attempt_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: after an hour of sleep in a pause, or in an attempt, there is again a minute."""
    with jumping_clock():
        WallClock(monkeypatch)
        attempts = TO_RESUME.attempts()
        assert await anext(attempts) == 1
        await asyncio.sleep(HOUR)
        woke = now()
        assert await anext(attempts) == 2
        assert now() - woke < 1
        rest = [number async for number in attempts]
        assert len(rest) > 10
        assert 55 < now() - woke <= 60


@pytest.mark.parametrize("by", [-HOUR, -1.0, 4.0])
async def test_a_wall_clock_that_is_set_back_or_a_little_forward_changes_nothing(
    by: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jumping_clock():
        wall, began = WallClock(monkeypatch), now()

        def set_once(_: int) -> None:
            if not wall.ahead and now() - began > 50:
                wall.ahead = by

        made = await attempt_until_given_up(TO_RESUME, set_once)
    assert 55 < made[-1] <= 60


async def test_slow_attempts_are_not_taken_for_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes as long as ResumeSession and connecting may: there are few, and no more than a minute of them."""
    with jumping_clock():
        WallClock(monkeypatch)
        began, made = now(), 0
        async for _ in TO_RESUME.attempts():
            made += 1
            await asyncio.sleep(30)
        assert made == 2
        assert now() - began < 65


# Sessions --------------------------------------------------------------------------------------------


@dataclass
class World(Network):
    """A session over a line in memory, on a clock that jumps."""

    channel: ClientChannel
    program: ScriptedProgram
    far_end: FarEnd
    resumed: list[float] = field(default_factory=list)
    """When ResumeSession answered."""

    async def resume(self) -> StreamAddress | None:
        address = await super().resume()
        self.resumed.append(now())
        return address

    async def read(self, wanted: int) -> bytes:
        output = b""
        async for event in self.channel.events():
            if isinstance(event, Output):
                output += event.data
                if len(output) >= wanted:
                    break
        return output


@asynccontextmanager
async def session() -> AsyncIterator[World]:
    with jumping_clock(start=0.0):
        program = ScriptedProgram()
        far_end = FarEnd("s-1", "i-1", program.start)
        line = FaultyLine(far_end, random.Random(1), "delay", 0)
        world = World(line, None, program, far_end)  # type: ignore[arg-type]
        world.channel = ClientChannel(world.dial, world.resume, client_version=VERSION)
        life = asyncio.create_task(far_end.run())
        try:
            await world.channel.connect(ADDRESS)
            program.say(b"$ ")
            assert await world.read(2) == b"$ "
            yield world
        finally:
            await world.channel.close()
            far_end.terminate()
            await life
            await line.close()


async def test_the_hourly_close_is_resumed_at_once_for_a_day() -> None:
    async with session() as world:
        reading = asyncio.create_task(world.read(24 * 6))
        closed_at = []
        for hour in range(24):
            await asyncio.sleep(HOUR)
            closed_at.append(now())
            world.cut(1000)
            world.program.say(b"%5d " % hour)
        assert await reading == b"".join(b"%5d " % hour for hour in range(24))
        assert len(world.resumed) == world.asked == 24
        assert all(after - before < 0.01 for before, after in zip(closed_at, world.resumed, strict=True))
        assert world.channel.disconnected_seconds == 0


async def test_a_change_of_network_within_a_minute_costs_nothing() -> None:
    """First there is no network at all, then AWS answers and the stream's host does not yet."""
    async with session() as world:
        reading = asyncio.create_task(world.read(4))
        world.no_network_until, world.no_route_until = now() + 30, now() + 45
        world.cut(1006)
        await asyncio.sleep(1)
        assert world.channel.disconnected_seconds == pytest.approx(1, abs=0.1)
        await world.channel.send(b"typed meanwhile")
        world.program.say(b"back")
        assert await reading == b"back"
        assert 45 <= now() < 52
        rest = asyncio.create_task(world.read(1))
        await world.program.until_typed(b"typed meanwhile")
        assert world.program.typed == b"typed meanwhile"
        rest.cancel()


async def test_without_a_network_for_longer_the_session_is_given_up_with_the_reason() -> None:
    async with session() as world:
        world.no_network_until = HOUR
        world.cut(1006)
        with pytest.raises(ConnectionNotRestored, match="the network is unreachable"):
            await world.read(1)
        assert 55 < now() <= 62


async def test_a_machine_that_slept_without_a_network_gets_a_minute_after_it_woke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with session() as world:
        wall = WallClock(monkeypatch)
        reading = asyncio.create_task(world.read(4))
        world.no_network_until = 90
        world.cut(1006)
        await asyncio.sleep(50)
        wall.ahead += 8 * HOUR
        world.program.say(b"back")
        assert await reading == b"back"
        assert 90 <= now() < 96


async def test_the_times_in_messages_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock is in each message; it may jump either way between any two."""
    from smtui.channel import message

    jumps = random.Random(7)
    monkeypatch.setattr(message, "epoch_milliseconds", lambda: jumps.randrange(1, 2**41))
    async with session() as world:
        reading = asyncio.create_task(world.read(300))
        for number in range(100):
            world.program.say(b"%3d" % number)
            await world.channel.send(b"%3d" % number)
        expected = b"".join(b"%3d" % number for number in range(100))
        assert await reading == expected
        rest = asyncio.create_task(world.read(1))
        await world.program.until_typed(expected)
        rest.cancel()
        assert now() < 5


# Two minutes with a cut every five seconds -----------------------------------------------------------


async def test_two_minutes_of_cuts_on_a_clock_that_jumps() -> None:
    """The same as the soak of `test_soak.py`, which takes two real minutes and runs with `-m slow`."""
    async with session() as world:
        lines = [b"%05d\n" % number for number in range(2_400)]
        everything = b"".join(lines)
        tasks = len(asyncio.all_tasks())

        async def work() -> None:
            for line in lines:
                world.program.say(line)
                await world.channel.send(line)
                await asyncio.sleep(0.05)

        async def cuts() -> None:
            for number in range(24):
                await asyncio.sleep(5)
                world.cut((1000, 1006)[number % 2])

        reading = asyncio.create_task(world.read(len(everything)))
        await asyncio.gather(work(), cuts())
        assert await reading == everything
        rest = asyncio.create_task(world.read(1))
        await world.program.until_typed(lines[-1])
        assert bytes(world.program.typed) == everything
        assert await world.channel.drained(20)
        rest.cancel()
        await asyncio.wait([rest])
        assert len(world.resumed) == 24
        assert len(asyncio.all_tasks()) <= tasks, "no task is left of a connection"
        assert 120 <= now() < 125


async def test_the_end_during_an_outage_is_told_after_it() -> None:
    async with session() as world:
        world.no_network_until = now() + 10
        world.cut(1006)
        await asyncio.sleep(0)
        world.far_end.terminate()
        with pytest.raises(ChannelError, match="the session has ended"):
            async for event in world.channel.events():
                assert isinstance(event, Closed)
        assert 10 <= now() < 20


# Keeping a connection that the machine slept through -------------------------------------------------


class Transport:
    def __init__(self) -> None:
        self.aborted_at = 0.0

    def abort(self) -> None:
        self.aborted_at = now()

    def close(self) -> None: ...


class Websocket:
    """A connection whose other end answers pings, or is gone without a word."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.pinged_at: list[float] = []
        self.is_gone = False

    async def ping(self) -> asyncio.Future[float]:
        self.pinged_at.append(now())
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if not self.is_gone:
            pong.set_result(0.0)
        return pong

    async def recv(self, **_: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    def next_frame(self) -> None: ...

    def flush(self) -> None: ...


@asynccontextmanager
async def kept(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Websocket, WallClock]]:
    with jumping_clock(start=0.0):
        wire, wall = Websocket(), WallClock(monkeypatch)
        connection = WebSocketConnection(wire)  # type: ignore[arg-type]
        connection.keep_alive()
        reading = asyncio.create_task(connection.receive())
        yield wire, wall
        reading.cancel()
        connection.hang_up()
        await asyncio.sleep(1)


async def test_an_idle_connection_is_pinged_twice_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(monkeypatch) as (wire, _):
        await asyncio.sleep(95)
        assert [round(at) for at in wire.pinged_at] == [30, 60, 90]
        assert not wire.transport.aborted_at


async def test_after_sleep_a_connection_is_tried_within_3_seconds_and_given_up_10_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with kept(monkeypatch) as (wire, wall):
        await asyncio.sleep(10)
        wall.ahead, wire.is_gone = HOUR, True
        await asyncio.sleep(30)
        assert 10 <= wire.pinged_at[0] <= 13.1
        assert wire.transport.aborted_at == pytest.approx(wire.pinged_at[0] + 10, abs=0.1)


async def test_a_connection_that_outlived_a_short_sleep_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(monkeypatch) as (wire, wall):
        for _ in range(3):
            await asyncio.sleep(1)
            wall.ahead += 60
            await asyncio.sleep(5)
        assert len(wire.pinged_at) == 3
        assert not wire.transport.aborted_at
