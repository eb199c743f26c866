"""Writes a diagnosis as a text to keep or pass on: the verdict, every result with its evidence, the fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis
from smtui.domain.text import harmless, harmless_lines
from smtui.topics.machines import Machines
from smtui.topics.topic_text import explanation_lines, fix_lines, topic_and_fix

if TYPE_CHECKING:
    from smtui.topics.failure import Failure
    from smtui.topics.topic import Topic

WIDTH = 100
_WRONG = frozenset({CheckStatus.FAIL, CheckStatus.WARN, CheckStatus.UNKNOWN})


_ANY = Machines()


class ReportNotSaved(Exception):
    """The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Report:
    """One diagnosis to write down; `made_at` is aware, UTC."""

    label: str
    """The node's name, or its id."""
    diagnosis: Diagnosis
    made_at: datetime
    version: str
    """Of smtui."""
    failure: Failure | None = None
    machines: Machines = _ANY

    @property
    def file_name(self) -> str:
        """`i-0a1b-20261122-120000.txt`: only letters, digits and dashes, which every file system accepts."""
        target = "".join(character for character in self.diagnosis.target if character.isalnum() or character == "-")
        return f"{target or 'this-machine'}-{self.made_at:%Y%m%d-%H%M%S}.txt"


def report_lines(report: Report, topic: Callable[[str], Topic], *, plugin_output: bool = False) -> Iterator[str]:
    """Yields harmless lines; what the plugin printed only with `plugin_output`."""
    diagnosis = report.diagnosis
    yield harmless(" ".join(dict.fromkeys((report.label, diagnosis.target))))
    yield f"Made by smtui {report.version} at {report.made_at:%Y-%m-%d %H:%M:%S} UTC"
    if report.failure is not None:
        failure = report.failure if plugin_output else report.failure.without_output()
        yield ""
        yield from harmless_lines(failure.details())
    yield ""
    verdict = diagnosis.verdict
    yield harmless(verdict.sentence) if verdict else "The checks did not finish."
    if report.failure is not None and report.failure.topic:
        failed = report.failure
        found = topic(failed.topic)
        yield from ("", "", *topic_and_fix(found, {**diagnosis.values, **failed.values}, report.machines, WIDTH))
    yield from _broken(report, topic)
    for result in diagnosis.results:
        if result.status not in _WRONG:
            yield ""
            yield from _result(result)
    for code in diagnosis.pending:
        yield ""
        yield f"{code}  no result yet"


def _result(result: CheckResult) -> Iterator[str]:
    yield f"{result.code}  {result.status.value}"
    yield f"  {harmless(result.finding)}"
    yield from _evidence(result)


def _evidence(result: CheckResult) -> Iterator[str]:
    yield from (f"  - {harmless(line)}" for line in result.evidence)


def _broken(report: Report, topic: Callable[[str], Topic]) -> Iterator[str]:
    """Yields what is wrong, the verdict's check first: finding, fix, evidence, explanation (once for each topic)."""
    diagnosis = report.diagnosis
    first = diagnosis.verdict.code if diagnosis.verdict else ""
    explained = {report.failure.topic} if report.failure is not None else set[str]()
    for result in sorted(diagnosis.results, key=lambda result: result.code != first):
        if result.status not in _WRONG:
            continue
        yield ""
        yield f"{result.code}  {result.status.value}"
        yield f"  {harmless(result.finding)}"
        known, found = diagnosis.values_of(result), topic(result.topic) if result.topic else None
        if found is not None:
            yield from fix_lines(found, known, report.machines, WIDTH, result.each)
        if result.evidence:
            yield from ("", "Evidence", *_evidence(result))
        if found is not None and result.topic not in explained:
            explained.add(result.topic)
            yield from explanation_lines(found, known, report.machines, WIDTH, result.each)
