"""What the two ends need of a websocket, so that a test can hand in another; and the failures of a channel."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

ABNORMAL = 1006
"""The close code of a connection that just ended, without a close frame."""

REFUSED = 1003
"""The close code of a service that does not like the token."""


class ConnectionLost(Exception):
    """The websocket is gone; with the code and reason of its close frame, if there was one."""

    def __init__(self, code: int = ABNORMAL, reason: str = "") -> None:
        super().__init__(f"the connection was closed ({code}{': ' + reason if reason else ''})")
        self.code = code
        self.reason = reason


class ChannelError(Exception):
    """The session cannot be used; the text is a sentence for the user, without the token."""


class CannotConnect(ChannelError):
    """No connection came about."""


class ChannelRefused(ChannelError):
    """The service answered, and does not want this session or token. Trying again is of no use."""


class SessionTimedOut(ChannelError):
    """The session cannot be resumed: the service has ended it."""


class ConnectionNotRestored(ChannelError):
    """The connection was lost, and could not be made again within the time for it."""


class Connection(Protocol):
    """One websocket, open."""

    async def send(self, frame: str | bytes) -> None:
        """Write one frame, text or binary; may wait for the other end to read; raises ConnectionLost."""

    async def receive(self) -> bytes:
        """The next frame, of either type; raises ConnectionLost."""

    def hang_up(self) -> None:
        """End the TCP connection after what was sent, without a close frame, as both official ends do."""

    def abort(self) -> None:
        """End the TCP connection at once, losing what was not sent."""


Dial = Callable[[str], Awaitable[Connection]]
"""Connects to a stream URL; raises CannotConnect or ChannelRefused."""


class FrameWriter:
    """Writes frames in order from a task of its own, so that a reader never waits for the other end to read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frames: deque[str | bytes] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task = asyncio.create_task(self._write())

    def post(self, frame: str | bytes) -> None:
        """Have a frame written; on a lost connection it is dropped: the stream sends it again on the next."""
        if not self._task.done():
            self._frames.append(frame)
            self._idle.clear()
            self._wake.set()

    async def flushed(self) -> None:
        """Wait until everything posted is handed to the transport, or the connection is lost."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Drop what is left and end the task."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _write(self) -> None:
        try:
            with contextlib.suppress(ConnectionLost):
                while True:
                    while self._frames:
                        await self._connection.send(self._frames.popleft())
                    self._idle.set()
                    self._wake.clear()
                    await self._wake.wait()
        finally:
            self._idle.set()
