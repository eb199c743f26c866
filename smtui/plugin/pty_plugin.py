"""Run a plugin in a pty of its own, relayed to the user's terminal (POSIX)."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import termios
import time
from collections.abc import Iterator

from smtui.domain.outcome import PluginRun
from smtui.plugin.contract import Launch
from smtui.plugin.patience import Patience
from smtui.plugin.relay import Relay
from smtui.plugin.report import report
from smtui.plugin.spawn import spawn_in_pty
from smtui.plugin.terminal import UserTerminal, plugin_modes

_SWITCH_INTERVAL = 0.0005


class PtyPlugin:
    """A running plugin in its pty; `handoff.RunningPlugin` says what the methods mean."""

    def __init__(self, launch: Launch, streams: tuple[int, int], label: str, patience: Patience) -> None:
        self._streams = streams
        self._patience = patience
        self._started = time.monotonic()
        self._error = ""
        try:
            size = termios.tcgetwinsize(streams[1])
            modes = plugin_modes(streams[0])
        except termios.error as error:
            raise OSError(*error.args) from error
        self._pty = spawn_in_pty(launch.argv, launch.environment, modes, size)
        self.pid = self._pty.child.pid
        self._relay = Relay(self._pty, label, patience)

    def attach(self) -> PluginRun:
        try:
            self._serve()
        except (OSError, termios.error) as error:
            self._error = f"The terminal could not be served: {error}."
        except BaseException:
            self._finish()
            raise
        return self._finish()

    def _serve(self) -> None:
        terminal = UserTerminal(*self._streams)
        try:
            with _prompt_threads():
                self._relay.run(terminal)
        finally:
            terminal.close()

    def stop(self) -> None:
        self._relay.stop()

    def interrupt(self) -> None:
        """Ctrl-C comes as a byte; a signal from elsewhere is not the plugin's."""

    def resized(self) -> None:
        self._relay.resized()

    def abandon(self) -> PluginRun:
        self._relay.stopped = True
        return self._finish()

    def _finish(self) -> PluginRun:
        child = self._pty.child
        status = child.poll()
        if status is None:
            status = child.end(self._patience.stopping)
        os.close(self._pty.master)
        child.close()
        self._relay.close()
        run = report(
            status,
            self._relay.tail,
            started=self._started,
            spoke=self._relay.spoke,
            left=self._relay.left,
            stopped=self._relay.stopped,
            hung_up=self._relay.hung_up,
        )
        return dataclasses.replace(run, error=self._error) if self._error else run


@contextlib.contextmanager
def _prompt_threads() -> Iterator[None]:
    """Python hands over between busy threads every 5 ms, twice a keystroke; here ten times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH_INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
