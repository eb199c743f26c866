"""Hands the terminal to a session and takes it back, unless smtui is ending meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from textual.app import App

from smtui.engine.launcher import TerminalRefused
from smtui.tui.terminal.enter import wait_for_enter
from smtui.tui.terminal.terminal_owner import TerminalEvent, TerminalOwner, TerminalStep


class Handover(Protocol):
    """The seam between the screens and the real terminal, so that tests can do without one."""

    @property
    def lent(self) -> bool:
        """True while a session has the terminal: nothing may be drawn, rung or read meanwhile."""

    def refusal(self) -> str:
        """Why this terminal cannot be handed over, as a sentence; empty when it can."""

    def lend(self) -> AbstractContextManager[None]:
        """The terminal belongs to a session inside the `with` block; raises `TerminalRefused` on entering."""

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        """In a thread, while the terminal is handed over: print this and wait for enter, or until `is_over`."""


class _NotTakenBack(Exception):
    """Thrown into Textual's suspend, which then does not resume (Textual issue 6692): here that is wanted."""


class SuspendHandover:
    """By Textual's suspend. The event loop goes on meanwhile, so what it would draw is held back."""

    def __init__(self, app: App[Any], owner: TerminalOwner) -> None:
        self._app = app
        self._owner = owner

    @property
    def lent(self) -> bool:
        return self._owner.lent

    def refusal(self) -> str:
        app = self._app
        if app.is_web:
            return "A browser has no terminal to lend: run smtui in a terminal to start sessions."
        if app.is_headless or app.is_inline:
            return "This terminal cannot be lent to a session: run smtui full-screen in a terminal."
        return ""

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        wait_for_enter(sentence, is_over)

    @contextmanager
    def lend(self) -> Iterator[None]:
        self._see_whether_it_runs()
        if self._owner.after(TerminalEvent.PLUGIN_STARTED) is not TerminalStep.HAND_OVER:
            raise TerminalRefused
        self._app.clear_notifications()
        with self._app.batch_update():
            suspension = self._app.suspend()
            try:
                suspension.__enter__()
            except Exception as error:
                self._owner.after(TerminalEvent.SESSION_OVER)
                raise TerminalRefused from error
            try:
                yield
            finally:
                self._end(suspension)

    def _see_whether_it_runs(self) -> None:
        """Textual's loop may have ended a moment ago, and nobody has had a turn to say so."""
        if not self._app.is_running:
            self._owner.after(TerminalEvent.SCREEN_OVER)

    def _end(self, suspension: AbstractContextManager[None]) -> None:
        """Resume the screen, or not: what was raised in the session never decides that."""
        self._see_whether_it_runs()
        if self._owner.after(TerminalEvent.SESSION_OVER) is TerminalStep.TAKE_BACK:
            suspension.__exit__(None, None, None)
        else:
            left = _NotTakenBack()
            suspension.__exit__(_NotTakenBack, left, None)
