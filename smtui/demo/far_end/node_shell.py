"""Runs the shell of a demo node: a real shell of this machine, in its own pty.

No Python code runs in the child before the exec, since other threads exist. Everything it starts ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import struct
import sys
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path

from smtui.demo.far_end.node_programs import end_session, environment, greeting, spawn

_READ_BYTES = 65_536
_LAST_WORDS = 0.1
"""How many seconds the kernel may delay output that a shell wrote before its exit."""


class LocalShell:
    """A `RemoteProgram`: bash without its start-up files, else sh, at home in a scratch folder that goes with it.

    Or one command in place of it, which `sh -c` runs on the terminal.
    """

    def __init__(self, pid: int, master: int, home: Path, greeting: bytes) -> None:
        self._pid = pid
        self._master = master
        self._home = home
        self._greeting = greeting
        self._waiting: set[asyncio.Future[None]] = set()
        self._exited = False
        self._exit = _watch_exit(pid, self._on_exit)
        self._closed: asyncio.Task[None] | None = None

    @classmethod
    def start(cls, node_name: str, command: str | None = None, *, user: str = "") -> LocalShell:
        """Start it, with 80 columns and 24 rows until `resize`. Raises OSError.

        `user` is whom the node runs it as: this machine's own user runs it all the same, under that name.
        """
        home = Path(tempfile.mkdtemp(prefix="smtui-demo-"))
        master, slave = os.openpty()
        try:
            os.set_blocking(master, False)
            _set_size(master, 80, 24)
            argv = _shell() if command is None else ["/bin/sh", "-c", command]
            variables = environment(os.environ, home, node_name)
            variables |= {"USER": user, "LOGNAME": user} if user else {}
            # A session leader's first terminal becomes its controlling one.
            terminal = (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0)
            pid = spawn(argv, variables, [terminal, (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)])
        except BaseException:
            os.close(master)
            shutil.rmtree(home, ignore_errors=True)
            raise
        finally:
            os.close(slave)
        under = f" Run as {user}, in name only." if user else ""
        return cls(pid, master, home, f"{greeting(node_name)}{under}\r\n".encode())

    async def read(self) -> bytes:
        """See `RemoteProgram`; the first output says that this is the user's own machine."""
        if self._greeting:
            greeting, self._greeting = self._greeting, b""
            return greeting
        while self._closed is None:
            try:
                return os.read(self._master, _READ_BYTES)
            except BlockingIOError:
                # The session ends with the shell, even if a background job keeps the terminal open.
                if not await self._ready(writing=False, seconds=_LAST_WORDS if self._exited else None):
                    return b""
            except OSError:
                # EIO: no process has the terminal open any more.
                return b""
        return b""

    async def write(self, data: bytes) -> None:
        """See `RemoteProgram`."""
        while data and self._closed is None:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                await self._ready(writing=True)
            except OSError:
                return

    def resize(self, columns: int, rows: int) -> None:
        """See `RemoteProgram`; the kernel signals the foreground job."""
        if self._closed is None:
            with contextlib.suppress(OSError):
                _set_size(self._master, columns, rows)

    async def close(self) -> None:
        """See `RemoteProgram`: SIGHUP to its whole session, then SIGKILL to remaining processes."""
        if self._closed is None:
            self._closed = asyncio.create_task(self._end())
        await asyncio.shield(self._closed)

    async def _end(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        self._wake()
        self._stop_watching()
        await asyncio.to_thread(end_session, self._pid, self._master)
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)

    async def _ready(self, *, writing: bool, seconds: float | None = None) -> bool:
        """Wait until the terminal is ready, or the shell exits or is closed; False after the time limit."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        self._waiting.add(ready)
        add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
        add(self._master, self._wake)
        try:
            return bool((await asyncio.wait([ready], timeout=seconds))[0])
        finally:
            self._waiting.discard(ready)
            if self._closed is None:
                remove(self._master)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def _on_exit(self) -> None:
        self._exited = True
        self._stop_watching()
        self._wake()

    def _stop_watching(self) -> None:
        descriptor, self._exit = self._exit, None
        if descriptor is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)


def _watch_exit(pid: int, callback: Callable[[], None]) -> int | None:
    """Call a function when a child exits, without reaping it; on Linux.

    Elsewhere the kernel closes the terminal for all when the session's leader exits, which has the same effect.
    """
    if sys.platform != "linux":
        return None
    descriptor = os.pidfd_open(pid)
    asyncio.get_running_loop().add_reader(descriptor, callback)
    return descriptor


def _shell() -> list[str]:
    bash = shutil.which("bash")
    return [bash, "--noprofile", "--norc", "-i"] if bash else ["/bin/sh", "-i"]


def _set_size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
