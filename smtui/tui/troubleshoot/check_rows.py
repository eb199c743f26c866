"""Turns checks into rows with their marks, in an order that no result changes, and finds the row that says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from smtui.diagnosis.check_result import Certainty, CheckStatus, Diagnosis, Layer
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.failure import Failure
from smtui.tui.parts.row_table import Look

OVERVIEW = ""
"""The code of the first row, which sums up all checks."""
PENDING_MARK = "·"
LOOKS: Mapping[CheckStatus, Look] = MappingProxyType(
    {
        CheckStatus.PASS: Look.GOOD,
        CheckStatus.WARN: Look.WARN,
        CheckStatus.FAIL: Look.BAD,
        CheckStatus.UNKNOWN: Look.QUIET,
        CheckStatus.SKIPPED: Look.QUIET,
    }
)
PROBLEMS = frozenset({CheckStatus.FAIL, CheckStatus.WARN, CheckStatus.UNKNOWN})
_LAYERS = tuple(Layer)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check, or the overview; a check without a status is pending."""

    code: str
    status: CheckStatus | None = None

    @property
    def layer(self) -> str:
        """The layer of the check, `iam`."""
        return _layer(self.code)

    @property
    def name(self) -> str:
        """The check's name within its layer."""
        return self.code.partition(".")[2].replace("_", " ")

    @property
    def mark(self) -> str:
        """The sign of its status."""
        return self.status.mark if self.status else PENDING_MARK

    @property
    def look(self) -> Look:
        """How its mark is drawn."""
        return LOOKS[self.status] if self.status else Look.QUIET

    @property
    def word(self) -> str:
        """Its status in a word."""
        return self.status.value if self.status else "waiting"


def chain_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes layer by layer, in the given order within a layer."""
    return tuple(sorted(dict.fromkeys(codes), key=lambda code: _LAYERS.index(Layer(_layer(code)))))


def check_rows(diagnosis: Diagnosis, order: Iterable[str]) -> tuple[CheckRow, ...]:
    """Return the overview, then one row for each code of `order`."""
    statuses = {result.code: result.status for result in diagnosis.results}
    return (CheckRow(OVERVIEW), *(CheckRow(code, statuses.get(code)) for code in order))


def tally(diagnosis: Diagnosis) -> str:
    """Count the results: `31 of 33 checks, 2 not seen`."""
    whole = len(diagnosis.results) + len(diagnosis.pending)
    unseen = sum(result.status is CheckStatus.UNKNOWN for result in diagnosis.results)
    judged = f"{len(diagnosis.results) - unseen} of {whole} checks"
    return f"{judged}, {unseen} not seen" if unseen else judged


def cause(diagnosis: Diagnosis, failure: Failure | None) -> str:
    """Return the code of the check that explains the failure, or without one what is wrong; empty if none does.

    A closed security group does not explain a denied StartSession: the check must lie in a layer from which such a
    failure comes. A proven cause counts at once, before the last check is done.
    """
    verdict = diagnosis.verdict
    if failure is None:
        return verdict.code if verdict is not None else ""
    if verdict is None:
        return _proven(diagnosis, failure)
    if failure.topic == UNKNOWN_FAILURE:
        return verdict.code if _fails(diagnosis, verdict.code) else ""
    if verdict.code and _layer(verdict.code) in map(_layer, failure.look_at):
        return verdict.code
    return next((code for code in failure.look_at if _fails(diagnosis, code)), "")


def _proven(diagnosis: Diagnosis, failure: Failure) -> str:
    """Return the nearest proven cause so far; preferences count only if the failure points at them."""
    layers = set(map(_layer, failure.look_at)) - {Layer.PREFERENCES.value}
    for result in diagnosis.results:
        explains = result.layer.value in layers or result.code in failure.look_at
        if result.certainty is Certainty.CERTAIN and explains and failure.topic != UNKNOWN_FAILURE:
            return result.code
    return ""


def _layer(code: str) -> str:
    return code.partition(".")[0]


def _fails(diagnosis: Diagnosis, code: str) -> bool:
    result = diagnosis.result(code)
    return result is not None and result.status is CheckStatus.FAIL
