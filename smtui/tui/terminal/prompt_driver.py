"""Extends Textual's Linux driver for a lent terminal and for keys that arrive in bunches.

Textual's reading thread polls every 0.1 s and then waits 0.1 s more, which would be most of the time from `enter` to
the remote's first byte; this one is woken. While the terminal is lent it writes nothing: Textual's driver would wait
for ever for a writer that has ended.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import select
import signal
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from typing import IO, Any

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import (
    SPECIAL_SEQUENCES,
    XTermParser,
    _re_cursor_position,
    _re_extended_key,
    _re_in_band_window_resize,
    _re_mouse_event,
    _re_terminal_mode_response,
)
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from smtui.tui.terminal.starting_terminal import without_flush
from smtui.tui.terminal.terminal_answers import FENCE, AnswerFilter, EscapeKey, Piece

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
"""Between two looks at an unfinished escape sequence."""
_READ_BYTES = 4096
_QUEUE_SECONDS = 0.2
"""Between two tries to put into a full queue of writes."""
_STALLED_SECONDS = 2.0
"""How long closing waits for a terminal that takes nothing."""
_LONGEST_CLOSING = 60.0
"""How long closing waits for a terminal that takes a little now and then."""
_CLOSING_SECONDS = 0.05
"""Between two looks at the writer while closing."""
_PIECE = 1024
"""Characters that a slow connection takes at a time."""
_NO_DRAWING = ("\x1b[?", "\x1b[>", "\x1b[<", "\x1b]")
"""Marks of writes that do more than draw: they set modes or the clipboard."""
_ESCAPE = "\x1b"
_INTRODUCERS = "[O"
"""Characters that follow the escape of a longer sequence."""
_KNOWN = (_re_extended_key, _re_in_band_window_resize, _re_mouse_event, _re_terminal_mode_response, _re_cursor_position)


class TerminalGone(Message):
    """The terminal was closed without a signal."""


def is_known(sequence: str) -> bool:
    """Say whether Textual reads this control sequence as more than the keys it is written with."""
    known = sequence in SPECIAL_SEQUENCES or sequence in ANSI_SEQUENCES_KEYS
    return known or any(form.fullmatch(sequence) for form in _KNOWN)


class _UnbreakableFile:
    """Wraps the terminal for Textual's writing thread, which an error on a closed terminal would end."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.pieces = 0
        """How many pieces the terminal has taken."""

    def write(self, text: str) -> None:
        try:
            for start in range(0, len(text), _PIECE):
                self._file.write(text[start : start + _PIECE])
                self._file.flush()
                self.pieces += 1
        except (OSError, ValueError):
            return

    def flush(self) -> None:
        try:
            self._file.flush()
        except (OSError, ValueError):
            return

    def fileno(self) -> int:
        return self._file.fileno()


class PromptParser(XTermParser):
    """Reads an escape and a key right behind it as two keys, which they mostly are.

    On a bad connection they arrive together, and Textual reads the second with alt, or the second alone: `escape`
    `enter` would answer a question with yes. Combinations that Textual names (alt+backspace, say) stay combinations.
    """

    @property
    def is_waiting(self) -> bool:
        """Whether a sequence is unfinished, so that `tick` may end it."""
        return self._timeout_time is not None

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if _is_escape_and_key(sequence):
            yield events.Key("escape", _ESCAPE)
            sequence = sequence[1:]
        yield from super()._sequence_to_key_events(sequence, alt)


def _is_escape_and_key(sequence: str) -> bool:
    return (
        len(sequence) == len(_ESCAPE) + 1
        and sequence[0] == _ESCAPE
        and sequence[1] not in _INTRODUCERS
        and not isinstance(ANSI_SEQUENCES_KEYS.get(sequence), tuple)
    )


class PromptDriver(LinuxDriver):
    """Replaces `LinuxDriver`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file: Any = _UnbreakableFile(self._file)
        self._waking, self._wake = os.pipe()
        self._has_terminal = False
        self._is_stopping = False
        self._modes_at_start: list[Any] | None = None
        self._answers = AnswerFilter(is_known)
        self._starts = 0

    # Taking and giving the terminal -----------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal for the screen; does nothing when it already has it."""
        if self._has_terminal:
            return
        self._has_terminal = True
        if self._starts:
            self._answers.after_session(time.monotonic())
        else:
            self._answers.expect_fence(time.monotonic())
        self._starts += 1
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # The base returns silently when it cannot get the terminal.
        self._has_terminal = self._writer is not None
        # A session may have left other modes behind; the modes to restore are those before the first start.
        self._modes_at_start = self._modes_at_start or self.attrs_before
        self.attrs_before = self._modes_at_start
        self.write(FENCE)

    def stop_application_mode(self) -> None:
        """Give the terminal back with the modes it had at the start."""
        if self._has_terminal:
            self._answers.before_session(time.monotonic())
            self._drop_drawing()
            if self._modes_at_start is not None:
                # Ctrl-C must not discard the closing output that a slow terminal has yet to show.
                self.attrs_before = without_flush(self._modes_at_start)
            super().stop_application_mode()
            self._has_terminal = False

    def disable_input(self) -> None:
        """Stop reading; wakes the reading thread."""
        if self._has_terminal:
            os.write(self._wake, b"\0")
            super().disable_input()

    def _drop_drawing(self) -> None:
        """Drop queued drawing: nobody will see it, and on a slow connection it would delay leaving."""
        writer = self._writer
        if writer is None:
            return
        waiting = writer._queue  # noqa: SLF001 - it cannot be emptied otherwise
        with waiting.mutex:
            kept = [text for text in waiting.queue if text is None or any(mark in text for mark in _NO_DRAWING)]
            waiting.queue.clear()
            waiting.queue.extend(kept)
            waiting.not_full.notify_all()

    def close(self) -> None:
        """Wait for all writes while the terminal takes some: else it would keep the screen's modes."""
        writer, self._writer_thread = self._writer_thread, None
        asked, pieces, began = False, self._file.pieces, time.monotonic()
        since, latest = began, began + _LONGEST_CLOSING
        while writer is not None and writer.is_alive() and time.monotonic() < min(since + _STALLED_SECONDS, latest):
            if not asked:
                asked = _enqueue(writer, None, _CLOSING_SECONDS)
            else:
                writer.join(_CLOSING_SECONDS)
            if self._file.pieces != pieces or self._is_idle():
                pieces, since = self._file.pieces, time.monotonic()
        self._drain()

    def _is_idle(self) -> bool:
        """Say whether the terminal would take more: then this machine is what is slow."""
        try:
            return bool(select.select([], [self._file.fileno()], [], 0)[1])
        except (OSError, ValueError):
            return False

    def _drain(self) -> None:
        """Empty the pipe: a wake-up that no thread read must not wake the next one."""
        while select.select([self._waking], [], [], 0)[0]:
            os.read(self._waking, _READ_BYTES)

    @property
    def _writer(self) -> WriterThread | None:
        writer = self._writer_thread
        return writer if writer is not None and writer.is_alive() else None

    def write(self, data: str) -> None:
        """Queue this text; dropped while the screen does not have the terminal."""
        writer = self._writer
        if self._has_terminal and writer is not None:
            _enqueue(writer, data)

    # Being stopped and continued from outside -----------------------------------------------------

    def _sigtstp_application(self, *_: object) -> None:
        """Stop on the loop: the signal may have interrupted a write, which must end first."""
        if not self._is_stopping:  # Ctrl-Z held down must not need as many `fg`
            self._is_stopping = True
            self._on_loop(self._stop_process)

    def _sigcont_application(self, *_: object) -> None:
        self._on_loop(self._continue_process)

    def _on_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # closed: the program is about to end
            self._loop.call_soon_threadsafe(call)

    def _stop_process(self) -> None:
        if self._auto_restart and self._has_terminal:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)
        self._is_stopping = False

    def _continue_process(self) -> None:
        """Take the terminal again, also after SIGSTOP: the shell has used it meanwhile."""
        if self._auto_restart and (self._has_terminal or self._must_signal_resume):
            self.suspend_application_mode()
            self.resume_application_mode()

    # Reading --------------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read the terminal and send messages until told to exit."""
        reader = _Reader(self._answers, debug=self._debug)
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno, self._waking], [], [], reader.patience())
            if self._waking in ready:
                os.read(self._waking, _READ_BYTES)
                self.exit_event.wait(_TICK_SECONDS)
                continue
            data = self._read() if self.fileno in ready else None
            if data == b"":
                self.process_message(TerminalGone())
                return  # reading again would only burn the processor
            for message in reader.messages(data):
                self.process_message(message)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""


class _Reader:
    """Turns bytes into messages. No input, whatever it is, ends the reading thread."""

    def __init__(self, answers: AnswerFilter, *, debug: bool = False) -> None:
        self._answers = answers
        self._debug = debug
        self._parser = PromptParser(debug)
        self._decode = getincrementaldecoder("utf-8")(errors="surrogateescape").decode
        self._seen = time.monotonic()
        """When no input waited: all was read then, or none had come."""

    def patience(self) -> float | None:
        """Return the seconds to wait for more input before calling `messages` again; None for ever."""
        due = self._answers.due()
        if due is not None:
            return min(max(due - time.monotonic(), 0), _TICK_SECONDS)
        return _TICK_SECONDS if self._parser.is_waiting else None

    def messages(self, data: bytes | None) -> Iterable[Message]:
        """Yield the messages of these bytes; None means that none came."""
        now = time.monotonic()
        pieces = self._answers.tick(now) if data is None else self._answers.feed(self._decode(data), now, self._seen)
        self._seen = now
        for piece in pieces:
            try:
                yield from self._parsed(piece)
            except Exception:
                # Textual converts anything that looks like a number or a character, and may fail.
                log.exception("unreadable keys")
                self._parser = PromptParser(self._debug)
        yield from self._parser.tick()

    def _parsed(self, piece: Piece) -> Iterable[Message]:
        if isinstance(piece, EscapeKey):
            yield events.Key("escape", _ESCAPE)
        else:
            yield from self._parser.feed(piece)


def _enqueue(writer: WriterThread, text: str | None, seconds: float = math.inf) -> bool:
    """Put text into the writer's queue; wait at most so many seconds, while it lives. False if it stayed full."""
    while writer.is_alive() and seconds > 0:
        try:
            writer._queue.put(text, timeout=min(seconds, _QUEUE_SECONDS))  # noqa: SLF001 - `write` would wait for ever
        except queue.Full:
            seconds -= _QUEUE_SECONDS
            continue
        return True
    return False
