"""A real pty with a program in it, and a terminal emulator that reads its screen."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import pexpect
import pyte

from tests.waiting import PATIENCE, wait_until

_ALTERNATE_SCREEN = 1049
_BETWEEN_PIECES = 0.01
_LONGEST_FRAME = 0.1
"""Seconds: a frame has come when nothing follows for so long, and what goes on for longer is no frame."""
_KITTY_PUSH = re.compile(rb"\x1b\[>[\d;]*u")
_ASKS_ATTRIBUTES = b"\x1b[c"
_KITTY_POP = re.compile(rb"\x1b\[<[\d;]*u")


class Screen(pyte.Screen):
    """pyte has one screen only: entering or leaving the alternate one at least leaves nothing of the other to see."""

    def set_mode(self, *modes: int, **options: bool) -> None:
        super().set_mode(*modes, **options)
        self._blank_if_swapped(modes)

    def reset_mode(self, *modes: int, **options: bool) -> None:
        super().reset_mode(*modes, **options)
        self._blank_if_swapped(modes)

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        if not private:  # with `>` it is about keys, which pyte does not know
            super().select_graphic_rendition(*attrs)

    def _blank_if_swapped(self, modes: tuple[int, ...]) -> None:
        if _ALTERNATE_SCREEN in modes:
            self.erase_in_display(2)


class Terminal:
    """Types into a program and sees what a person would see."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 100,
        rows: int = 30,
        attributes: bytes = b"",
    ) -> None:
        """`attributes` is what it answers when it is asked for its primary device attributes; nothing when empty."""
        self._attributes = attributes
        self._tail = b""
        self._child = pexpect.spawn(argv[0], list(argv[1:]), env=dict(env), dimensions=(rows, columns), timeout=None)
        self._child.delaybeforesend = None
        self._child.ptyproc.delayafterclose = 0.01
        self._screen = Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.sending = threading.Lock()
        """Hold it for what comes in several pieces: a terminal does not answer in the middle of another answer."""
        self._shown: list[str] | None = None
        """The screen's lines since its last change; reading them costs more than waiting for most changes."""
        self.output = b""
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Takes in whole frames, so that nobody sees half of one.

        Never blocked in a read for long: a descriptor under one is not really closed when it is closed.
        """
        while not self._closing.is_set():
            if not self._has_more(0.05):
                continue
            data, until = b"", time.monotonic() + _LONGEST_FRAME
            while more := self._read_piece():
                data += more
                if not self._has_more(_BETWEEN_PIECES) or time.monotonic() > until:
                    break
            with self._lock:
                self.output += data
                self._stream.feed(data)
                self._shown = None
            if not more:
                return

    def _has_more(self, seconds: float) -> bool:
        return bool(select.select([self._child.child_fd], [], [], seconds)[0])

    def _read_piece(self) -> bytes:
        """A pty gives a frame in pieces; nothing once the program has closed it."""
        try:
            data = os.read(self._child.child_fd, 65536)
        except OSError:
            return b""
        self._answer(data)
        return data

    def _answer(self, data: bytes) -> None:
        text = self._tail + data
        for _ in range(text.count(_ASKS_ATTRIBUTES) if self._attributes else 0):
            with self.sending:
                os.write(self._child.child_fd, self._attributes)
        self._tail = text[text.rfind(b"\x1b") :][-len(_ASKS_ATTRIBUTES) + 1 :] if b"\x1b" in text[-2:] else b""

    # What is there ------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        pid: int = self._child.pid
        return pid

    def lines(self) -> list[str]:
        with self._lock:
            if self._shown is None:
                self._shown = [line.rstrip() for line in self._screen.display]
            return self._shown.copy()

    def cells(self) -> list[list[Any]]:
        """The screen's rows as pyte's characters, with their colours."""
        with self._lock:
            screen = self._screen
            return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]

    def text(self) -> str:
        return "\n".join(self.lines())

    def written(self) -> str:
        """All output so far, but for a last character of which only some bytes have come."""
        return codecs.getincrementaldecoder("utf-8")().decode(self.output)

    def line_with(self, text: str) -> str:
        return next((line for line in self.lines() if text in line), "")

    def modes_left_on(self) -> set[int]:
        """Private modes that the program has switched on and not off again, apart from those on by default."""
        with self._lock:
            return {mode >> 5 for mode in self._screen.mode if mode >= 32} - {7, 25}

    def cursor_hidden(self) -> bool:
        hidden: bool = self._screen.cursor.hidden
        return hidden

    def keyboard_depth(self) -> int:
        """How many kitty keyboard modes were pushed and not popped."""
        with self._lock:
            return len(_KITTY_PUSH.findall(self.output)) - len(_KITTY_POP.findall(self.output))

    # What a person does -------------------------------------------------------------------------

    def press(self, keys: str | bytes) -> None:
        self._child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        with self._lock:
            self._screen.resize(rows, columns)
            self._shown = None
        self._child.setwinsize(rows, columns)

    def wait_for(self, wanted: str | Callable[[str], bool], patience: float = PATIENCE) -> str:
        """Wait until the screen holds the text (or satisfies the test); answers the screen."""
        shown = ""

        def is_shown() -> bool:
            nonlocal shown
            shown = self.text()
            return wanted(shown) if callable(wanted) else wanted in shown

        wait_until(is_shown, lambda: f"{wanted!r} is not on the screen:\n{shown}", patience=patience)
        return shown

    def wait_until_gone(self, unwanted: str, patience: float = PATIENCE) -> str:
        return self.wait_for(lambda text: unwanted not in text, patience)

    def wait_for_end(self, patience: float = PATIENCE) -> int:
        """The exit status, or minus the signal, once the program has ended and its output is read."""
        wait_until(lambda: not self._child.isalive(), lambda: f"it runs; the screen:\n{self.text()}", patience=patience)
        self._reader.join(1)
        status, signalled = self._child.exitstatus, self._child.signalstatus
        return -int(signalled) if signalled is not None else int(status)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal as a window that is closed does."""
        self._closing.set()
        self._reader.join()
        self._child.ptyproc.fileobj.close()
        self._child.ptyproc.closed = self._child.closed = True

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._reader.join()
        if not self._child.closed:
            self._child.close(force=True)
