"""Runs a plugin with pipes, for output that is no terminal's or must not be mixed (POSIX).

The plugin leads a session of its own, so Ctrl-C reaches smtui alone. The first Ctrl-C is passed on as SIGINT, which a
plugin turns into an interrupt of the remote program; the second ends the plugin.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import termios
import threading
import time
from dataclasses import replace
from typing import IO

from smtui.domain.outcome import PluginRun, PluginWord
from smtui.plugin.builtin.signals import started_held_back
from smtui.plugin.child import Child, Shutdown
from smtui.plugin.contract import Launch
from smtui.plugin.handoff import Patience
from smtui.plugin.last_words import report
from smtui.plugin.pumps import InputPump, OutputPump, Sinks, Transcript
from smtui.plugin.silence import Watchdog
from smtui.plugin.wake_pipe import Wake

_LOOK = 0.05
Streams = tuple[int, int, int]


class PipedPlugin:
    """A running plugin with pipes; `handoff.RunningPlugin` says what the methods mean."""

    def __init__(self, launch: Launch, streams: Streams, label: str, patience: Patience) -> None:
        self._stdin, self._stdout, self._stderr = streams
        self._patience = patience
        self._hold_stdin = launch.hold_stdin
        self._started = time.monotonic()
        self._process = _start(launch)
        self.pid = self._process.pid
        self._child = Child(self.pid)
        self._shutdown = Shutdown(self._child, patience.stopping)
        self._transcript = Transcript()
        self._sinks = Sinks(self._stdout, self._stderr)
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
        for pump in outputs:
            pump.start()
        self._wait_for_child(outputs[0])
        self._wait_for_reader(outputs)
        for pump in outputs:
            pump.finish()
        keys.end()
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
        """Do nothing: pipes have no size."""

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

    def _finish(self) -> PluginRun:
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
        return replace(run, words=self._transcript.words())


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    with started_held_back(wanted=launch.lets_signals_through):
        return subprocess.Popen(
            launch.argv,
            env=launch.environment,
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
