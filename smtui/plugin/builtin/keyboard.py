"""Standard input, without blocking the loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Protocol

_READ_BYTES = 65_536


class Keyboard(Protocol):
    """Where typed bytes come from."""

    async def read(self) -> bytes:
        """The next bytes; empty at the end, be it of a pipe or by a hang-up of the terminal."""


def keyboard(descriptor: int = 0) -> Keyboard:
    """The one for this system."""
    return ThreadedKeyboard(descriptor) if sys.platform == "win32" else PolledKeyboard(descriptor)


class PolledKeyboard:
    """Reads when there is something. The descriptor stays blocking: its mode is shared with whoever gave it to us."""

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
            return  # a plain file or /dev/null: it cannot be waited for, and never makes wait
        except (OSError, ValueError):
            return  # closed: reading says so
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)


class ThreadedKeyboard:
    """For systems that cannot wait for standard input: a thread that reads one piece ahead."""

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
            # A console gives lines as Windows ends them; a shell wants what the Enter key sends.
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece.replace(b"\r\n", b"\r"))


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
