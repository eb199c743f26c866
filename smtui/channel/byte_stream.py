"""Declares a connection as port sessions use it, over a local socket or whatever a test provides."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Protocol

READ_BYTES = 65_536


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
