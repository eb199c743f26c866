"""The far end of one session: the service, which relays, and behind it the agent.

The service passes messages on, acknowledgements included, and says three things of its own: channel_closed to the
client, start_publication and pause_publication to the agent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime

from smtui.channel.agent import Agent, StartProgram
from smtui.channel.connection import Connection, ConnectionLost, FrameWriter
from smtui.channel.manners import FarEndFaults, FarEndManners
from smtui.channel.message import MalformedMessage, Message, MessageType, decode
from smtui.channel.payloads import channel_closed, publication

_TO_CLIENT = frozenset({MessageType.OUTPUT_STREAM_DATA, MessageType.ACKNOWLEDGE})


class FarEnd:
    """`run` is the session's life; `attach` serves one connection of the client, and the next in turn."""

    def __init__(
        self,
        session_id: str,
        node_id: str,
        start: StartProgram,
        *,
        manners: FarEndManners | None = None,
        faults: FarEndFaults | None = None,
    ) -> None:
        self._session_id = session_id
        self._node_id = node_id
        self._manners = manners or FarEndManners()
        self._faults = faults or FarEndFaults()
        self._agent = Agent(session_id, start, self._manners, self._from_agent)
        self._client: _Client | None = None
        self._held: deque[bytes] = deque()
        self._relayed = 0
        self.ended = False

    @property
    def client_is_absent(self) -> bool:
        """Whether no client is connected."""
        return self._client is None

    async def run(self) -> str:
        """Run the session to its end, whoever ends it, and tell the client; returns what the client was told."""
        output = ""
        try:
            output = await self._agent.run()
        finally:
            self.ended = True
            await self._take_leave(output)
        return output

    def terminate(self) -> None:
        """TerminateSession was called: `run` comes to its end."""
        self._agent.end()

    async def attach(self, connection: Connection) -> None:
        """Serve a client until its connection is gone; a client that is still there makes room."""
        if self._client is not None:
            self._client.connection.abort()
        client = self._client = _Client(connection)
        while self._held:
            client.writer.post(self._held.popleft())
        self._agent.receive(publication(MessageType.START_PUBLICATION, self._session_id))
        try:
            while True:
                self._from_client(await connection.receive())
        except ConnectionLost:
            pass
        finally:
            await client.writer.stop()
            if self._client is client:
                self._client = None
                if self._manners.pauses_for_absent:
                    self._agent.receive(publication(MessageType.PAUSE_PUBLICATION, self._session_id))

    def drop(self) -> None:
        """Reset the client's connection; what is under way is lost."""
        if self._client is not None:
            self._client.connection.abort()

    def _from_client(self, frame: bytes) -> None:
        try:
            message = decode(frame)
        except MalformedMessage:
            return
        self._agent.receive(message)

    def _from_agent(self, message: Message) -> None:
        if message.type in _TO_CLIENT:
            self._to_client(message)

    def _to_client(self, message: Message) -> None:
        faults, frame = self._faults, message.encode()
        if faults.mute:
            return
        if self._client is None:
            if self._manners.store_and_forward:
                self._held.append(frame)
            return
        if message.type == MessageType.OUTPUT_STREAM_DATA:
            if faults.corrupt:
                faults.corrupt -= 1
                frame = frame[:-1] + bytes([frame[-1] ^ 0xFF])
            self._relayed += len(message.payload)
        if faults.delay:
            asyncio.get_running_loop().call_later(faults.delay, self._client.writer.post, frame)
        else:
            self._client.writer.post(frame)
        if faults.drop_after_bytes is not None and self._relayed >= faults.drop_after_bytes:
            faults.drop_after_bytes = None
            self.drop()

    async def _take_leave(self, output: str) -> None:
        client = self._client
        if client is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._to_client(channel_closed(self._session_id, self._node_id, now, output))
        # The client hangs up first, as a rule. If we did, its last acknowledgements would meet a closed port, and the
        # reset that answers them could overtake channel_closed.
        asyncio.get_running_loop().call_later(self._manners.linger, client.connection.hang_up)


class _Client:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.writer = FrameWriter(connection)
