"""Decides who has the terminal: the screen, a session, or neither. Pure: events go in, the next step comes out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class Holding(Enum):
    """Who has the terminal, and whether smtui is ending."""

    SCREEN = auto()
    SESSION = auto()
    SCREEN_ENDING = auto()
    """smtui is ending; the screen shows what it waits for."""
    SESSION_ENDING = auto()
    """smtui is ending; the session is being stopped."""
    NOBODY_ENDING = auto()
    """smtui is ending; the session gave the terminal back, and the screen does not take it."""
    ENDED = auto()
    """The screen's event loop is over."""


class TerminalEvent(Enum):
    """What can happen to the terminal's owner."""

    PLUGIN_STARTED = auto()
    """A session's plugin runs and wants the terminal."""
    SESSION_OVER = auto()
    """The session no longer uses the terminal it was given."""
    LEAVE = auto()
    """The user, a signal or a fault ends smtui."""
    SETTLED = auto()
    """Every session has ended, or is no longer waited for."""
    SCREEN_OVER = auto()
    """The screen's event loop is over, whatever ended it."""


class TerminalStep(Enum):
    """What must be done next."""

    NOTHING = auto()
    HAND_OVER = auto()
    REFUSE = auto()
    """Refuse the session the terminal; its plugin must be ended."""
    TAKE_BACK = auto()
    LET_GO = auto()
    """The session is over, and the terminal stays as it was before smtui."""
    SETTLE = auto()
    """End every session, then report `SETTLED`."""
    HURRY = auto()
    """The user asked again to leave: stop waiting."""
    CLOSE_SCREEN = auto()


_H, _E, _S = Holding, TerminalEvent, TerminalStep

_TRANSITIONS: Mapping[tuple[Holding, TerminalEvent], tuple[Holding, TerminalStep]] = {
    (_H.SCREEN, _E.PLUGIN_STARTED): (_H.SESSION, _S.HAND_OVER),
    (_H.SCREEN, _E.LEAVE): (_H.SCREEN_ENDING, _S.SETTLE),
    (_H.SESSION, _E.SESSION_OVER): (_H.SCREEN, _S.TAKE_BACK),
    (_H.SESSION, _E.LEAVE): (_H.SESSION_ENDING, _S.SETTLE),
    (_H.SCREEN_ENDING, _E.LEAVE): (_H.SCREEN_ENDING, _S.HURRY),
    (_H.SCREEN_ENDING, _E.SETTLED): (_H.SCREEN_ENDING, _S.CLOSE_SCREEN),
    (_H.SESSION_ENDING, _E.SESSION_OVER): (_H.NOBODY_ENDING, _S.LET_GO),
    (_H.SESSION_ENDING, _E.LEAVE): (_H.SESSION_ENDING, _S.HURRY),
    (_H.SESSION_ENDING, _E.SETTLED): (_H.SESSION_ENDING, _S.CLOSE_SCREEN),
    (_H.NOBODY_ENDING, _E.LEAVE): (_H.NOBODY_ENDING, _S.HURRY),
    (_H.NOBODY_ENDING, _E.SETTLED): (_H.NOBODY_ENDING, _S.CLOSE_SCREEN),
    (_H.ENDED, _E.SESSION_OVER): (_H.ENDED, _S.LET_GO),
}
"""Anything not listed changes nothing, except: a plugin is refused, and the end of the screen is final."""


class TerminalOwner:
    """The state machine of the terminal; one a program, called on the event loop only."""

    def __init__(self) -> None:
        self._holding = Holding.SCREEN

    @property
    def holding(self) -> Holding:
        """Who has the terminal now."""
        return self._holding

    @property
    def lent(self) -> bool:
        """True while a session has the terminal: smtui must not draw, ring or read."""
        return self._holding in (Holding.SESSION, Holding.SESSION_ENDING)

    @property
    def ending(self) -> bool:
        """True once smtui is ending: nothing new may start."""
        return self._holding not in (Holding.SCREEN, Holding.SESSION)

    def after(self, event: TerminalEvent) -> TerminalStep:
        """Record the event and return the next step."""
        if event is TerminalEvent.SCREEN_OVER:
            self._holding = Holding.ENDED
            return TerminalStep.NOTHING
        otherwise = TerminalStep.REFUSE if event is TerminalEvent.PLUGIN_STARTED else TerminalStep.NOTHING
        self._holding, step = _TRANSITIONS.get((self._holding, event), (self._holding, otherwise))
        return step
