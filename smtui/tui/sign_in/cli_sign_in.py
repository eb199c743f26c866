"""Runs the AWS CLI's sign-in on this terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.terminal.handover import Handover


class CliSignIn:
    """One sign-in at a time."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover) -> None:
        self._app = app
        self._launcher = launcher
        self._handover = handover
        self._is_running = False

    async def run(self, command: tuple[str, ...]) -> bool:
        """Give it the terminal until it has ended; return True once the user is signed in. Says what went wrong."""
        if self._is_running:
            return False
        trouble = self._handover.refusal()
        if not trouble:
            self._is_running = True
            try:
                trouble = await self._launcher.sign_in(command, self._handover.lend)
            finally:
                self._is_running = False
        if trouble and not self._launcher.closing:
            self._app.notify(harmless(trouble), severity="warning", timeout=15, markup=False)
        return not trouble
