"""Holds the SSH keys that SendSSHPublicKey has pushed, each for a minute, for the nodes' SSH servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

VALID_SECONDS = 60.0


class PushedKeys:
    """The keys of every node and user; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[tuple[str, str], dict[str, float]] = {}
        """By node id and user: each key, and when it ends."""

    def put(self, node_id: str, user: str, key: str) -> None:
        """Accept the key for a minute from now."""
        with self._lock:
            self._keys.setdefault((node_id, user), {})[key.strip()] = self._clock() + VALID_SECONDS

    def valid(self, node_id: str, user: str) -> tuple[str, ...]:
        """The public keys that the user may log in with now, each a line of an authorized_keys file."""
        with self._lock:
            held = self._keys.get((node_id, user), {})
            for key in [key for key, ends in held.items() if ends <= self._clock()]:
                del held[key]
            return tuple(held)
