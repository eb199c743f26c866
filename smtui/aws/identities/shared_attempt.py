"""Lets the threads that wait for one attempt share its outcome, its failure too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

from smtui.domain.fault import AwsCallFailed

if TYPE_CHECKING:
    from smtui.domain.fault import Fault

_Result = TypeVar("_Result")


class SharedAttempt:
    """Attempts at one thing, one at a time.

    A call that hangs for 30 s costs those who wait behind it 30 s as well, and not 30 s more for each of them.
    """

    def __init__(self, lock: AbstractContextManager[bool] | None = None) -> None:
        self._lock = lock if lock is not None else threading.Lock()
        self._ended = 0
        """How many attempts have ended."""
        self._fault: Fault | None = None
        """Of the last one, if it failed."""

    def result(self, held: Callable[[], _Result | None], attempt: Callable[[], _Result]) -> _Result:
        """Return what is held, else what an attempt gives; raises `AwsCallFailed`.

        Whoever asked before an attempt failed gets its fault; whoever asks after that tries again.
        """
        ended = self._ended
        with self._lock:
            if (found := held()) is not None:
                return found
            if self._ended != ended and self._fault is not None:
                raise AwsCallFailed(self._fault)
            self._fault = None
            try:
                return attempt()
            except AwsCallFailed as failed:
                self._fault = failed.fault
                raise
            finally:
                self._ended += 1
