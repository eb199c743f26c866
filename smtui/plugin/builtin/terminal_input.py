"""Reads standard input for a session: sets raw mode, reads without blocking the event loop, handles escapes.

Escapes and notes on silence are for it to handle only if smtui relays no terminal: under the AWS CLI, in a Windows
console.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from smtui.plugin.escapes import HELP_BYTES, Escape, Escapes
from smtui.plugin.silence import Silence

if TYPE_CHECKING:
    from smtui.plugin.builtin.output_stream import OutputStream

if sys.platform != "win32":
    import termios

NO_TERMINAL = (300, 100)
"""Columns and rows that the official plugin reports without a terminal."""

_Modes = list[Any]
"""As termios returns them: numbers, and the control characters."""

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6

_READ_BYTES = 65_536
_PIECE = 65_536
ANSWER_SECONDS = 10.0
"""For any output after the user typed, before the user gets a note."""

_LOOKED_FOR = 0.5


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
            try:
                self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece.replace(b"\r\n", b"\r"))
            except RuntimeError:
                return  # the loop has ended: nobody reads any more


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


class Terminal:
    """The terminal of stdin. Every method does nothing if stdin is none."""

    def __init__(self, stdin: int = 0, stdout: int = 1) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._saved: _Modes | None = None
        self.is_interactive = os.isatty(stdin)
        """Whether somebody types; on Windows that is a console, whose modes are not changed."""
        self.is_there = sys.platform != "win32" and self.is_interactive

    @contextlib.contextmanager
    def raw(self) -> Iterator[None]:
        """Set raw mode inside: every key is a byte, none a signal, no echo; output as before. Restores the modes."""
        self._saved = self._get()
        if self._saved is not None:
            self._set(_raw(self._saved))
        try:
            yield
        finally:
            self.give_back()

    def give_back(self) -> None:
        """Restore the modes before `raw` ends: Ctrl-C is a signal again."""
        if self._saved is not None:
            self._set(self._saved)

    def leave_output_alone(self) -> None:
        """Stop changing line ends in output: from now on the remote's terminal makes them."""
        modes = self._get()
        if modes is not None:
            modes[_OFLAG] &= ~termios.OPOST
            self._set(modes)

    def size(self) -> tuple[int, int]:
        """Return columns and rows of stdout, or else stdin; 300x100 if neither is a terminal."""
        for descriptor in (self._stdout, self._stdin):
            with contextlib.suppress(OSError):
                columns, rows = os.get_terminal_size(descriptor)
                if columns and rows:
                    return columns, rows
        return NO_TERMINAL

    def _get(self) -> _Modes | None:
        if not self.is_there:
            return None
        try:
            return list(termios.tcgetattr(self._stdin))
        except termios.error:
            return None

    def _set(self, modes: _Modes) -> None:
        # A background job that sets modes is stopped by SIGTTOU, and would then never give the terminal back.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, modes)
        finally:
            signal.signal(signal.SIGTTOU, before)


def _raw(modes: _Modes) -> _Modes:
    raw = list(modes)
    raw[_IFLAG] &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    )
    raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[_CFLAG] = raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    characters = list(modes[_CC])
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    raw[_CC] = characters
    return raw


class OwnEscapes:
    """Filters all that is typed. Sets `end_requested` once the user typed `~.`."""

    def __init__(self, screen: OutputStream, label: str) -> None:
        self._screen = screen
        self._escapes = Escapes()
        self._silence = Silence(label, ANSWER_SECONDS)
        self.end_requested = False

    def typed(self, keys: bytes) -> bytes:
        """Return the keys that are for the session."""
        passed, escapes = self._escapes.feed(keys)
        for escape in escapes:
            if escape is Escape.END:
                self.end_requested = True
            else:
                self._screen.put(HELP_BYTES)
        self._silence.typed(passed)
        return passed

    def answered(self) -> None:
        """Record that output came."""
        self._silence.broken()

    async def run(self) -> None:
        """Print the notes on silence, until cancelled."""
        while True:
            await asyncio.sleep(_LOOKED_FOR)
            line = self._silence.line()
            if line and self._screen.at_rest:
                self._screen.put(line)
