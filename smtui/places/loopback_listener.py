"""Waits on 127.0.0.1 for the browser that comes back from AWS's page (RFC 8252, 7.3)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from smtui.places.sign_in_rules import BrowserAnswer, page_of

_LOOPBACK = "127.0.0.1"
_LONGEST_HEAD = 1 << 14
_PATIENCE = 10.0
"""Seconds for one request: a browser opens connections that it never uses."""
_FAREWELL = 1.0
_MOST_CONNECTIONS = 32


class LoopbackListener:
    """Answers the browser until it is closed. Any other machine cannot reach it."""

    def __init__(self, answer: Callable[[str, str], BrowserAnswer]) -> None:
        """`answer` gets the method and the target of each request."""
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Listen at any free port, and return it; raises OSError."""
        self._server = await asyncio.start_server(self._take, _LOOPBACK, 0, limit=_LONGEST_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Free the port. Answers on their way are finished first, within a second."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self._answering:
            await asyncio.wait(tuple(self._answering), timeout=_FAREWELL)
        left = tuple(self._connections)
        for connection in left:
            connection.cancel()
        if left:
            await asyncio.wait(left, timeout=_FAREWELL)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            async with asyncio.timeout(_PATIENCE):
                method, target = await _request(reader)
                self._answering.add(task)
                writer.write(page_of(self._answer(method, target)))
                await writer.drain()
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a browser that went away, or something that is none
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            self._connections.discard(task)
            self._answering.discard(task)


async def _request(reader: asyncio.StreamReader) -> tuple[str, str]:
    """The method and the target; raises ValueError for what is no HTTP."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ", 2)
    return method, target
