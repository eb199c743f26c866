"""Connects streams in memory: the demo's port forwards never use the network."""

from __future__ import annotations

import asyncio
from collections import deque

_ROOM = 262_144
"""The most bytes in transit in one direction."""


class MemoryStream:
    """One end of a connection, a `ByteStream`; see `connected`."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    async def read(self) -> bytes:
        """See `ByteStream`."""
        return await self._incoming.get()

    async def write(self, data: bytes) -> None:
        """See `ByteStream`; raises BrokenPipeError when the other end is closed."""
        await self._outgoing.put(data)

    async def close(self) -> None:
        """See `ByteStream`: the other end can still read what was written."""
        self._outgoing.close()
        self._incoming.break_off()

    def abort(self) -> None:
        """See `ByteStream`."""
        self._outgoing.break_off()
        self._incoming.break_off()


def connected() -> tuple[MemoryStream, MemoryStream]:
    """Both ends of a new connection."""
    here, there = _Pipe(), _Pipe()
    return MemoryStream(here, there), MemoryStream(there, here)


class _Pipe:
    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._broken = False
        self._moved = asyncio.Event()

    async def put(self, data: bytes) -> None:
        while self._size >= _ROOM and not self._broken:
            await self._move()
        if self._broken or self._ended:
            raise BrokenPipeError("the other end is closed")
        if data:
            self._pieces.append(data)
            self._size += len(data)
            self._moved.set()

    async def get(self) -> bytes:
        while not self._pieces:
            if self._ended or self._broken:
                return b""
            await self._move()
        piece = self._pieces.popleft()
        self._size -= len(piece)
        self._moved.set()
        return piece

    def close(self) -> None:
        self._ended = True
        self._moved.set()

    def break_off(self) -> None:
        """Drop what is unread and refuse further data: nobody reads it."""
        self._broken = True
        self._pieces.clear()
        self._size = 0
        self._moved.set()

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()
