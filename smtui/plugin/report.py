"""From what was seen of a plugin process to the `PluginRun` that the domain judges."""

from __future__ import annotations

import signal
import time

from smtui.domain.outcome import PluginRun
from smtui.plugin.words import Tail, understand


def report(
    status: int | None,
    tail: Tail,
    *,
    started: float,
    spoke: bool,
    left: bool = False,
    stopped: bool = False,
    hung_up: bool = False,
) -> PluginRun:
    """`status` as subprocess tells it (minus the signal), None for a child that even SIGKILL did not end."""
    text = tail.text()
    error = ""
    if status is None:
        status, error = -signal.SIGKILL, "The plugin's process could not be ended."
    return PluginRun(
        exit_status=status if status >= 0 else None,
        signal=-status if status < 0 else None,
        tail=text,
        words=understand(text),
        spoke=spoke,
        left=left,
        stopped=stopped,
        hung_up=hung_up,
        error=error,
        duration=time.monotonic() - started,
    )
