"""Carries the connections of port sessions for the client, in the way that the agent understands.

Agents newer than 3.0.196.0 multiplex: each connection is a smux stream. Older ones, and sessions without a `type`
(SSH over standard input and output), carry one connection at a time as bare bytes, and do not report that the far end
has closed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from smtui.channel.payloads import SessionFlag

if TYPE_CHECKING:
    from smtui.channel.multiplexer import TellStalled
    from smtui.channel.transport import ByteStream

HALF_CLOSE_SECONDS = 1.0
"""Seconds of silence after which a connection that has finished sending counts as closed; see `Multiplexer`."""

LOCAL_PORT_FORWARDING = "LocalPortForwarding"

_LAST_WITHOUT_FLAG = (2, 3, 722, 0)
_LAST_BASIC = (3, 0, 196, 0)
_LAST_WITH_KEEPALIVE = (3, 1, 1511, 0)
_EARLY_BYTES = 65_536
_MOST_DIGITS = 9
_DISCONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class PortCapabilities:
    """What an agent supports, decided by its version as in the official client."""

    multiplexed: bool
    keepalive: bool
    """Both ends of smux send keep-alives and give up a silent end."""
    ends_by_flag: bool
    """The agent understands TerminateSession in the channel."""

    @classmethod
    def of(cls, agent_version: str) -> PortCapabilities:
        """Decide by the version; one that is not four numbers supports nothing of this."""
        version = _version(agent_version)
        multiplexed = version > _LAST_BASIC
        return cls(multiplexed, multiplexed and version <= _LAST_WITH_KEEPALIVE, version > _LAST_WITHOUT_FLAG)


@dataclass(frozen=True, slots=True)
class PortProperties:
    """The session document's properties, as the agent reports them; missing ones are empty."""

    port: str = ""
    host: str = ""
    local_port: int = 0
    local_socket: str = ""
    listens: bool = True
    """False: one connection over standard input and output."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PortProperties:
        """Read the handshake's properties; malformed ones count as missing."""
        local_port = _text(given, "localPortNumber")
        return cls(
            port=_text(given, "portNumber"),
            host=_text(given, "host"),
            local_port=int(local_port) if local_port.isdecimal() and len(local_port) <= 5 else 0,
            local_socket=_text(given, "localUnixSocket") if _text(given, "localConnectionType") == "unix" else "",
            listens=_text(given, "type") == LOCAL_PORT_FORWARDING,
        )


class PortChannel(Protocol):
    """What a port session needs from the data channel; see `ClientChannel`."""

    async def send(self, data: bytes) -> None:
        """See `ClientChannel`."""

    async def send_flag(self, value: SessionFlag) -> None:
        """See `ClientChannel`."""

    async def drained(self, seconds: float) -> bool:
        """See `ClientChannel`."""


class Forwarding(Protocol):
    """The connections of one session."""

    one_at_a_time: bool

    async def carry(self, connection: ByteStream) -> None:
        """Carry one local connection until it is closed. When cancelled, the connection is cut off."""

    async def receive(self, data: bytes) -> None:
        """Take bytes from the agent; waits while they cannot be passed on. May raise BrokenMultiplexing."""

    async def run(self) -> None:
        """Do what is due at intervals, until cancelled."""

    def close(self) -> None:
        """End the session."""


class MultiplexedForwarding:
    """Carries any number of connections at once."""

    one_at_a_time = False

    def __init__(
        self, channel: PortChannel, capabilities: PortCapabilities, on_stalled: TellStalled | None = None
    ) -> None:
        from smtui.channel.multiplexer import Multiplexer  # here: a shell starts without it

        self._keepalive = capabilities.keepalive
        self._multiplexer = Multiplexer(channel.send, client=True, half_close=HALF_CLOSE_SECONDS, on_stalled=on_stalled)

    async def carry(self, connection: ByteStream) -> None:
        """See `Forwarding`."""
        await self._multiplexer.open(connection)

    async def receive(self, data: bytes) -> None:
        """See `Forwarding`."""
        await self._multiplexer.receive(data)

    async def run(self) -> None:
        """See `Forwarding`."""
        if self._keepalive:
            from smtui.channel.smux import KEEPALIVE_SECONDS

            await self._multiplexer.keep_alive(KEEPALIVE_SECONDS)
        await asyncio.Event().wait()

    def close(self) -> None:
        """See `Forwarding`."""
        self._multiplexer.close()


class BasicForwarding:
    """Carries one connection after the other. What the far end sends before the first is kept for it."""

    one_at_a_time = True

    def __init__(self, channel: PortChannel) -> None:
        self._channel = channel
        self._connection: ByteStream | None = None
        self._early = bytearray()
        self._leaving = False
        self._changed = asyncio.Event()

    async def carry(self, connection: ByteStream) -> None:
        """See `Forwarding`."""
        try:
            while self._early:
                early, self._early = bytes(self._early), bytearray()
                await connection.write(early)
            self._connection = connection
            self._changed.set()
            while data := await connection.read():
                await self._channel.send(data)
        except OSError:
            connection.abort()  # a reset of the local side ends the connection as a close does
        except BaseException:
            connection.abort()
            raise
        finally:
            self._connection, self._leaving = None, True
        await self._channel.send_flag(SessionFlag.DISCONNECT_TO_PORT)
        await _close(connection)
        # Until the agent knows of its end, what comes belongs to the old connection.
        await self._channel.drained(_DISCONNECT_SECONDS)
        self._leaving = False

    async def receive(self, data: bytes) -> None:
        """See `Forwarding`."""
        while self._connection is None and not self._leaving:
            if len(self._early) < _EARLY_BYTES:
                self._early += data
                return
            self._changed.clear()
            await self._changed.wait()
        if self._connection is not None:
            try:
                await self._connection.write(data)
            except OSError:
                return  # its reader notices as well

    async def run(self) -> None:
        """See `Forwarding`."""
        await asyncio.Event().wait()

    def close(self) -> None:
        """See `Forwarding`."""


async def _close(connection: ByteStream) -> None:
    """Close a connection, but do not wait for ever for a side that does not read."""
    try:
        async with asyncio.timeout(_DISCONNECT_SECONDS):
            await connection.close()
    except TimeoutError:
        connection.abort()


def forwarding(
    channel: PortChannel, capabilities: PortCapabilities, on_stalled: TellStalled | None = None
) -> Forwarding:
    """Return the forwarding that the agent supports; `on_stalled` is told what only multiplexed ones suffer from."""
    if capabilities.multiplexed:
        return MultiplexedForwarding(channel, capabilities, on_stalled)
    return BasicForwarding(channel)


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    if len(parts) != len(_LAST_BASIC) or not all(map(_is_number, parts)):
        return (0, 0, 0, 0)
    return tuple(map(int, parts))


def _is_number(text: str) -> bool:
    """Whether `int` takes it: Python refuses thousands of digits."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""
