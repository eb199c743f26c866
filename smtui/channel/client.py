"""The client's end of a session over websockets: connecting, resuming, resending on time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from smtui.channel.client_session import ClientSession, Closed, Event, Flagged, KeyWanted, Opened, Output
from smtui.channel.connection import (
    REFUSED,
    CannotConnect,
    ChannelError,
    ChannelRefused,
    Connection,
    ConnectionLost,
    ConnectionNotRestored,
    Dial,
    FrameWriter,
    SessionTimedOut,
)
from smtui.channel.encryption import GenerateDataKey, encryption_context
from smtui.channel.payloads import SessionFlag
from smtui.channel.resend import ResendTimer
from smtui.channel.retry import TO_CONNECT, TO_RESUME, Patience
from smtui.channel.stream import WINDOW

CONNECT_SECONDS = 15.0
"""Until a connection must stand, retries included; the same for each attempt to resume."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a session's data channel is, and the token for it, which stays out of the repr."""

    url: str
    token: str = field(repr=False)


class ResumeFailed(Exception):
    """ResumeSession gave no answer; it may later. The text says why."""


Resume = Callable[[], Awaitable[StreamAddress | None]]
"""ssm:ResumeSession: a new address; None when the session has ended; raises ResumeFailed."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """What KMS sessions need: the key's maker, and what the key is bound to."""

    generate: GenerateDataKey
    session_id: str
    target: str


@dataclass(slots=True)
class _Link:
    connection: Connection
    writer: FrameWriter


class ClientChannel:
    """One session: `connect`, then iterate over `events` while sending with `send`, `resize` and `terminate`."""

    def __init__(
        self,
        dial: Dial,
        resume: Resume,
        *,
        client_version: str,
        encryption: Encryption | None = None,
        to_connect: Patience = TO_CONNECT,
        to_resume: Patience = TO_RESUME,
        window: int = WINDOW,
    ) -> None:
        self._dial = dial
        self._resume = resume
        self._encryption = encryption
        self._to_connect = to_connect
        self._to_resume = to_resume
        self._session = ClientSession(client_version, window=window, encryption=encryption is not None)
        self._link: _Link | None = None
        self._resending = ResendTimer(self._session.outgoing, self._resend)
        self._progress = asyncio.Event()
        self._over = False
        self._lost_at: float | None = None

    @property
    def opened(self) -> bool:
        """Whether the session takes input."""
        return self._session.opened

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        return self._link is not None

    @property
    def disconnected_seconds(self) -> float:
        """How long the connection has been lost; 0 while there is one, and before the first."""
        return 0.0 if self._lost_at is None else self._now() - self._lost_at

    async def connect(self, address: StreamAddress) -> None:
        """Make the first connection. Raises CannotConnect within 15 s, or ChannelRefused."""
        failure = CannotConnect(f"no connection within {CONNECT_SECONDS:.0f} s")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                async for _ in self._to_connect.attempts():
                    try:
                        return await self._open(address)
                    except CannotConnect as failed:
                        failure = failed
        raise failure

    async def events(self) -> AsyncIterator[Event]:
        """What happens, until `Closed`, which is the last. Raises ChannelError when the session is lost otherwise.

        While the caller is busy with an event nothing more is read or acknowledged, so that the remote waits as well.
        """
        while not self._over:
            try:
                happened = await self._next()
            except ChannelError:
                self._finish()
                raise
            for event in happened:
                if isinstance(event, KeyWanted):
                    await self._make_key(event)
                    continue
                if isinstance(event, Closed):
                    self._finish()
                yield event

    async def send(self, data: bytes) -> None:
        """Typed bytes; waits while too much is unacknowledged. Only once the session has `opened`."""
        self._session.send_input(data, self._now())
        self._flush()
        await self._until(lambda: self._session.outgoing.has_room)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has this size now."""
        self._session.send_size(columns, rows, self._now())
        self._flush()

    async def send_flag(self, value: SessionFlag) -> None:
        """Tell the agent something that is not data, in order with what was sent."""
        self._session.send_flag(value, self._now())
        self._flush()

    async def terminate(self, seconds: float) -> bool:
        """Ask the agent to end the session; True when it answered in time. Needs `events` to be iterated."""
        if self._link is None:
            return False
        await self.send_flag(SessionFlag.TERMINATE_SESSION)
        return await self.drained(seconds)

    async def drained(self, seconds: float) -> bool:
        """Wait until everything sent is acknowledged, or the session is over; False when it was not in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._until(lambda: not len(self._session.outgoing))
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Hang up, without ending the session."""
        self._finish()
        await self._drop_link()

    async def _open(self, address: StreamAddress) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await self._dial(address.url)
        try:
            await connection.send(self._session.open_frame(address.token))
        except ConnectionLost as lost:
            raise CannotConnect(str(lost)) from None
        self._link = _Link(connection, FrameWriter(connection))
        self._lost_at = None
        self._session.reconnected(self._now())
        self._flush()

    async def _next(self) -> list[Event]:
        try:
            if self._link is None:
                raise ConnectionLost
            frame = await self._link.connection.receive()
        except ConnectionLost as lost:
            await self._reconnect(lost)
            return []
        happened = self._session.receive(frame, self._now())
        self._flush()
        self._progress.set()
        return happened

    def _finish(self) -> None:
        self._over = True
        self._progress.set()

    async def _reconnect(self, lost: ConnectionLost) -> None:
        self._lost_at = self._now()
        await self._drop_link()
        if lost.code == REFUSED:
            raise ChannelRefused(lost.reason or "the service does not accept the session's token")
        why = str(lost)
        async for _ in self._to_resume.attempts():
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    address = await self._resume()
                    if address is None:
                        raise SessionTimedOut("the session has ended")
                    return await self._open(address)
            except TimeoutError:
                why = f"no answer within {CONNECT_SECONDS:.0f} s"
            except (ResumeFailed, CannotConnect) as failed:
                why = str(failed)
        raise ConnectionNotRestored(f"the connection was lost and could not be restored: {why}")

    async def _drop_link(self) -> None:
        link, self._link = self._link, None
        self._resending.cancel()
        if link is not None:
            await link.writer.stop()
            link.connection.hang_up()

    async def _make_key(self, wanted: KeyWanted) -> None:
        if self._encryption is None:
            return
        context = encryption_context(self._encryption.session_id, self._encryption.target, wanted.challenge)
        try:
            key = await self._encryption.generate(wanted.key_id, context)
        except ChannelError as failed:
            self._session.key_refused(str(failed), self._now())
        else:
            self._session.key_generated(key, self._now())
        self._flush()

    async def _until(self, met: Callable[[], bool]) -> None:
        while not met() and not self._over:
            self._progress.clear()
            await self._progress.wait()

    def _flush(self) -> None:
        outbox = self._session.outbox
        if self._link is not None:
            for frame in outbox:
                self._link.writer.post(frame)
            self._resending.arm()
        outbox.clear()

    def _resend(self) -> None:
        self._session.tick(self._now())
        self._flush()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


__all__ = [
    "ClientChannel",
    "Closed",
    "Encryption",
    "Flagged",
    "Opened",
    "Output",
    "Resume",
    "ResumeFailed",
    "StreamAddress",
]
