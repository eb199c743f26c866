"""Notes in the plugin's log what passes between a session and its service. Only imported while there is a log."""

from __future__ import annotations

import platform
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from smtui import __version__
from smtui.channel.handshake import HandshakeRequest
from smtui.channel.message import MalformedMessage, Message, MessageType, PayloadType, decode
from smtui.channel.payloads import SessionFlag, acknowledged_sequence, closing_output, read_flag
from smtui.channel.transport import ChannelError, ConnectionLost
from smtui.domain.text import error_words
from smtui.plugin.builtin import CLIENT_VERSION
from smtui.plugin.builtin.log_lines import FrameFacts

if TYPE_CHECKING:
    from smtui.channel.client import ClientChannel, StreamAddress
    from smtui.channel.encryption import DataKey
    from smtui.channel.transport import Connection
    from smtui.plugin.builtin.invocation import Invocation
    from smtui.plugin.builtin.plugin_log import PluginLog

_KINDS = {
    PayloadType.OUTPUT: "output",
    PayloadType.ERROR: "error",
    PayloadType.SIZE: "size",
    PayloadType.PARAMETER: "parameter",
    PayloadType.HANDSHAKE_REQUEST: "handshake request",
    PayloadType.HANDSHAKE_RESPONSE: "handshake response",
    PayloadType.HANDSHAKE_COMPLETE: "handshake complete",
    PayloadType.ENCRYPTION_CHALLENGE_REQUEST: "encryption challenge",
    PayloadType.ENCRYPTION_CHALLENGE_RESPONSE: "encryption challenge's answer",
    PayloadType.STDERR: "stderr",
    PayloadType.EXIT_CODE: "exit code",
}
_FLAGS = {
    SessionFlag.DISCONNECT_TO_PORT: "flag DisconnectToPort",
    SessionFlag.TERMINATE_SESSION: "flag TerminateSession",
    SessionFlag.CONNECT_TO_PORT_ERROR: "flag ConnectToPortError",
}
_STREAMS = (MessageType.INPUT_STREAM_DATA, MessageType.OUTPUT_STREAM_DATA)
_OTHERS = (MessageType.START_PUBLICATION, MessageType.PAUSE_PUBLICATION, MessageType.AGENT_SESSION_STATE)

_Result = TypeVar("_Result")


class Service(Protocol):
    """What a session needs of its service."""

    async def prepare(self, channel: ClientChannel, *, somebody_types: bool) -> None:
        """Have everything ready for the first loss of the connection."""

    async def dial(self, url: str) -> Connection:
        """See `smtui.channel.transport.Dial`."""

    async def resume(self) -> StreamAddress | None:
        """See `smtui.channel.client.Resume`."""

    async def terminate(self) -> str:
        """Return why the session could not be ended; empty if it was."""

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """See `smtui.channel.encryption.GenerateDataKey`."""


def beginning(invocation: Invocation, *, from_smtui: bool, resumes: bool) -> str:
    """Return the first line of a session: the programs, the machine, and what was asked for."""
    by = "smtui" if from_smtui else "another program"
    return (
        f"smtui's plugin {CLIENT_VERSION} (smtui {__version__}, Python {platform.python_version()}, "
        f"{platform.platform()}), started by {by}{', to resume' if resumes else ''}; Region {invocation.region}, "
        f"target {invocation.target or 'not named'}, document {invocation.expected.document_name or 'the default'}"
    )


class LoggedService:
    """A `Service` whose calls and frames are logged."""

    def __init__(self, service: Service, log: PluginLog) -> None:
        self._service = service
        self._log = log

    async def prepare(self, channel: ClientChannel, *, somebody_types: bool) -> None:
        """See `Service`."""
        await self._service.prepare(channel, somebody_types=somebody_types)

    async def dial(self, url: str) -> Connection:
        """See `Service`."""
        host = urlsplit(url).hostname or ""
        connection = await self._called(f"connection to {host}", "is open", lambda: self._service.dial(url))
        return LoggedConnection(connection, self._log)

    async def resume(self) -> StreamAddress | None:
        """See `Service`."""
        address = await self._called("ssm:ResumeSession", "answered", self._service.resume)
        self._log.note("a new token came" if address is not None else "the session cannot be resumed: it has ended")
        return address

    async def terminate(self) -> str:
        """See `Service`."""
        why = await self._service.terminate()
        self._log.note(f"ssm:TerminateSession failed: {why}" if why else "ssm:TerminateSession ended the session")
        return why

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """See `Service`."""
        what = f"kms:GenerateDataKey with {key_id.rpartition('/')[2]}"
        return await self._called(what, "made a key", lambda: self._service.generate_data_key(key_id, context))

    async def _called(self, what: str, done: str, call: Callable[[], Awaitable[_Result]]) -> _Result:
        began = time.monotonic()
        self._log.note(f"{what} …")
        try:
            result = await call()
        except Exception as failed:
            self._log.note(f"{what} failed after {_since(began)}: {error_words(failed)}")
            raise
        self._log.note(f"{what} {done} after {_since(began)}")
        return result


class LoggedConnection:
    """A `Connection` whose frames are logged, without their payloads."""

    def __init__(self, connection: Connection, log: PluginLog) -> None:
        self._connection = connection
        self._log = log
        self._began = time.monotonic()
        self._is_over = False

    async def send(self, frame: str | bytes) -> None:
        """See `Connection`."""
        if isinstance(frame, str):
            self._log.note("> open data channel, with the token")
        else:
            self._frame(frame, is_sent=True)
        try:
            await self._connection.send(frame)
        except ConnectionLost as lost:
            self._over(str(lost))
            raise

    async def receive(self) -> bytes:
        """See `Connection`."""
        try:
            frame = await self._connection.receive()
        except (ConnectionLost, ChannelError) as lost:
            self._over(str(lost))
            raise
        self._frame(frame, is_sent=False)
        return frame

    def receive_waiting(self) -> bytes | None:
        """See `Connection`."""
        frame = self._connection.receive_waiting()
        if frame is not None:
            self._frame(frame, is_sent=False)
        return frame

    def hang_up(self) -> None:
        """See `Connection`."""
        self._over("closed by this side")
        self._connection.hang_up()

    def abort(self) -> None:
        """See `Connection`."""
        self._over("aborted by this side")
        self._connection.abort()

    def _over(self, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            self._log.note(f"connection over after {_since(self._began)}: {why}")

    def _frame(self, frame: bytes, *, is_sent: bool) -> None:
        try:
            facts = _facts(decode(frame), is_sent=is_sent)
        except MalformedMessage:
            # Not the reason: it may quote the frame.
            facts = FrameFacts(is_sent, "frame that cannot be read", size=len(frame))
        if isinstance(facts, str):
            self._log.note(f"{'>' if is_sent else '<'} {facts}")
        else:
            self._log.frame(facts)


def _facts(message: Message, *, is_sent: bool) -> FrameFacts | str:
    """Return what may be logged of a message: numbers, or a line of its own. Raises MalformedMessage."""
    size = len(message.payload)
    if message.type == MessageType.ACKNOWLEDGE:
        sequence = max(acknowledged_sequence(message.payload), -1)
        return FrameFacts(is_sent, "acknowledge", sequence, acknowledges=True)
    if message.type == MessageType.CHANNEL_CLOSED:
        # Its message may quote what a command printed.
        output = len(closing_output(message.payload).encode("utf-8", "replace"))
        return "channel closed by the service, " + (f"with a message of {output:,} bytes" if output else "no message")
    if message.type not in _STREAMS:
        return FrameFacts(is_sent, message.type if message.type in _OTHERS else "message of an unknown type", size=size)
    kind = _kind(message, is_sent=is_sent)
    return FrameFacts(is_sent, kind, max(message.sequence, -1), size)


def _kind(message: Message, *, is_sent: bool) -> str:
    if message.payload_type == PayloadType.FLAG:
        number = read_flag(message.payload)
        return _FLAGS.get(SessionFlag(number), "") if number in list(SessionFlag) else f"flag {number}"
    if message.payload_type == PayloadType.HANDSHAKE_REQUEST:
        return _handshake(message.payload)
    if is_sent and message.payload_type == PayloadType.OUTPUT:
        return "input"
    known = message.payload_type in list(PayloadType)
    return _KINDS.get(PayloadType(message.payload_type), "nothing") if known else f"payload {message.payload_type}"


def _handshake(payload: bytes) -> str:
    request = HandshakeRequest.parse(payload)
    actions = ", ".join(action.type[:40] for action in request.actions[:4])
    return f"handshake request (agent {request.agent_version[:20]}, {request.session_type[:30]}; {actions})"


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.3f} s"
