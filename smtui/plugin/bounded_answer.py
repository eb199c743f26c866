"""Asks a program one question: within a time limit, with a bounded answer, away from terminal and credentials."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_GRACE = 0.5
_MOST_ANSWER = 4096
_running: set[subprocess.Popen[bytes]] = set()
_stops = 0
"""How often `end_running` was called."""
_NEEDED_VARIABLES = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMPDIR", "PROGRAMFILES")


class NoAnswer(Exception):
    """The program did not finish its answer in time."""


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """What a program printed, and how it ended."""

    text: str
    """At most 4 KiB, as ASCII."""
    status: int
    """Its exit status; minus the number of a signal if that ended it."""


def ask_program(argv: Sequence[str], patience: float, *, with_errors: bool = False) -> ProgramAnswer:
    """Return what a program prints, with its standard error if `with_errors`.

    Blocks up to `patience` + 1 seconds. Raises `NoAnswer`, or OSError if the program cannot be started.
    """
    environment = {name: os.environ[name] for name in _NEEDED_VARIABLES if name in os.environ}
    process = launched(
        lambda: subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
            env=environment | {"LC_ALL": "C"},
            cwd=os.sep,
            start_new_session=True,
        )
    )
    answer = _Answer(process)
    answer.join(patience)
    in_time = answer.complete.is_set()
    if in_time:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    end_program(process)
    answer.join(_GRACE)
    if not in_time:
        raise NoAnswer(f"It did not answer {' '.join(argv[1:])} within {patience:.0f} s.")
    return ProgramAnswer(answer.text, process.returncode)


class _Answer(threading.Thread):
    """Reads the output of a process, but no more than an answer needs: it may never end, or never begin."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="program-answer", daemon=True)
        self.text = ""
        self.complete = threading.Event()
        self._process = process
        self.start()

    def run(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        with output:
            answer = output.read(_MOST_ANSWER)
        self.text = answer.decode("ascii", "replace")
        self.complete.set()


def launched(launch: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Launch a process, which needs its own session, so that `end_running` can kill it; end it with `end_program`.

    `end_running` may be called at any time, even while the process is being launched.
    """
    stops = _stops
    process = launch()
    _running.add(process)
    if _stops != stops:
        _kill(process)
    return process


def end_running() -> None:
    """Kill every program that is asked or tried now, without waiting: smtui is ending, and its threads just stop."""
    global _stops  # noqa: PLW0603 - belongs to _running
    _stops += 1  # before the loop: what is not in the set yet sees it
    for process in tuple(_running):
        if process.returncode is None:
            _kill(process)


def end_program(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has a session of its own, and everything it started; reap it."""
    _kill(process)
    process.wait()
    _running.discard(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, 9)
    process.kill()
