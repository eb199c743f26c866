"""What `smtui doctor` prints: the verdict, the chain link by link, then the fix of everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from smtui.domain.check import CheckResult, CheckStatus, Diagnosis
from smtui.domain.topic import system_named
from smtui.domain.topic_text import topic_lines
from smtui.domain.wrapping import wrapped
from smtui.engine.launcher import Setup
from smtui.topics.library import topic

_PROVEN = frozenset({CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.UNKNOWN})
"""Whose evidence is printed; all of it is in --json."""
_BROKEN = frozenset({CheckStatus.WARN, CheckStatus.FAIL})
_STATUS_WIDTH = 7
_NAME_WIDTH = 23
_LEAST_BESIDE = 30
"""Cells: a narrower column beside the names is hard to read, and the finding stands below its name."""
_BELOW = "      "
INSTALL_HELP = "install-plugin"


def doctor_lines(diagnosis: Diagnosis, label: str, setup: Setup, width: int) -> Iterator[str]:
    """All of it, from the node's name to the last fix; every line harmless and at most `width` cells."""
    yield from wrapped(_heading(diagnosis, label), width)
    if diagnosis.verdict is not None:
        yield from wrapped(diagnosis.verdict.sentence, width)
    yield from result_lines(diagnosis, width)
    for result in _to_fix(diagnosis):
        yield from ("", *wrapped(f"── fix of {result.code} · {result.topic} ──", width))
        yield from topic_text(result.topic, setup, width, diagnosis, result)
    if not diagnosis.target:
        yield from ("", *wrapped(f"── {INSTALL_HELP} ──", width))
        yield from topic_text(INSTALL_HELP, setup, width, diagnosis)


def result_lines(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    """One heading a layer, one line a check and more where it needs them."""
    for layer, results in groupby(diagnosis.results, key=lambda result: result.layer):
        yield from ("", layer.value)
        for result in results:
            yield from _lines(result, width)


def topic_text(
    topic_id: str, setup: Setup, width: int, diagnosis: Diagnosis | None = None, result: CheckResult | None = None
) -> tuple[str, ...]:
    """A topic with all that is known filled in."""
    values = {**(diagnosis.values if diagnosis else {}), **(result.values if result else {})}
    return topic_lines(
        topic(topic_id),
        values,
        setup.shell,
        width,
        setup.system,
        architecture=setup.architecture,
        node_system=system_named(values.get("platform", "")),
    )


def _heading(diagnosis: Diagnosis, label: str) -> str:
    if not diagnosis.target:
        return "This machine"
    return label if label == diagnosis.target else f"{label} {diagnosis.target}"


def _lines(result: CheckResult, width: int) -> Iterator[str]:
    head = f"  {result.status.mark} {result.status.value:<{_STATUS_WIDTH}} {result.name:<{_NAME_WIDTH}} "
    if width - len(head) >= _LEAST_BESIDE:
        yield from wrapped(result.finding, width, head)
    else:
        yield head.rstrip()
        yield from wrapped(result.finding, width, _BELOW)
    if result.status in _PROVEN:
        for line in result.evidence:
            yield from wrapped(line, width, "      · ")


def _to_fix(diagnosis: Diagnosis) -> Iterator[CheckResult]:
    """What is wrong, the verdict's check first, each topic once."""
    first = diagnosis.verdict.code if diagnosis.verdict else ""
    told: set[str] = set()
    for result in sorted(diagnosis.results, key=lambda result: (result.code != first, result.status != "FAIL")):
        if result.status in _BROKEN and result.topic and result.topic not in told:
            told.add(result.topic)
            yield result
