"""Whole sessions of every kind over a line on which frames and connections go wrong, both ways.

Whatever happens, what has arrived is the beginning of what was sent, and all of it once the line has healed. Twenty
seeds run here, two hundred with `-m slow`. A failure names its test, such as `test_a_bad_network[13-ssh]`; a seed that
once failed stands in `ONCE_FAILED`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from smtui.channel.client import ClientChannel, Encryption, StreamAddress
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.encryption import AgentEncryption, DataKey
from smtui.channel.handshake import SessionType
from smtui.channel.message import PayloadType
from smtui.channel.ports import PortCapabilities, PortProperties, forwarding
from smtui.channel.timers import Backoff
from smtui.channel.transport import SessionTimedOut
from smtui.demo.far_end.agent import ProgramMessage, RemoteProgram
from smtui.demo.far_end.far_end import FarEnd
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings
from smtui.demo.far_end.node_services import MemoryStream, connected
from smtui.demo.far_end.port_agent import port_program
from smtui.plugin.builtin.port_session import StdioSession
from smtui.plugin.builtin.session_ending import Ending
from tests.channel.faulty_line import FAULTS, FaultyLine
from tests.channel.wires import NEWER, OLDER, VERSION, Kms, ScriptedProgram
from tests.waiting import jumping_clock

KINDS = ("shell", "command", "encrypted shell", "encrypted command", "basic", "multiplexed", "ssh")
ONCE_FAILED: tuple[int, ...] = (53,)
"""Seeds that found a fault which was mended: in the clock of these tests, whose timers fired a nanosecond early."""
MANY = (60_000, 400_000)
PATIENT = Backoff(first=0.05, longest=1.0, total=600.0)
FRAMES = (100, 500, 2_000, 5_000)
"""After so many frames a line is healed; most sessions send more."""
FORWARD = {"portNumber": "80", "localPortNumber": "8080", "type": "LocalPortForwarding"}
_LAST_BASIC = "3.0.196.0"


def kind_of(seed: int) -> str:
    return KINDS[seed % len(KINDS)]


def named(seeds: range | tuple[int, ...]) -> list[Any]:
    return [pytest.param(seed, id=f"{seed}-{kind_of(seed).replace(' ', '_')}") for seed in seeds]


@dataclass
class Expected:
    """Bytes that must arrive in order; every piece is compared as it comes."""

    data: bytes
    at: int = 0
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, piece: bytes) -> None:
        end = self.at + len(piece)
        assert self.data[self.at : end] == piece, f"wrong bytes at {self.at} of {len(self.data)}"
        self.at = end
        if end == len(self.data):
            self.whole.set()


class CheckedProgram(ScriptedProgram):
    """Compares what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.typing_expected = Expected(b"")

    async def write(self, data: bytes) -> None:
        self.typing_expected.take(data)
        await super().write(data)


@dataclass
class World:
    """One session on a bad line."""

    seed: int
    kind: str
    chance: random.Random
    line: FaultyLine
    far_end: FarEnd
    channel: ClientChannel
    program: CheckedProgram
    dialled: asyncio.Queue[MemoryStream]

    def data(self, *sizes: int) -> bytes:
        """Some bytes to send: one, a few or many."""
        return self.chance.randbytes(self.chance.choice(sizes or (1, 1_024, 60_000, 400_000)))

    def pieces(self, data: bytes) -> list[bytes]:
        """The data cut by chance."""
        pieces = []
        while data:
            size = self.chance.choice((1, 100, 1_024, 5_000, 20_000))
            pieces.append(data[:size])
            data = data[size:]
        return pieces

    async def events(self) -> AsyncIterator[Event]:
        """The events to the end. If the line lost the service's last word, ResumeSession says the same."""
        try:
            async for event in self.channel.events():
                yield event
        except SessionTimedOut:
            assert self.far_end.ended
            assert not self.line.is_healed
            yield Closed("")

    async def pause(self) -> None:
        await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.3)))


@asynccontextmanager
async def world(seed: int) -> AsyncIterator[World]:
    kind, chance = kind_of(seed), random.Random(seed)
    kms, program, dialled = Kms(), CheckedProgram(), asyncio.Queue[MemoryStream]()
    settings = settings_of(kind, chance, kms)

    async def dial(host: str, port: int) -> MemoryStream:
        near, far = connected()
        dialled.put_nowait(far)
        return near

    async def start(client: str) -> RemoteProgram:
        if settings.properties is None:
            return program
        return await port_program(PortProperties.of(settings.properties), dial, settings.agent_version, client)

    async def generate(key_id: str, context: Any) -> DataKey:
        return DataKey(*kms.generate(context))

    faults = FarEndFaults(reset_agent_after_bytes=chance.choice((None, None, chance.randrange(50_000))))
    far_end = FarEnd("s-1", "i-1", start, settings=settings, faults=faults)
    line = FaultyLine(far_end, chance, list(FAULTS)[seed % len(FAULTS)], chance.choice(FRAMES))
    channel = ClientChannel(
        line.dial,
        line.resume,
        client_version=VERSION,
        encryption=Encryption(generate, "s-1", "i-1") if "encrypted" in kind else None,
        to_connect=PATIENT,
        to_resume=PATIENT,
    )
    life = asyncio.create_task(far_end.run())
    try:
        yield World(seed, kind, chance, line, far_end, channel, program, dialled)
    finally:
        await channel.close()
        far_end.terminate()
        await life
        await line.close()


def settings_of(kind: str, chance: random.Random, kms: Kms) -> FarEndSettings:
    properties = {"basic": FORWARD, "multiplexed": FORWARD, "ssh": {"portNumber": "22"}}.get(kind)
    versions = {"basic": (_LAST_BASIC,), "multiplexed": ("3.3.987.0", "3.1.1511.0")}.get(kind, (OLDER, NEWER))
    command = SessionType.NON_INTERACTIVE_COMMANDS if "command" in kind else SessionType.STANDARD_STREAM
    return FarEndSettings(
        agent_version=chance.choice(versions),
        handshake=kind != "shell",
        encryption=AgentEncryption("arn:key", "i-1", kms.decrypt) if "encrypted" in kind else None,
        session_type=command if properties is None else SessionType.PORT,
        properties=properties,
        replays_on_reconnect=chance.random() < 0.5,
        store_and_forward=chance.random() < 0.5,
        pauses_for_absent=chance.random() < 0.5,
        handshake_limit=3_600,
        drain=3_600,
    )


async def run(seed: int) -> Counter[str]:
    """One session of the seed's kind, from the first connection to the end; returns what went wrong on the line."""
    state: list[World] = []
    try:
        with jumping_clock(start=0.0):
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(asyncio.timeout(20_000))
                here = await stack.enter_async_context(world(seed))
                state.append(here)
                await here.channel.connect(StreamAddress("ws://in-memory", "t0ken"))
                await _SESSIONS.get(here.kind, programs)(here)
                assert here.line.did.total(), "nothing went wrong on the line"
                return here.line.did
    except Exception as fault:
        did = dict(+state[0].line.did) if state else {}
        raise AssertionError(f"seed {seed}, {kind_of(seed)}, {did}: {type(fault).__name__}: {fault}") from fault


async def programs(here: World) -> None:
    """A shell or a command: the user types and the program prints at the same time."""
    typed, said = Expected(here.data()), {PayloadType.OUTPUT: Expected(here.data(*MANY))}
    if "command" in here.kind:
        said[PayloadType.STDERR] = Expected(here.data())
        said[PayloadType.EXIT_CODE] = Expected(b"EXIT_CODE: 7")
    here.program.typing_expected = typed

    async def print_all() -> None:
        for kind, expected in said.items():
            for piece in here.pieces(expected.data):
                here.program.say(piece if kind is PayloadType.OUTPUT else ProgramMessage(kind, piece))
                await here.pause()
        await typed.whole.wait()
        here.program.exit()

    async def read_all() -> None:
        async for event in here.events():
            if isinstance(event, Output):
                said[event.kind].take(event.data)
            last.append(event)

    last: list[Event] = []
    await together(print_all(), type_all(here, typed.data), read_all())
    assert last[-1] == Closed("")
    assert [isinstance(event, Opened) for event in last[:2]] == [True, False]
    assert all(each.whole.is_set() for each in (typed, *said.values()))
    assert here.program.sizes == [(101, 33)]


async def type_all(here: World, data: bytes) -> None:
    await here.channel.until_opened()
    here.channel.resize(101, 33)
    for piece in here.pieces(data):
        await here.channel.send(piece)
        await here.pause()


async def destination(here: World, ups: list[Expected], downs: list[Expected]) -> None:
    """The far ends of all connections; the first byte of each says which it is."""

    async def serve(stream: MemoryStream) -> None:
        first = await stream.read()
        number = first[0]
        up, down = ups[number], downs[number]

        async def read() -> None:
            up.take(first)
            while not up.whole.is_set():
                up.take(await stream.read())

        async def write() -> None:
            for piece in here.pieces(down.data):
                await stream.write(piece)
                await here.pause()

        await together(read(), write())
        assert await stream.read() == b"", "the user closes"

    async with asyncio.TaskGroup() as group:
        for _ in ups:
            group.create_task(serve(await here.dialled.get()))


async def user(here: World, stream: MemoryStream, up: Expected, down: Expected) -> None:
    async def write() -> None:
        for piece in here.pieces(up.data):
            await stream.write(piece)
            await here.pause()

    async def read() -> None:
        while not down.whole.is_set():
            down.take(await stream.read())

    await together(write(), read())
    await up.whole.wait()
    await stream.close()


async def forward(here: World) -> None:
    """Three connections, side by side or one after the other."""
    count = 3
    ups = [Expected(bytes((number,)) + here.data()) for number in range(count)]
    downs = [Expected(here.data()) for _ in range(count)]
    events = here.events()
    opened = await anext(events)
    assert isinstance(opened, Opened)
    carrier = forwarding(here.channel, PortCapabilities.of(opened.agent_version))
    assert carrier.one_at_a_time == (here.kind == "basic")

    async def receive() -> None:
        async for event in events:
            if isinstance(event, Output):
                await carrier.receive(event.data)
            else:
                assert event == Closed("")

    async def connect(number: int) -> None:
        near, local = connected()
        await together(carrier.carry(local), user(here, near, ups[number], downs[number]))

    async def connect_all() -> None:
        if carrier.one_at_a_time:
            for number in range(count):
                await connect(number)
        else:
            await together(*(connect(number) for number in range(count)))

    async def use() -> None:
        await together(connect_all(), destination(here, ups, downs))
        while not here.far_end.ended:
            await here.channel.terminate(3_600)
            await here.pause()

    running = asyncio.create_task(carrier.run())
    try:
        await together(receive(), use())
    finally:
        carrier.close()
        running.cancel()
    assert all(each.whole.is_set() for each in (*ups, *downs))


class Stdio:
    """Standard input and output of an ssh session; the input ends when all has come back."""

    def __init__(self, here: World, up: Expected, down: Expected) -> None:
        self._here = here
        self._pieces = iter(here.pieces(up.data))
        self._all = (up.whole, down.whole)
        self._down = down

    async def read(self) -> bytes:
        await self._here.pause()
        if (piece := next(self._pieces, None)) is not None:
            return piece
        for whole in self._all:
            await whole.wait()
        return b""

    async def write(self, data: bytes) -> None:
        self._down.take(data)


async def ssh(here: World) -> None:
    up, down = Expected(b"\0" + here.data()), Expected(here.data(*MANY))
    stdio, left = Stdio(here, up, down), Ending("left")
    events = here.events()
    assert isinstance(await anext(events), Opened)
    session = StdioSession(here.channel, stdio, stdio)  # type: ignore[arg-type]
    far = asyncio.create_task(destination(here, [up], [down]))
    assert await session.run(events, b"", left, lambda _: Ending("closed")) is left
    here.far_end.terminate()
    await far
    assert up.whole.is_set()
    assert down.whole.is_set()


async def together(*works: Coroutine[Any, Any, object]) -> None:
    """Run all; the first failure ends the others and is raised as it is."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_SESSIONS: dict[str, Callable[[World], Coroutine[Any, Any, None]]] = {
    "basic": forward,
    "multiplexed": forward,
    "ssh": ssh,
}


@pytest.mark.parametrize("seed", named((*range(20), *ONCE_FAILED)))
async def test_a_bad_network(seed: int) -> None:
    await run(seed)


def test_a_seed_does_the_same_each_time() -> None:
    assert asyncio.run(run(0)) == asyncio.run(run(0))


@pytest.mark.slow
@pytest.mark.parametrize("seed", named(tuple(seed for seed in range(20, 221) if seed not in ONCE_FAILED)))
async def test_many_bad_networks(seed: int) -> None:
    await run(seed)
