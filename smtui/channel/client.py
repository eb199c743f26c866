"""Runs the client's end of a session over websockets: connects, resumes, and resends on time."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from smtui.channel.client_session import (
    ENCRYPTED,
    ClientSession,
    Closed,
    Event,
    Flagged,
    KeyWanted,
    Opened,
    Output,
    joined,
)
from smtui.channel.payloads import SessionFlag
from smtui.channel.stream import WINDOW
from smtui.channel.timers import TO_CONNECT, TO_RESUME, Backoff, ResendTimer
from smtui.channel.transport import (
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
from smtui.domain.text import error_words

if TYPE_CHECKING:
    from smtui.channel.encryption import GenerateDataKey
    from smtui.channel.handshake import KeyRequest

CONNECT_SECONDS = 15.0
"""The limit for a connection, retries included; the same for each attempt to resume."""

_BATCH = 64
"""The most frames that are handled together."""

_STUCK_SECONDS = 8.0
"""Without an answer to anything, while a session is taken over."""
_STEADY_SECONDS = 1.0
"""Seconds. After a connection that lasted this long, or brought a frame, the client resumes without a pause."""
KEY_SECONDS = 12.0
"""The limit for KMS to make a data key. After 15 s the agent gives up, and blames the plugin's version."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """The address of a session's data channel, and its token, which stays out of the repr."""

    url: str
    token: str = field(repr=False)


class ResumeFailed(Exception):
    """ResumeSession gave no answer and may be tried again; the message says why."""


Resume = Callable[[], Awaitable[StreamAddress | None]]
"""Calls ssm:ResumeSession. Returns a new address, None if the session has ended; raises ResumeFailed."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """What KMS sessions need: the call that makes the key, and what the key is bound to."""

    generate: GenerateDataKey
    session_id: str
    target: str


@dataclass(slots=True)
class _Link:
    connection: Connection
    writer: FrameWriter


class ClientChannel:
    """One session. `connect`, then iterate over `events` while sending with `send`, `resize` and `terminate`."""

    def __init__(
        self,
        dial: Dial,
        resume: Resume,
        *,
        client_version: str,
        encryption: Encryption | None = None,
        to_connect: Backoff = TO_CONNECT,
        to_resume: Backoff = TO_RESUME,
        window: int = WINDOW,
    ) -> None:
        self._dial = dial
        self._resume = resume
        self._encryption = encryption
        self._to_connect = to_connect
        self._to_resume = to_resume
        self._session = ClientSession(client_version, window=window, encryption=encryption is not None)
        self._link: _Link | None = None
        self._key_maker: asyncio.Task[None] | None = None
        self._resending = ResendTimer(self._session.outgoing, self._wake)
        self._progress = asyncio.Event()
        self._over = False
        self._closed = False
        self._lost_at: float | None = None
        self._sent_at = -math.inf
        self._opened_at = 0.0
        self._has_received = False
        self._attempts: AsyncIterator[int] | None = None
        self._is_busy = False
        self._failure: ChannelError | None = None

    @property
    def opened(self) -> bool:
        """Whether the session takes input."""
        return self._session.opened

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._link is not None

    @property
    def closed(self) -> bool:
        """Whether the service reported the end of the session: the only proof of it."""
        return self._closed

    @property
    def disconnected_seconds(self) -> float:
        """Seconds since the connection was lost; 0 while there is one, and before the first."""
        return 0.0 if self._lost_at is None else self._now() - self._lost_at

    async def connect(self, address: StreamAddress) -> None:
        """Make the first connection, within 15 s. Raises CannotConnect or ChannelRefused."""
        failure = CannotConnect(f"no connection within {CONNECT_SECONDS:.0f} s")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                async for _ in self._to_connect.attempts():
                    try:
                        return await self._open(address)
                    except CannotConnect as failed:
                        failure = failed
        raise failure

    @property
    def seconds_since_input(self) -> float:
        """Seconds since something was sent; infinite before that."""
        return self._now() - self._sent_at

    async def until_opened(self) -> None:
        """Wait until the session takes input, or is over."""
        await self._until(lambda: self.opened)

    async def events(self) -> AsyncIterator[Event]:
        """Yield events up to `Closed`, the last one. Raises ChannelError if the session is lost in another way.

        While the caller handles an event nothing more is read or acknowledged, so the remote waits too.
        """
        while not self._over:
            try:
                happened = await self._next()
            except ChannelError:
                self._finish()
                raise
            for event in happened:
                if isinstance(event, KeyWanted):
                    # In a task of its own: the session may be closed while KMS hangs.
                    self._key_maker = asyncio.create_task(self._make_key(event.request))
                    continue
                if isinstance(event, Closed):
                    self._closed = True
                    self._finish()
                    yield event
                    return
                yield event

    async def send(self, data: bytes) -> None:
        """Send typed bytes; waits while too much is unacknowledged. Call it only once the session has `opened`."""
        self._session.send_input(data)
        self._sent_at = self._now()
        self._wake()
        await self._until(lambda: self._session.outgoing.has_room)

    def take_over(self, columns: int, rows: int) -> None:
        """Go on with a session that another client opened. Call it once, right after `connect`."""
        self._session.take_over(columns, rows)
        self._wake()

    async def caught_up(self) -> None:
        """Wait until the agent has answered what `take_over` sent; needs `events` to be iterated.

        Raises ChannelError if it stops answering: it cannot read what has not its session's key.
        """
        left = len(self._session.outgoing)
        while not await self.drained(_STUCK_SECONDS):
            before, left = left, len(self._session.outgoing)
            if left >= before and self.connected:
                raise ChannelError(f"the node takes no input. Perhaps {ENCRYPTED}")

    def resize(self, columns: int, rows: int) -> None:
        """Send the new size of the terminal."""
        self._session.send_size(columns, rows)
        self._wake()

    async def send_flag(self, value: SessionFlag) -> None:
        """Send a flag to the agent, in order with the data."""
        self._session.send_flag(value)
        self._wake()

    async def terminate(self, seconds: float) -> None:
        """Ask the agent to end the session, and wait up to `seconds` for `closed`. Needs `events` to be iterated.

        Agents obey only in port sessions. They acknowledge the flag in every session, which proves nothing.
        """
        if self._link is None:
            return
        await self.send_flag(SessionFlag.TERMINATE_SESSION)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(lambda: self._closed)

    async def drained(self, seconds: float | None = None) -> bool:
        """Wait until everything sent is acknowledged, or the session is over; False if that took too long.

        `seconds` None waits without a limit.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._until(lambda: not len(self._session.outgoing))
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close the connection without ending the session."""
        self._finish()
        await self._drop_link()

    async def _open(self, address: StreamAddress) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await self._dial(address.url)
        try:
            await connection.send(self._session.open_frame(address.token))
        except ConnectionLost as lost:
            raise _refusal(lost) or CannotConnect(str(lost)) from None
        self._session.reconnected(self._now())
        self._link = _Link(connection, FrameWriter(connection, self._next_frames))
        self._lost_at, self._opened_at, self._has_received = None, self._now(), False

    async def _next(self) -> list[Event]:
        try:
            if self._failure is not None:
                raise self._failure
            if self._link is None:
                raise ConnectionLost
            frames = await self._received(self._link.connection)
        except ConnectionLost as lost:
            await self._reconnect(lost)
            return []
        self._has_received = True
        happened: list[Event] = []
        try:
            now = self._now()
            for frame in frames:
                happened += self._session.receive(frame, now)
        except ChannelError as failed:
            self._failure = failed  # once the caller has what came before
        self._wake()
        self._progress.set()
        return joined(happened)

    async def _received(self, connection: Connection) -> list[bytes]:
        """Return the frames that have come, at least one and at most a batch."""
        if self._is_busy:
            await asyncio.sleep(0)  # the writers of what was received get a turn
        frames = [await connection.receive()]
        while len(frames) < _BATCH and (frame := connection.receive_waiting()) is not None:
            frames.append(frame)
        self._is_busy = len(frames) == _BATCH
        return frames

    def _finish(self) -> None:
        if self._key_maker is not None:
            self._key_maker.cancel()
        self._over = True
        self._progress.set()

    async def _reconnect(self, lost: ConnectionLost) -> None:
        self._lost_at = self._now()
        was_good = self._has_received or self._lost_at > self._opened_at + _STEADY_SECONDS
        if was_good or self._attempts is None:
            self._attempts = self._to_resume.attempts()
        await self._drop_link()
        if refusal := _refusal(lost):
            raise refusal
        why = str(lost)
        async for _ in self._attempts:
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

    async def _make_key(self, wanted: KeyRequest) -> None:
        """Answer the agent in every case: it waits, and would blame the plugin's version."""
        if self._encryption is None:
            return
        from smtui.channel.encryption import encryption_context

        context = encryption_context(self._encryption.session_id, self._encryption.target, wanted.challenge)
        try:
            async with asyncio.timeout(KEY_SECONDS):
                key = await self._encryption.generate(wanted.key_id, context)
        except TimeoutError:
            self._session.key_refused(f"KMS gave no answer within {KEY_SECONDS:.0f} s")
        except ChannelError as failed:
            self._session.key_refused(str(failed))
        except Exception as fault:
            self._session.key_refused(f"internal error: {type(fault).__name__}: {error_words(fault)}")
        else:
            self._session.key_generated(key)
        self._wake()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition() and not self._over:
            self._progress.clear()
            await self._progress.wait()

    def _wake(self) -> None:
        if self._link is not None:
            self._link.writer.wake()

    def _next_frames(self) -> list[bytes]:
        frames = list(islice(iter(partial(self._session.next_frame, self._now()), None), _BATCH))
        if not frames:
            self._resending.arm()
        self._progress.set()
        return frames

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _refusal(lost: ConnectionLost) -> ChannelRefused | None:
    """Return the failure if the service closed the connection because it refuses the token; else None."""
    if lost.code != REFUSED:
        return None
    return ChannelRefused(lost.reason or "the service does not accept the session's token")


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
