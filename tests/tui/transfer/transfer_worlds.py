"""Worlds whose sessions are shells of this machine, or copies that stand still."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtui.engine.jobs import Job, JobState
from smtui.engine.offloop import OffLoop
from smtui.transfers.copy_failure import CopyFailed
from smtui.transfers.copy_job import CopyJob, CopyOrder
from smtui.transfers.copy_progress import Phase
from smtui.tui.app import SmtuiApp
from tests.transfers.local_shells import LocalShell
from tests.tui.world import World

ORDER = CopyOrder("web-1", True, ("~/build/app.tar.gz",), "/tmp/app.tar.gz")


@dataclass
class ShellWorld(World):
    """Every node is this machine, with `far` as its home."""

    far: Path = field(default_factory=Path)

    def app(self) -> SmtuiApp:
        app = super().app()
        shell: Any = lambda *_: LocalShell(["sh"], self.far)  # noqa: E731 - it takes a method's place
        app._launcher.piped_session = shell  # type: ignore[method-assign]
        return app


class StandingCopy(CopyJob):
    """A copy at 124 of 200 MB after a cut, or one that has failed there."""

    def __init__(self, why: str = "") -> None:
        self._now = 0.0
        super().__init__(ORDER, lambda: None, OffLoop(1), lambda: self._now)  # type: ignore[arg-type,return-value]
        self._why = why

    async def run(self) -> None:
        self.phase = Phase.SENDING
        self.meter.begin(200_000_000, 80_000_000)
        self._now += 5
        self.meter.advance(44_000_000)
        if self._why:
            self.state, self.failure = JobState.FAILED, CopyFailed(self._why)
            return
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.state = JobState.STOPPED


def failed_copy() -> Job:
    return StandingCopy("No room on web-1: /tmp has 40 MB, 76 MB are to come. /tmp/app.tar.gz is untouched.")


def copying() -> World:
    world = World()
    world.jobs.append(StandingCopy)
    return world


def copy_failed() -> World:
    world = World()
    world.jobs.append(failed_copy)
    return world
