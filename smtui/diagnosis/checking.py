"""What a check is: the evidence it waits for and the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.domain.check import NO_VALUES, CheckResult, CheckStatus
from smtui.domain.evidence.reading import NotAsked, Reading, Unseen
from smtui.domain.evidence.record import Evidence
from smtui.domain.failure_topics import of_fault


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check makes of its evidence; see `CheckResult`."""

    status: CheckStatus
    finding: str
    evidence: tuple[str, ...] = ()
    topic: str = ""
    """Another topic than the check's own."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True)
class Check:
    """`needs` and `uses` are fields of `Evidence`; the check is judged once all of them have been read.

    A need that could not be read makes the check UNKNOWN, one that does not apply makes it SKIPPED, without `judge`;
    what it `uses` may be any reading, and `judge` sees to that.
    """

    code: str
    topic: str
    needs: tuple[str, ...]
    judge: Callable[[Evidence], Judgement]
    uses: tuple[str, ...] = ()

    def result(self, evidence: Evidence) -> CheckResult | None:
        """None while something is still to be read."""
        readings: list[Reading[Any] | None] = [getattr(evidence, name) for name in (*self.needs, *self.uses)]
        if any(reading is None for reading in readings):
            return None
        judged = self._without_judging(readings[: len(self.needs)]) or self.judge(evidence)
        topic = "" if judged.status in (CheckStatus.PASS, CheckStatus.SKIPPED) else judged.topic or self.topic
        return CheckResult(self.code, judged.status, judged.finding, judged.evidence, topic, judged.values)

    def _without_judging(self, needed: list[Reading[Any] | None]) -> Judgement | None:
        not_asked = next((reading for reading in needed if isinstance(reading, NotAsked)), None)
        if not_asked is not None:
            return Judgement(CheckStatus.SKIPPED, not_asked.why)
        unseen = next((reading for reading in needed if isinstance(reading, Unseen)), None)
        return unseen_judgement(unseen) if unseen is not None else None


def unseen_judgement(unseen: Unseen) -> Judgement:
    """UNKNOWN, naming what could not be read; what helps is to be let read it."""
    fault = unseen.fault
    said = ": ".join(part for part in (fault.code, fault.message) if part)
    return Judgement(CheckStatus.UNKNOWN, fault.sentence(), (said,) if said else (), of_fault(fault).topic)


def passed(finding: str, *evidence: str) -> Judgement:
    return Judgement(CheckStatus.PASS, finding, evidence)


def skipped(why: str) -> Judgement:
    return Judgement(CheckStatus.SKIPPED, why)


def warned(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    return Judgement(CheckStatus.WARN, finding, evidence, topic, values)


def failed(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    return Judgement(CheckStatus.FAIL, finding, evidence, topic, values)


def unknown(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    return Judgement(CheckStatus.UNKNOWN, finding, evidence, topic, values)
