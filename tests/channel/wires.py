"""What tests of the two ends share: a program that a test scripts, and both ends joined by real websockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve

from smtui.channel.client import ClientChannel, Closed, Encryption, Opened, Output, Resume, StreamAddress
from smtui.channel.client_session import Event
from smtui.channel.encryption import KeyNotDecrypted
from smtui.channel.message import PayloadType
from smtui.channel.payloads import offered_token
from smtui.channel.served_frames import ServedFrames
from smtui.channel.timers import Backoff
from smtui.channel.transport import Connection
from smtui.channel.websocket import WebSocketConnection, dial, wire_log
from smtui.demo.far_end.agent import ProgramMessage
from smtui.demo.far_end.far_end import FarEnd
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings

VERSION = "1.2.896.0"
OLDER, NEWER = "3.3.551.0", "3.3.808.0"
"""The newest agent that is known to give no KMS challenge, and the oldest that is known to give one."""
QUICK = Backoff(first=0.01, longest=0.05, total=2.0)


@dataclass
class Kms:
    """Data keys that are bound to a context, as AWS's service keeps them."""

    keys: dict[bytes, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    contexts: list[dict[str, str]] = field(default_factory=list)
    """Of each Decrypt."""

    def generate(self, context: Mapping[str, str], size: int = 64) -> tuple[bytes, bytes]:
        """The plaintext and what Decrypt turns into it again."""
        plaintext, wrapped = bytes(range(size)), f"wrapped {len(self.keys)}".encode()
        self.keys[wrapped] = (plaintext, dict(context))
        return plaintext, wrapped

    async def decrypt(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        self.contexts.append(dict(context))
        plaintext, bound_to = self.keys.get(wrapped, (b"", {}))
        if not plaintext or bound_to != dict(context):
            raise KeyNotDecrypted("InvalidCiphertextException: ")
        return plaintext


class ScriptedProgram:
    """A `RemoteProgram` whose output a test feeds; it ends when told to."""

    def __init__(self) -> None:
        self.output: asyncio.Queue[bytes | ProgramMessage] = asyncio.Queue()
        self.typed = bytearray()
        self.typing = asyncio.Event()
        self.sizes: list[tuple[int, int]] = []
        self.closed = False
        self.reading = asyncio.Event()
        self.reading.set()

    async def start(self, _: str) -> ScriptedProgram:
        return self

    def say(self, data: bytes | ProgramMessage) -> None:
        self.output.put_nowait(data)

    def exit(self) -> None:
        self.output.put_nowait(b"")

    async def read(self) -> bytes | ProgramMessage:
        return await self.output.get()

    async def write(self, data: bytes) -> None:
        await self.reading.wait()
        self.typed += data
        self.typing.set()

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))
        self.typing.set()

    async def close(self) -> None:
        self.closed = True

    async def until_typed(self, wanted: bytes) -> None:
        while wanted not in self.typed:
            self.typing.clear()
            await self.typing.wait()


@dataclass
class Joined:
    """A client and a far end with a websocket server in between."""

    channel: ClientChannel
    far_end: FarEnd
    program: ScriptedProgram
    faults: FarEndFaults
    life: asyncio.Task[str]
    url: str
    connections: list[WebSocketConnection] = field(default_factory=list)
    resumable: bool = True
    clients: set[str] = field(default_factory=set)

    @property
    def address(self) -> StreamAddress:
        return StreamAddress(self.url, "t0ken")

    async def read(self, wanted: int) -> bytes:
        """So many bytes of output."""
        output = bytearray()
        async for event in self.channel.events():
            if isinstance(event, Output):
                output += event.data
                if len(output) >= wanted:
                    break
        return bytes(output)

    async def rest(self) -> tuple[bytes, list[Event]]:
        """All output to the end, and the other events."""
        output, others = bytearray(), list[Event]()
        async for event in self.channel.events():
            if isinstance(event, Output) and event.kind is PayloadType.OUTPUT:
                output += event.data
            else:
                others.append(event)
        return bytes(output), others


@asynccontextmanager
async def joined(
    settings: FarEndSettings | None = None,
    faults: FarEndFaults | None = None,
    *,
    resume: Resume | None = None,
    to_resume: Backoff = QUICK,
    window: int = 256,
    encryption: Encryption | None = None,
) -> AsyncIterator[Joined]:
    """Both ends, running and not yet connected; all is taken down at the end."""
    program, faults = ScriptedProgram(), faults or FarEndFaults()
    far_end = FarEnd("s-1", "i-1", program.start, settings=settings, faults=faults)

    async def handle(websocket: ServerConnection) -> None:
        assert isinstance(websocket, ServedFrames)
        connection = WebSocketConnection(websocket)
        pair.connections.append(connection)
        pair.clients.add(offered_token(await connection.receive()))
        await far_end.attach(connection)
        await connection.ended()

    async def resumed() -> StreamAddress | None:
        return pair.address if pair.resumable and not far_end.ended else None

    async def connect(url: str) -> Connection:
        return await dial(url, {}, user_agent="test")

    async with serve(
        handle,
        "127.0.0.1",
        0,
        compression=None,
        close_timeout=0.1,
        ping_interval=None,
        logger=wire_log,
        create_connection=ServedFrames,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        channel = ClientChannel(
            connect,
            resume or resumed,
            client_version=VERSION,
            encryption=encryption,
            to_resume=to_resume,
            window=window,
        )
        life = asyncio.create_task(far_end.run())
        pair = Joined(channel, far_end, program, faults, life, f"ws://127.0.0.1:{port}/v1/data-channel/s-1")
        try:
            yield pair
        finally:
            await channel.close()
            far_end.terminate()
            await life


__all__ = ["QUICK", "VERSION", "Closed", "Joined", "Opened", "Output", "ScriptedProgram", "joined"]
