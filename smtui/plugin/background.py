"""Runs a plugin in the background for a port forward, without a terminal, and understands each line it prints.

The plugin leads a session of its own, so no key of the user reaches it. Two threads read its streams, one waits for
its end.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

from smtui.domain.outcome import PluginRun
from smtui.plugin.builtin.signals import started_held_back
from smtui.plugin.contract import PARENT_PIPE_VARIABLE, Launch
from smtui.plugin.plugin_output import LineKind, PluginLine, Tail, report, understand_line

_LONGEST_LINE = 4096
_LAST_LINES_SECONDS = 0.5
"""Time for the last lines of an ended process; something else may hold its streams open for ever."""
Listener = Callable[[PluginLine | PluginRun], None]
"""Gets every line and, last and once, how the plugin ended. Called from our own threads, one at a time."""


class BackgroundPlugin:
    """A running plugin. Every method may be called from anywhere, any number of times, and returns at once."""

    def __init__(self, launch: Launch, listener: Listener) -> None:
        """Start the plugin; raises OSError. The listener may be called before this returns."""
        self._listener = listener
        self._began = time.monotonic()
        self._tail = Tail()
        self._lock = threading.Lock()
        self._spoke = False
        self._stopped = False
        self._over = False
        holds_pipe = PARENT_PIPE_VARIABLE in launch.environment
        with started_held_back(wanted=launch.lets_signals_through):
            self._process = subprocess.Popen(
                launch.argv,
                env=launch.environment,
                # Our own plugin ends when this pipe does: it cannot outlive us. Others never read stdin in a forward.
                stdin=subprocess.PIPE if holds_pipe else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        self.pid = self._process.pid
        readers = [self._thread(self._read, stream) for stream in (self._process.stdout, self._process.stderr)]
        self._thread(self._wait, readers)

    def interrupt(self) -> None:
        """Do what Ctrl-C does on a terminal: the plugin then ends its session."""
        self._send(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)

    def kill(self) -> None:
        """Kill the plugin at once; its session stays open until somebody terminates it."""
        self._send(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with self._lock:
            self._stopped = True
        with contextlib.suppress(OSError):
            self._process.send_signal(number)

    def _thread(self, target: Callable[[Any], None], argument: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=(argument,), name=f"forward-{self.pid}", daemon=True)
        thread.start()
        return thread

    def _read(self, stream: IO[bytes]) -> None:
        with stream, contextlib.suppress(OSError):
            for line in _lines(stream):
                self._take(line)

    def _take(self, line: bytes) -> None:
        understood = understand_line(line.decode("utf-8", "replace"))
        if understood is None:
            return
        with self._lock:
            if self._over:
                return
            self._spoke = self._spoke or understood.kind not in (LineKind.WORDS, LineKind.BANNER)
            if understood.text:
                self._tail.feed(line + b"\n")
            self._listener(understood)

    def _wait(self, readers: list[threading.Thread]) -> None:
        status = self._process.wait()
        for reader in readers:
            reader.join(_LAST_LINES_SECONDS)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with self._lock:
            self._over = True
            run = report(status, self._tail, started=self._began, spoke=self._spoke, stopped=self._stopped)
            self._listener(run)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines without their line ends; of an endless line only the beginning."""
    rest = b""
    while chunk := stream.read(_LONGEST_LINE):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST_LINE:
            yield rest[:_LONGEST_LINE]
            rest = b""
    if rest:
        yield rest
