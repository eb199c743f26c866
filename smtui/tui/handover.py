"""Lends the terminal to a session and takes it back, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from textual.app import App

from smtui.tui.enter import wait_for_enter


class Handover(Protocol):
    """The seam between the screens and the real terminal, so that tests can do without one."""

    @property
    def lent(self) -> bool:
        """True while a session has the terminal: nothing may be drawn, rung or read meanwhile."""

    def refusal(self) -> str:
        """Why this terminal cannot be lent, as a sentence; empty when it can."""

    def lend(self) -> AbstractContextManager[None]:
        """The terminal belongs to someone else inside the `with` block."""

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        """Inside a loan, in a thread: say this below the session's output and wait for enter, or until `is_over`."""


class SuspendHandover:
    """By Textual's suspend. The event loop goes on meanwhile, so what it would draw is held back."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._lent = False

    @property
    def lent(self) -> bool:
        return self._lent

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
        if not self._app.is_running:
            yield  # the screen is gone already, and its terminal with it
            return
        self._app.clear_notifications()
        with self._app.batch_update():
            suspension = self._app.suspend()
            suspension.__enter__()
            self._lent = True
            try:
                yield
            finally:
                self._lent = False
                # Always as if all went well: an exception thrown into `suspend` leaves the app without its terminal
                # for ever (Textual issue 6692).
                suspension.__exit__(None, None, None)
