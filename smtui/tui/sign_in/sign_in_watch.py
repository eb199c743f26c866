"""Tracks which listed places are signed out or will be soon, from the files of their credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.ages import time_of_day
from smtui.domain.fault import FaultKind
from smtui.domain.places.sign_in_state import SignedIn
from smtui.tui.sign_in.mfa_desk import MfaDesk

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.places.sign_in_state import SignInState
    from smtui.engine.launcher import Launcher
    from smtui.tui.terminal.handover import Handover

SOON = timedelta(minutes=30)
_LOOK_EVERY = timedelta(minutes=1)


class SignInWatch:
    """Reads the files in a thread; what it says is at most a minute old. Also answers the questions for codes."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover) -> None:
        self._launcher = launcher
        self._states: Mapping[str, SignInState] = {}
        self._looked_at: datetime | None = None
        self._codes = MfaDesk(app, launcher, handover)

    @property
    def is_due(self) -> bool:
        """Whether to look now: once a minute, and always while a place of the list is signed out."""
        last = self._looked_at
        return last is None or self._launcher.fleet.clock() - last >= _LOOK_EVERY or bool(self.lamps()[0])

    async def look(self) -> bool:
        """Read the configuration and every sign-in.

        Returns whether to read the list again: a place that waits for a sign-in has got one since the last look, or can
        now be asked for its code. A sign-in that AWS has refused does not count, since its file is the same.
        """
        catalog, before = self._launcher.place_book.catalog, self._states
        self._looked_at = self._launcher.fleet.clock()
        await catalog.read()
        self._states = catalog.states
        if self._was_nobody_asked():
            return True
        waiting = self._of(self._waiting())
        return any(
            state.signed_in is SignedIn.YES and name in before and before[name] != state
            for name, state in waiting.items()
        )

    def _was_nobody_asked(self) -> bool:
        """Whether a call failed for want of an MFA code before there was a screen to ask for it."""
        codes = self._launcher.place_book.codes
        return any(
            problem.fault.kind is FaultKind.MFA_NEEDED and codes.would_ask(problem.place.profile)
            for problem in self._launcher.fleet.problems()
        )

    def _waiting(self) -> list[Place]:
        return [problem.place for problem in self._launcher.fleet.problems() if problem.fault.wants_sign_in]

    def lamps(self) -> tuple[str, str]:
        """Return who of the list is signed out, in words, and until when the others are signed in if that is soon."""
        fleet = self._launcher.fleet
        states = self._of(fleet.places)
        failed = [place.profile for place in self._waiting()]
        ended = [name for name, state in states.items() if state.signed_in is SignedIn.NO]
        out = dict.fromkeys((*failed, *ended))
        words = f"{len(out)} profiles signed out" if len(out) > 1 else "signed out" if out else ""
        if len(out) == 1 and len({place.profile for place in fleet.places}) > 1:
            words = f"{next(iter(out))} {words}".lstrip()
        ends = _first_end(states.values(), fleet.clock())
        return words, time_of_day(ends) if ends is not None else ""

    def _of(self, places: Iterable[Place]) -> dict[str, SignInState]:
        default = self._launcher.setup.default_profile
        names = dict.fromkeys(place.profile or ("" if "" in self._states else default) for place in places)
        return {name: self._states[name] for name in names if name in self._states}


def _first_end(states: Iterable[SignInState], now: datetime) -> datetime | None:
    """Return when the first of these sign-ins ends, if that is soon and nothing renews it; else None."""
    ends = [
        state.until
        for state in states
        if state.signed_in is SignedIn.YES and state.until is not None and not state.renews_itself
    ]
    return min((end for end in ends if now < end <= now + SOON), default=None)
