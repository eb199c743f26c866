"""What the channel is compared with where there is no official plugin: a relay that adds nothing to its frames.

`websockets` alone carries them: as large and as many as those of a data channel, acknowledgements included, but without
numbers, digests, windows and resends. `relay` is either end; run as a program this is the client's, which finds the far
end in PLAIN_URL, and listens on a port or reads its terminal, by the last word of that address.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tty

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from smtui.channel.message import MAX_PAYLOAD
from smtui.channel.transport import ByteStream, SocketStream

HEADER = bytes(120)
ACKNOWLEDGEMENT = b"a" * 304


async def relay(websocket: Connection, stream: ByteStream) -> None:
    """Pass bytes both ways until the connection or the stream ends."""
    passing = [asyncio.create_task(_out(websocket, stream)), asyncio.create_task(_into(websocket, stream))]
    await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
    for task in passing:
        task.cancel()
    await asyncio.wait(passing)


async def _out(websocket: Connection, stream: ByteStream) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        while data := await stream.read():
            for start in range(0, len(data), MAX_PAYLOAD):
                await websocket.send(HEADER + data[start : start + MAX_PAYLOAD])


async def _into(websocket: Connection, stream: ByteStream) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        async for frame in websocket:
            if isinstance(frame, bytes) and frame != ACKNOWLEDGEMENT:
                await websocket.send(ACKNOWLEDGEMENT)
                await stream.write(frame[len(HEADER) :])


class Screen:
    """The terminal, a `ByteStream`."""

    def __init__(self) -> None:
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        tty.setraw(0)
        asyncio.get_running_loop().add_reader(0, lambda: self._typed.put_nowait(os.read(0, 65_536)))

    async def read(self) -> bytes:
        return await self._typed.get()

    async def write(self, data: bytes) -> None:
        os.write(1, data)

    async def close(self) -> None: ...

    def abort(self) -> None: ...


async def _port(url: str) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with connect(url, compression=None, proxy=None) as websocket:
            await relay(websocket, SocketStream(reader, writer))
        writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    print(f"Port {server.sockets[0].getsockname()[1]} opened for sessionId plain.", flush=True)
    await server.serve_forever()


async def _shell(url: str) -> None:
    screen = Screen()
    while True:
        async with connect(url, compression=None, proxy=None) as websocket:
            await relay(websocket, screen)


async def main() -> None:
    url = os.environ["PLAIN_URL"]
    with contextlib.suppress(asyncio.CancelledError):
        await (_port if url.endswith("port") else _shell)(url)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    sys.exit(0)
