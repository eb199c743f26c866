"""Passes bytes between a tunnel and this process's standard input and output, for ssh's ProxyCommand.

The reads and writes are blocking ones in threads: the mode of the descriptors, which other processes share, stays as it
is, and it works on every system.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from smtui.ssh.endpoint_tunnels import TunnelFailed

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop
    from smtui.ssh.endpoint_tunnels import ByteTunnel

QUIET_SECONDS = 1.0
"""A tunnel has no end of input. After ours it goes on until nothing has come for so long, as a session does."""
_READ_BYTES = 65_536


async def relay(tunnel: ByteTunnel, off_loop: OffLoop, reading: int = 0, writing: int = 1) -> None:
    """Pass bytes both ways until one side ends, then close the tunnel. Raises `TunnelFailed`."""
    going = _Relay(tunnel, off_loop, reading, writing)
    sending, receiving = asyncio.create_task(going.send()), asyncio.create_task(going.receive())
    try:
        await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_COMPLETED)
        if not receiving.done():
            await going.until_quiet(receiving)
        if receiving.done():
            receiving.result()
    finally:
        for task in (sending, receiving):
            task.cancel()
        await asyncio.wait([sending, receiving])
        await tunnel.close()


class _Relay:
    def __init__(self, tunnel: ByteTunnel, off_loop: OffLoop, reading: int, writing: int) -> None:
        self._tunnel = tunnel
        self._off_loop = off_loop
        self._reading = reading
        self._writing = writing
        self._came = asyncio.Event()
        self._is_writing = False

    async def send(self) -> None:
        """Until the end of input. The reason of a broken tunnel is left to `receive`, which gets it, too."""
        with contextlib.suppress(TunnelFailed):
            while data := await self._off_loop.call(self._read):
                await self._tunnel.write(data)

    async def receive(self) -> None:
        """Until the tunnel ends, or nobody reads what came."""
        while data := await self._tunnel.read():
            self._is_writing = True
            self._came.set()
            try:
                await self._off_loop.call(lambda data=data: self._write(data))  # type: ignore[misc]
            except OSError:
                return
            self._is_writing = False
            self._came.set()

    async def until_quiet(self, receiving: asyncio.Task[None]) -> None:
        """Until nothing came, and nothing was being written, for a while; or the tunnel has ended."""
        receiving.add_done_callback(lambda _: self._came.set())
        with contextlib.suppress(TimeoutError):
            while not receiving.done():
                self._came.clear()
                async with asyncio.timeout(None if self._is_writing else QUIET_SECONDS):
                    await self._came.wait()

    def _read(self) -> bytes:
        try:
            return os.read(self._reading, _READ_BYTES)
        except OSError:
            return b""  # closed

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._writing, view) :]
