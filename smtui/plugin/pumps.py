"""Threads that move bytes between our own standard streams and a plugin's pipes (POSIX)."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from typing import IO

from smtui.domain.outcome import PluginWord, PluginWords
from smtui.plugin.first_word import FirstWord
from smtui.plugin.wake import Wake
from smtui.plugin.words import Tail, understand

_CHUNK = 65536
_NO_FAREWELL = (PluginWord.NOTHING, PluginWord.BANNER, PluginWord.OTHER)


class Heard:
    """What a plugin said on both its streams, for the report."""

    def __init__(self) -> None:
        self.tail = Tail()
        self.first_word = FirstWord()
        self._apart: dict[int, Tail] = {}
        self._lock = threading.Lock()

    def feed(self, output: bytes, stream: int) -> None:
        with self._lock:
            self.tail.feed(output)
            self.first_word.feed(output)
            self._apart.setdefault(stream, Tail()).feed(output)

    def words(self) -> PluginWords:
        """The last words, wherever they were said: the other stream's end may have been read after them."""
        said = [understand(tail.text()) for _, tail in sorted(self._apart.items(), reverse=True)]
        return next((words for words in said if words.word not in _NO_FAREWELL), understand(self.tail.text()))


class OutputPump(threading.Thread):
    """Passes one stream on, unchanged, until it ends, and closes it. Blocks where our reader blocks."""

    def __init__(self, source: IO[bytes], sink: int, heard: Heard, wake: Wake) -> None:
        super().__init__(name=f"plugin-output-{sink}", daemon=True)
        self.busy = False
        """Whether it has something that our reader has not taken yet."""
        self.reader_gone = False
        self._source = source
        self._sink = sink
        self._heard = heard
        self._wake = wake

    def run(self) -> None:
        # Nobody else may close the source: its number could be another file's by the next read.
        with self._source:
            while output := self._read():
                self._heard.feed(output, self._sink)
                self.busy = True
                self._write(output)
                self.busy = False

    def _read(self) -> bytes:
        try:
            return os.read(self._source.fileno(), _CHUNK)
        except OSError:
            return b""

    def _write(self, output: bytes) -> None:
        rest = memoryview(output)
        try:
            while rest and not self.reader_gone:
                rest = rest[os.write(self._sink, rest) :]
        except OSError:
            # EPIPE, as with `| head`. Reading goes on, so that the plugin is not stuck on its way out.
            self.reader_gone = True
            self._wake()


class InputPump(threading.Thread):
    """Passes our stdin to the plugin until either ends, and passes its end on."""

    def __init__(self, source: int, sink: IO[bytes]) -> None:
        super().__init__(name="plugin-input", daemon=True)
        self._source = source
        self._sink = sink
        self._quit = Wake()

    def run(self) -> None:
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
        """Once the plugin has ended, so that no write can block any more."""
        self._quit()
        if self.is_alive():
            self.join()
        self._quit.close()
        with contextlib.suppress(OSError):
            self._sink.close()
