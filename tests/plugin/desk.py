"""A user's terminal for tests: the test holds the master side, smtui gets the slave."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from smtui.domain.outcome import PluginRun
from smtui.plugin.contract import Launch
from smtui.plugin.handoff import Patience, RunningPlugin, start
from tests.waiting import wait_until

QUICK = Patience(word=60.0, leaving=0.2, stopping=0.3, draining=0.3)
PATIENT = 60.0
"""Seconds after which a test has failed."""


class Desk:
    """A pty pair with a user in front of it."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.master, self.slave = os.openpty()
        self.shown = bytearray()
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        termios.tcsetwinsize(self.slave, (rows, columns))

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self.slave)

    def wait_until_raw(self) -> None:
        """Until smtui has taken the terminal; before, Ctrl-C is a signal."""
        wait_until(lambda: not self.modes()[3] & termios.ICANON)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def read(self, seconds: float) -> bool:
        """Read once what is shown; False when nothing came in time."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            output = os.read(self.master, 65536)
        except OSError:
            return False
        self.shown += output
        return bool(output)

    def wait_for(self, pattern: bytes) -> None:
        """Read until the pattern is shown."""
        until = time.monotonic() + PATIENT
        while not re.search(pattern, self.shown):
            assert time.monotonic() < until, f"{pattern!r} not shown: {self.shown[-2000:]!r}"
            self.read(0.5)

    def read_all(self) -> bytearray:
        """Everything that is left to read."""
        while self.read(0):
            pass
        return self.shown

    def close(self) -> None:
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)


@contextlib.contextmanager
def desk() -> Iterator[Desk]:
    made = Desk()
    try:
        yield made
    finally:
        made.close()


def python(code: str, environment: Mapping[str, str] | None = None) -> Launch:
    """A plugin made of Python code; it is a real process with real manners."""
    wanted = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(environment or {})}
    return Launch((sys.executable, "-I", "-S", "-c", code), wanted)


def shell(code: str) -> Launch:
    return Launch(("/bin/sh", "-c", code), {"PATH": os.environ["PATH"]})


class Seat:
    """A plugin that is attached to a desk in a thread."""

    def __init__(self, at: Desk, launch: Launch, patience: Patience = QUICK, label: str = "web-1") -> None:
        self.running: RunningPlugin = start(launch, label, patience=patience, streams=(at.slave, at.slave, at.slave))
        self._desk = at
        self._done: Future[PluginRun] = Future()
        self._thread = threading.Thread(target=self._attach)
        self._thread.start()

    def _attach(self) -> None:
        try:
            self._done.set_result(self.running.attach())
        except BaseException as error:
            self._done.set_exception(error)

    def run(self) -> PluginRun:
        """Read the desk's screen until the plugin has ended."""
        until = time.monotonic() + PATIENT
        while not self._done.done():
            assert time.monotonic() < until, "the relay does not end"
            self._desk.read(0.02)
        self._thread.join()
        self._desk.read_all()
        return self._done.result()

    def run_unread(self) -> PluginRun:
        """The same, while nobody reads the screen."""
        result = self._done.result(PATIENT)
        self._thread.join()
        return result


def open_files() -> dict[str, str]:
    """Our open file descriptors and what they are."""
    folder = Path("/proc/self/fd")
    found = {}
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            found[name] = os.readlink(folder / name)
    return found


def children() -> list[int]:
    """Our child processes, zombies included."""
    me = os.getpid()
    listed = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                stat = Path("/proc", entry, "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == me:
                    listed.append(int(entry))
    return listed
