"""Pacing: calls of a kind are kept a fixed interval apart, over all threads.

AWS allows 3 StartSession calls a second per account and Region (Systems Manager endpoints and quotas).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

START_SESSION_INTERVAL = 0.4
"""Seconds; 2.5 starts a second, and at most three in any one second."""


class Pace:
    """A token bucket of one token: the first call goes at once, each other waits its turn."""

    def __init__(
        self,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_turn = clock()

    def wait(self) -> None:
        """Block until it is the caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def hold_back(self, seconds: float) -> None:
        """Let no turn begin for so long: AWS asked to slow down."""
        with self._lock:
            self._next_turn = max(self._next_turn, self._clock() + seconds)


class Paces:
    """One `Pace` for each key, made at its first use."""

    def __init__(self, make: Callable[[], Pace] = lambda: Pace(START_SESSION_INTERVAL)) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str], Pace] = {}

    def of(self, owner: str, region: str) -> Pace:
        """`owner` is the account where it is known, else the profile."""
        with self._lock:
            return self._paces.setdefault((owner, region), self._make())
