"""Offers to end what an earlier smtui left running, once for each session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smtui.domain.orphaned_session import question
from smtui.engine.launcher import Launcher

if TYPE_CHECKING:
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
        title, lines = question(fresh, self._launcher.fleet.clock())
        if self._launcher.setup.read_only:
            for line in lines:
                self._launcher.notices.add(f"Left by an earlier smtui: {line}")
        elif await self._app.push_screen_wait(LeftoversScreen(title, lines)):
            for sentence in await orphans.end(fresh):
                self._app.notify(sentence, severity="error", markup=False)
        else:
            await orphans.leave(fresh)
