"""Moves bytes between our own standard streams and a plugin's pipes, in threads (POSIX)."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import termios
import threading
from typing import IO

from smtui.domain.outcome import PluginWord, PluginWords
from smtui.plugin.last_words import Tail, understand
from smtui.plugin.silence import FirstWord
from smtui.plugin.terminal_modes.modes import TerminalModes
from smtui.plugin.wake_pipe import Wake

_CHUNK = 65536
_NO_FAREWELL = (PluginWord.NOTHING, PluginWord.BANNER, PluginWord.OTHER)


class Transcript:
    """Keeps the end of what a plugin wrote to both its streams, for the report."""

    def __init__(self) -> None:
        self.tail = Tail()
        self.first_word = FirstWord()
        self._apart: dict[int, Tail] = {}
        self._lock = threading.Lock()

    def feed(self, output: bytes, stream: int) -> None:
        """Add output of one stream, named by the descriptor it goes to. Called from both pumps."""
        with self._lock:
            self.tail.feed(output)
            self.first_word.feed(output)
            self._apart.setdefault(stream, Tail()).feed(output)

    def words(self) -> PluginWords:
        """Return the last words, on whichever stream they came: the other stream's end may have been read later."""
        said = [understand(tail.text()) for _, tail in sorted(self._apart.items(), reverse=True)]
        return next((words for words in said if words.word not in _NO_FAREWELL), understand(self.tail.text()))


class Sinks:
    """Our own stdout and stderr. Records the changes to a terminal among them, and undoes them at the end."""

    def __init__(self, *sinks: int) -> None:
        self._terminals = {sink for sink in sinks if os.isatty(sink)}
        self._modes = TerminalModes()
        self._lock = threading.Lock()

    def pass_on(self, output: bytes, sink: int) -> bytes:
        """Return what to write instead of this output; it is unchanged unless the sink is a terminal."""
        if sink not in self._terminals:
            return output
        with self._lock:
            return self._modes.pass_on(output)

    def put_back(self, patience: float, *, softly_reset: bool) -> None:
        """Undo what was left changed in the terminal, if it takes that within `patience` seconds."""
        for sink in sorted(self._terminals)[:1]:
            rows, columns = termios.tcgetwinsize(sink)
            with self._lock:
                undo = self._modes.undo(rows, columns, softly_reset=softly_reset)
            if undo and select.select([], [sink], [], patience)[1]:
                os.write(sink, undo)


class OutputPump(threading.Thread):
    """Passes one stream on until it ends, and closes it. Blocks while our reader does not read."""

    def __init__(self, source: IO[bytes], sink: int, sinks: Sinks, transcript: Transcript, wake: Wake) -> None:
        super().__init__(name=f"plugin-output-{sink}", daemon=True)
        self.busy = False
        """Whether output waits for our reader."""
        self.reader_gone = False
        self._source = source
        self._sink = sink
        self._sinks = sinks
        self._transcript = transcript
        self._wake = wake
        self._finished = False

    def finish(self) -> None:
        """Pass nothing more on: late output of the plugin must not reach whoever takes the streams back.

        A blocked write may still complete. Reading goes on until the stream ends.
        """
        self._finished = True

    def run(self) -> None:
        # Nobody else may close the source: its number could be another file's by the next read.
        """Read until the stream ends; for the thread alone."""
        with self._source:
            while output := self._read():
                self._transcript.feed(output, self._sink)
                self.busy = True
                self._write(self._sinks.pass_on(output, self._sink))
                self.busy = False

    def _read(self) -> bytes:
        try:
            return os.read(self._source.fileno(), _CHUNK)
        except OSError:
            return b""

    def _write(self, output: bytes) -> None:
        rest = memoryview(output)
        try:
            while rest and not self.reader_gone and not self._finished:
                rest = rest[os.write(self._sink, rest) :]
        except OSError:
            # EPIPE, as with `| head`. Reading goes on, so that the plugin is not stuck on its way out.
            self.reader_gone = True
            self._wake()


class InputPump(threading.Thread):
    """Passes our stdin to the plugin until either ends; closes the pipe when stdin ends."""

    def __init__(self, source: int, sink: IO[bytes]) -> None:
        super().__init__(name="plugin-input", daemon=True)
        self._source = source
        self._sink = sink
        self._quit = Wake()

    def run(self) -> None:
        """Read until stdin ends or `end` is called; for the thread alone."""
        with contextlib.suppress(OSError):
            while keys := self._read():
                rest = memoryview(keys)
                while rest:
                    rest = rest[os.write(self._sink.fileno(), rest) :]
        with contextlib.suppress(OSError):
            self._sink.close()

    def _read(self) -> bytes:
        with selectors.SelectSelector() as selector:
            selector.register(self._quit.fd, selectors.EVENT_READ)
            selector.register(self._source, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select()}
        if self._quit.fd in ready:
            return b""
        return os.read(self._source, _CHUNK)

    def end(self) -> None:
        """Stop. Call it once the plugin has ended, when no write can block any more."""
        self._quit()
        if self.is_alive():
            self.join()
        self._quit.close()
        with contextlib.suppress(OSError):
            self._sink.close()
