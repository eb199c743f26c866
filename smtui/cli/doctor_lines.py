"""Lays out what `smtui doctor` prints: the verdict, each finding with its fix, then every check."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis
from smtui.domain.wrapping import wrapped
from smtui.topics.library import topic
from smtui.topics.machines import Machines, system_named
from smtui.topics.topic import NO_VALUES, ReadyCommand
from smtui.topics.topic_text import advice, explanation_lines, fix_lines, topic_lines

if TYPE_CHECKING:
    from smtui.engine.launcher_parts import Setup

_BROKEN = frozenset({CheckStatus.WARN, CheckStatus.FAIL})
_STATUS_WIDTH = 7
_NAME_WIDTH = 23
_LEAST_BESIDE = 30
"""Cells. A narrower column is hard to read, so the finding goes below the check's name."""
_BELOW = "      "
_ABOVE = "See above."
INSTALL_HELP = "install-plugin"


def doctor_lines(diagnosis: Diagnosis, label: str, setup: Setup, width: int) -> Iterator[str]:
    """Every line, from the node's name to the last check; harmless, at most `width` cells.

    First the verdict, then what is wrong (finding, fix, evidence, explanation), then all checks.
    """
    yield from wrapped(_heading(diagnosis, label), width)
    if diagnosis.verdict is not None:
        yield from wrapped(diagnosis.verdict.sentence, width)
    seen: set[str] = set()
    above: set[str] = set()
    for result in _to_fix(diagnosis):
        yield from _broken(diagnosis, result, setup, width, explained=result.topic in seen)
        seen.add(result.topic)
        above.add(result.code)
    yield from result_lines(diagnosis, width, above)
    if not diagnosis.target and _lacks_a_plugin(diagnosis):
        yield from ("", *wrapped(f"== {INSTALL_HELP} ==", width))
        yield from topic_text(INSTALL_HELP, setup, width, diagnosis)


def _lacks_a_plugin(diagnosis: Diagnosis) -> bool:
    """Whether the plugin is missing, or so old that the user should know."""
    found, version = diagnosis.result("local.plugin_found"), diagnosis.result("local.plugin_version")
    missing = found is not None and found.status is CheckStatus.FAIL
    return missing or (version is not None and version.status in _BROKEN)


def _broken(diagnosis: Diagnosis, result: CheckResult, setup: Setup, width: int, *, explained: bool) -> Iterator[str]:
    """One finding with its fix, its evidence and, once for each topic, the explanation; no sentence twice."""
    known, machines = diagnosis.values_of(result), machines_of(setup, diagnosis)
    found = topic(result.topic)
    yield from ("", *wrapped(f"== {result.code} · {result.topic} ==", width))
    if diagnosis.verdict is None or diagnosis.verdict.code != result.code:  # the verdict ends with this finding
        yield from wrapped(result.finding, width)
    yield from fix_lines(found, known, machines, width, result.each)
    if result.evidence:
        yield from ("", "Evidence")
        for line in result.evidence:
            yield from wrapped(line, width, "  · ")
    if not explained:
        yield from explanation_lines(found, known, machines, width, result.each)


def machines_of(setup: Setup, diagnosis: Diagnosis | None = None) -> Machines:
    """This machine and, if the evidence names its platform, the node."""
    platform = diagnosis.values.get("platform", "") if diagnosis is not None else ""
    return setup.machines(system_named(platform))


def fixes(diagnosis: Diagnosis, result: CheckResult, setup: Setup) -> tuple[ReadyCommand, ...]:
    """The fixes for this finding, least invasive first."""
    if not result.topic or result.status not in _BROKEN:
        return ()
    known, machines = diagnosis.values_of(result), machines_of(setup, diagnosis)
    return advice(topic(result.topic), known, machines, result.each).ready_fixes


def result_lines(diagnosis: Diagnosis, width: int, above: Collection[str] = ()) -> Iterator[str]:
    """A heading for each layer and one or more lines for each check; findings shown `above` are not repeated."""
    for layer, results in groupby(diagnosis.results, key=lambda result: result.layer):
        yield from ("", layer.value)
        for result in results:
            yield from _lines(result, _ABOVE if result.code in above else result.finding, width)


def topic_text(topic_id: str, setup: Setup, width: int, diagnosis: Diagnosis | None = None) -> tuple[str, ...]:
    """One topic, with every known value filled in."""
    values = diagnosis.values if diagnosis is not None else NO_VALUES
    return topic_lines(topic(topic_id), values, machines_of(setup, diagnosis), width)


def _heading(diagnosis: Diagnosis, label: str) -> str:
    if not diagnosis.target:
        return "This machine"
    return label if label == diagnosis.target else f"{label} {diagnosis.target}"


def _lines(result: CheckResult, finding: str, width: int) -> Iterator[str]:
    head = f"  {result.status.mark} {result.status.value:<{_STATUS_WIDTH}} {result.name:<{_NAME_WIDTH}} "
    if width - len(head) >= _LEAST_BESIDE:
        yield from wrapped(finding, width, head)
    else:
        yield head.rstrip()
        yield from wrapped(finding, width, _BELOW)
    if result.status is CheckStatus.UNKNOWN:
        for line in result.evidence:
            yield from wrapped(line, width, "      · ")


def _to_fix(diagnosis: Diagnosis) -> Iterator[CheckResult]:
    """The results to fix, the verdict's check first; a symptom that it explains needs no fix of its own."""
    first = diagnosis.verdict.code if diagnosis.verdict else ""
    seen: set[tuple[str, str]] = set()
    for result in sorted(diagnosis.results, key=lambda result: (result.code != first, result.status != "FAIL")):
        key = (result.topic, repr((sorted(result.values.items()), result.each)))
        if result.status in _BROKEN and result.topic and key not in seen:
            seen.add(key)
            yield result
