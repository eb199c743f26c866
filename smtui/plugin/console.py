"""Run a plugin in the console that we have ourselves (Windows)."""

from __future__ import annotations

import subprocess
import threading
import time

from smtui.domain.outcome import PluginRun
from smtui.plugin.contract import Launch
from smtui.plugin.patience import Patience
from smtui.plugin.report import report
from smtui.plugin.words import Tail

_LOOK = 0.1


class ConsolePlugin:
    """A running plugin that inherits the console; `handoff.RunningPlugin` says what the methods mean.

    Its output is not seen here, so its words are unknown and its status alone is told.
    """

    def __init__(self, launch: Launch, patience: Patience) -> None:
        self._patience = patience
        self._started = time.monotonic()
        self._process = subprocess.Popen(launch.argv, env=launch.environment)
        self.pid = self._process.pid
        self._stop = threading.Event()

    def attach(self) -> PluginRun:
        while self._process.poll() is None:
            if self._stop.wait(_LOOK):
                return self.abandon()
        return self._finish()

    def stop(self) -> None:
        self._stop.set()

    def interrupt(self) -> None:
        """The console gives Ctrl-C to the plugin as well."""

    def resized(self) -> None:
        """The console tells the plugin."""

    def abandon(self) -> PluginRun:
        self._stop.set()
        self._process.terminate()
        try:
            self._process.wait(self._patience.stopping)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self._finish()

    def _finish(self) -> PluginRun:
        return report(
            self._process.returncode,
            Tail(),
            started=self._started,
            spoke=True,
            stopped=self._stop.is_set(),
        )
