"""The agent of a simulated session: a program on one side, stream messages on the other.

It keeps the manners of the real agent as far as a client can tell; see `FarEndManners`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from smtui.channel.encryption import AgentEncryption, Cipher, SessionCipher
from smtui.channel.handshake import KMS_ENCRYPTION, HandshakeComplete, HandshakeRequest, HandshakeResponse
from smtui.channel.manners import FarEndManners
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
    json_bytes,
    json_object,
    read_flag,
    read_size,
)
from smtui.channel.resend import ResendTimer
from smtui.channel.stream import Incoming, Outgoing

_PENDING_INPUT = 1_024
"""Messages of input that a program has not taken yet, after which more are left unacknowledged."""

_CHALLENGE_BYTES = 64
_SECRET = frozenset({PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE})
"""What is encrypted in a session with a key."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a program says beside its output: STDERR, EXIT_CODE or FLAG."""

    kind: PayloadType
    data: bytes = field(repr=False)


class RemoteProgram(Protocol):
    """What the agent runs, such as a shell in a pty."""

    async def read(self) -> bytes | Said:
        """The next output; empty at its end. Raises CannotRun when it failed in the middle."""

    async def write(self, data: bytes) -> None:
        """Type something; dropped once the program has ended."""

    def resize(self, columns: int, rows: int) -> None:
        """The client's terminal has this size."""

    async def close(self) -> None:
        """End it if it still runs, and leave nothing behind; may be called again."""


@runtime_checkable
class PortProgram(Protocol):
    """A program that forwards one connection at a time."""

    async def disconnect(self) -> None:
        """The client's connection is closed; what is written from now on belongs to the next."""


class CannotRun(Exception):
    """The agent cannot run what the session asks for; the text is for the user."""


StartProgram = Callable[[str], Awaitable[RemoteProgram]]
"""Starts a session's program, for a client of this version (empty without a handshake); raises CannotRun."""


class Agent:
    """One session's agent: `run` is its life, `receive` takes what the service relays."""

    def __init__(
        self,
        session_id: str,
        start: StartProgram,
        manners: FarEndManners,
        send: Callable[[Message], None],
    ) -> None:
        self._session_id = session_id
        self._start = start
        self._program: RemoteProgram | None = None
        self._manners = manners
        self._send = send
        self._incoming = Incoming()
        self._outgoing = Outgoing(MessageType.OUTPUT_STREAM_DATA, window=manners.window, first_flags=Flags.SYN)
        self._typed: asyncio.Queue[bytes | SessionFlag] = asyncio.Queue()
        self._paused = False
        self._progress = asyncio.Event()
        self._told_to_end = asyncio.Event()
        self._response: asyncio.Future[HandshakeResponse] = asyncio.get_running_loop().create_future()
        self._challenge_met: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._cipher: Cipher | None = None
        self._resending = ResendTimer(self._outgoing, self._resend)

    async def run(self) -> str:
        """Run the program until it ends or `end` is called; its end is told to the service unless it was forced.

        Returns the text that the service passes on to the user: empty unless the session failed.
        """
        self._send(agent_session_state(self._session_id, SessionState.CONNECTED))
        session = asyncio.create_task(self._session())
        told = asyncio.create_task(self._told_to_end.wait())
        try:
            await asyncio.wait([session, told], return_when=asyncio.FIRST_COMPLETED)
            return session.result() if session.done() else ""
        finally:
            session.cancel()
            told.cancel()
            await asyncio.wait([session, told])
            self._resending.cancel()
            if self._program is not None:
                await self._program.close()

    def end(self) -> None:
        """Kill the program: TerminateSession was called."""
        self._told_to_end.set()

    def receive(self, message: Message) -> None:
        """Take one message from the service; what cannot be read is passed over."""
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
            client_version = await self._shake_hands() if self._manners.handshake else ""
            program = self._program = await self._start(client_version)
            await self._run_program(program)
        except CannotRun as failed:
            return f"\n----------ERROR-------\n{failed}\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._manners.drain):
                await self._until(lambda: not len(self._outgoing))
        self._send(agent_session_state(self._session_id, SessionState.TERMINATING))
        return ""

    async def _run_program(self, program: RemoteProgram) -> None:
        typing = asyncio.create_task(self._type(program))
        try:
            await asyncio.sleep(self._manners.first_output_delay)
            await self._pump(program)
        finally:
            typing.cancel()

    async def _shake_hands(self) -> str:
        """Returns the client's version."""
        manners, began = self._manners, time.monotonic_ns()
        encryption = manners.encryption
        request = HandshakeRequest.for_session(
            manners.agent_version,
            manners.session_type,
            manners.properties,
            key_id=encryption.key_id if encryption is not None else "",
        )
        self._stage(PayloadType.HANDSHAKE_REQUEST, request.encode())
        try:
            async with asyncio.timeout(manners.handshake_limit):
                response = await self._response
        except TimeoutError:
            raise CannotRun(
                "Encountered error while initiating handshake. Handshake timed out. "
                "Please ensure that you have the latest version of the session manager plugin."
            ) from None
        if response.error():
            raise CannotRun(f"Encountered error while initiating handshake. {response.error()}")
        if encryption is not None:
            await self._encrypt(encryption, response)
        # The acknowledgement of the response must be out first: the official plugin trips over it afterwards.
        await asyncio.sleep(manners.acknowledge_delay * 2)
        complete = HandshakeComplete(time.monotonic_ns() - began, manners.customer_message)
        self._stage(PayloadType.HANDSHAKE_COMPLETE, complete.encode())
        return response.client_version

    async def _encrypt(self, encryption: AgentEncryption, response: HandshakeResponse) -> None:
        """Take the client's data key, and have it prove that it holds the same."""
        wrapped = str(response.result_of(KMS_ENCRYPTION).get("KMSCipherTextKey", ""))
        try:
            plaintext = encryption.decrypt(base64.b64decode(wrapped, validate=True))
            cipher = SessionCipher.of_agent(plaintext or b"")
        except (ValueError, MalformedMessage):
            raise CannotRun(
                "Encountered error while initiating handshake. Fetching data key failed: Unable to retrieve data key, "
                "Error when decrypting data key InvalidCiphertextException"
            ) from None
        secret = os.urandom(_CHALLENGE_BYTES)
        asked = {"Challenge": base64.b64encode(cipher.encrypt(secret)).decode()}
        self._stage(PayloadType.ENCRYPTION_CHALLENGE_REQUEST, json_bytes(asked))
        try:
            async with asyncio.timeout(self._manners.handshake_limit):
                answer = str(json_object(await self._challenge_met).get("Challenge", ""))
            if cipher.decrypt(base64.b64decode(answer, validate=True)) != secret:
                raise ValueError("another secret")
        except (ValueError, MalformedMessage, TimeoutError):
            raise CannotRun(
                "Encountered error while initiating handshake. Encryption challenge does not match."
            ) from None
        self._cipher = cipher

    async def _pump(self, program: RemoteProgram) -> None:
        while True:
            # Not later than here: while paused, the program's output stays unread, so that the program waits as well.
            await self._until(self._may_send)
            output = await program.read()
            if not output:
                return
            said = output if isinstance(output, Said) else Said(PayloadType.OUTPUT, output)
            for start in range(0, len(said.data), MAX_PAYLOAD):
                await self._until(self._may_send)
                piece = said.data[start : start + MAX_PAYLOAD]
                self._stage(said.kind, self._cipher.encrypt(piece) if self._cipher and said.kind in _SECRET else piece)
                if self._manners.pacing:
                    await asyncio.sleep(self._manners.pacing)

    async def _type(self, program: RemoteProgram) -> None:
        while True:
            typed = await self._typed.get()
            if isinstance(typed, bytes):
                await program.write(typed)
            elif isinstance(program, PortProgram):
                await program.disconnect()

    def _receive_input(self, message: Message) -> None:
        too_early = message.payload_type == PayloadType.SIZE and self._program is None
        if too_early or self._typed.qsize() >= _PENDING_INPUT:
            # Left unacknowledged, so that it comes again.
            return
        received = self._incoming.receive(message)
        for each in received.deliver:
            self._process(each)
        if received.acknowledge and (received.deliver or self._manners.acknowledges_old):
            asyncio.get_running_loop().call_later(self._manners.acknowledge_delay, self._send, acknowledge(message))

    def _process(self, message: Message) -> None:
        with contextlib.suppress(MalformedMessage):
            match message.payload_type:
                case PayloadType.OUTPUT:
                    typed = self._cipher.decrypt(message.payload) if self._cipher else message.payload
                    self._typed.put_nowait(typed)
                case PayloadType.SIZE if self._program is not None:
                    self._program.resize(*read_size(message.payload))
                case PayloadType.FLAG:
                    self._flagged(read_flag(message.payload))
                case PayloadType.HANDSHAKE_RESPONSE if not self._response.done():
                    self._response.set_result(HandshakeResponse.parse(message.payload))
                case PayloadType.ENCRYPTION_CHALLENGE_RESPONSE if not self._challenge_met.done():
                    self._challenge_met.set_result(message.payload)

    def _flagged(self, value: int) -> None:
        if value == SessionFlag.TERMINATE_SESSION:
            self.end()
        elif value == SessionFlag.DISCONNECT_TO_PORT:
            # In its place among what was typed.
            self._typed.put_nowait(SessionFlag.DISCONNECT_TO_PORT)

    def _stage(self, payload_type: PayloadType, payload: bytes) -> None:
        self._send(self._outgoing.stage(payload_type, payload, self._now()))
        self._resending.arm()

    def _replay(self) -> None:
        if self._manners.replays_on_reconnect:
            for message in self._outgoing.replay_all(self._now()):
                self._send(message)

    def _resend(self) -> None:
        message = self._outgoing.overdue(self._now())
        if message is not None:
            self._send(message)

    def _may_send(self) -> bool:
        return not self._paused and self._outgoing.has_room

    def _unpause(self) -> None:
        self._paused = False
        self._progress.set()
        self._resending.arm()

    async def _until(self, met: Callable[[], bool]) -> None:
        while not met():
            self._progress.clear()
            await self._progress.wait()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
