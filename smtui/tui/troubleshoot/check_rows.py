"""Turns checks into rows: problems at the top, each layer folded to one row; and finds the row that says why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from smtui.diagnosis.check_result import SYMPTOMS, Certainty, CheckStatus, Diagnosis, Layer
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.tui.parts.cursor_list import Look

if TYPE_CHECKING:
    from smtui.topics.failure import Failure

OVERVIEW = ""
"""The code of the row for what failed, or for all checks while no problem is known."""
ALL = "all"
"""The code of the row that stands for all checks where there is no room for the layers."""
PENDING_MARK = "…"
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
PROBLEM_LINES = 3
"""Lines for problems at least, so that the first few of them move nothing below."""
_LAYERS = tuple(Layer)
_WORST_FIRST = (CheckStatus.FAIL, CheckStatus.WARN, CheckStatus.UNKNOWN)


class RowKind(Enum):
    """What a row stands for."""

    OVERVIEW = "overview"
    PROBLEM = "problem"
    ALL = "all"
    GROUP = "group"
    CHECK = "check"
    SPACE = "space"
    """An empty line, which the cursor passes by."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many checks have which status; those without one are pending."""

    by_status: Mapping[CheckStatus, int]
    pending: int = 0

    def of(self, status: CheckStatus) -> int:
        """Return the number of checks with this status."""
        return self.by_status.get(status, 0)

    @property
    def worst(self) -> CheckStatus | None:
        """The status that sums them up; None while checks are pending and none has found a problem."""
        problem = next((status for status in _WORST_FIRST if self.of(status)), None)
        if problem or self.pending:
            return problem
        return CheckStatus.PASS if self.of(CheckStatus.PASS) else CheckStatus.SKIPPED

    @property
    def problems(self) -> str:
        """The problems by their marks: `1 ✕ 2 !`; closer together if there are three kinds."""
        found = [(self.of(status), status.mark) for status in _WORST_FIRST if self.of(status)]
        gap = " " if len(found) < len(_WORST_FIRST) else ""
        return " ".join(f"{number}{gap}{mark}" for number, mark in found)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row. `status` is None for a check that is pending."""

    kind: RowKind
    code: str = OVERVIEW
    """The check's code; of a group its layer."""
    status: CheckStatus | None = None
    counts: Counts | None = None
    """Of a group, and of all checks."""
    is_open: bool = False
    """Whether the checks of the group are shown."""
    words: str = ""
    """The label of the overview."""

    @property
    def key(self) -> tuple[RowKind, str]:
        """What names the row for good."""
        return self.kind, self.code

    @property
    def layer(self) -> str:
        """The layer of the check or of the group: `path`."""
        return _layer(self.code)

    @property
    def label(self) -> str:
        """Its name: a problem's with the layer, a check's within its group without."""
        if self.kind is RowKind.CHECK:
            return self.code.partition(".")[2]
        return self.words or self.code

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

    @property
    def folds(self) -> bool:
        """Whether the row opens and closes rows below it."""
        return self.kind in (RowKind.GROUP, RowKind.ALL)


@dataclass(frozen=True, slots=True)
class ListShape:
    """What decides which rows there are, besides the results."""

    opened: Collection[str] = ()
    """The layers whose checks are shown."""
    known: Mapping[str, CheckStatus] = field(default_factory=dict)
    """Checks that keep their row at the top, with the status that they had there: see `problems_known`."""
    cause: str = ""
    """The check that the last complete verdict was about: the first of the problems."""
    has_failed: bool = False
    """Whether the first row is for what failed."""
    sums_up: bool = False
    """Whether one row stands for the layers, for a small screen."""
    shows_all: bool = False
    """Whether that row is open, and the layers are shown below it."""


def chain_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes layer by layer, in the given order within a layer."""
    return tuple(sorted(dict.fromkeys(codes), key=lambda code: _LAYERS.index(Layer(_layer(code)))))


def problems_known(known: Mapping[str, CheckStatus], diagnosis: Diagnosis) -> Mapping[str, CheckStatus]:
    """Add the problems of a complete diagnosis: their rows stay while they are read again, and once they are mended."""
    if diagnosis.verdict is None:
        return known
    return {**known, **{result.code: result.status for result in diagnosis.results if result.status in PROBLEMS}}


def check_rows(diagnosis: Diagnosis, order: Iterable[str], shape: ListShape) -> tuple[CheckRow, ...]:
    """Return the problems, the cause first; then a row for each layer in the order of the chain, folded or open."""
    statuses = {result.code: result.status for result in diagnosis.results}
    codes = tuple(order)
    what_failed = [CheckRow(RowKind.OVERVIEW, OVERVIEW, CheckStatus.FAIL, words="what failed")]
    top = [*(what_failed if shape.has_failed else ()), *_problems(codes, statuses, shape)]
    if not top:
        status = None if diagnosis.pending else CheckStatus.PASS
        words = "no problem so far" if diagnosis.pending else "no problems"
        top = [CheckRow(RowKind.OVERVIEW, OVERVIEW, status, words=words)]
    if not shape.sums_up:
        spaces = [CheckRow(RowKind.SPACE, str(number)) for number in range(len(top), PROBLEM_LINES)]
        return (*top, *spaces, CheckRow(RowKind.SPACE), *_groups(codes, statuses, shape.opened))
    counts = counted(codes, statuses)
    whole = CheckRow(RowKind.ALL, ALL, counts.worst, counts, shape.shows_all)
    return (*top, whole, *(_groups(codes, statuses, shape.opened) if shape.shows_all else ()))


def counted(codes: Iterable[str], statuses: Mapping[str, CheckStatus]) -> Counts:
    """Count these checks by status."""
    found = [statuses.get(code) for code in codes]
    return Counts({status: found.count(status) for status in CheckStatus if status in found}, found.count(None))


def group_of(code: str, order: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of the layer `code`; all of them if it is no layer."""
    codes = tuple(order)
    return tuple(each for each in codes if _layer(each) == code) or codes


def _problems(codes: Iterable[str], statuses: Mapping[str, CheckStatus], shape: ListShape) -> Iterator[CheckRow]:
    def ranked(code: str) -> CheckStatus | None:
        status = statuses.get(code)
        return status if status in PROBLEMS else shape.known.get(code)

    def place(code: str) -> tuple[bool, bool, bool]:
        return code != shape.cause, ranked(code) is not CheckStatus.FAIL, code in SYMPTOMS

    for code in sorted((code for code in codes if ranked(code)), key=place):
        yield CheckRow(RowKind.PROBLEM, code, statuses.get(code))


def _groups(codes: Iterable[str], statuses: Mapping[str, CheckStatus], opened: Collection[str]) -> Iterator[CheckRow]:
    layers: dict[str, list[str]] = {}
    for code in codes:
        layers.setdefault(_layer(code), []).append(code)
    for layer, inside in layers.items():
        counts = counted(inside, statuses)
        yield CheckRow(RowKind.GROUP, layer, counts.worst, counts, layer in opened)
        if layer in opened:
            yield from (CheckRow(RowKind.CHECK, code, statuses.get(code)) for code in inside)


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
