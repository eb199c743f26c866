"""The examinations of this run: a node's last results are kept, with when they were made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.diagnosis.check_result import Diagnosis
from smtui.diagnosis.evidence.record import Subject
from smtui.engine.launcher import Launcher
from smtui.tui.troubleshoot.check_rows import chain_order

if TYPE_CHECKING:
    from smtui.engine.examination import Examination

GOOD_FOR = timedelta(minutes=5)
"""Older results are read anew when the node is looked at again."""


def _nobody() -> None:
    return


class Examined:
    """One subject's examination, told of to whoever looks at it."""

    def __init__(self, examination: Examination, clock: Callable[[], datetime]) -> None:
        self._examination = examination
        self._clock = clock
        self.order = chain_order((*examination.diagnosis.pending, *(r.code for r in examination.diagnosis.results)))
        self.made_at: datetime | None = None
        """When all results were there last; None before, and while some are read anew."""
        self._told: Callable[[], None] = _nobody
        examination.subscribe(self._tell)

    @property
    def diagnosis(self) -> Diagnosis:
        return self._examination.diagnosis

    @property
    def running(self) -> bool:
        return self._examination.running

    @property
    def fresh(self) -> bool:
        """Whether the results can be shown as they are, with their age."""
        return self.made_at is not None and self._clock() - self.made_at <= GOOD_FOR

    def look(self, told: Callable[[], None]) -> None:
        """Call this after each reading, instead of who looked before."""
        self._told = told

    def look_away(self, told: Callable[[], None]) -> None:
        if self._told == told:
            self._told = _nobody

    def _tell(self) -> None:
        self._told()

    async def run(self, codes: Collection[str] = ()) -> None:
        """All checks, or these; cancelling gives up the readings, and so does another run."""
        self.made_at = None
        await self._examination.run(codes)
        if not self._examination.running:
            self.made_at = self._clock()


class Examinations:
    """By subject."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._kept: dict[Subject, Examined] = {}

    def of(self, subject: Subject) -> Examined:
        if subject not in self._kept:
            self._kept[subject] = Examined(self._launcher.examine(subject), self._launcher.fleet.clock)
        return self._kept[subject]
