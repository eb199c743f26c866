"""Holds the SSH keys that SendSSHPublicKey has pushed, each for a minute, for the nodes' SSH servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

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

    def of_node(self, node_id: str) -> Mapping[str, tuple[str, ...]]:
        """By user: the public keys that get into the node now, each a line of an authorized_keys file."""
        with self._lock:
            now = self._clock()
            for held in self._keys.values():
                for key in [key for key, ends in held.items() if ends <= now]:
                    del held[key]
            return {user: tuple(held) for (of, user), held in self._keys.items() if of == node_id and held}
