"""Starts transfers from the form, follows them, and says how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.notifications import SeverityLevel

from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.engine.jobs import JobState
from smtui.transfers.copy_job import CopyJob
from smtui.tui.transfer.transfer_form import TransferTexts, ending_news
from smtui.tui.transfer.transfer_form_screen import TransferFormScreen
from smtui.tui.transfer.transfer_screen import TransferScreen

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher
    from smtui.transfers.copy_job import CopyOrder


class TransferStarter:
    """One for the app. Await its coroutine in a worker: it asks the user."""

    def __init__(self, app: App[None], launcher: Launcher) -> None:
        self._app = app
        self._launcher = launcher
        self._earlier = TransferTexts()

    def form(self, node: Node) -> TransferFormScreen:
        """The form for this node, filled in as it was left."""
        return TransferFormScreen(self._launcher, node, self._earlier)

    def refusal(self) -> str:
        """Why nothing can be copied; empty if it can."""
        return READ_ONLY if self._launcher.setup.read_only else ""

    async def run(self, node: Node, order: CopyOrder) -> None:
        """Copy and show it, again as long as the user wants that; say how it ended if it was left."""
        self._earlier = TransferTexts(order.is_upload, order.sources[0], order.destination, order.preserve)
        request = SessionRequest(node.node_id, node.place)
        jobs = self._launcher.jobs
        again: bool | None = True
        while again:
            job = CopyJob(order, lambda: self._launcher.piped_session(request, order.label), self._launcher.off_loop)
            jobs.start(job)
            again = await self._app.push_screen_wait(TransferScreen(jobs, job))
            if again:
                jobs.forget(job)
        if not job.state.over:
            await jobs.over(job)
            severity: SeverityLevel = "error" if job.state is JobState.FAILED else "information"
            self._app.notify(ending_news(job), severity=severity, markup=False)
