"""What `smtui doctor` prints: the verdict, the chain link by link, then the fix of everything that is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from smtui.domain.check import CheckResult, CheckStatus, Diagnosis, Layer

MARKS = {
    CheckStatus.PASS: "✓",
    CheckStatus.WARN: "!",
    CheckStatus.FAIL: "✕",
    CheckStatus.UNKNOWN: "?",
    CheckStatus.SKIPPED: "–",
}
_PROVEN = frozenset({CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.UNKNOWN})
"""Whose evidence is printed; all of it is in --json."""
_STATUS_WIDTH = 7
_NAME_WIDTH = 23


def doctor_lines(diagnosis: Diagnosis, label: str, width: int) -> Iterator[str]:
    """All of it, from the node's name to the last fix."""
    yield _heading(diagnosis, label)
    if diagnosis.verdict is not None:
        yield from _wrapped(diagnosis.verdict.sentence, width, "", "")
    yield from result_lines(diagnosis, width)


def _heading(diagnosis: Diagnosis, label: str) -> str:
    if not diagnosis.target:
        return "This machine"
    return label if label == diagnosis.target else f"{label}  {diagnosis.target}"


def result_lines(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    """One heading a layer, one line a check and more where it needs them; no line is wider than `width`."""
    for layer, results in groupby(diagnosis.results, key=lambda result: result.layer):
        yield ""
        yield Layer(layer).value
        for result in results:
            yield from _lines(result, width)


def _lines(result: CheckResult, width: int) -> Iterator[str]:
    head = f"  {MARKS[result.status]} {result.status.value:<{_STATUS_WIDTH}} {result.name:<{_NAME_WIDTH}} "
    yield from _wrapped(result.finding, width, head, " " * len(head))
    if result.status in _PROVEN:
        indent = " " * (2 + 2)
        for line in result.evidence:
            yield from _wrapped(line, width, f"{indent}· ", f"{indent}  ")


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, drop_whitespace=True
    ) or [first.rstrip()]
