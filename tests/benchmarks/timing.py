"""Figures, and a program in a pty that is timed from a key to the bytes it brings."""

from __future__ import annotations

import os
import select
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pexpect

from smtui.demo.region import SimulatedRegion

PATIENCE = 30.0
BURST = 20


@dataclass(frozen=True)
class Figure:
    """Seconds as medians, unless the name says another unit."""

    ours: float
    theirs: float
    against: str

    def line(self, name: str) -> str:
        ratio = self.ours / self.theirs
        return f"{name} ours={self.ours:.4f} theirs={self.theirs:.4f} ratio={ratio:.2f} against={self.against}"


@dataclass(frozen=True)
class Bench:
    """A Region, an environment that reaches it, and the built-in plugin under the official name for the AWS CLI.

    `folder` is temporary.
    """

    environment: dict[str, str]
    region: SimulatedRegion
    folder: Path
    until_the_end: ExitStack
    regions: dict[tuple[int, float], tuple[SimulatedRegion, str]] = field(default_factory=dict)
    """By their numbers of nodes and their latency; each with the address that repeats its answers."""


class TimedProgram:
    """Reads in the caller's own thread, so that no other thread's turn is part of a figure."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._child = pexpect.spawn(argv[0], list(argv[1:]), env=dict(environment), dimensions=(40, 140), timeout=None)
        self._child.delaybeforesend = None
        self._child.ptyproc.delayafterclose = 0.01
        self._child.ptyproc.delayafterterminate = 0.5
        self._fd = self._child.child_fd

    def press(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def wait_for(self, wanted: bytes) -> float:
        """The moment (monotonic seconds) at which `wanted` had come in, across reads."""
        return self.wait_until(lambda seen: wanted in seen, repr(wanted))

    def wait_until(self, is_there: Callable[[bytes], bool], called: str) -> float:
        """The moment at which what came in had something."""
        seen = b""
        deadline = time.monotonic() + PATIENCE
        while not is_there(seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise TimeoutError(f"{called} did not come; the last output was {seen[-400:]!r}")
            seen += os.read(self._fd, 65536)
        return time.monotonic()

    def settle(self, quiet: float = 0.2) -> None:
        """Read away whatever comes until nothing has come for so many seconds."""
        while select.select([self._fd], [], [], quiet)[0]:
            os.read(self._fd, 65536)

    def echoed(self, keys: int, *, rest: float, pause: float = 0.0) -> float:
        """The median from a key to its echo. After each burst the line is cleared, and nothing is typed for `rest`."""
        times = []
        for number in range(keys):
            key = b"%c" % (97 + number % 26)
            began = time.monotonic()
            self.press(key)
            times.append(self.wait_for(key) - began)
            self.read_for(pause)
            if number % BURST == BURST - 1:
                self.press(b"\x15")
                self.settle(rest)
        return statistics.median(times)

    @property
    def pid(self) -> int:
        pid: int = self._child.pid
        return pid

    def last_output(self, quiet: float) -> float:
        """The moment of the last output before so many seconds without any."""
        last = time.monotonic()
        while select.select([self._fd], [], [], quiet)[0]:
            os.read(self._fd, 65536)
            last = time.monotonic()
        return last

    def read_for(self, seconds: float) -> None:
        """Read away whatever comes for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                os.read(self._fd, 65536)

    def ended(self) -> float:
        """The moment at which the program has ended and its terminal is closed."""
        deadline = time.monotonic() + PATIENCE
        while select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                if not os.read(self._fd, 65536):
                    break
            except OSError:  # what Linux says once nobody holds the other end
                break
        else:
            raise TimeoutError("the program did not end")
        os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT)
        return time.monotonic()

    def __enter__(self) -> TimedProgram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)


def medians(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Both measured in turn, so that a noisy minute hits both; medians in seconds."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
