"""Words the line above the checks: the verdict and its certainty left, the count of the checks right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.diagnosis.check_result import Certainty, CheckStatus, Diagnosis
from smtui.domain.text import harmless
from smtui.domain.wrapping import hanging
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.troubleshoot.check_rows import LOOKS, PENDING_MARK, PROBLEMS

if TYPE_CHECKING:
    from smtui.topics.failure import Failure

_GAP = 3
_COUNTED = (
    (CheckStatus.FAIL, "fail"),
    (CheckStatus.WARN, "warn"),
    (CheckStatus.UNKNOWN, "not seen"),
    (CheckStatus.PASS, "pass"),
    (CheckStatus.SKIPPED, "not needed"),
)
_LEFT_OUT_FIRST = (CheckStatus.PASS, CheckStatus.SKIPPED, CheckStatus.UNKNOWN, CheckStatus.WARN, CheckStatus.FAIL)
"""What the count leaves out where it is too long; where nothing is wrong, the other way round."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict in a few words, with its mark."""

    mark: str
    look: Look
    words: str


def headline(diagnosis: Diagnosis, found: str, *, has_failed: bool) -> Headline:
    """Return the verdict; after a failed session, its cause: `found` is the code of the check that explains it."""
    cause = diagnosis.result(found) if found else None
    if has_failed and cause is not None:
        sure = "certain" if cause.certainty is Certainty.CERTAIN else "likely"
        return Headline(cause.status.mark, LOOKS[cause.status], f"Its cause · {sure} · {cause.code}")
    verdict = diagnosis.verdict
    if verdict is None:
        return Headline(PENDING_MARK, Look.QUIET, "Looking for the cause, nothing yet" if has_failed else "Checking")
    words = harmless(verdict.headline or verdict.sentence)
    if has_failed:
        return Headline(CheckStatus.WARN.mark, Look.WARN, f"No check explains it · {words}")
    if verdict.can_start is False:
        return Headline(CheckStatus.FAIL.mark, Look.BAD, words)
    if verdict.code:
        return Headline(CheckStatus.WARN.mark, Look.WARN, words)
    return Headline(CheckStatus.PASS.mark, Look.GOOD, words)


def tallies(diagnosis: Diagnosis, age: str) -> Iterator[str]:
    """Yield the count of the checks and the age of the results, the longest first.

    `38 of 38 checks: 1 fail, 2 warn, 18 pass, 17 not needed · 7 s ago`, then without the whole, without what is fine,
    and so on.
    """
    numbers = {status: sum(result.status is status for result in diagnosis.results) for status, _ in _COUNTED}
    judged, whole = len(diagnosis.results), len(diagnosis.results) + len(diagnosis.pending)
    progress = f"{judged} of {whole} checks"
    is_over = not diagnosis.pending
    left_out: set[CheckStatus] = set()
    yield _joined(_after(progress, _listed(numbers, left_out)), f"{age} ago" if age else "")
    order = _LEFT_OUT_FIRST if any(numbers[each] for each in PROBLEMS) else reversed(_LEFT_OUT_FIRST)
    for status in order:
        left_out.add(status)
        listed = _listed(numbers, left_out)
        yield _joined(listed, age) if is_over else _after(progress, listed)
    yield age if is_over else f"{judged} of {whole}"


def verdict_line(left: Headline, counts: Iterator[str], width: int) -> tuple[str, str, str]:
    """Return the words, the blanks between and the longest count that fits; the words lose their tail if they must."""
    taken = cell_len(f"{left.mark} {left.words}")
    count = next((each for each in counts if taken + _GAP + cell_len(each) <= width), "")
    return left.words, " " * max(0, width - taken - cell_len(count)), count


def _listed(numbers: dict[CheckStatus, int], left_out: set[CheckStatus]) -> str:
    return ", ".join(f"{numbers[each]} {word}" for each, word in _COUNTED if numbers[each] and each not in left_out)


def _after(progress: str, listed: str) -> str:
    return f"{progress}: {listed}" if listed else progress


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def failure_lines(failure: Failure, width: int, most: int) -> tuple[list[str], bool]:
    """Return what failed, in its own words, on at most so many lines; and whether words were cut."""
    hang = len(f"{CheckStatus.FAIL.mark} ")
    lines = [
        " " * line.column + line.text
        for line in hanging(harmless(f"{failure.title}: {failure.words}"), width, hang, cell_len)
    ]
    lines[0] = f"{CheckStatus.FAIL.mark} {lines[0].strip()}"
    is_cut = len(lines) > most
    if is_cut:
        lines = [*lines[: most - 1], cell(f"{lines[most - 1]} {lines[most].strip()}", width)]
    return lines, is_cut
