"""A shell of this machine in a pty, with the streams of a `PipedSession`, for the driver of copies."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import termios
from collections.abc import Sequence
from pathlib import Path

from smtui.engine.piped_session import SessionOver
from smtui.engine.session_attempt import SessionResult

SHELLS: dict[str, list[str]] = {
    name: [program, *options]
    for name, words in {
        "dash": ["dash"],
        "bash": ["bash", "--norc"],
        "zsh": ["zsh", "-f"],
        "ksh": ["ksh"],
        "ksh93": ["ksh93"],
        "mksh": ["mksh"],
        "fish": ["fish", "--no-config"],
        "tcsh": ["tcsh", "-f"],
        "busybox": ["busybox", "ash"],
    }.items()
    for program, *options in [words]
    if shutil.which(program)
}
"""How each shell that this machine has is started."""


class LocalShell:
    """One shell in a pty, as a `PipedSession` would be on a node."""

    def __init__(self, argv: Sequence[str], home: Path, path: str = os.environ["PATH"]) -> None:
        """`path` is where the shell finds programs."""
        self.stdout = asyncio.StreamReader()
        self.sent = 0
        """Bytes that were written to it."""
        self._argv = argv
        self._environment = {"HOME": str(home), "PATH": path, "TERM": "xterm-256color", "PS1": "$ "}
        self._master = -1

    async def __aenter__(self) -> LocalShell:
        self._master, slave = pty.openpty()
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd="/",
            env=self._environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    def _read(self) -> None:
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.stdout.feed_data(data)
        else:
            asyncio.get_running_loop().remove_reader(self._master)
            self.stdout.feed_eof()

    async def write(self, data: bytes) -> None:
        """Write to the shell; a pty takes a few kB at a time."""
        self.sent += len(data)
        loop = asyncio.get_running_loop()
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._master, view) :]
            except BlockingIOError:
                writable = asyncio.Event()
                loop.add_writer(self._master, writable.set)
                await writable.wait()
                loop.remove_writer(self._master)
            except OSError:
                raise SessionOver from None

    def kill(self) -> None:
        """End it at once, as a lost connection does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def __aexit__(self, *error: object) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        os.close(self._master)
        self.kill()
        await self._process.wait()

    async def result(self) -> SessionResult:
        """A session that ended by itself."""
        return SessionResult("It ended.")
