"""How a child is brought to its end: asked, given time, killed, and at last given up (POSIX)."""

from __future__ import annotations

import signal
import time

from smtui.plugin.child import Child


class Ending:
    """Never blocks: call `mind` whenever the time of `due` has come."""

    def __init__(self, child: Child, patience: float) -> None:
        self.given_up = False
        """It outlived SIGKILL, as a process stuck in the kernel does."""
        self._child = child
        self._patience = patience
        self._kill_at: float | None = None
        self._give_up_at: float | None = None

    def ask(self) -> None:
        """SIGTERM, and SIGKILL if it does not obey in time."""
        self._child.kill(signal.SIGTERM)
        self.expect(self._patience)

    def expect(self, seconds: float) -> None:
        """It should end by itself within so many seconds; else it is killed. An earlier date stands."""
        date = time.monotonic() + seconds
        if self._give_up_at is None and (self._kill_at is None or date < self._kill_at):
            self._kill_at = date

    def due(self) -> float | None:
        """The monotonic time of the next step; None when there is none."""
        return self._kill_at if self._kill_at is not None else self._give_up_at

    def mind(self) -> None:
        """Take the step that is due."""
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._kill_at = None
                self._give_up_at = now + self._patience
                self._child.kill(signal.SIGKILL)
        elif self._give_up_at is not None and now >= self._give_up_at:
            self.given_up = True
