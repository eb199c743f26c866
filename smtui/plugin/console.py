"""Runs a plugin in the console that smtui itself runs in (Windows)."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING

from smtui.plugin.plugin_output import Tail, report

if TYPE_CHECKING:
    from smtui.domain.outcome import PluginRun
    from smtui.plugin.contract import Launch
    from smtui.plugin.handoff import Patience

_LOOK = 0.1


class ConsolePlugin:
    """A running plugin that inherits the console; `handoff.RunningPlugin` says what the methods mean.

    smtui does not see its output, so only the exit status is known.
    """

    def __init__(self, launch: Launch, patience: Patience) -> None:
        self._patience = patience
        self._started = time.monotonic()
        self._process = subprocess.Popen(launch.argv, env=launch.environment)
        self.pid = self._process.pid
        self._stop = threading.Event()

    def attach(self) -> PluginRun:
        """See `RunningPlugin`."""
        while self._process.poll() is None:
            if self._stop.wait(_LOOK):
                return self.abandon()
        return self._finish()

    def stop(self) -> None:
        """See `RunningPlugin`."""
        self._stop.set()

    def interrupt(self) -> None:
        """Do nothing: the console sends Ctrl-C to the plugin as well."""

    def resized(self) -> None:
        """Do nothing: the plugin learns the size from the console."""

    def abandon(self) -> PluginRun:
        """See `RunningPlugin`."""
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
