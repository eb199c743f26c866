"""Keeps each subject's last examination, with the time at which it was made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.tui.troubleshoot.check_rows import chain_order

if TYPE_CHECKING:
    from smtui.diagnosis.check_result import Diagnosis
    from smtui.diagnosis.evidence.record import Subject
    from smtui.engine.examination import Examination
    from smtui.engine.launcher import Launcher

GOOD_FOR = timedelta(minutes=5)
"""Older results are read again when the node is opened again."""


def _nobody() -> None:
    return


class Examined:
    """One subject's examination; notifies the screen that shows it."""

    def __init__(self, examination: Examination, clock: Callable[[], datetime]) -> None:
        self._examination = examination
        self._clock = clock
        self.order = chain_order((*examination.diagnosis.pending, *(r.code for r in examination.diagnosis.results)))
        self.made_at: datetime | None = None
        """When all results were last complete; None before that, and while checks run."""
        self._changed: Callable[[], None] = _nobody
        examination.subscribe(self._notify)

    @property
    def diagnosis(self) -> Diagnosis:
        """The results so far."""
        return self._examination.diagnosis

    @property
    def running(self) -> bool:
        """Whether checks are running."""
        return self._examination.running

    @property
    def fresh(self) -> bool:
        """Whether the results can be shown as they are, with their age."""
        return self.made_at is not None and self._clock() - self.made_at <= GOOD_FOR

    def look(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each reading; it replaces an earlier one."""
        self._changed = changed

    def look_away(self, changed: Callable[[], None]) -> None:
        """Stop calling `changed`, unless another screen has taken its place."""
        if self._changed == changed:
            self._changed = _nobody

    def _notify(self) -> None:
        self._changed()

    async def run(self, codes: Collection[str] = ()) -> None:
        """Run all checks, or these. Cancelling stops the readings, and so does another run."""
        self.made_at = None
        await self._examination.run(codes)
        if not self._examination.running:
            self.made_at = self._clock()


class Examinations:
    """The examinations since smtui started, by subject."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._kept: dict[Subject, Examined] = {}

    def of(self, subject: Subject) -> Examined:
        """Return the subject's examination; made on first use, not yet run."""
        if subject not in self._kept:
            self._kept[subject] = Examined(self._launcher.examine(subject), self._launcher.fleet.clock)
        return self._kept[subject]
