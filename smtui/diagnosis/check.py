"""Defines a check: the evidence it waits for and the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus
from smtui.diagnosis.evidence.reading import Lookup, NotAsked, Reading, Seen, Unseen
from smtui.domain.fault import NO_CALL_KINDS, FaultKind
from smtui.topics.failure_topics import of_fault
from smtui.topics.topic import NO_VALUES

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence


@dataclass(frozen=True, slots=True)
class Judgement:
    """The conclusion of a check; see `CheckResult` for the fields."""

    status: CheckStatus
    finding: str
    evidence: tuple[str, ...] = ()
    topic: str = ""
    """Another topic than the check's own."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    each: tuple[Mapping[str, str], ...] = ()
    certainty: Certainty = Certainty.LIKELY

    def for_each(self, resources: Iterable[Mapping[str, str]]) -> Judgement:
        """The same, with the values of each resource that needs a fix of its own."""
        return replace(self, each=tuple(resources))

    def aside(self) -> Judgement:
        """The same, but no obstacle to starting a session."""
        return replace(self, certainty=Certainty.ASIDE)

    def likely(self) -> Judgement:
        """The same, no longer certain."""
        return replace(self, certainty=Certainty.LIKELY)


@dataclass(frozen=True, slots=True)
class Check:
    """`needs` and `uses` are lookups such as `Evidence.tier`; the check is judged once all of them have come.

    A need that could not be read makes the check UNKNOWN, one that does not apply makes it SKIPPED, both without
    `judge`. What it `uses` may be any reading, and `judge` handles each kind.
    """

    code: str
    topic: str
    needs: tuple[Lookup[Any], ...]
    judge: Callable[[Evidence], Judgement]
    uses: tuple[Lookup[Any], ...] = ()

    @property
    def rests_on(self) -> tuple[Lookup[Any], ...]:
        """All lookups that it waits for."""
        return (*self.needs, *self.uses)

    def result(self, evidence: Evidence) -> CheckResult | None:
        """None while something is still to be read."""
        readings: list[Reading[Any] | None] = [lookup.of(evidence) for lookup in self.rests_on]
        if any(reading is None for reading in readings):
            return None
        judged = self._without_judging(readings[: len(self.needs)]) or self.judge(evidence)
        topic = "" if judged.status in (CheckStatus.PASS, CheckStatus.SKIPPED) else judged.topic or self.topic
        return CheckResult(
            self.code, judged.status, judged.finding, judged.evidence, topic, judged.values, judged.each,
            judged.certainty,
        )  # fmt: skip

    def _without_judging(self, needed: list[Reading[Any] | None]) -> Judgement | None:
        not_asked = next((reading for reading in needed if isinstance(reading, NotAsked)), None)
        if not_asked is not None:
            return Judgement(CheckStatus.SKIPPED, not_asked.why)
        unseen = next((reading for reading in needed if isinstance(reading, Unseen)), None)
        return unseen_judgement(unseen) if unseen is not None else None


def unseen_judgement(unseen: Unseen) -> Judgement:
    """UNKNOWN, naming the call that failed, with the topic on being allowed to make it."""
    fault = unseen.fault
    said = ": ".join(part for part in (fault.code, fault.message) if part)
    return Judgement(CheckStatus.UNKNOWN, fault.sentence_and_advice(), (said,) if said else (), of_fault(fault).topic)


def passed(finding: str, *evidence: str) -> Judgement:
    """PASS."""
    return Judgement(CheckStatus.PASS, finding, evidence)


def skipped(why: str) -> Judgement:
    """SKIPPED: the check does not apply."""
    return Judgement(CheckStatus.SKIPPED, why)


def warned(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    """WARN; `values` are placeholders of the topic, which is the check's own unless one is given."""
    return Judgement(CheckStatus.WARN, finding, evidence, topic, values)


def failed(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    """FAIL, likely: something that was not read might make up for it. See `proven`."""
    return Judgement(CheckStatus.FAIL, finding, evidence, topic, values)


_PROVING_FAULTS = NO_CALL_KINDS - {FaultKind.CREDENTIAL_SOURCE}
"""Faults that every later call would hit too. A program that supplied no credentials may do so the next time."""


def proven(
    finding: str, *evidence: str, by: Sequence[Reading[Any] | None], topic: str = "", **values: str
) -> Judgement:
    """FAIL, certain: everything that could make up for it was read, and does not.

    `by` are the readings that prove it; if one of them has no answer, the FAIL is only likely.
    """
    certainty = Certainty.CERTAIN if by and all(map(_proves, by)) else Certainty.LIKELY
    return Judgement(CheckStatus.FAIL, finding, evidence, topic, values, certainty=certainty)


def _proves(reading: Reading[Any] | None) -> bool:
    refused = isinstance(reading, Unseen) and reading.fault.kind in _PROVING_FAULTS
    return refused or isinstance(reading, Seen)


def unknown(finding: str, *evidence: str, topic: str = "", **values: str) -> Judgement:
    """UNKNOWN: what was read allows no conclusion."""
    return Judgement(CheckStatus.UNKNOWN, finding, evidence, topic, values)
