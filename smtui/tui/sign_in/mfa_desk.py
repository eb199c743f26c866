"""Shows the questions for MFA codes on whatever screen is up; while a session has the terminal they wait."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from smtui.domain.places.mfa_question import MfaQuestion
    from smtui.engine.launcher import Launcher
    from smtui.tui.sign_in.mfa_screen import MfaScreen
    from smtui.tui.terminal.handover import Handover


class MfaDesk:
    """Registered with `MfaCodes`, which asks one question at a time."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover) -> None:
        self._app = app
        self._clock = launcher.fleet.clock
        self._handover = handover
        self._back = asyncio.Event()
        app.app_resume_signal.subscribe(app, lambda _: self._back.set())
        launcher.place_book.codes.answer_with(self.ask)

    async def ask(self, question: MfaQuestion) -> str | None:
        """Return the code that the user types; None if the user cancels. Cancelling it closes the dialog."""
        asked_at = self._clock()
        while self._handover.lent:
            self._back.clear()
            await self._back.wait()
        if not self._app.is_running:
            return None
        from smtui.tui.sign_in.mfa_screen import MfaScreen

        screen = MfaScreen(question, asked_at, self._clock)
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        # From Textual's own queue, because the caller is no task of the app: a screen needs its context.
        self._app.call_later(self._app.push_screen, screen, partial(_settle, answer))
        try:
            return await answer or None
        finally:
            if not answer.done() or answer.cancelled():
                self._app.call_later(_close, screen)


def _settle(answer: asyncio.Future[str | None], typed: str | None) -> None:
    if not answer.done():
        answer.set_result(typed)


def _close(screen: MfaScreen) -> None:
    if screen.is_current:
        screen.dismiss("")
