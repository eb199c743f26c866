"""Collects side notices for the user, such as a file that cannot be used, until a front end shows them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Notices:
    """Collects sentences until a front end takes them; each is shown once. Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._new: list[str] = []
        self._listener: Callable[[], object] | None = None

    def add(self, sentence: str) -> None:
        """Add a sentence; one that was added before is not shown again."""
        log.warning("%s", sentence)
        with self._lock:
            if sentence in self._known:
                return
            self._known.add(sentence)
            self._new.append(sentence)
            listener = self._listener
        if listener is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: whoever ends it takes the rest
                listener()

    def take(self) -> tuple[str, ...]:
        """The sentences not taken yet, oldest first."""
        with self._lock:
            new, self._new = self._new, []
            return tuple(new)

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` after each added sentence, from the thread that added it."""
        self._listener = listener
