"""Simulates the agent of a session: it runs a program and exchanges stream messages with the client.

It behaves like the real agent as far as a client can tell; see `FarEndSettings`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from smtui.channel.handshake import HandshakeResponse, SessionType
from smtui.channel.message import (
    MAX_PAYLOAD,
    Flags,
    MalformedMessage,
    Message,
    MessageType,
    PayloadType,
)
from smtui.channel.payloads import (
    SessionFlag,
    SessionState,
    acknowledge,
    acknowledged_sequence,
    agent_session_state,
    read_flag,
    read_size,
)
from smtui.channel.ports import PortCapabilities
from smtui.channel.stream import Incoming, Outgoing
from smtui.channel.timers import ResendTimer
from smtui.demo.far_end.agent_handshake import AgentCrashed, AgentHandshake, HandshakeFailed

if TYPE_CHECKING:
    from smtui.channel.encryption import Cipher
    from smtui.demo.far_end.far_end_settings import FarEndSettings

_PENDING_INPUT = 1_024
_PENDING_BYTES = 2**20
"""The most messages and bytes of input that wait for the program; further ones are not acknowledged."""

_SECRET = frozenset({PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE})
"""The payloads that are encrypted in a session with a key."""


@dataclass(frozen=True, slots=True)
class ProgramMessage:
    """Something a program sends other than output: STDERR, EXIT_CODE or FLAG."""

    kind: PayloadType
    data: bytes = field(repr=False)


class RemoteProgram(Protocol):
    """What the agent runs, such as a shell in a pty."""

    async def read(self) -> bytes | ProgramMessage:
        """The next output; empty at its end. Raises CannotRun when it failed in the middle."""

    async def write(self, data: bytes) -> None:
        """Type something; dropped once the program has ended."""

    def resize(self, columns: int, rows: int) -> None:
        """The client's terminal has this size."""

    async def close(self) -> None:
        """End it if it still runs and remove its files; may be called again."""


@runtime_checkable
class PortProgram(Protocol):
    """A program that forwards one connection at a time."""

    async def disconnect(self) -> None:
        """The client's connection is closed; further input belongs to the next one."""


class CannotRun(Exception):
    """The agent cannot run what the session asks for; the text is for the user."""


StartProgram = Callable[[str], Awaitable[RemoteProgram]]
"""Starts a session's program, for a client of this version (empty without a handshake); raises CannotRun."""


class Agent:
    """One session's agent. `run` lasts as long as the session; `receive` takes each message from the service."""

    def __init__(
        self,
        session_id: str,
        start: StartProgram,
        settings: FarEndSettings,
        send: Callable[[Message], None],
    ) -> None:
        self._session_id = session_id
        self._start = start
        self._program: RemoteProgram | None = None
        self._settings = settings
        self._send = send
        self._incoming = Incoming()
        self._outgoing = Outgoing(MessageType.OUTPUT_STREAM_DATA, window=settings.window, first_flags=Flags.SYN)
        self._typed: asyncio.Queue[bytes | SessionFlag] = asyncio.Queue()
        self._typed_bytes = 0
        self._paused = False
        self._progress = asyncio.Event()
        self._end_requested = asyncio.Event()
        self._handshake = AgentHandshake(session_id, settings)
        self._response: asyncio.Future[HandshakeResponse] = asyncio.get_running_loop().create_future()
        self._key_proven = asyncio.Event()
        self._cipher: Cipher | None = None
        self._resending = ResendTimer(self._outgoing, self._resend)
        # For shells and commands the agent acknowledges the flag and ignores it.
        self._ends_by_flag = (
            settings.session_type == SessionType.PORT and PortCapabilities.of(settings.agent_version).ends_by_flag
        )

    def receive_after_reset(self, message: Message) -> None:
        """Take one message that was unread when the connection was reset, and so cannot be acknowledged.

        The real agent passes a message on first and counts it only once it has acknowledged it. It does not keep a
        message that came too early.
        """
        if not self._settings.counts_after_acknowledging or message.type != MessageType.INPUT_STREAM_DATA:
            self.receive(message)
        elif self._incoming.expects(message):
            self._process(message)

    async def run(self) -> str:
        """Run the program until it ends or `end` is called; report its end to the service unless it was forced.

        Returns the text that the service passes on to the user: empty unless the session failed.
        """
        self._send(agent_session_state(self._session_id, SessionState.CONNECTED))
        session = asyncio.create_task(self._session())
        end = asyncio.create_task(self._end_requested.wait())
        try:
            await asyncio.wait([session, end], return_when=asyncio.FIRST_COMPLETED)
            return session.result() if session.done() else ""
        finally:
            session.cancel()
            end.cancel()
            await asyncio.wait([session, end])
            self._resending.cancel()
            if self._program is not None:
                await self._program.close()

    def end(self) -> None:
        """Kill the program: TerminateSession was called."""
        self._end_requested.set()

    def receive(self, message: Message) -> None:
        """Take one message from the service; a malformed one is ignored."""
        with contextlib.suppress(MalformedMessage):
            match message.type:
                case MessageType.INPUT_STREAM_DATA:
                    self._unpause()
                    self._receive_input(message)
                case MessageType.ACKNOWLEDGE:
                    self._outgoing.acknowledged(acknowledged_sequence(message.payload), self._now())
                    self._unpause()
                case MessageType.START_PUBLICATION:
                    self._replay()
                    self._unpause()
                case MessageType.PAUSE_PUBLICATION:
                    self._paused = True
                    self._resending.cancel()

    async def _session(self) -> str:
        try:
            client_version = await self._shake_hands() if self._settings.handshake else ""
            program = self._program = await self._start(client_version)
            await self._run_program(program)
        except CannotRun as failed:
            return f"\n----------ERROR-------\n{failed}"
        except AgentCrashed as crashed:
            return str(crashed)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain):
                await self._until(lambda: not len(self._outgoing))
        self._send(agent_session_state(self._session_id, SessionState.TERMINATING))
        return ""

    async def _run_program(self, program: RemoteProgram) -> None:
        typing = asyncio.create_task(self._type(program))
        try:
            await asyncio.sleep(self._settings.first_output_delay)
            await self._pump(program)
        finally:
            typing.cancel()

    async def _shake_hands(self) -> str:
        """Returns the client's version."""
        began = time.monotonic_ns()
        self._stage(PayloadType.HANDSHAKE_REQUEST, self._handshake.request())
        try:
            # The time limit includes fetching the data key, as with the real agent.
            async with asyncio.timeout(self._settings.handshake_limit):
                response = await self._response
                await self._handshake.accept(response)
        except TimeoutError:
            raise _no_handshake(
                "Handshake timed out. Please ensure that you have the latest version of the session manager plugin."
            ) from None
        except HandshakeFailed as failed:
            raise _no_handshake(str(failed)) from None
        self._cipher = self._handshake.cipher
        if self._cipher is not None:
            await self._have_key_proven()
        # The acknowledgement of the response must go out first: the official plugin fails if it comes later.
        await asyncio.sleep(self._settings.acknowledge_delay * 2)
        self._stage(PayloadType.HANDSHAKE_COMPLETE, self._handshake.complete(time.monotonic_ns() - began))
        return response.client_version

    async def _have_key_proven(self) -> None:
        self._stage(PayloadType.ENCRYPTION_CHALLENGE_REQUEST, self._handshake.secret())
        try:
            async with asyncio.timeout(self._settings.handshake_limit):
                await self._key_proven.wait()
        except TimeoutError:
            raise _no_handshake("Timed out waiting for encryption challenge.") from None

    async def _pump(self, program: RemoteProgram) -> None:
        while True:
            # Wait before reading: while paused, unread output makes the program wait as well.
            await self._until(self._may_send)
            output = await program.read()
            if not output:
                return
            said = output if isinstance(output, ProgramMessage) else ProgramMessage(PayloadType.OUTPUT, output)
            for start in range(0, len(said.data), MAX_PAYLOAD):
                await self._until(self._may_send)
                piece = said.data[start : start + MAX_PAYLOAD]
                self._stage(said.kind, self._cipher.encrypt(piece) if self._cipher and said.kind in _SECRET else piece)
                if self._settings.pacing:
                    await asyncio.sleep(self._settings.pacing)

    async def _type(self, program: RemoteProgram) -> None:
        while True:
            typed = await self._typed.get()
            if isinstance(typed, bytes):
                await program.write(typed)
                self._typed_bytes -= len(typed)
            elif isinstance(program, PortProgram):
                await program.disconnect()

    def _receive_input(self, message: Message) -> None:
        too_early = message.payload_type == PayloadType.SIZE and self._program is None
        full = self._typed.qsize() >= _PENDING_INPUT or self._typed_bytes >= _PENDING_BYTES
        if too_early or full or not self._is_readable(message):
            # Without an acknowledgement it comes again.
            return
        is_old = self._incoming.has_delivered(message)
        received = self._incoming.receive(message)
        for each in received.deliver:
            self._process(each)
        if received.acknowledge and (self._settings.acknowledges_old or not is_old):
            asyncio.get_running_loop().call_later(self._settings.acknowledge_delay, self._send, acknowledge(message))

    def _is_readable(self, message: Message) -> bool:
        """Whether the message can be decrypted; any other is never acknowledged, so its sender makes no progress."""
        match message.payload_type:
            case PayloadType.OUTPUT if self._cipher is not None:
                try:
                    self._cipher.decrypt(message.payload)
                except MalformedMessage:
                    return False
            case PayloadType.ENCRYPTION_CHALLENGE_RESPONSE:
                return self._handshake.proves(message.payload)
        return True

    def _process(self, message: Message) -> None:
        with contextlib.suppress(MalformedMessage):
            match message.payload_type:
                case PayloadType.OUTPUT:
                    typed = self._cipher.decrypt(message.payload) if self._cipher else message.payload
                    self._typed.put_nowait(typed)
                    self._typed_bytes += len(typed)
                case PayloadType.SIZE if self._program is not None:
                    self._program.resize(*read_size(message.payload))
                case PayloadType.FLAG:
                    self._flagged(read_flag(message.payload))
                case PayloadType.HANDSHAKE_RESPONSE if not self._response.done():
                    self._response.set_result(HandshakeResponse.parse(message.payload))
                case PayloadType.ENCRYPTION_CHALLENGE_RESPONSE:
                    self._key_proven.set()

    def _flagged(self, value: int) -> None:
        if value == SessionFlag.TERMINATE_SESSION:
            if self._ends_by_flag:
                self.end()
        elif value == SessionFlag.DISCONNECT_TO_PORT:
            # In order with the typed input.
            self._typed.put_nowait(SessionFlag.DISCONNECT_TO_PORT)

    def _stage(self, payload_type: PayloadType, payload: bytes) -> None:
        self._send(self._outgoing.stage(payload_type, payload, self._now()))
        self._resending.arm()

    def _replay(self) -> None:
        if self._settings.replays_on_reconnect:
            for message in self._outgoing.replay_all(self._now()):
                self._send(message)

    def _resend(self) -> None:
        message = self._outgoing.overdue(self._now())
        if message is not None:
            self._send(message)
        self._resending.arm()

    def _may_send(self) -> bool:
        return not self._paused and self._outgoing.has_room

    def _unpause(self) -> None:
        self._paused = False
        self._progress.set()
        self._resending.arm()

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._progress.clear()
            await self._progress.wait()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _no_handshake(why: str) -> CannotRun:
    return CannotRun(f"Encountered error while initiating handshake. {why}")
