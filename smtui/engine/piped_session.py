"""A session whose streams a program of smtui's reads and writes: copies, and commands on many nodes (POSIX).

    async with launcher.piped_session(request, "web-1", document) as session:
        await session.write(b"...")
        answer = await session.stdout.readline()

The plugin is our own, so nothing but the remote's bytes comes out of `stdout` and `stderr`. It survives cuts of the
connection, encrypts where the account asks for it, and ends when smtui dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smtui.engine.session_attempt import SessionResult
    from smtui.plugin.handoff import Streams

_READ_AHEAD = 1 << 20
"""Bytes of output that may wait for their reader before the remote has to wait."""


class SessionOver(Exception):
    """The session has ended while something was to be written; `PipedSession.result` says why."""


class PipedSession:
    """One such session, for the event loop. `Sessions.piped` makes it; leaving the `async with` block ends it."""

    def __init__(self, run: Callable[[Streams], Awaitable[SessionResult]], stop: Callable[[], None]) -> None:
        """`run` goes through the whole session on these streams; `stop` ends it soon, from any thread."""
        self._run = run
        self._stop = stop
        self.stdout = asyncio.StreamReader(limit=_READ_AHEAD)
        """What the remote writes; ends with the session."""
        self.stderr = asyncio.StreamReader(limit=_READ_AHEAD)
        """What a command writes to its standard error, where the document keeps that apart."""
        self.began = asyncio.Event()
        """Set once AWS has started the session and its plugin runs."""
        self._going: asyncio.Future[SessionResult] | None = None
        self._input: asyncio.StreamWriter | None = None
        self._transports: list[asyncio.BaseTransport] = []

    async def __aenter__(self) -> PipedSession:
        """Begin; a start that fails is in `result`."""
        loop = asyncio.get_running_loop()
        stdin, stdout, stderr = os.pipe(), os.pipe(), os.pipe()
        theirs = (stdin[0], stdout[1], stderr[1])
        for reader, descriptor in ((self.stdout, stdout[0]), (self.stderr, stderr[0])):
            protocol = partial(asyncio.StreamReaderProtocol, reader)
            transport, _ = await loop.connect_read_pipe(protocol, os.fdopen(descriptor, "rb", 0))
            self._transports.append(transport)
        unread = asyncio.StreamReader()
        writing, flow = await loop.connect_write_pipe(
            partial(asyncio.StreamReaderProtocol, unread), os.fdopen(stdin[1], "wb", 0)
        )
        self._input = asyncio.StreamWriter(writing, flow, None, loop)
        self._transports.append(writing)
        self._going = asyncio.ensure_future(self._through(theirs))
        return self

    async def _through(self, streams: Streams) -> SessionResult:
        try:
            return await self._run(streams)
        finally:
            for descriptor in streams:
                os.close(descriptor)

    async def write(self, data: bytes) -> None:
        """Write to the remote's standard input; waits while too much is on its way. Raises `SessionOver`."""
        assert self._input is not None, "write comes after entering"  # noqa: S101 - a wrong order is a bug of ours
        try:
            self._input.write(data)
            await self._input.drain()
        except OSError as error:
            raise SessionOver from error

    async def result(self) -> SessionResult:
        """Wait until the session has ended and say how."""
        assert self._going is not None, "result comes after entering"  # noqa: S101 - a wrong order is a bug of ours
        return await asyncio.shield(self._going)

    @property
    def is_over(self) -> bool:
        """Whether `result` answers at once."""
        return self._going is not None and self._going.done()

    def stop(self) -> None:
        """End the session soon; `result` says when it has ended."""
        self._stop()

    async def __aexit__(self, *error: object) -> None:
        """End the session, unless it is over, and wait for its end."""
        if not self.is_over:
            self._stop()
        # A full pipe must not keep the plugin from ending.
        draining = [asyncio.ensure_future(_drained(reader)) for reader in (self.stdout, self.stderr)]
        with contextlib.suppress(Exception):
            await self.result()
        for task in draining:
            task.cancel()
        await asyncio.wait(draining)
        for transport in self._transports:
            transport.close()


async def _drained(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(Exception):
        while await reader.read(1 << 16):
            pass
