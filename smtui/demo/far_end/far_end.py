"""Relays one session's messages between the client and the agent, as the data channel service does.

The service passes messages on, acknowledgements included, and sends three of its own: channel_closed to the client,
start_publication and pause_publication to the agent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime

from smtui.channel.message import MalformedMessage, Message, MessageType, PayloadType, decode
from smtui.channel.payloads import channel_closed, publication
from smtui.channel.transport import Connection, ConnectionLost, FrameWriter
from smtui.demo.far_end.agent import Agent, StartProgram
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings

_MOST_HELD = 10_000
"""The most messages kept for a disconnected end; later ones are lost."""

_MOST_UNREAD = 4_096
"""The most frames that a client may leave unread; then its own are ignored, and it resends them."""

_AT_ONCE = 16
"""Frames that are given to the connection together."""

_TO_CLIENT = frozenset({MessageType.OUTPUT_STREAM_DATA, MessageType.ACKNOWLEDGE})


class FarEnd:
    """One session. `run` lasts as long as it does; `attach` serves one connection of the client after the other."""

    def __init__(
        self,
        session_id: str,
        node_id: str,
        start: StartProgram,
        *,
        settings: FarEndSettings | None = None,
        faults: FarEndFaults | None = None,
    ) -> None:
        self._session_id = session_id
        self._node_id = node_id
        self._settings = settings or FarEndSettings()
        self._faults = faults or FarEndFaults()
        self._agent = Agent(session_id, start, self._settings, self._from_agent)
        self._client: _Client | None = None
        self._line = _AgentLine(self._agent, self._settings, self._faults)
        self._held: deque[bytes] = deque()
        self._relayed = 0
        self._farewell = ""
        self.ended = False
        self.last_input = asyncio.get_running_loop().time()
        """The event loop's time of the client's last input, or of the start."""

    @property
    def client_is_absent(self) -> bool:
        """Whether no client is connected."""
        return self._client is None

    async def run(self) -> str:
        """Run the session to its end and notify the client; returns the text that the client gets."""
        output = ""
        try:
            output = await self._agent.run()
        finally:
            output = self._farewell or output
            self.ended = True
            self._line.close()
            await self._close_channel(output)
        return output

    def terminate(self) -> None:
        """End `run`: TerminateSession was called."""
        self._agent.end()

    def end_with(self, words: str) -> None:
        """End `run`, as the service does by itself; the client gets these words."""
        self._farewell = words
        self._agent.end()

    async def attach(self, connection: Connection) -> None:
        """Serve a client until it disconnects; a client that is still connected is cut off."""
        if self._client is not None:
            self._client.connection.abort()
        client = self._client = _Client(connection)
        while self._held:
            client.post(self._held.popleft())
        self._agent.receive(publication(MessageType.START_PUBLICATION, self._session_id))
        try:
            while True:
                frame = await connection.receive()
                if not client.is_overfull:
                    self._from_client(frame)
        except ConnectionLost:
            pass
        finally:
            await client.writer.stop()
            if self._client is client:
                self._client = None
                if self._settings.pauses_for_absent:
                    self._agent.receive(publication(MessageType.PAUSE_PUBLICATION, self._session_id))

    def drop(self, *, reset: bool = True) -> None:
        """End the client's connection: reset, so that messages in transit are lost, or closed after what was sent."""
        if self._client is None:
            return
        if reset:
            self._client.connection.abort()
        else:
            self._client.connection.hang_up()

    def _from_client(self, frame: bytes) -> None:
        try:
            message = decode(frame)
        except MalformedMessage:
            return
        if message.type == MessageType.INPUT_STREAM_DATA and message.payload_type == PayloadType.OUTPUT:
            self.last_input = asyncio.get_running_loop().time()
        self._line.deliver(message)

    def _from_agent(self, message: Message) -> None:
        if message.type in _TO_CLIENT and not self._line.is_down:
            self._to_client(message)

    def _to_client(self, message: Message) -> None:
        faults, frame = self._faults, message.encode()
        if faults.mute or (faults.mute_after_bytes is not None and self._relayed >= faults.mute_after_bytes):
            return
        if self._client is None:
            if self._settings.store_and_forward and len(self._held) < _MOST_HELD:
                self._held.append(frame)
            return
        if message.type == MessageType.OUTPUT_STREAM_DATA:
            if faults.corrupt:
                faults.corrupt -= 1
                frame = frame[:-1] + bytes([frame[-1] ^ 0xFF])
            self._relayed += len(message.payload)
        if faults.delay:
            asyncio.get_running_loop().call_later(faults.delay, self._client.post, frame)
        else:
            self._client.post(frame)
        if faults.drop_after_bytes is not None and self._relayed >= faults.drop_after_bytes:
            faults.drop_after_bytes = None
            self.drop()

    async def _close_channel(self, output: str) -> None:
        client = self._client
        if client is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._to_client(channel_closed(self._session_id, self._node_id, now, output))
        # The client hangs up first, as a rule. If we did, its last acknowledgements would reach a closed port, and the
        # reset in answer to them could overtake channel_closed.
        asyncio.get_running_loop().call_later(self._settings.linger, client.connection.hang_up)


class _AgentLine:
    """The service's connection to the agent, which reads the messages one by one."""

    def __init__(self, agent: Agent, settings: FarEndSettings, faults: FarEndFaults) -> None:
        self._agent = agent
        self._settings = settings
        self._faults = faults
        self._unread: deque[Message] = deque()
        self._held: deque[Message] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._read = 0
        self.is_down = False

    def deliver(self, message: Message) -> None:
        """Pass a message to the agent, in order; for a disconnected agent it is kept or lost."""
        if self.is_down:
            if self._settings.store_and_forward and len(self._held) < _MOST_HELD:
                self._held.append(message)
            return
        self._unread.append(message)
        if self._timer is None:
            self._read_next()

    def close(self) -> None:
        """Stop reading: the agent has ended."""
        if self._timer is not None:
            self._timer.cancel()

    def _read_next(self) -> None:
        self._timer = None
        while self._unread and not self.is_down:
            message = self._unread.popleft()
            self._agent.receive(message)
            self._read += len(message.payload)
            limit = self._faults.reset_agent_after_bytes
            if limit is not None and self._read >= limit:
                self._faults.reset_agent_after_bytes = None
                self._reset()
            elif self._settings.processing:
                self._timer = asyncio.get_running_loop().call_later(self._settings.processing, self._read_next)
                return

    def _reset(self) -> None:
        self.is_down = True
        while self._unread:
            self._agent.receive_after_reset(self._unread.popleft())
        self._timer = asyncio.get_running_loop().call_later(self._settings.reconnecting, self._back)

    def _back(self) -> None:
        self.is_down, self._timer = False, None
        self._unread.extend(self._held)
        self._held.clear()
        self._read_next()


class _Client:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._frames: deque[bytes] = deque()
        self.writer = FrameWriter(connection, self._next)

    def post(self, frame: bytes) -> None:
        """Queue a frame for the client."""
        self._frames.append(frame)
        self.writer.wake()

    @property
    def is_overfull(self) -> bool:
        """Whether the client leaves too much unread."""
        return len(self._frames) >= _MOST_UNREAD

    def _next(self) -> list[bytes]:
        """The next of them: few, since those that are taken cannot be counted as unread."""
        return [self._frames.popleft() for _ in range(min(_AT_ONCE, len(self._frames)))]
