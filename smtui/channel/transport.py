"""Declares what a channel runs over, so that tests can pass in another, and the failures of a channel.

That is a websocket, and the connections that port sessions carry.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

ABNORMAL = 1006
"""The close code of a connection that just ended, without a close frame."""

REFUSED = 1003
"""The close code of a service that refuses the token."""
LARGEST_FRAME = 262_144
"""Bytes. Both official ends put 1,024 into a message."""

READ_BYTES = 65_536


class ConnectionLost(Exception):
    """The websocket is gone; `code` and `reason` are of its close frame, if there was one."""

    def __init__(self, code: int = ABNORMAL, reason: str = "") -> None:
        super().__init__(f"the connection was closed ({code}{': ' + reason if reason else ''})")
        self.code = code
        self.reason = reason


class HttpAnswer(NamedTuple):
    """What the service answered in place of a websocket."""

    status: int
    body: bytes


class ChannelError(Exception):
    """The session cannot be used; the message is a clause for the user, without the token."""

    answer: HttpAnswer | None = None
    """Set if the service refused with an HTTP status."""


class CannotConnect(ChannelError):
    """No connection could be made."""


class ChannelRefused(ChannelError):
    """The service refused this session or token. Trying again does not help."""


class SessionTimedOut(ChannelError):
    """The session cannot be resumed: the service has ended it."""


class ConnectionNotRestored(ChannelError):
    """The connection was lost and could not be restored in time."""


class Connection(Protocol):
    """One websocket, open."""

    async def send(self, frame: str | bytes) -> None:
        """Write one frame, text or binary; may wait for the other end to read; raises ConnectionLost."""

    async def receive(self) -> bytes:
        """Return the next frame, of either type; raises ConnectionLost, or ChannelError for one that is too large."""

    def receive_waiting(self) -> bytes | None:
        """Return the next frame if it has come already, else None; `receive` tells the end of the connection."""

    def hang_up(self) -> None:
        """Close the TCP connection after what was sent, without a close frame, as both official ends do."""

    def abort(self) -> None:
        """Close the TCP connection at once; unsent bytes are lost."""


Dial = Callable[[str], Awaitable[Connection]]
"""Connects to a stream URL; raises CannotConnect or ChannelRefused."""


class FrameWriter:
    """Writes frames in a task of its own, so that reading never waits for the other end to read.

    It asks `source` for frames when the transport has room, until there are none; `wake` makes it ask again. On a
    lost connection it ends: the stream sends what was lost on the next.
    """

    def __init__(self, connection: Connection, source: Callable[[], Sequence[bytes]]) -> None:
        self._connection = connection
        self._source = source
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._write())

    def wake(self) -> None:
        """Ask the source again: it may have a frame."""
        self._wake.set()

    async def stop(self) -> None:
        """End the task; unsent frames are lost."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionLost):
            while True:
                self._wake.clear()
                while frames := self._source():
                    for frame in frames:
                        await self._connection.send(frame)
                await self._wake.wait()


class ByteStream(Protocol):
    """Both directions of one connection."""

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end. Raises OSError if the connection broke."""

    async def write(self, data: bytes) -> None:
        """Write bytes in order; waits while the other side does not read. Raises OSError if it is gone."""

    async def close(self) -> None:
        """Close both directions after what was written; may be called again."""

    def abort(self) -> None:
        """Close both directions at once; unread bytes are lost, and the other side may see a reset."""


class SocketStream:
    """A `ByteStream` over a connected socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, connected: socket.socket) -> SocketStream:
        """Take over a connected socket."""
        return cls(*await asyncio.open_connection(sock=connected, limit=READ_BYTES))

    async def read(self) -> bytes:
        """See `ByteStream`."""
        return await self._reader.read(READ_BYTES)

    async def write(self, data: bytes) -> None:
        """See `ByteStream`."""
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """See `ByteStream`."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def abort(self) -> None:
        """See `ByteStream`: the other side of a TCP connection gets a reset."""
        raw = self._writer.get_extra_info("socket")
        if raw is not None and raw.family != getattr(socket, "AF_UNIX", None):
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
