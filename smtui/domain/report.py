"""A diagnosis as a text to keep or to hand on: the verdict, every result with its evidence, the fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from smtui.domain.check import CheckResult, CheckStatus, Diagnosis
from smtui.domain.failure import Failure
from smtui.domain.shellquote import Shell
from smtui.domain.text import harmless, harmless_lines
from smtui.domain.topic import System, Topic
from smtui.domain.topic_text import topic_lines

WIDTH = 100
_WRONG = frozenset({CheckStatus.FAIL, CheckStatus.WARN, CheckStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Machines:
    """Whose words the fixes are in."""

    shell: Shell = Shell.POSIX
    """This machine's."""
    here: System = System.ANY
    architecture: str = ""
    """This machine's."""
    node: System = System.ANY


_ANY = Machines()


class ReportNotSaved(Exception):
    """The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Report:
    """What it is about; `made_at` is aware, UTC."""

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
        """`i-0a1b-20261122-120000.txt`; nothing in it that a file system objects to."""
        target = "".join(character for character in self.diagnosis.target if character.isalnum() or character == "-")
        return f"{target or 'this-machine'}-{self.made_at:%Y%m%d-%H%M%S}.txt"


def report_lines(report: Report, topic: Callable[[str], Topic], *, plugin_output: bool = False) -> Iterator[str]:
    """Every line is harmless; what the plugin printed is in it only when it was asked for."""
    diagnosis = report.diagnosis
    yield harmless(" ".join(dict.fromkeys((report.label, diagnosis.target))))
    yield f"Made by smtui {report.version} at {report.made_at:%Y-%m-%d %H:%M:%S} UTC"
    if report.failure is not None:
        failure = report.failure if plugin_output else report.failure.without_output()
        yield ""
        yield from harmless_lines(failure.details())
    yield ""
    verdict = diagnosis.verdict
    yield harmless(verdict.sentence) if verdict else "The checks were not complete."
    for result in diagnosis.results:
        yield ""
        yield from _result(result)
    for code in diagnosis.pending:
        yield ""
        yield f"{code}  no result yet"
    yield from _fixes(report, topic)


def _result(result: CheckResult) -> Iterator[str]:
    yield f"{result.code}  {result.status.value}"
    yield f"  {harmless(result.finding)}"
    yield from (f"  - {harmless(line)}" for line in result.evidence)


def _fixes(report: Report, topic: Callable[[str], Topic]) -> Iterator[str]:
    """Each topic once for each set of values."""
    diagnosis, machines = report.diagnosis, report.machines
    wanted: list[tuple[str, Mapping[str, str]]] = []
    if report.failure is not None and report.failure.topic:
        wanted.append((report.failure.topic, {**diagnosis.values, **report.failure.values}))
    wanted += [
        (result.topic, {**diagnosis.values, **result.values})
        for result in diagnosis.results
        if result.status in _WRONG and result.topic
    ]
    told: set[tuple[str, tuple[str, ...]]] = set()
    for topic_id, values in wanted:
        lines = topic_lines(
            topic(topic_id), values, machines.shell, WIDTH, machines.here,
            architecture=machines.architecture, node_system=machines.node,
        )  # fmt: skip
        if (topic_id, lines) not in told:
            told.add((topic_id, lines))
            yield from ("", "", *lines)
