"""Runs a non-interactive command on a demo node, without a shell and without a terminal.

As observed with agent 3.3.987.0: without separate streams all output comes after the end, and no exit status; with
them stdout and stderr are streamed separately and the text `EXIT_CODE: n` follows, -1 after a signal. For a missing
command the exit status comes before the error.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtui.channel.message import PayloadType
from smtui.demo.far_end.agent import CannotRun, ProgramMessage
from smtui.demo.far_end.node_programs import end_session, environment, spawn

_SIGNALS = {0x03: signal.SIGINT, 0x1C: signal.SIGQUIT, 0x1A: signal.SIGTSTP}
_READ_BYTES = 65_536
_WAITING_PIECES = 16
_PLATFORMS = ("linux", "macos", "windows")


@dataclass(frozen=True, slots=True)
class CommandProperties:
    """The command and its options, from the session document."""

    command: str
    separate: bool = False
    stdout_prefix: bytes = b""
    stderr_prefix: bytes = b""

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> CommandProperties:
        """The properties of the first platform with a command. Raises CannotRun for none."""
        for platform in _PLATFORMS:
            given = properties.get(platform)
            if isinstance(given, Mapping) and given.get("commands"):
                return cls(
                    str(given["commands"]),
                    str(given.get("separateOutputStream", "")).lower() == "true",
                    str(given.get("stdOutSeparatorPrefix", "")).encode(),
                    str(given.get("stdErrSeparatorPrefix", "")).encode(),
                )
        raise CannotRun("Unable to start command: no command is given")


class LocalCommand:
    """A `RemoteProgram`: the command, in a temporary home folder that is removed with it."""

    def __init__(self, node_name: str, properties: CommandProperties) -> None:
        self._properties = properties
        self._home = Path(tempfile.mkdtemp(prefix="smtui-demo-"))
        self._variables = environment(os.environ, self._home, node_name)
        self._said: asyncio.Queue[bytes | ProgramMessage] = asyncio.Queue(_WAITING_PIECES)
        self._pid = 0
        self._failure: CannotRun | None = None
        self._closed: asyncio.Task[None] | None = None
        self._life = asyncio.create_task(self._live())

    async def read(self) -> bytes | ProgramMessage:
        """See `RemoteProgram`."""
        said = await self._said.get()
        if not said and self._failure is not None:
            raise self._failure
        return said

    async def write(self, data: bytes) -> None:
        """See `RemoteProgram`: keys such as Ctrl-C become signals, other input is dropped."""
        for key in data:
            number = _SIGNALS.get(key)
            if number is not None and self._pid:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._pid, number)

    def resize(self, columns: int, rows: int) -> None:
        """See `RemoteProgram`: there is no terminal."""

    async def close(self) -> None:
        """See `RemoteProgram`."""
        if self._closed is None:
            self._closed = asyncio.create_task(self._end())
        await asyncio.shield(self._closed)

    async def _live(self) -> None:
        try:
            await self._run()
        except CannotRun as failed:
            self._failure = failed
        await self._said.put(b"")

    async def _run(self) -> None:
        given = self._properties
        try:
            words = shlex.split(given.command)
        except ValueError as error:
            raise CannotRun(f"Unable to start command: {error}") from None
        if not words or shutil.which(words[0], path=self._variables["PATH"]) is None:
            await self._not_found(words[0] if words else "")
        elif given.separate:
            await self._run_apart(words)
        else:
            await self._run_together(words)

    async def _not_found(self, word: str) -> None:
        error = f'exec: "{word}": executable file not found in $PATH'
        if not self._properties.separate:
            raise CannotRun(f"Unable to start command: {error}")
        await self._said.put(ProgramMessage(PayloadType.EXIT_CODE, b"EXIT_CODE: 1"))
        await self._said.put(ProgramMessage(PayloadType.STDERR, error.encode()))

    async def _run_apart(self, words: list[str]) -> None:
        stdout, stderr = os.pipe(), os.pipe()
        self._spawn(words, stdout[1], stderr[1])
        await asyncio.gather(
            self._stream(stdout[0], PayloadType.OUTPUT, self._properties.stdout_prefix),
            self._stream(stderr[0], PayloadType.STDERR, self._properties.stderr_prefix),
        )
        status = await asyncio.to_thread(_exit_status, self._pid)
        await self._said.put(ProgramMessage(PayloadType.EXIT_CODE, f"EXIT_CODE: {status}".encode()))

    async def _run_together(self, words: list[str]) -> None:
        stdout = os.pipe()
        self._spawn(words, stdout[1], stdout[1])
        async with _reading(stdout[0]) as reader:
            output = await reader.read()
        if output:
            await self._said.put(output)

    async def _stream(self, descriptor: int, kind: PayloadType, prefix: bytes) -> None:
        async with _reading(descriptor) as reader:
            while data := await reader.read(_READ_BYTES):
                await self._said.put(ProgramMessage(kind, prefix + data))

    def _spawn(self, words: list[str], stdout: int, stderr: int) -> None:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, stdout, 1),
            (os.POSIX_SPAWN_DUP2, stderr, 2),
        ]
        try:
            self._pid = spawn(words, self._variables, actions)
        finally:
            for descriptor in {stdout, stderr}:
                os.close(descriptor)

    async def _end(self) -> None:
        self._life.cancel()
        await asyncio.wait([self._life])
        if self._pid:
            await asyncio.to_thread(end_session, self._pid, None)
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)


@contextlib.asynccontextmanager
async def _reading(descriptor: int) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield reader
    finally:
        transport.close()


def _exit_status(pid: int) -> int:
    """Wait for a child; returns its exit status, -1 after a signal. It stays unreaped, which reserves its id."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return ended.si_status if ended is not None and ended.si_code == os.CLD_EXITED else -1
