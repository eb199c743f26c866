"""Plays a recording in the user's terminal, which is as before afterwards, whatever happens (POSIX).

The recording may come from anyone: only what draws reaches the terminal. Only keys, a signal or the end of the
recording end the player. What it writes itself goes to the last row; then the screen is drawn again from the start.
"""

from __future__ import annotations

import codecs
import contextlib
import select
import signal
import termios
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from smtui.domain.ages import clock_words
from smtui.domain.terminal_modes.drawing_filter import DrawingFilter, PlainText
from smtui.domain.terminal_modes.modes import TerminalModes
from smtui.domain.text import fit, harmless, printable
from smtui.recording.asciicast import OUTPUT
from smtui.recording.ended_by_signal import EndedBySignal
from smtui.recording.playback import Playback, without_long_pauses

if TYPE_CHECKING:
    from smtui.recording.cast_file import CastFile
    from smtui.user_terminal import UserTerminal

_MOST_PENDING = 65536
_GIVING_BACK_SECONDS = 2.0
_LONGEST_WAIT = 3600.0
"""Seconds; a timeout of centuries is an error."""
_CUT = b"\x18\x1b\\"
"""Ends a control sequence that was cut off."""
_CLEAR = b"\x1b[H\x1b[2J"
_SHORT, _LONG = 5.0, 60.0
"""Seconds that an arrow moves."""
_ARROWS = {"C": _SHORT, "D": -_SHORT, "A": _LONG, "B": -_LONG}
_QUIT = ("q", "\x03", "\x04")
_LONGEST_NEEDLE = 200
_HELP = "q end · space pause · arrows move · + - speed · / search"


class Player:
    """Plays one recording; call `run` once, on the main thread."""

    def __init__(
        self,
        cast: CastFile,
        terminal: UserTerminal,
        *,
        speed: float = 1.0,
        idle_limit: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cast = cast
        self._terminal = terminal
        self._clock = clock
        times = without_long_pauses(cast.times, idle_limit if idle_limit is not None else cast.header.idle_limit)
        self._playback = Playback(times, clock(), speed=speed)
        self._shown = 0
        self._filter = DrawingFilter()
        self._modes = TerminalModes()
        self._pending = bytearray()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._needle: str | None = None
        """What is being typed to search for; None while nothing is."""
        self._last_needle = ""
        self._is_overwritten = False
        """Whether a line of our own is on the screen."""
        self._is_ended = False
        self._keys: dict[str, Callable[[float], None]] = {
            " ": self._switch_pause,
            "+": self._faster,
            "=": self._faster,
            "-": self._slower,
            ".": self._playback.step,
            "/": self._begin_search,
            "n": self._search_on,
            "?": self._explain,
        }

    def run(self) -> None:
        """Play to the end. Raises `BrokenRecording`, and `EndedBySignal`, after the terminal is given back."""
        with _signals_raise():
            try:
                self._terminal.make_raw()
                rows, _ = self._terminal.size()
                self._write_now(b"\r\n" * (rows or 24) + _CLEAR)  # what is on the screen goes to the scrollback
                self._loop()
            finally:
                self._give_back()
                self._terminal.restore()

    def _loop(self) -> None:
        while not self._is_ended:
            self._show_due()
            now = self._clock()
            busy = bool(self._pending)
            if not busy and self._shown >= len(self._cast) and self._playback.is_over(now) and not self._is_overwritten:
                return
            wait = None if busy or self._needle is not None else self._playback.wait(self._shown, now)
            wait = wait if wait is None else min(wait, _LONGEST_WAIT)
            readable, writable, _ = select.select(
                [self._terminal.input], [self._terminal.output] if busy else [], [], wait
            )
            if writable:
                self._flush()
            if readable:
                self._read_keys()

    # Showing -----------------------------------------------------------------------------------

    def _show_due(self) -> None:
        if self._needle is not None or self._is_overwritten:
            return  # what is due is drawn when our own line goes
        due = self._playback.due(self._clock())
        while self._shown < due and len(self._pending) < _MOST_PENDING:
            event = self._cast.event(self._shown)
            self._shown += 1
            if event.code == OUTPUT:
                drawn = self._filter.feed(event.text).encode("utf-8", "replace")
                self._pending += self._modes.pass_on(drawn)

    def _rewind(self) -> None:
        """Begin again from an empty screen; what is due is then drawn at once."""
        undo = self._modes.undo(*self._terminal.size())
        self._pending[:] = (_CUT if self._pending else b"") + undo + _CLEAR
        self._filter, self._modes = DrawingFilter(), TerminalModes()
        self._shown = 0
        self._is_overwritten = False

    def _draw_line(self, text: str) -> None:
        """Draw a line of our own over the last row, keeping the cursor's place."""
        rows, columns = self._terminal.size()
        shown = fit(harmless(text), max(columns - 1, 1))
        self._pending += f"\x1b7\x1b[r\x1b[{rows or 24};1H\x1b[0;7m {shown}\x1b[K\x1b8".encode("utf-8", "replace")
        self._is_overwritten = True

    def _flush(self) -> None:
        try:
            written = self._terminal.write(self._pending)
        except OSError:
            self._is_ended = True
            return
        del self._pending[:written]

    # Keys --------------------------------------------------------------------------------------

    def _read_keys(self) -> None:
        keys = self._terminal.read()
        if keys is None:
            return
        if not keys:
            self._is_ended = True
            return
        for key in _keys(self._decode(keys)):
            if self._needle is not None:
                self._type(key)
            else:
                self._obey(key)

    def _obey(self, key: str) -> None:
        if key in _QUIT:
            self._is_ended = True
            return
        if self._is_overwritten:
            self._rewind()
        if key[:1] == "\x1b" and key[-1] in _ARROWS:
            self._jump(_ARROWS[key[-1]])
        elif (does := self._keys.get(key)) is not None:
            does(self._clock())

    def _switch_pause(self, now: float) -> None:
        (self._playback.resume if self._playback.is_paused else self._playback.pause)(now)

    def _faster(self, now: float) -> None:
        self._playback.change_speed(2, now)

    def _slower(self, now: float) -> None:
        self._playback.change_speed(0.5, now)

    def _jump(self, seconds: float) -> None:
        now = self._clock()
        self._playback.jump(seconds, now)
        if self._playback.due(now) < self._shown:
            self._rewind()

    def _begin_search(self, now: float) -> None:
        self._pause_with("/", now)
        self._needle = ""

    def _search_on(self, now: float) -> None:
        if self._last_needle:
            self._search(self._last_needle)

    def _explain(self, now: float) -> None:
        at, length = clock_words(self._playback.at(now)), clock_words(self._playback.length)
        self._pause_with(f"{at} of {length} · {self._playback.speed:g}× · {_HELP}", now)

    def _pause_with(self, line: str, now: float) -> None:
        """Pause, and draw a line of our own over what is due."""
        self._playback.pause(now)
        while self._shown < self._playback.due(now) and not self._is_ended:
            self._show_due()
            self._write_now(b"")
        self._draw_line(line)

    def _type(self, key: str) -> None:
        """Take a key of the text to search for."""
        needle = self._needle or ""
        if key in ("\r", "\n"):
            self._needle = None
            self._rewind()
            if needle or self._last_needle:
                self._search(needle or self._last_needle)
        elif key in ("\x1b", "\x03"):
            self._needle = None
            self._rewind()
        else:
            if key in ("\x7f", "\b"):
                needle = needle[:-1]
            elif key == printable(key) and len(needle) < _LONGEST_NEEDLE:
                needle += key
            self._needle = needle
            self._draw_line(f"/{needle}")

    def _search(self, needle: str) -> None:
        """Jump to the next occurrence, and pause there."""
        now = self._clock()
        self._last_needle = needle
        self._playback.pause(now)
        found = next_occurrence(self._cast, needle, self._playback.due(now))
        if found is None:
            self._pause_with(f"No “{needle}” after this.", now)
        else:
            self._playback.go_to(found, now)

    # The end -----------------------------------------------------------------------------------

    def _write_now(self, output: bytes) -> None:
        """Write what is pending, then this, as long as the terminal takes it."""
        self._pending += output
        while self._pending and not self._is_ended:
            if not select.select([], [self._terminal.output], [], _GIVING_BACK_SECONDS)[1]:
                return
            self._flush()

    def _give_back(self) -> None:
        """Undo what the recording left switched on, below all that is drawn."""
        rows, columns = 0, 0
        with contextlib.suppress(termios.error, OSError):
            rows, columns = self._terminal.size()
        is_early = self._is_ended or self._shown < len(self._cast)
        last_row = b"\x1b[%d;1H" % (rows or 24) + (b"\x1b[2K" if self._is_overwritten else b"")
        output = (_CUT if self._pending else b"") + (last_row if is_early and self._modes.at_rest else b"")
        self._pending.clear()
        self._is_ended = False
        output += self._modes.undo(rows, columns, softly_reset=True)
        with contextlib.suppress(OSError):
            self._write_now(output + b"\x1b[0m\r\n")


def next_occurrence(cast: CastFile, needle: str, start: int) -> int | None:
    """Return the first event from `start` on with which this text is complete; None if there is none."""
    wanted, plain = needle.casefold(), PlainText()
    before = ""
    for index, text in cast.texts(start):
        seen = before + plain.feed(text).casefold()
        if wanted in seen:
            return index
        before = seen[-(len(wanted) - 1) :] if len(wanted) > 1 else ""
    return None


def _keys(typed: str) -> Iterator[str]:
    """Yield keys: characters, and arrows as whole sequences."""
    at = 0
    while at < len(typed):
        size = 3 if typed[at] == "\x1b" and typed[at + 1 : at + 2] in ("[", "O") and len(typed) >= at + 3 else 1
        yield typed[at : at + size]
        at += size


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """Let the signals that would end us raise `EndedBySignal`, so that the terminal is given back first."""

    def end(number: int, frame: FrameType | None) -> None:
        raise EndedBySignal(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
