"""Lends the terminal to a session and takes it back, unless smtui is ending by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from textual.app import App

from smtui.engine.protocols import TerminalRefused
from smtui.tui.terminal.enter import wait_for_enter
from smtui.tui.terminal.terminal_owner import TerminalEvent, TerminalOwner, TerminalStep


class Handover(Protocol):
    """What screens need of the real terminal; tests replace it."""

    @property
    def lent(self) -> bool:
        """True while a session has the terminal: smtui must not draw, ring or read then."""

    def refusal(self) -> str:
        """Say in a sentence why this terminal cannot be lent; empty when it can."""

    def lend(self) -> AbstractContextManager[None]:
        """Lend the terminal to a session for the `with` block; raises `TerminalRefused` on entering."""

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        """Print the sentence on the lent terminal and wait for enter, or until `is_over`; runs in a thread."""


class _NotTakenBack(Exception):
    """Thrown into Textual's suspend, which then does not resume (Textual issue 6692); wanted here."""


class SuspendHandover:
    """Lends by Textual's suspend. The event loop keeps running, so all drawing is held back meanwhile."""

    def __init__(self, app: App[Any], owner: TerminalOwner) -> None:
        self._app = app
        self._owner = owner

    @property
    def lent(self) -> bool:
        """True while a session has the terminal."""
        return self._owner.lent

    def refusal(self) -> str:
        """Say why this terminal cannot be lent; empty when it can."""
        app = self._app
        if app.is_web:
            return "A session needs a terminal, which a browser does not have: run smtui in a terminal."
        if app.is_headless or app.is_inline:
            return "A session needs the whole terminal: run smtui full-screen in a terminal."
        return ""

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        """Print the sentence and wait for enter, or until `is_over`; blocks, so run it in a thread."""
        wait_for_enter(sentence, is_over)

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Lend the terminal for the `with` block; raises `TerminalRefused` on entering."""
        self._note_ended_loop()
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

    def _note_ended_loop(self) -> None:
        """Report an event loop that has just ended: nothing else may have had a turn to report it."""
        if not self._app.is_running:
            self._owner.after(TerminalEvent.SCREEN_OVER)

    def _end(self, suspension: AbstractContextManager[None]) -> None:
        """Resume the screen unless smtui is ending; an exception in the session never decides that."""
        self._note_ended_loop()
        if self._owner.after(TerminalEvent.SESSION_OVER) is TerminalStep.TAKE_BACK:
            suspension.__exit__(None, None, None)
        else:
            left = _NotTakenBack()
            suspension.__exit__(_NotTakenBack, left, None)
