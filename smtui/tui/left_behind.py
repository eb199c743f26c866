"""Offers to end what an earlier smtui left running, once for each session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.orphaned_session import OrphanedSession, note_on, question
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.app import SmtuiApp

LOOK_AGAIN_SECONDS = 15.0
"""Time until the next look while a session may still begin, or while the user is busy."""


class LeftBehind:
    """Looks for leftovers. `is_idle` returns whether a question may come up now."""

    def __init__(self, app: SmtuiApp, launcher: Launcher, is_idle: Callable[[], bool]) -> None:
        self._app = app
        self._launcher = launcher
        self._is_idle = is_idle
        self._offered: set[str] = set()

    def look(self) -> None:
        """Look now, or later if the user is busy; show what is found."""
        if self._is_idle():
            self._app.work(self._offer(), "orphans")
        else:
            self._app.set_timer(LOOK_AGAIN_SECONDS, self.look)

    async def _offer(self) -> None:
        orphans = self._launcher.orphans
        found = await orphans.find()
        for sentence in found.sentences:
            self._launcher.notices.add(sentence)
        if found.pending:
            self._app.set_timer(LOOK_AGAIN_SECONDS, self.look)
        fresh = [orphan for orphan in found.orphans if orphan.session_id not in self._offered]
        if not fresh:
            return
        from smtui.tui.parts.confirm import LeftoversScreen

        self._offered |= {orphan.session_id for orphan in fresh}
        now = self._launcher.fleet.clock()
        title, lines = left_over_words(fresh, now)
        if self._launcher.setup.read_only:
            for line in question(fresh, now)[1]:
                self._launcher.notices.add(f"Left by an earlier smtui: {line}")
        elif await self._app.push_screen_wait(LeftoversScreen(title, lines)):
            for sentence in await orphans.end(fresh):
                self._app.notify(sentence, severity="error", markup=False)
        else:
            await orphans.leave(fresh)


def left_over_words(orphans: Sequence[OrphanedSession], now: datetime) -> tuple[str, tuple[str, ...]]:
    """Return the title of the question whether to end them, and its lines."""
    number = len(orphans)
    sessions = "a session" if number == 1 else f"{number} sessions"
    perhaps = all(orphan.start is not None for orphan in orphans)
    title = f"An earlier smtui {'may have left' if perhaps else 'left'} {sessions} running"
    these = "it" if number == 1 else "both" if number == 2 else "them"
    note = note_on(orphans)
    ending = f"Cleaning up terminates {these}, and nothing of other windows."
    return title, (*(_left_over_line(orphan, now) for orphan in orphans), *([note] if note else []), ending)


def _left_over_line(orphan: OrphanedSession, now: datetime) -> str:
    lasting = f"for {age(orphan.started_at, now)}"
    if orphan.start is not None:
        asked = f"{orphan.start.asked_at:%H:%M:%S} UTC"
        which = f"{orphan.region}, {lasting}, {orphan.session_id}"
        return harmless(f"?  perhaps {orphan.label}, {which}: smtui called StartSession at {asked}")
    if orphan.plugin_runs:
        return harmless(f"●  {orphan.label}, {orphan.region}, {lasting}, its plugin still runs")
    return harmless(f"○  {orphan.label}, {orphan.region}, {lasting}, nobody is at it")
