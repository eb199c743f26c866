"""Runs a plugin for a test session: without a terminal, within a time limit, with its output kept in memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from smtui.plugin.bounded_answer import end_program, launched
from smtui.plugin.builtin.signals import started_held_back

if TYPE_CHECKING:
    from smtui.plugin.contract import Launch

_MOST_OUTPUT = 64 * 1024
_GRACE = 1.0


@dataclass(frozen=True, slots=True)
class TrialEnd:
    """How a test session ended."""

    output: str
    """What the plugin printed, with the command's output; bounded."""
    in_time: bool
    """Whether the plugin ended by itself within the time limit."""


def run_trial(launch: Launch, patience: float) -> TrialEnd:
    """Run the plugin until it ends, or until `patience` seconds are over; then it is killed. Raises OSError.

    Its standard input stays open and empty: official plugins end a session whose input ends.
    """
    with started_held_back(wanted=launch.lets_signals_through):
        process = launched(
            lambda: subprocess.Popen(
                launch.argv,
                env=launch.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=os.sep,
                start_new_session=True,
            )
        )
    output = _Output(process.stdout)
    try:
        process.wait(patience)
        in_time = True
    except subprocess.TimeoutExpired:
        in_time = False
    finally:
        end_program(process)
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
    output.join(_GRACE)
    return TrialEnd(output.text, in_time)


class _Output(threading.Thread):
    """Reads to the end, and keeps the first part of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(name="trial-output", daemon=True)
        self._kept = b""
        self._stream = stream
        self.start()

    @property
    def text(self) -> str:
        """What was read so far."""
        return self._kept.decode("utf-8", "replace")

    def run(self) -> None:
        if self._stream is None:
            return
        with self._stream, contextlib.suppress(OSError):
            while piece := self._stream.read1(4096):  # type: ignore[attr-defined]
                self._kept = (self._kept + piece)[:_MOST_OUTPUT]
