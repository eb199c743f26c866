"""Starts transfers from the form, follows them, and says how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.transfers.copy_job import CopyJob
from smtui.tui.transfer.transfer_form import TransferTexts
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
        """Begin the copy and show it."""
        self._earlier = TransferTexts(order.is_upload, order.sources[0], order.destination, order.preserve)
        request = SessionRequest(node.node_id, node.place)
        launcher = self._launcher
        job = CopyJob(order, lambda: launcher.piped_session(request, order.label), launcher.off_loop)
        launcher.jobs.start(job)
        launcher.place_book.filters.note_used(node.place, node.node_id)
        await self.show(job)

    async def show(self, job: CopyJob) -> None:
        """Show a copy, and the one that takes its place as long as the user wants that."""
        jobs = self._launcher.jobs
        shown: CopyJob = job
        while await self._app.push_screen_wait(TransferScreen(jobs, shown)):
            jobs.forget(shown)
            shown = shown.again()
            jobs.start(shown)
