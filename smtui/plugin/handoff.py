"""Hands the terminal over to a plugin and takes it back.

There are two steps, so that the plugin starts up while the screen is still being given up:

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from smtui.domain.text import error_words

if TYPE_CHECKING:
    from smtui.domain.outcome import PluginRun
    from smtui.plugin.contract import Launch
    from smtui.plugin.plugin_ahead import PluginAhead

Streams = tuple[int, int, int]
"""Descriptors of stdin, stdout and stderr."""
STANDARD_STREAMS: Streams = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the hand-over waits for each thing, in seconds."""

    word: float = 8.0
    """For the plugin's first output, before the user gets a note."""
    answer: float = 10.0
    """For any output after the user typed, before the user gets a note."""
    leaving: float = 0.3
    """For a plugin that got Ctrl-C while connecting, before it is killed."""
    stopping: float = 1.0
    """For a plugin that got SIGTERM, before it is killed."""
    draining: float = 1.0
    """For a reader that reads nothing, or a writer that writes nothing, once the plugin has ended."""


_PATIENCE = Patience()


class PluginNotStarted(Exception):
    """The plugin's process could not be started; the message says why. The session must be terminated."""


class RunningPlugin(Protocol):
    """A started plugin. All methods but `attach` and `abandon` return at once and may be called from any thread."""

    pid: int

    def attach(self) -> PluginRun:
        """Give it our terminal or streams; block until it has ended and the terminal is as it was before."""

    def stop(self) -> None:
        """End it while it is attached; `attach` returns soon, with `stopped` set."""

    def interrupt(self) -> None:
        """Pass on a SIGINT that smtui got, unless Ctrl-C reaches the plugin by itself."""

    def resized(self) -> None:
        """Pass on the terminal's size, which may have changed."""

    def abandon(self) -> PluginRun:
        """End it instead of attaching; blocks up to two seconds."""


def runs_on_terminal(streams: Streams = STANDARD_STREAMS) -> bool:
    """Tell whether a plugin started now would get a pty; otherwise it gets pipes."""
    return sys.platform != "win32" and os.isatty(streams[0]) and os.isatty(streams[1])


def start(
    launch: Launch,
    node_label: str,
    *,
    patience: Patience = _PATIENCE,
    streams: Streams = STANDARD_STREAMS,
    ahead: PluginAhead | None = None,
) -> RunningPlugin:
    """Start the plugin's process. `streams` are our own stdin, stdout and stderr; `ahead` waits for a launch in a pty.

    Raises PluginNotStarted.
    """
    try:
        if sys.platform == "win32":
            from smtui.plugin.console import ConsolePlugin

            return ConsolePlugin(launch, patience)
        if runs_on_terminal(streams) and not (launch.hold_stdin or launch.words_apart):
            from smtui.plugin.pty_plugin import PtyPlugin

            return PtyPlugin(launch, streams[:2], node_label, patience, ahead)
        from smtui.plugin.pipes import PipedPlugin

        return PipedPlugin(launch, streams, node_label, patience)
    except OSError as error:
        # The error's own text names the program at most, never the environment.
        raise PluginNotStarted(f"{launch.argv[0]}: {error.strerror or error_words(error)}") from error


@dataclass(slots=True)
class Caught:
    """The signal that asked smtui to end while a plugin ran; 0 for none."""

    ending_signal: int = 0


@contextlib.contextmanager
def terminal_guard(running: RunningPlugin) -> Iterator[Caught]:
    """Guard smtui while a plugin runs: keys do not end smtui, window changes reach the plugin.

    SIGTERM and SIGHUP end the plugin first, then the earlier handlers are called. Ignored signals stay ignored. For the
    main thread only. Uses handlers, never SIG_IGN, which a child would inherit.
    """
    caught = Caught()
    before: dict[signal.Signals, _Disposition] = {}
    try:
        for number, handler in _handlers(running, caught, before).items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
        yield caught
    finally:
        for number, previous in before.items():
            signal.signal(number, signal.SIG_DFL if previous is None else previous)


_Handler = Callable[[int, FrameType | None], object]
_Disposition = _Handler | int | signal.Handlers | None


def _handlers(
    running: RunningPlugin, caught: Caught, before: Mapping[signal.Signals, _Disposition]
) -> dict[signal.Signals, _Handler]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        running.interrupt()

    def nothing(number: int, frame: FrameType | None) -> None:
        pass

    def resized(number: int, frame: FrameType | None) -> None:
        running.resized()

    def end(number: int, frame: FrameType | None) -> None:
        caught.ending_signal = number
        running.stop()
        previous = before.get(signal.Signals(number))
        if callable(previous):
            previous(number, frame)

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
