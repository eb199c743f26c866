"""Shows how far a transfer is; leaving lets it go on in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.engine.jobs import JobState
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.page import PageText
from smtui.tui.parts.sheet import Sheet
from smtui.tui.transfer.transfer_form import progress_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtui.engine.jobs import Jobs
    from smtui.transfers.copy_job import CopyJob

_REPAINT_SECONDS = 0.5


class TransferScreen(Sheet):
    """Dismissed with True to begin the same copy again."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TRANSFER, Scope.SIGN_IN)
    DEFAULT_CSS = """
    TransferScreen > #sheet { width: 68; }
    """

    def __init__(self, jobs: Jobs, job: CopyJob) -> None:
        super().__init__(job.order.title)
        self._jobs = jobs
        self.job = job
        """Its end is not reported elsewhere while this screen is open."""

    def body(self) -> ComposeResult:
        """Compose the progress."""
        yield PageText(lambda width: progress_page(self.job, width))

    def on_mount(self) -> None:
        """Follow the copy."""
        self.set_interval(_REPAINT_SECONDS, self._repaint)
        self._unsubscribe = self._jobs.subscribe(self._repaint)

    def on_unmount(self) -> None:
        """Stop following."""
        self._unsubscribe()

    def _repaint(self) -> None:
        for page in self.query(PageText):  # none while the screen closes
            page.refresh(layout=True)
        self.refresh_bindings()

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What `escape` does."""
        return {"back": "Back" if self.job.state.over else "Go on in the background"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop what runs, repeat what failed."""
        if action == "stop":
            return not self.job.state.over
        if action == "again":
            return self.job.state in (JobState.FAILED, JobState.STOPPED)
        return True

    def action_stop(self) -> None:
        """Stop the copy; what has arrived is kept."""
        self._jobs.stop(self.job)

    def action_again(self) -> None:
        """Begin the same copy again."""
        self.dismiss(True)
