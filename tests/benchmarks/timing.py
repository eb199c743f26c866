"""A program in a pty, timed from a key to the bytes it brings."""

from __future__ import annotations

import os
import select
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pexpect

PATIENCE = 30.0


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
        seen = b""
        deadline = time.monotonic() + PATIENCE
        while wanted not in seen:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise TimeoutError(f"{wanted!r} did not come; the last output was {seen[-400:]!r}")
            seen += os.read(self._fd, 65536)
        return time.monotonic()

    def settle(self, quiet: float = 0.2) -> None:
        """Read away whatever comes until nothing has come for so many seconds."""
        while select.select([self._fd], [], [], quiet)[0]:
            os.read(self._fd, 65536)

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
