"""Asks a program for its version, within a time limit: it may never answer, or never stop writing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

_T = TypeVar("_T")
_GRACE = 0.5
_MOST_ANSWER = 4096
_NEEDED_VARIABLES = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMPDIR", "PROGRAMFILES")


class NoAnswer(Exception):
    """The program did not finish its answer in time."""


def answer_to_version(program: Path, patience: float, *, with_errors: bool = False) -> str:
    """Return what `program --version` prints: at most 4 KiB, as ASCII, with its standard error if `with_errors`.

    Blocks up to `patience` + 0.5 seconds. Raises `NoAnswer`, or OSError if the program cannot be started.
    """
    environment = {name: os.environ[name] for name in _NEEDED_VARIABLES if name in os.environ}
    process = subprocess.Popen(
        [program, "--version"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
        env=environment,
        cwd=os.sep,
        start_new_session=True,
    )
    answer = _Answer(process)
    answer.join(patience)
    in_time = answer.complete.is_set()
    _end(process)
    answer.join(_GRACE)
    if not in_time:
        raise NoAnswer(f"It did not answer --version within {patience:.0f} s.")
    return answer.text


class AskedOnce(Generic[_T]):
    """Caches the result of `ask` for each program until its file changes; errors are not cached."""

    def __init__(self, ask: Callable[[Path], _T]) -> None:
        self._ask = ask
        self._known: dict[tuple[str, int, int], _T] = {}

    def __call__(self, program: Path) -> _T:
        """Return the result for `program`; raises OSError if the file is missing, and whatever `ask` raises."""
        about = program.stat()
        key = (str(program), about.st_mtime_ns, about.st_size)
        if key not in self._known:
            self._known[key] = self._ask(program)
        return self._known[key]


class _Answer(threading.Thread):
    """Reads the output of a process, but no more than a version needs: it may never end, or never begin."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="version-answer", daemon=True)
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


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything it started, and reap it."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, 9)
    process.kill()
    process.wait()
