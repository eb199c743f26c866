"""Reads standard input without blocking the event loop, and queues what the session does not take yet."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol

_READ_BYTES = 65_536
_PIECE = 65_536


class Keyboard(Protocol):
    """A source of typed bytes."""

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end of a pipe, or once the terminal is gone."""


def keyboard(descriptor: int = 0) -> Keyboard:
    """Return the reader for this system; call it in the event loop."""
    return ThreadedKeyboard(descriptor) if sys.platform == "win32" else PolledKeyboard(descriptor)


class PolledKeyboard:
    """Reads when there is input. The descriptor stays blocking: its mode is shared with the process that opened it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def read(self) -> bytes:
        """See `Keyboard`."""
        while True:
            await self._readable()
            try:
                return os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                return b""

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._descriptor, _resolve, ready)
        except PermissionError:
            return  # a plain file or /dev/null: it is always ready
        except (OSError, ValueError):
            return  # closed: reading says so
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)


class ThreadedKeyboard:
    """Reads one piece ahead in a thread, for systems that cannot wait for standard input."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._wanted = threading.Semaphore(1)
        threading.Thread(target=self._run, name="keyboard", daemon=True).start()

    async def read(self) -> bytes:
        """See `Keyboard`."""
        piece = await self._pieces.get()
        self._wanted.release()
        return piece

    def _run(self) -> None:
        piece = b"-"
        while piece:
            self._wanted.acquire()
            try:
                piece = os.read(self._descriptor, _READ_BYTES)
            except OSError:
                piece = b""
            # A console ends lines as Windows does; a shell expects what the Enter key sends.
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece.replace(b"\r\n", b"\r"))


class PendingInput:
    """Queues typed bytes, so that the keyboard is read while the session takes nothing. `pass_on` empties it."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._passing = False
        self._changed = asyncio.Event()

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self._pending += data
        self._changed.set()

    def take(self) -> bytes:
        """Remove and return everything."""
        taken = bytes(self._pending)
        self._pending.clear()
        return taken

    async def until_pending(self, most: int) -> None:
        """Wait until at most `most` bytes are pending, those being sent included."""
        while len(self._pending) > most or (self._passing and not most):
            self._changed.clear()
            await self._changed.wait()

    async def pass_on(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send the bytes in order, until cancelled; `send` may wait."""
        while True:
            while self._pending:
                piece = bytes(self._pending[:_PIECE])
                del self._pending[:_PIECE]
                self._passing = True
                await send(piece)
                self._passing = False
                self._changed.set()
            self._changed.clear()
            await self._changed.wait()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
