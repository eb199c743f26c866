"""The far end of the channel's figures, in a process of its own: `python -m tests.benchmarks.far_channel`.

Each line of standard input is a request, answered by a line of JSON: `port` or `shell` begins a session in place of the
one before, `cut` resets its connection. The first line of the output names the TCP port of the bulk service, which a
real agent connects to; sessions of `port` reach it without one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import ExitStack
from functools import partial

from websockets.asyncio.server import ServerConnection, serve

from smtui.channel.handshake import SessionType
from smtui.channel.ports import PortProperties
from smtui.channel.transport import ByteStream, SocketStream
from smtui.demo.far_end.agent import RemoteProgram
from smtui.demo.far_end.channel_service import HostedSession, SessionWork
from smtui.demo.far_end.far_end_settings import FarEndSettings
from smtui.demo.far_end.node_services import MemoryStream, connected
from smtui.demo.far_end.port_agent import port_program
from smtui.demo.far_end.session_work import work_of
from tests.benchmarks.plain_relay import relay
from tests.plugin.builtin.forward import TO_NODE
from tests.plugin.builtin.service import PLUGIN, SESSION, Service, service

UPLOAD, DOWNLOAD, TAKEN = b"u", b"d", b"."
HEAD = 9
"""Bytes: the direction, and how many bytes follow."""
PIECE = bytes(range(256)) * 256
PROMPT = b"~]$ "
WINDOW = 2_048
"""Messages. The agent keeps up to 100,000 and relies on its pace; without one they would all lie in memory."""
FORWARD = {"portNumber": ["7"], "localPortNumber": ["0"]}


async def bulk(stream: ByteStream) -> None:
    """One upload, answered when all has come, or one download."""
    head = b""
    while len(head) < HEAD:
        head += await stream.read()
    left = int.from_bytes(head[1:HEAD])
    if head[:1] == DOWNLOAD:
        while left > 0:
            await stream.write(PIECE[:left])
            left -= len(PIECE)
    else:
        left -= len(head) - HEAD
        while left > 0 and (data := await stream.read()):
            left -= len(data)
        await stream.write(TAKEN)
    await stream.read()
    await stream.close()


async def echo(stream: ByteStream) -> None:
    """What a shell is without a channel: a prompt, and every key back."""
    await stream.write(PROMPT)
    while data := await stream.read():
        await stream.write(data)


async def dial(_host: str, _port: int) -> MemoryStream:
    near, far = connected()
    tasks.add(asyncio.create_task(bulk(far)))
    return near


tasks: set[asyncio.Task[None]] = set()


def work(session: HostedSession) -> SessionWork:
    made = work_of(session)
    if made.session_type is not SessionType.PORT:
        return made

    async def start(client_version: str) -> RemoteProgram:
        return await port_program(PortProperties.of(made.properties or {}), dial, session.agent_version, client_version)

    return SessionWork(start, SessionType.PORT, made.properties)


def begin(kind: str, stack: ExitStack) -> Service:
    far = stack.enter_context(service(work_for=work, settings=FarEndSettings(window=WINDOW)))
    if kind == "port":
        far.book.documents[SESSION], far.book.parameters[SESSION] = TO_NODE, FORWARD
    return far


async def serve_bulk() -> asyncio.Server:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await bulk(SocketStream(reader, writer))

    return await asyncio.start_server(handle, "127.0.0.1", 0)


async def serve_plain(open_now: set[ServerConnection]) -> int:
    """The far end of `plain_relay`; returns its port."""

    async def handle(websocket: ServerConnection) -> None:
        near, far = connected()
        serving = asyncio.create_task((bulk if websocket.request.path.endswith("port") else echo)(far))  # type: ignore[union-attr]
        open_now.add(websocket)
        await relay(websocket, near)
        open_now.discard(websocket)
        near.abort()
        await asyncio.wait([serving])

    server = await serve(handle, "127.0.0.1", 0, compression=None)
    return int(next(iter(server.sockets)).getsockname()[1])


async def main() -> None:
    server, answer = await serve_bulk(), partial(print, flush=True)
    plain: set[ServerConnection] = set()
    plain_port = await serve_plain(plain)
    answer(json.dumps({"port": server.sockets[0].getsockname()[1]}))
    with ExitStack() as stack:
        far: Service | None = None
        while request := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if request == "cut" and far is not None:
                far.server.drop_now(SESSION)
                for websocket in plain:
                    websocket.transport.abort()
                answer("{}")
                continue
            await asyncio.to_thread(stack.close)
            far = begin(request, stack)
            environment = far.environment(PLAIN_URL=f"ws://127.0.0.1:{plain_port}/{request}")
            answer(json.dumps({"arguments": far.argv[len(PLUGIN) :], "environment": environment}))


if __name__ == "__main__":
    asyncio.run(main())
