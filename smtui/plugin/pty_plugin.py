"""Runs a plugin in a pty of its own, relayed to the user's terminal (POSIX)."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import termios
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from smtui.domain.text import error_words
from smtui.plugin.builtin.signals import held_back
from smtui.plugin.child import PtyChild, spawn_in_pty
from smtui.plugin.escapes import Escapes
from smtui.plugin.plugin_output import report
from smtui.plugin.relay import Relay
from smtui.user_terminal import UserTerminal, plugin_modes

if TYPE_CHECKING:
    from smtui.domain.outcome import PluginRun
    from smtui.plugin.contract import Launch
    from smtui.plugin.handoff import Patience
    from smtui.plugin.plugin_ahead import PluginAhead

_SWITCH_INTERVAL = 0.0005


class PtyPlugin:
    """A running plugin in its pty; `handoff.RunningPlugin` says what the methods mean."""

    def __init__(
        self,
        launch: Launch,
        streams: tuple[int, int],
        label: str,
        patience: Patience,
        ahead: PluginAhead | None = None,
    ) -> None:
        """`ahead` is a process that was started for this launch."""
        self._streams = streams
        self._patience = patience
        self._started = time.monotonic()
        self._error = ""
        self._pty = (ahead.launched(launch) if ahead is not None else None) or _spawned(launch, streams)
        self.pid = self._pty.child.pid
        self._relay = Relay(
            self._pty, label, patience, escapes=Escapes(doubled=launch.has_escapes), companions=launch.companions
        )

    def attach(self) -> PluginRun:
        """See `RunningPlugin`."""
        try:
            self._serve()
        except (OSError, termios.error) as error:
            self._error = f"The terminal could not be served: {error_words(error)}."
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
        """See `RunningPlugin`."""
        self._relay.stop()

    def interrupt(self) -> None:
        """Do nothing: Ctrl-C arrives as a byte, and a signal sent by another process is not for the plugin."""

    def resized(self) -> None:
        """See `RunningPlugin`."""
        self._relay.resized()

    def abandon(self) -> PluginRun:
        """See `RunningPlugin`."""
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
        return dataclasses.replace(run, escaped=self._relay.escaped, error=self._error or run.error)


def _spawned(launch: Launch, streams: tuple[int, int]) -> PtyChild:
    try:
        size = termios.tcgetwinsize(streams[1])
        modes = plugin_modes(streams[0])
    except termios.error as error:
        raise OSError(*error.args) from error
    held = held_back() if launch.lets_signals_through else ()
    return spawn_in_pty(launch.argv, launch.environment, modes, size, held)


@contextlib.contextmanager
def _prompt_threads() -> Iterator[None]:
    """Let threads take turns more often: Python switches between busy threads every 5 ms, twice a keystroke."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH_INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
