"""Joins the streams of one smux session with connections, at either end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from smtui.channel.smux import Accepted, Finished, Mux, Received
from smtui.channel.transport import READ_BYTES, ByteStream

Send = Callable[[bytes], Awaitable[None]]
"""Takes bytes of the session in order; waits while the other end does not keep up."""

TellStalled = Callable[[ByteStream, int], Awaitable[None]]
"""Told of a connection that reads nothing and holds up the others, and of the bytes that wait for it."""

STALLED_SECONDS = 5.0
"""Seconds without a byte read, while nothing more can be held, after which `TellStalled` is called."""


class Multiplexer:
    """One end of a session: pass bytes to `receive` and connections to `carry`.

    `half_close` is the seconds of silence from the far end after which a connection is closed whose own side has
    finished sending. smux has no half-close: after FIN the answer would be lost. 0 gives up at once.

    smux v1 has no window for each stream. So one connection that does not read stops all others, once the session holds
    `RECEIVE_BUDGET` bytes; `on_stalled` is then told of each such connection, and again only after it has read all.
    """

    def __init__(
        self,
        send: Send,
        *,
        client: bool,
        half_close: float = 0.0,
        on_accepted: Callable[[int], None] | None = None,
        on_stalled: TellStalled | None = None,
    ) -> None:
        self._send = send
        self._half_close = half_close
        self._on_accepted = on_accepted
        self._on_stalled = on_stalled
        self._mux = Mux(client=client)
        self._streams: dict[int, _Stream] = {}
        self._room = asyncio.Event()
        self._closed = False

    async def receive(self, data: bytes) -> None:
        """Take bytes of the session; waits while too much is held for connections that do not read.

        Raises BrokenMultiplexing if the session cannot go on.
        """
        for event in self._mux.receive(data):
            match event:
                case Accepted(stream):
                    self._streams[stream] = _Stream(self._taken)
                    if self._on_accepted is not None:
                        self._on_accepted(stream)
                case Received(stream, data):
                    self._streams[stream].deliver(data)
                case Finished(stream):
                    self._streams[stream].finish()
        while not self._mux.has_budget and not self._closed:
            self._room.clear()
            try:
                async with asyncio.timeout(STALLED_SECONDS):
                    await self._room.wait()
            except TimeoutError:
                await self._tell_stalled()

    async def open(self, connection: ByteStream) -> None:
        """Carry a connection of the client in a new stream, until both are closed."""
        stream, frame = self._mux.open()
        self._streams[stream] = _Stream(self._taken)
        await self._send(frame)
        await self.carry(stream, connection)

    async def carry(self, stream: int, connection: ByteStream) -> None:
        """Carry a connection in a stream that the other end opened, until both are closed."""
        held = self._streams[stream]
        held.connection = connection
        outward = asyncio.create_task(self._outward(stream, connection))
        inward = asyncio.create_task(held.write_to(connection))
        try:
            await asyncio.wait([outward, inward], return_when=asyncio.FIRST_COMPLETED)
            broken = any(task.done() and task.exception() for task in (outward, inward))
            await _cancelled(outward, inward)
            await self.finish(stream)
            if broken:
                connection.abort()
            else:
                await connection.close()
        except BaseException:
            # The session is lost: the reader must not take that for the end.
            connection.abort()
            await _cancelled(outward, inward)
            raise

    async def finish(self, stream: int) -> None:
        """Close a stream, even one that never got a connection."""
        held = self._streams.pop(stream, None)
        if held is not None:
            held.drop()
        frame = self._mux.finish(stream)
        if frame:
            await self._send(frame)

    async def keep_alive(self, seconds: float) -> None:
        """Send keep-alives at intervals, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self._send(self._mux.keepalive())

    def close(self) -> None:
        """End the session: nothing waits for room any more."""
        self._closed = True
        self._room.set()

    async def _outward(self, stream: int, connection: ByteStream) -> None:
        while data := await connection.read():
            await self._send(self._mux.data(stream, data))
        await self._streams[stream].quiet(self._half_close)

    async def _tell_stalled(self) -> None:
        if self._on_stalled is None or len(self._streams) < 2:
            return
        untold = [each for each in self._streams.values() if each.size and not each.told]
        if untold:
            most = max(untold, key=lambda each: each.size)
            most.told = True
            if most.connection is not None:
                await self._on_stalled(most.connection, most.size)

    def _taken(self, size: int) -> None:
        self._mux.taken(size)
        self._room.set()


class _Stream:
    """The unwritten bytes of one connection. Kept as bytes, not pieces, which could be tiny and many."""

    def __init__(self, taken: Callable[[int], None]) -> None:
        self._taken = taken
        self._unwritten = bytearray()
        self._finished = False
        self._news = asyncio.Event()
        self._moved = asyncio.Event()
        self.connection: ByteStream | None = None
        self.told = False
        """Whether it was reported that this connection does not read, since it last had read all."""

    @property
    def size(self) -> int:
        return len(self._unwritten)

    def deliver(self, data: bytes) -> None:
        self._unwritten += data
        self._news.set()
        self._moved.set()

    def finish(self) -> None:
        self._finished = True
        self._news.set()

    def drop(self) -> None:
        self._taken(len(self._unwritten))
        self._unwritten.clear()

    async def write_to(self, connection: ByteStream) -> None:
        """Write bytes as they come; returns once the other end has finished and all is written."""
        while True:
            while self._unwritten:
                piece = bytes(self._unwritten[:READ_BYTES])
                await connection.write(piece)
                del self._unwritten[: len(piece)]
                self._taken(len(piece))
                self._moved.set()
            if self._finished:
                return
            self.told = False
            self._news.clear()
            await self._news.wait()

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing has come, and nothing was left to write, for `seconds`."""
        with contextlib.suppress(TimeoutError):
            while True:
                self._moved.clear()
                async with asyncio.timeout(None if self._unwritten else seconds):
                    await self._moved.wait()


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
