"""Runs port sessions: one that carries local connections, or one whose only connection is standard input and output.

The first kind reports its traffic to smtui, one JSON line on stderr per change, at most two a second. SSH needs the
second kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.channel.client_session import Closed, Event, Flagged, Opened, Output
from smtui.channel.payloads import SessionFlag
from smtui.channel.ports import HALF_CLOSE_SECONDS, PortCapabilities, PortProperties, forwarding
from smtui.channel.smux import BrokenMultiplexing
from smtui.channel.transport import ByteStream, SocketStream
from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.local_listener import CannotListen, LocalListener, listen_on_port, listen_on_socket
from smtui.plugin.builtin.output_stream import OutputGone, OutputStream
from smtui.plugin.builtin.session_ending import FAILED, Ending

if TYPE_CHECKING:
    from smtui.channel.client import ClientChannel
    from smtui.plugin.builtin.terminal_input import Keyboard

_NODE_ITSELF = "localhost"
_PAUSE_WITHOUT_DESCRIPTORS = 0.1
_INTERVAL = 0.5
_EVENTS = ("bytes", "closed", "accepted", "refused", "opened")
"""From the least to the most important: of several changes between two lines the most important is named."""


@dataclass(frozen=True, slots=True)
class PortOptions:
    """What a port session needs to know besides the channel."""

    session_id: str
    host: str = ""
    """The address to listen on; empty for 127.0.0.1."""
    destination: str = ""
    """`host:port` as the user gave it; empty when unknown."""
    from_smtui: bool = False
    tells_traffic: bool = False


class PortSession:
    """One forward: call `run` once the channel has opened. Cancelling it frees the local end."""

    def __init__(self, channel: ClientChannel, opened: Opened, options: PortOptions, said: OutputStream) -> None:
        self._properties = PortProperties.of(opened.properties)
        self._capabilities = PortCapabilities.of(opened.agent_version)
        self._forwarding = forwarding(channel, self._capabilities, self._say_stalled)
        self._options = options
        self._said = said
        self._destination = options.destination or _destination(self._properties)
        self._carrying: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def run(self, events: AsyncIterator[Event], ended: Callable[[Closed], Ending]) -> Ending:
        """Forward until the session ends; `ended` makes the ending of the last event. Raises what `events` raises."""
        try:
            local = self._listen()
        except CannotListen as failed:
            return Ending(words.cannot_start(str(failed)), FAILED)
        traffic = Traffic(self._destination, local.address)
        telling = asyncio.create_task(traffic.run(self._say)) if self._options.tells_traffic else None
        receiving = asyncio.create_task(self._receive(events, traffic, ended))
        helping = [asyncio.create_task(work) for work in (self._accept(local, traffic), self._forwarding.run())]
        try:
            await self._say_opened(local)
            traffic.opened()
            await asyncio.wait([receiving, self._failed], return_when=asyncio.FIRST_COMPLETED)
            return receiving.result() if receiving.done() else self._failed.result()
        finally:
            self._forwarding.close()
            local.close()
            await _cancelled(receiving, *helping, *self._carrying)
            if telling is not None:
                await _cancelled(telling)

    def _listen(self) -> LocalListener:
        if self._properties.local_socket:
            return listen_on_socket(self._properties.local_socket)
        return listen_on_port(self._properties.local_port, self._options.host)

    async def _receive(
        self, events: AsyncIterator[Event], traffic: Traffic, ended: Callable[[Closed], Ending]
    ) -> Ending:
        try:
            async for event in events:
                match event:
                    case Output():
                        await self._forwarding.receive(event.data)
                    case Flagged(SessionFlag.CONNECT_TO_PORT_ERROR):
                        traffic.refused()
                        await self._say(words.refused(self._destination if self._options.from_smtui else ""))
                    case Closed():
                        return ended(event)
        except BrokenMultiplexing as broken:
            return _broken(broken)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    async def _accept(self, local: LocalListener, traffic: Traffic) -> None:
        first = True
        while True:
            connected = await _accepted(local.listening)
            if first:
                first = False
                await self._say(words.accepted(self._options.session_id, multiplexed=self._capabilities.multiplexed))
            carried = asyncio.create_task(self._carry(connected, traffic))
            self._carrying.add(carried)
            carried.add_done_callback(self._carrying.discard)
            if self._forwarding.one_at_a_time:
                await asyncio.wait([carried])

    async def _carry(self, connected: socket.socket, traffic: Traffic) -> None:
        traffic.accepted()
        try:
            stream = await SocketStream.of(connected)
            await self._forwarding.carry(CountedStream(stream, traffic, _name_of(connected)))
        except BrokenMultiplexing as broken:
            if not self._failed.done():
                self._failed.set_result(_broken(broken))
        finally:
            traffic.closed()

    async def _say_opened(self, local: LocalListener) -> None:
        session_id = self._options.session_id
        text = words.socket_opened(local.path, session_id) if local.path else words.port_opened(local.port, session_id)
        await self._say(text + (words.WAITING if self._capabilities.multiplexed else ""))

    async def _say_stalled(self, stream: ByteStream, waiting: int) -> None:
        await self._say(words.stalled(stream.name if isinstance(stream, CountedStream) else "", waiting))

    async def _say(self, text: str) -> None:
        with contextlib.suppress(OutputGone):  # a forward goes on although nobody reads its messages
            await self._said.say(text)


async def _accepted(listening: socket.socket) -> socket.socket:
    while True:
        try:
            connected, _ = await asyncio.get_running_loop().sock_accept(listening)
        except OSError:
            await asyncio.sleep(_PAUSE_WITHOUT_DESCRIPTORS)
            continue
        connected.setblocking(False)
        return connected


def _name_of(connected: socket.socket) -> str:
    """Return the address of a local program, as its own tools show it; empty on a unix socket."""
    try:
        peer = connected.getpeername()
    except OSError:
        return ""
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""


async def _cancelled(*tasks: asyncio.Task[Ending] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _broken(broken: BrokenMultiplexing) -> Ending:
    return Ending(words.cannot_start(f"the forward cannot go on: {broken}"), FAILED)


def _destination(properties: PortProperties) -> str:
    return f"{properties.host or _NODE_ITSELF}:{properties.port}"


class StdioSession:
    """One such session; call `run`.

    The protocol has no end of input. After it the session goes on until nothing has come, and nothing was left to
    write, for a second.
    """

    def __init__(self, channel: ClientChannel, keyboard: Keyboard, screen: OutputStream) -> None:
        self._channel = channel
        self._keyboard = keyboard
        self._screen = screen
        self._writing = False
        self._moved = asyncio.Event()

    async def run(
        self, events: AsyncIterator[Event], typed_ahead: bytes, left: Ending, ended: Callable[[Closed], Ending]
    ) -> Ending:
        """Pass bytes both ways; `left` is the ending after the end of input. Raises OutputGone."""
        receiving = asyncio.create_task(self._receive(events, ended))
        sending = asyncio.create_task(self._send(typed_ahead))
        try:
            await asyncio.wait([receiving, sending], return_when=asyncio.FIRST_COMPLETED)
            return receiving.result() if receiving.done() else left
        finally:
            receiving.cancel()
            sending.cancel()
            await asyncio.wait([receiving, sending])

    async def _receive(self, events: AsyncIterator[Event], ended: Callable[[Closed], Ending]) -> Ending:
        async for event in events:
            if isinstance(event, Output):
                self._wrote(begins=True)
                await self._screen.write(event.data)
                self._wrote(begins=False)
            elif isinstance(event, Closed):
                return ended(event)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    def _wrote(self, *, begins: bool) -> None:
        self._writing = begins
        self._moved.set()

    async def _send(self, typed_ahead: bytes) -> None:
        await self._channel.send(typed_ahead)
        while data := await self._keyboard.read():
            await self._channel.send(data)
        await self._channel.drained()
        with contextlib.suppress(TimeoutError):
            while True:
                self._moved.clear()
                async with asyncio.timeout(None if self._writing else HALF_CLOSE_SECONDS):
                    await self._moved.wait()


class Traffic:
    """Counts connections and bytes; `run` reports them. Bytes are `received` from the far end and `sent` to it."""

    def __init__(self, destination: str, local: str) -> None:
        self._destination = destination
        self._local = local
        self._event = ""
        self._news = asyncio.Event()
        self._now = self._total = self._received = self._sent = 0

    def opened(self) -> None:
        """Count the opening of the local end."""
        self._note("opened")

    def accepted(self) -> None:
        """Count a new connection."""
        self._now += 1
        self._total += 1
        self._note("accepted")

    def closed(self) -> None:
        """Count the end of a connection."""
        self._now -= 1
        self._note("closed")

    def refused(self) -> None:
        """Count a connection that the destination refused."""
        self._note("refused")

    def received(self, size: int) -> None:
        """Count bytes from the far end."""
        self._received += size
        self._note("bytes")

    def sent(self, size: int) -> None:
        """Count bytes to the far end."""
        self._sent += size
        self._note("bytes")

    async def run(self, report: Callable[[str], Awaitable[None]]) -> None:
        """Report each change until cancelled, then the last one at once."""
        try:
            while True:
                await self._news.wait()
                await report(self._line())
                await asyncio.sleep(_INTERVAL)
        finally:
            if self._event:
                await report(self._line())

    def _note(self, event: str) -> None:
        if not self._event or _EVENTS.index(event) > _EVENTS.index(self._event):
            self._event = event
        self._news.set()

    def _line(self) -> str:
        event, self._event = self._event, ""
        self._news.clear()
        line = {
            "event": event,
            "now": self._now,
            "total": self._total,
            "in": self._received,
            "out": self._sent,
            "to": self._destination,
            "local": self._local,
        }
        return json.dumps(line) + "\n"


class CountedStream:
    """Counts the bytes of a `ByteStream`: written ones came from the far end."""

    def __init__(self, stream: ByteStream, traffic: Traffic, name: str = "") -> None:
        self.name = name
        self._stream = stream
        self._traffic = traffic

    async def read(self) -> bytes:
        """See `ByteStream`."""
        data = await self._stream.read()
        if data:
            self._traffic.sent(len(data))
        return data

    async def write(self, data: bytes) -> None:
        """See `ByteStream`."""
        await self._stream.write(data)
        self._traffic.received(len(data))

    async def close(self) -> None:
        """See `ByteStream`."""
        await self._stream.close()

    def abort(self) -> None:
        """See `ByteStream`."""
        self._stream.abort()
