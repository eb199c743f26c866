"""Gives the screens background work, notices and a way back. A fault of our own costs a notice, not the program."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from textual.notifications import SeverityLevel
from textual.worker import Worker, WorkerState, WorkType

from smtui.domain.text import harmless
from smtui.tui.containment import fault_sentence
from smtui.tui.copying import copy_selection

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Node

    from smtui.domain.place import Place
else:
    _Node = object  # a DOMNode in front of the real base would hide what that inherits

SLOW_SECONDS = 1.0
"""What takes longer is named meanwhile."""
_SLOWEST_SECONDS = 60.0

log = logging.getLogger(__name__)


class Working(_Node):
    """Mixed into screens and the app, before their own base."""

    def work(self, work: WorkType[Any], group: str, *, instead: bool = False) -> None:
        """Await `work` in the background; `instead` cancels what runs in this group.

        Pass a function, not its coroutine, if another call may cancel it before it has begun.
        """
        self.run_worker(work, group=group, exclusive=instead, exit_on_error=False)

    def work_to_the_end(self, work: WorkType[Any], group: str, doing: str) -> None:
        """As `work`, but go on when this screen is left: whoever changed something must learn what became of it.

        Afterwards the screen may be gone (`is_attached`), and no question may come up over another one. `doing` is
        said where it takes long: `Terminating 2 sessions`.
        """
        app = self.app
        worker = app.run_worker(work, group=group, exit_on_error=False)

        def say_what_takes_long() -> None:
            if not worker.is_finished:
                app.notify(harmless(f"{doing} …"), timeout=_SLOWEST_SECONDS, markup=False)

        app.set_timer(SLOW_SECONDS, say_what_takes_long)

    def say(self, sentence: str, severity: SeverityLevel = "information") -> None:
        """Show a notice; the sentence may hold text from outside."""
        self.app.notify(harmless(sentence), severity=severity, markup=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Log and report a fault of background work."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            log.error("worker %s failed", event.worker.group, exc_info=error)
            if error is not None:
                self.app.notify(fault_sentence(error), severity="error", markup=False)


class SignInHelps(_Node):
    """Mixed into screens whose failed calls a sign-in may mend; they have the commands of `Scope.SIGN_IN`."""

    def signed_out_place(self) -> Place | None:
        """Return the place where a call of this screen failed for its credentials; None where none did."""
        return None

    def sign_in_command(self) -> tuple[str, ...]:
        """Return the AWS CLI's command for that place; empty where none helps."""
        return ()

    def signed_in(self) -> None:
        """Retry what failed; the list of nodes is already being read again."""


class Inner(Working):
    """Mixed into screens that one can go back from, before their own base."""

    def leave(self) -> None:
        """Go back to the screen below; the answer is no."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Leave, unless there is a step to go back within the screen."""
        self.leave()

    def action_interrupt(self) -> None:
        """Copy the selection; leave if nothing is selected."""
        if not copy_selection(self.screen):
            self.leave()
