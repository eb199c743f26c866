"""Runs a port session that listens: carries local connections through an open data channel."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from smtui.channel.client import ClientChannel
from smtui.channel.client_session import Closed, Event, Flagged, Opened, Output
from smtui.channel.payloads import SessionFlag
from smtui.channel.ports import PortDialect, PortProperties, forwarding
from smtui.channel.smux import BrokenMultiplexing
from smtui.channel.transport import SocketStream
from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.local_listener import CannotListen, LocalListener, listen_on_port, listen_on_socket
from smtui.plugin.builtin.output_stream import OutputGone, OutputStream
from smtui.plugin.builtin.session_ending import FAILED, Ending
from smtui.plugin.builtin.traffic import CountedStream, Traffic

_NODE_ITSELF = "localhost"
_PAUSE_WITHOUT_DESCRIPTORS = 0.1


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
        self._dialect = PortDialect.of(opened.agent_version)
        self._forwarding = forwarding(channel, self._dialect)
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
                await self._say(words.accepted(self._options.session_id, multiplexed=self._dialect.multiplexed))
            carried = asyncio.create_task(self._carry(connected, traffic))
            self._carrying.add(carried)
            carried.add_done_callback(self._carrying.discard)
            if self._forwarding.one_at_a_time:
                await asyncio.wait([carried])

    async def _carry(self, connected: socket.socket, traffic: Traffic) -> None:
        traffic.accepted()
        try:
            await self._forwarding.carry(CountedStream(await SocketStream.of(connected), traffic))
        except BrokenMultiplexing as broken:
            if not self._failed.done():
                self._failed.set_result(_broken(broken))
        finally:
            traffic.closed()

    async def _say_opened(self, local: LocalListener) -> None:
        session_id = self._options.session_id
        text = words.socket_opened(local.path, session_id) if local.path else words.port_opened(local.port, session_id)
        await self._say(text + (words.WAITING if self._dialect.multiplexed else ""))

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


async def _cancelled(*tasks: asyncio.Task[Ending] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _broken(broken: BrokenMultiplexing) -> Ending:
    return Ending(words.cannot_start(f"the forward cannot go on: {broken}"), FAILED)


def _destination(properties: PortProperties) -> str:
    return f"{properties.host or _NODE_ITSELF}:{properties.port}"
