"""Runs a plugin with pipes, for output that is no terminal's or must not be mixed (POSIX).

The plugin leads a session of its own, so Ctrl-C reaches smtui alone. The first Ctrl-C is passed on as SIGINT, which a
plugin turns into an interrupt of the remote program; the second ends the plugin. Threads move the bytes between our own
standard streams and the plugin's pipes.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
import subprocess
import termios
import threading
import time
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.terminal_modes.modes import TerminalModes
from smtui.plugin.builtin.signals import started_held_back
from smtui.plugin.child import Child, Shutdown, Wake
from smtui.plugin.contract import PARENT_SOCKET_VARIABLE
from smtui.plugin.plugin_output import Tail, report, understand
from smtui.plugin.silence import FirstWord, Watchdog

if TYPE_CHECKING:
    from smtui.plugin.companions import Tap
    from smtui.plugin.contract import Launch
    from smtui.plugin.handoff import Patience, Streams

_LOOK = 0.05
_CHUNK = 65536
_WORDS = -1
"""The stream of the plugin's own words, where they come apart."""
_NO_FAREWELL = (PluginWord.NOTHING, PluginWord.BANNER, PluginWord.OTHER)


class PipedPlugin:
    """A running plugin with pipes; `handoff.RunningPlugin` says what the methods mean."""

    def __init__(self, launch: Launch, streams: Streams, label: str, patience: Patience) -> None:
        self._stdin, self._stdout, self._stderr = streams
        self._patience = patience
        self._hold_stdin = launch.hold_stdin
        self._started = time.monotonic()
        self._words: socket.socket | None = None
        theirs: socket.socket | None = None
        if launch.words_apart:
            self._words, theirs = socket.socketpair()
        try:
            self._process = _start(launch, theirs)
        finally:
            if theirs is not None:
                theirs.close()
        self.pid = self._process.pid
        self._child = Child(self.pid)
        self._shutdown = Shutdown(self._child, patience.stopping)
        self._transcript = Transcript()
        self._sinks = Sinks(self._stdout, self._stderr, tap=launch.companions.tap)
        self._watchdog = Watchdog(self._transcript.first_word, label, patience.word)
        self._wake = Wake()
        self._stop = threading.Event()
        self._interrupts = 0
        self._interrupts_obeyed = 0
        self._left = False
        self._stopped = False
        self._hung_up = False

    def attach(self) -> PluginRun:
        """See `RunningPlugin`."""
        keys = InputPump(self._stdin, _pipe(self._process.stdin))
        outputs = (
            OutputPump(_pipe(self._process.stdout), self._stdout, self._sinks, self._transcript, self._wake),
            OutputPump(_pipe(self._process.stderr), self._stderr, self._sinks, self._transcript, self._wake),
        )
        if not self._hold_stdin:
            keys.start()
        words = threading.Thread(target=self._read_words, name="plugin-words", daemon=True)
        for thread in (*outputs, words):
            thread.start()
        self._wait_for_child(outputs[0])
        self._wait_for_reader(outputs)
        for pump in outputs:
            pump.finish()
        keys.end()
        words.join(self._patience.draining)
        run = self._finish()
        cut = self._left or self._stopped or run.words.word is not PluginWord.EXITED
        with contextlib.suppress(OSError, termios.error):
            self._sinks.put_back(self._patience.draining, softly_reset=cut)
        return run

    def stop(self) -> None:
        """See `RunningPlugin`."""
        self._stop.set()
        self._wake()

    def interrupt(self) -> None:
        """See `RunningPlugin`."""
        self._interrupts += 1
        self._wake()

    def resized(self) -> None:
        """Report the size of our terminal; pipes have none."""
        self._sinks.resized()

    def abandon(self) -> PluginRun:
        """See `RunningPlugin`."""
        self._stopped = True
        self._child.end(self._patience.stopping)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                _pipe(stream).close()
        return self._finish()

    def _wait_for_child(self, stdout: OutputPump) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake.fd, selectors.EVENT_READ)
            if self._child.pidfd >= 0:
                selector.register(self._child.pidfd, selectors.EVENT_READ)
            while self._child.poll() is None and not self._shutdown.given_up:
                selector.select(self._timeout())
                self._wake.clear()
                self._obey(stdout)
                self._shutdown.step()
                self._warn()

    def _timeout(self) -> float | None:
        dates = [date for date in (self._shutdown.due(), self._watchdog.due()) if date is not None]
        if self._child.pidfd < 0:
            dates.append(time.monotonic() + _LOOK)
        return max(min(dates) - time.monotonic(), 0.0) if dates else None

    def _obey(self, stdout: OutputPump) -> None:
        """Act on what other threads have requested since the last time."""
        if self._stop.is_set() and not self._stopped:
            self._stopped = True
            self._shutdown.terminate()
        if stdout.reader_gone and not self._hung_up:
            self._hung_up = True
            self._shutdown.terminate()
        while self._interrupts_obeyed < self._interrupts:
            self._interrupts_obeyed += 1
            self._obey_interrupt()

    def _obey_interrupt(self) -> None:
        if self._interrupts_obeyed > 1:
            self.stop()
        self._child.kill(signal.SIGINT)
        if not self._transcript.first_word.spoken:
            self._left = True
            self._shutdown.allow(self._patience.leaving)

    def _warn(self) -> None:
        line = self._watchdog.line()
        if line and not self._left:
            with contextlib.suppress(OSError):
                os.write(self._stderr, line + b"\n")

    def _wait_for_reader(self, outputs: tuple[OutputPump, ...]) -> None:
        """Wait until all output is passed on, however slow its reader is; another process may hold the pipes open."""
        idle_until = time.monotonic() + self._patience.draining
        while any(pump.is_alive() for pump in outputs) and not self._stop.is_set() and self._interrupts < 2:
            if any(pump.busy for pump in outputs):
                idle_until = time.monotonic() + self._patience.draining
            elif time.monotonic() > idle_until:
                return
            for pump in outputs:
                pump.join(_LOOK)

    def _read_words(self) -> None:
        """Keep what the plugin itself says, where that comes apart from the outputs."""
        if self._words is None:
            return
        with contextlib.suppress(OSError):
            while said := self._words.recv(_CHUNK):
                self._transcript.feed(said, _WORDS)

    def _finish(self) -> PluginRun:
        if self._words is not None:
            self._words.close()
        status = self._child.poll()
        # Child has reaped it; Popen must not look for it again.
        self._process.returncode = 0 if status is None else status
        self._child.close()
        self._wake.close()
        run = report(
            status,
            self._transcript.tail,
            started=self._started,
            spoke=self._transcript.first_word.spoken,
            left=self._left,
            stopped=self._stopped,
            hung_up=self._hung_up,
        )
        return replace(run, words=self._transcript.words(_WORDS if self._words is not None else None))


def _start(launch: Launch, words: socket.socket | None) -> subprocess.Popen[bytes]:
    more = {PARENT_SOCKET_VARIABLE: str(words.fileno())} if words is not None else {}
    with started_held_back(wanted=launch.lets_signals_through):
        return subprocess.Popen(
            launch.argv,
            env={**launch.environment, **more},
            pass_fds=() if words is None else (words.fileno(),),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the plugin was started without this pipe")
    return stream


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

    def words(self, only: int | None = None) -> PluginWords:
        """Return the last words, on whichever stream they came: the other stream's end may have been read later.

        `only` is the stream that has all of them, where the remote's output comes apart.
        """
        if only is not None:
            return understand(self._apart.get(only, Tail()).text())
        said = [understand(tail.text()) for _, tail in sorted(self._apart.items(), reverse=True)]
        return next((words for words in said if words.word not in _NO_FAREWELL), understand(self.tail.text()))


class Sinks:
    """Our own stdout and stderr. Records the changes to a terminal among them, and undoes them at the end."""

    def __init__(self, *sinks: int, tap: Tap | None = None) -> None:
        self._terminals = {sink for sink in sinks if os.isatty(sink)}
        self._modes = TerminalModes()
        self._lock = threading.Lock()
        self._tap = tap
        self.resized()

    def resized(self) -> None:
        """Pass the terminal's size on to the tap."""
        for sink in sorted(self._terminals)[:1]:
            if self._tap is not None:
                with contextlib.suppress(OSError, termios.error):
                    self._tap.resized(*termios.tcgetwinsize(sink))

    def pass_on(self, output: bytes, sink: int) -> bytes:
        """Return what to write instead of this output; it is unchanged unless the sink is a terminal."""
        if sink not in self._terminals:
            return output
        with self._lock:
            shown = self._modes.pass_on(output)
            self._tell_tap(shown)
            return shown

    def _tell_tap(self, shown: bytes) -> None:
        if self._tap is not None:
            self._tap.shown(shown.replace(b"\n", b"\r\n"))  # as the terminal's driver does

    def put_back(self, patience: float, *, softly_reset: bool) -> None:
        """Undo what was left changed in the terminal, if it takes that within `patience` seconds."""
        for sink in sorted(self._terminals)[:1]:
            rows, columns = termios.tcgetwinsize(sink)
            with self._lock:
                undo = self._modes.undo(rows, columns, softly_reset=softly_reset)
            self._tell_tap(undo)
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
