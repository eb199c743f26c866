"""Performs the agent's side of port sessions: connects to the destination for the client.

As observed with the agent 3.3.987.0: it multiplexes when the client can and the document says LocalPortForwarding;
streams are dialled one after the other; a refusal is reported by a flag and the stream's end. In a basic
session it connects at the start and again when data comes, and does not report when the destination closes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from smtui.channel.message import PayloadType
from smtui.channel.multiplexer import Multiplexer
from smtui.channel.payloads import SessionFlag, flag
from smtui.channel.ports import PortCapabilities, PortProperties
from smtui.channel.smux import KEEPALIVE_SECONDS, BrokenMultiplexing
from smtui.channel.transport import ByteStream
from smtui.demo.far_end.agent import CannotRun, ProgramMessage, RemoteProgram

NODE_ITSELF = "localhost"

_FIRST_MULTIPLEXING_CLIENT = (1, 1, 70, 0)
_BACKLOG = 262_144
"""The most bytes waiting for the client; then connections wait."""

_READ_BYTES = 65_536
_LONGEST = 64
"""Characters of a port or a version: Python refuses to read thousands of digits."""

Dial = Callable[[], Awaitable[ByteStream]]
"""Connects to a session's destination; raises OSError."""


async def port_program(
    properties: PortProperties, dial: Callable[[str, int], Awaitable[ByteStream]], agent: str, client: str
) -> RemoteProgram:
    """The program of a port session between these versions. Raises CannotRun."""
    host, port = properties.host or NODE_ITSELF, properties.port
    if not (port.isascii() and port.isdecimal() and len(port) <= _LONGEST and 1 <= int(port) <= 65_535):
        raise CannotRun(f"Unable to start port session: invalid port {port!r}")

    async def connect() -> ByteStream:
        return await dial(host, int(port))

    capabilities = PortCapabilities.of(agent)
    if properties.listens and capabilities.multiplexed and _can_multiplex(client):
        return MultiplexedPort(connect, keepalive=capabilities.keepalive)
    program = BasicPort(connect, reconnects=properties.listens)
    await program.connect()
    return program


def _can_multiplex(client: str) -> bool:
    parts = client.split(".")
    return (
        len(client) <= _LONGEST
        and all(map(str.isdecimal, parts))
        and tuple(map(int, parts)) >= _FIRST_MULTIPLEXING_CLIENT
    )


def _cut_off(connection: ByteStream, carried: asyncio.Task[None]) -> None:
    """A task that is cancelled before it began could not do it."""
    if carried.cancelled():
        connection.abort()


class MultiplexedPort:
    """A `RemoteProgram` whose input and output are smux."""

    def __init__(self, dial: Dial, *, keepalive: bool) -> None:
        self._dial = dial
        self._outbox: deque[bytes | ProgramMessage] = deque()
        self._backlog = 0
        self._moved = asyncio.Event()
        self._over = False
        self._accepted: asyncio.Queue[int] = asyncio.Queue()
        self._multiplexer = Multiplexer(self._say, client=False, on_accepted=self._accepted.put_nowait)
        self._carrying: set[asyncio.Task[None]] = set()
        self._tasks = [asyncio.create_task(self._accept())]
        self._keepalive = keepalive

    async def read(self) -> bytes | ProgramMessage:
        """See `RemoteProgram`."""
        while not self._outbox:
            if self._over:
                return b""
            await self._move()
        said = self._outbox.popleft()
        self._backlog -= 0 if isinstance(said, ProgramMessage) else len(said)
        self._moved.set()
        return said

    async def write(self, data: bytes) -> None:
        """See `RemoteProgram`; input that is not smux ends the session."""
        if self._keepalive:
            # Not before the client's first frame: anything earlier can hang the official plugin.
            self._keepalive = False
            self._tasks.append(asyncio.create_task(self._multiplexer.keep_alive(KEEPALIVE_SECONDS)))
        try:
            await self._multiplexer.receive(data)
        except BrokenMultiplexing:
            self._end()

    def resize(self, columns: int, rows: int) -> None:
        """See `RemoteProgram`: a port has no size."""

    async def close(self) -> None:
        """See `RemoteProgram`."""
        self._end()
        tasks = [*self._tasks, *self._carrying]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _accept(self) -> None:
        while True:
            stream = await self._accepted.get()
            try:
                connection = await self._dial()
            except OSError:
                self._outbox.append(ProgramMessage(PayloadType.FLAG, flag(SessionFlag.CONNECT_TO_PORT_ERROR)))
                await self._multiplexer.finish(stream)
                continue
            task = asyncio.create_task(self._multiplexer.carry(stream, connection))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
            task.add_done_callback(partial(_cut_off, connection))

    async def _say(self, data: bytes) -> None:
        if data:
            self._outbox.append(data)
            self._backlog += len(data)
            self._moved.set()
        while self._backlog > _BACKLOG and not self._over:
            await self._move()

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    def _end(self) -> None:
        self._over = True
        self._multiplexer.close()
        self._moved.set()


class BasicPort:
    """A `RemoteProgram` and `PortProgram`: one connection; if `reconnects`, it is made again when data comes."""

    def __init__(self, dial: Dial, *, reconnects: bool) -> None:
        self._dial = dial
        self._reconnects = reconnects
        self._connection: ByteStream | None = None
        self._changed = asyncio.Event()
        self._failure: CannotRun | None = None
        self._over = False

    async def connect(self) -> None:
        """Raises CannotRun."""
        try:
            self._connection = await self._dial()
        except OSError as failed:
            raise CannotRun(f"Unable to connect to specified port: {failed}") from None
        self._changed.set()

    async def read(self) -> bytes | ProgramMessage:
        """See `RemoteProgram`; if it reconnects, the destination's close is not the end."""
        while not self._over:
            if self._failure is not None:
                raise self._failure
            connection = self._connection
            if connection is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            with contextlib.suppress(OSError):
                if data := await connection.read():
                    return data
            if not self._reconnects:
                return b""
            if self._connection is connection:
                await self.disconnect()
        return b""

    async def write(self, data: bytes) -> None:
        """See `RemoteProgram`."""
        try:
            if self._connection is None:
                await self.connect()
            if self._connection is not None:
                await self._connection.write(data)
        except CannotRun as failed:
            self._failure = failed
            self._changed.set()
        except OSError:
            await self.disconnect()

    async def disconnect(self) -> None:
        """See `PortProgram`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def resize(self, columns: int, rows: int) -> None:
        """See `RemoteProgram`: a port has no size."""

    async def close(self) -> None:
        """See `RemoteProgram`."""
        self._over = True
        self._changed.set()
        await self.disconnect()
