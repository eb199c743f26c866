"""Simulates the services that port forwards reach, all inside this process.

`web-1` has a web server on port 80 and an echo on port 7, every other `web-…` node a web server; `bastion-1` reaches a
"database" at db.internal:5432. Every other port refuses connections, whatever this machine listens on. Streams in
memory carry the bytes: the demo's port forwards never use the network.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from hashlib import shake_256
from html import escape
from typing import TypeAlias

from smtui.demo.far_end.port_agent import NODE_ITSELF

MOST_BYTES = 200_000_000

_WEB, _ECHO, _DATABASE = 80, 7, 5432
_OWN_NAMES = frozenset({NODE_ITSELF, "127.0.0.1", "::1"})
_PATTERN_BYTES = 65_521
"""A prime, so that a lost or repeated block changes every hash."""
_MOST_HEAD = 16_384
_METHODS = ("GET", "HEAD")

Service: TypeAlias = "Callable[[MemoryStream], Awaitable[None]]"
_running: set[asyncio.Task[None]] = set()
_ROOM = 262_144
"""The most bytes in transit in one direction."""


async def dial(node_name: str, host: str, port: int) -> MemoryStream:
    """Connect from a node. Raises ConnectionRefusedError if nothing listens there."""
    service = _service(node_name, host.lower().rstrip("."), port)
    if service is None:
        raise ConnectionRefusedError(f"dial tcp {host}:{port}: connect: connection refused")
    near, far = connected()
    task = asyncio.create_task(_serve(service, far))
    _running.add(task)
    task.add_done_callback(_running.discard)
    return near


def demo_bytes(size: int) -> Iterator[bytes]:
    """The body of `/bytes/SIZE`: the same bytes for the same size."""
    pattern = shake_256(f"smtui demo {size}".encode()).digest(_PATTERN_BYTES)
    for _ in range(size // _PATTERN_BYTES):
        yield pattern
    yield pattern[: size % _PATTERN_BYTES]


def _service(node_name: str, host: str, port: int) -> Service | None:
    if host in _OWN_NAMES:
        if port == _WEB and node_name.startswith("web-"):
            return partial(_web, node_name)
        return _echo if (node_name, port) == ("web-1", _ECHO) else None
    return _database if (node_name, host, port) == ("bastion-1", "db.internal", _DATABASE) else None


async def _serve(service: Service, stream: MemoryStream) -> None:
    try:
        await service(stream)
    except OSError:
        stream.abort()
    else:
        await stream.close()


async def _echo(stream: MemoryStream) -> None:
    while data := await stream.read():
        await stream.write(data)


async def _database(stream: MemoryStream) -> None:
    await stream.write(b"db.internal ready\n")
    await _echo(stream)


async def _web(node_name: str, stream: MemoryStream) -> None:
    """Serves the HTTP/1.1 that browsers and curl need: GET and HEAD, one request after the other."""
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            data = await stream.read()
            if not data or len(waiting) > _MOST_HEAD:
                return
            waiting += data
        head, _, waiting = waiting.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, path, *_ = [*lines[0].split(" "), "", ""]
        await _answer(node_name, method, path, stream)
        if method not in _METHODS or any(line.lower().replace(" ", "") == "connection:close" for line in lines[1:]):
            return


async def _answer(node_name: str, method: str, path: str, stream: MemoryStream) -> None:
    status, kind, size, body = _found(node_name, path)
    if method not in _METHODS:
        status, size, body = "405 Method Not Allowed", 0, iter(())
    head = f"HTTP/1.1 {status}\r\nServer: smtui-demo\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n"
    await stream.write(head.encode())
    if method != "HEAD":
        for piece in body:
            await stream.write(piece)


def _found(node_name: str, path: str) -> tuple[str, str, int, Iterator[bytes]]:
    """Status, content type, size and body."""
    path = path.partition("?")[0]
    if path == "/":
        page = _page(node_name)
        return "200 OK", "text/html; charset=utf-8", len(page), iter((page,))
    asked = path.removeprefix("/bytes/")
    if asked != path and asked.isascii() and asked.isdecimal() and len(asked) < 12 and int(asked) <= MOST_BYTES:
        return "200 OK", "application/octet-stream", int(asked), demo_bytes(int(asked))
    text = b"There is nothing here.\n"
    return "404 Not Found", "text/plain; charset=utf-8", len(text), iter((text,))


def _page(node_name: str) -> bytes:
    name = escape(node_name)
    return (
        f"<!doctype html>\n<title>{name}</title>\n<h1>{name}</h1>\n"
        f"<p>This is the web server of the node {name} in smtui's demo.</p>\n"
    ).encode()


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
