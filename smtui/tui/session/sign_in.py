"""Signing in by the AWS CLI where credentials have failed: the command is copied, or run on this terminal."""

from __future__ import annotations

from textual.screen import Screen

from smtui.domain.shellquote import offered_line
from smtui.domain.text import harmless
from smtui.engine.launcher import Launcher
from smtui.topics.failure import Failure
from smtui.tui.copying import copy_and_say
from smtui.tui.terminal.handover import Handover


class SignIn:
    def __init__(self, launcher: Launcher, handover: Handover) -> None:
        self._launcher = launcher
        self._handover = handover
        self._is_running = False

    def offered(self, failure: Failure | None = None) -> tuple[str, ...]:
        """The command that helps against this failure, else against what keeps a place from being read; or nothing."""
        if failure is not None and failure.sign_in:
            return failure.sign_in
        return next((problem.fault.sign_in for problem in self._launcher.fleet.problems() if problem.fault.sign_in), ())

    def copy(self, screen: Screen[None] | Screen[bool], argv: tuple[str, ...]) -> None:
        copy_and_say(screen, offered_line(argv))

    async def run(self, screen: Screen[None] | Screen[bool], argv: tuple[str, ...]) -> bool:
        """Give it the terminal until it has ended; True once the user is signed in. Says what went wrong."""
        if self._is_running:
            return False
        trouble = self._handover.refusal()
        if not trouble:
            self._is_running = True
            try:
                trouble = await self._launcher.sign_in(argv, self._handover.lend)
            finally:
                self._is_running = False
        if trouble and not self._launcher.closing:
            screen.notify(harmless(trouble), severity="warning", timeout=15, markup=False)
        return not trouble
