"""Runs one of the user's hooks without a shell and without a terminal, for a limited time."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from smtui.domain.text import error_words, harmless
from smtui.engine.hooks.session_facts import PREFIX, SessionFacts

log = logging.getLogger(__name__)

HOOK_SECONDS = 10.0
"""How long a hook may take: the session, or the screen, waits for it."""
_MOST_BYTES = 4_096
"""How much of the end of its output is read."""


class HookRun:
    """One run of a hook.

    It has a session of its own, so it has no terminal. Its output goes to a file, not to a pipe: a program that it
    leaves in the background may keep a pipe open. After `seconds` its whole process group is killed.
    """

    def __init__(
        self, argv: Sequence[str], facts: SessionFacts, environment: Mapping[str, str], seconds: float = HOOK_SECONDS
    ) -> None:
        self._argv = [os.path.expanduser(argv[0]), *argv[1:]]  # noqa: PTH111 - a program's name, maybe no path
        self._facts = facts
        self._environment = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self) -> str:
        """Run it to its end; return what went wrong, to follow its name, or an empty text. Blocks."""
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
            told.write(f"{self._facts.json()}\n".encode())
            told.seek(0)
            try:
                process = self._start(told, said)
            except (OSError, ValueError) as error:
                return f"cannot be started: {getattr(error, 'strerror', None) or error_words(error)}"
            try:
                status = process.wait(self._seconds)
            except subprocess.TimeoutExpired:
                kill_group(process)
                return f"took longer than {self._seconds:.0f} s and was ended"
            last = _last_line(said)
        log.info("hook %s ended with %s", self._facts.event.value, status)
        if not status:
            return ""
        how = f"ended with exit status {status}" if status > 0 else f"was ended by signal {-status}"
        return f"{how}: {last}" if last else how

    def stop(self) -> None:
        """Kill it, from any thread: smtui is ending."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None and self._process.poll() is None:
                kill_group(self._process)

    def _start(self, told: IO[bytes], said: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_stopped:
                raise InterruptedError(errno.EINTR, "smtui is ending")
            self._process = subprocess.Popen(
                self._argv,
                stdin=told,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**self._environment, **self._facts.variables()},
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # of Windows: no console of its own
            )
            return self._process


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has a session of its own, with everything it started, and reap it."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(said: IO[bytes]) -> str:
    """Return the last line of the hook's output, harmless for a terminal."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(0, end - _MOST_BYTES))
    lines = [line for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return harmless(lines[-1].strip()) if lines else ""
