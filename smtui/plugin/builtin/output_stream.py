"""Writes to standard output or error without blocking the event loop when nobody reads it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
from typing import TYPE_CHECKING

from smtui.plugin.builtin.official_words import spoken

if TYPE_CHECKING:
    from smtui.domain.terminal_modes.modes import TerminalModes

_BACKLOG = 262_144
"""Bytes that may wait to be written before the remote has to wait."""

_SAFE = getattr(select, "PIPE_BUF", 512)
"""Bytes that a ready descriptor takes without blocking."""


class OutputGone(Exception):
    """Nobody can read the output any more."""


class OutputStream:
    """Writes in order. Opens a terminal again, since other processes share the mode of the given descriptor."""

    def __init__(self, descriptor: int, modes: TerminalModes | None = None) -> None:
        """`modes` records what to undo in a terminal; None if the caller of the plugin does that."""
        self._descriptor = descriptor
        self._own = _reopened(descriptor)
        self._modes = modes if self.is_terminal else None
        self._backlog = bytearray()
        self._moved = asyncio.Event()
        self._gone = False

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal, which somebody may look at."""
        return self._own is not None

    async def write(self, data: bytes) -> None:
        """Write the remote's output, or keep it for later; waits while too much is kept. Raises OutputGone."""
        self.put(self._modes.pass_on(data) if self._modes else data)
        await self._until_kept(_BACKLOG)

    async def say(self, text: str) -> None:
        """Write our own words, which may quote text from outside."""
        await self.write(spoken(text).encode("utf-8", "replace"))

    def put(self, data: bytes) -> None:
        """Write, or keep for later, without waiting: for a few bytes of our own."""
        if not self._backlog:
            data = data[self._take(data) :]
        if data:
            self._keep(data)

    @property
    def at_rest(self) -> bool:
        """Whether a line of our own would not disturb what the remote shows, as far as is known."""
        return self._modes is None or self._modes.at_rest

    def put_back(self, columns: int, rows: int, *, softly_reset: bool) -> None:
        """Undo what the remote's programs left in the terminal, now or once it can be written."""
        if self._modes and not self._gone:
            self.put(self._modes.undo(rows, columns, softly_reset=softly_reset))

    async def flush(self, seconds: float) -> None:
        """Wait until all is written, at most `seconds`."""
        with contextlib.suppress(TimeoutError, OutputGone):
            async with asyncio.timeout(seconds):
                await self._until_kept(0)

    def close(self) -> None:
        """Drop what is kept, and close our descriptor."""
        self._stop_waiting()
        if self._own is not None:
            os.close(self._own)
            self._own = None

    async def _until_kept(self, most: int) -> None:
        while len(self._backlog) > most and not self._gone:
            self._moved.clear()
            await self._moved.wait()
        if self._gone:
            raise OutputGone

    def _keep(self, data: bytes) -> None:
        waiting = bool(self._backlog)
        self._backlog += data
        if not waiting and not self._gone:
            try:
                asyncio.get_running_loop().add_writer(self._target, self._on_ready)
            except (OSError, NotImplementedError):
                self._write_blocking()  # a plain file, or a system that cannot wait for it

    def _on_ready(self) -> None:
        most = _SAFE if self._own is None else _BACKLOG
        del self._backlog[: self._take(bytes(self._backlog[:most]))]
        self._moved.set()
        if not self._backlog:
            self._stop_waiting()

    def _take(self, data: bytes) -> int:
        """Write what can be written now; returns the number of bytes."""
        if self._own is None:
            if not self._is_ready():
                return 0
            data = data[:_SAFE]
        try:
            return os.write(self._target, data)
        except BlockingIOError:
            return 0
        except OSError:
            self._give_up()
            return len(data)

    def _write_blocking(self) -> None:
        try:
            while self._backlog:
                del self._backlog[: os.write(self._target, self._backlog)]
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self._gone = True
        self._backlog.clear()
        self._stop_waiting()
        self._moved.set()

    def _stop_waiting(self) -> None:
        with contextlib.suppress(OSError, NotImplementedError, ValueError):
            asyncio.get_running_loop().remove_writer(self._target)

    def _is_ready(self) -> bool:
        if sys.platform == "win32":
            return False
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(0))

    @property
    def _target(self) -> int:
        return self._descriptor if self._own is None else self._own


def _reopened(descriptor: int) -> int | None:
    """Open the same terminal again, non-blocking; None if it is no terminal."""
    if sys.platform == "win32":
        return None
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
