"""Declares what both ends need of a websocket, so that tests can pass in another, and the failures of a channel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

ABNORMAL = 1006
"""The close code of a connection that just ended, without a close frame."""

REFUSED = 1003
"""The close code of a service that refuses the token."""


class ConnectionLost(Exception):
    """The websocket is gone; `code` and `reason` are of its close frame, if there was one."""

    def __init__(self, code: int = ABNORMAL, reason: str = "") -> None:
        super().__init__(f"the connection was closed ({code}{': ' + reason if reason else ''})")
        self.code = code
        self.reason = reason


class ChannelError(Exception):
    """The session cannot be used; the message is a clause for the user, without the token."""


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

    def hang_up(self) -> None:
        """Close the TCP connection after what was sent, without a close frame, as both official ends do."""

    def abort(self) -> None:
        """Close the TCP connection at once; unsent bytes are lost."""


Dial = Callable[[str], Awaitable[Connection]]
"""Connects to a stream URL; raises CannotConnect or ChannelRefused."""


class FrameWriter:
    """Writes frames in a task of its own, so that reading never waits for the other end to read.

    It asks `source` for each frame when the transport has room, until there is none; `wake` makes it ask again. On a
    lost connection it ends: the stream sends what was lost on the next.
    """

    def __init__(self, connection: Connection, source: Callable[[], bytes | None]) -> None:
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
                while (frame := self._source()) is not None:
                    await self._connection.send(frame)
                await self._wake.wait()
