"""Background work of a screen, in which a fault of our own costs a sentence and not the program."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState, WorkType

from smtui.tui.containment import fault_sentence

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Node
else:
    _Node = object  # a DOMNode in front of the real base would hide what that inherits

log = logging.getLogger(__name__)


class Working(_Node):
    """Mixed into screens and the app, before their own base."""

    def work(self, work: WorkType[None], group: str, *, instead: bool = False) -> None:
        """Await `work` in the background; `instead` cancels what runs in this group.

        Pass a function, not its coroutine, if another call may cancel it before it has begun.
        """
        self.run_worker(work, group=group, exclusive=instead, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Log a fault in the background work, and say so in a sentence."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            log.error("worker %s failed", event.worker.group, exc_info=error)
            if error is not None:
                self.app.notify(fault_sentence(error), severity="error", markup=False)
