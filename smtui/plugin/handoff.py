"""Hand the terminal over to a plugin and take it back: what the engine uses.

In two steps, so that the plugin starts up while the screen is still being given up:

    running = start(launch, "web-1")              # the process runs, nothing is shown yet
    with terminal_guard(running):                 # main thread
        run = await in_a_thread(running.attach)   # blocks until the plugin has ended; never raises

Every `start` needs one `attach` or one `abandon`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from smtui.domain.outcome import PluginRun
from smtui.plugin.contract import Launch
from smtui.plugin.patience import Patience

_PATIENCE = Patience()
_STANDARD_STREAMS = (0, 1, 2)


class PluginNotStarted(Exception):
    """The plugin's process could not be started; the message says why. The session must be terminated."""


class RunningPlugin(Protocol):
    """A started plugin. All but `attach` and `abandon` return at once and may be called from anywhere."""

    pid: int

    def attach(self) -> PluginRun:
        """Give it our terminal or streams, and block until it has ended and all is as it was before."""

    def stop(self) -> None:
        """End it, whoever is attached; `attach` returns soon, with `stopped` set."""

    def interrupt(self) -> None:
        """We got SIGINT: pass it on where Ctrl-C does not reach the plugin by itself."""

    def resized(self) -> None:
        """The terminal's size may have changed."""

    def abandon(self) -> PluginRun:
        """Instead of `attach`: end it, blocking up to two seconds."""


def runs_on_terminal(streams: tuple[int, int, int] = _STANDARD_STREAMS) -> bool:
    """Whether a plugin started now would get a pty; otherwise it gets pipes."""
    return sys.platform != "win32" and os.isatty(streams[0]) and os.isatty(streams[1])


def start(
    launch: Launch,
    node_label: str,
    *,
    patience: Patience = _PATIENCE,
    streams: tuple[int, int, int] = _STANDARD_STREAMS,
) -> RunningPlugin:
    """Start the plugin's process. `streams` are our own stdin, stdout and stderr.

    Raises PluginNotStarted.
    """
    try:
        if sys.platform == "win32":
            from smtui.plugin.console import ConsolePlugin

            return ConsolePlugin(launch, patience)
        if runs_on_terminal(streams) and not launch.hold_stdin:
            from smtui.plugin.pty_plugin import PtyPlugin

            return PtyPlugin(launch, streams[:2], node_label, patience)
        from smtui.plugin.pipes import PipedPlugin

        return PipedPlugin(launch, streams, node_label, patience)
    except OSError as error:
        # The error's own text names the program at most, never the environment.
        raise PluginNotStarted(f"{launch.argv[0]}: {error.strerror or error}") from error


@dataclass(slots=True)
class Caught:
    """Which signal asked smtui to end while a plugin ran; 0 when none did."""

    ending_signal: int = 0


@contextlib.contextmanager
def terminal_guard(running: RunningPlugin) -> Iterator[Caught]:
    """While a plugin runs: no signal hurts us, window changes reach it, SIGTERM and SIGHUP end it first.

    Main thread only. Handlers, never SIG_IGN, which a child would inherit. What was ignored already stays ignored.
    """
    caught = Caught()
    before = {}
    try:
        for number, handler in _handlers(running, caught).items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
        yield caught
    finally:
        for number, previous in before.items():
            signal.signal(number, signal.SIG_DFL if previous is None else previous)


_Handler = Callable[[int, FrameType | None], None]


def _handlers(running: RunningPlugin, caught: Caught) -> dict[signal.Signals, _Handler]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        running.interrupt()

    def nothing(number: int, frame: FrameType | None) -> None:
        pass

    def resized(number: int, frame: FrameType | None) -> None:
        running.resized()

    def end(number: int, frame: FrameType | None) -> None:
        caught.ending_signal = number
        running.stop()

    if sys.platform == "win32":
        return {signal.SIGINT: nothing, signal.SIGTERM: end}
    return {
        signal.SIGINT: interrupt,
        signal.SIGQUIT: nothing,
        signal.SIGTSTP: nothing,
        signal.SIGTERM: end,
        signal.SIGHUP: end,
        signal.SIGWINCH: resized,
        signal.SIGCONT: resized,
    }
