"""The rows of the chain: problems first, layers folded, and nothing that jumps while results come in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Layer, Verdict
from smtui.topics.failure import Failure
from smtui.tui.troubleshoot.check_rows import (
    ALL,
    OVERVIEW,
    PROBLEM_LINES,
    PROBLEMS,
    CheckRow,
    ListShape,
    RowKind,
    cause,
    chain_order,
    check_rows,
    group_of,
    problems_known,
)
from smtui.tui.troubleshoot.problem_strip import strip_cells
from tests.tui.troubleshoot.fake_examinations import CODES
from tests.tui.troubleshoot.opening import ACL, CONNECTION, POLICY

ORDER = chain_order(CODES)
STATUSES = st.dictionaries(st.sampled_from(CODES), st.sampled_from(CheckStatus))
LAYERS = st.sets(st.sampled_from([layer.value for layer in Layer]))


def diagnosis(statuses: dict[str, CheckStatus], *, is_over: bool = False) -> Diagnosis:
    results = tuple(CheckResult(code, statuses[code], "It is so.") for code in CODES if code in statuses)
    pending = tuple(code for code in CODES if code not in statuses)
    return Diagnosis("i-1", results, pending, Verdict("It is so.") if is_over else None)


def of_kind(rows: tuple[CheckRow, ...], kind: RowKind) -> list[CheckRow]:
    return [row for row in rows if row.kind is kind]


def codes(rows: tuple[CheckRow, ...], kind: RowKind) -> list[str]:
    return [row.code for row in of_kind(rows, kind)]


# Order -------------------------------------------------------------------------------------------


def test_the_chain_has_its_own_order() -> None:
    order = chain_order(["path.route", "local.clock", "node.ping", "local.region"])
    assert order == ("local.clock", "local.region", "node.ping", "path.route")


def test_failures_come_first_then_what_is_odd_or_not_seen() -> None:
    found = Diagnosis("i-1", (CONNECTION, POLICY, ACL))
    rows = check_rows(found, ORDER, ListShape())
    assert codes(rows, RowKind.PROBLEM) == ["identity.policy", "path.network_acl", "node.connection"]
    assert [row.mark for row in of_kind(rows, RowKind.PROBLEM)] == ["✕", "?", "!"]
    assert codes(rows, RowKind.GROUP) == [layer.value for layer in Layer]


def test_the_cause_comes_first_and_symptoms_last() -> None:
    wrong = dict.fromkeys(("node.ping", "node.connection", "handshake.hop_limit", "path.route"), CheckStatus.WARN)
    rows = check_rows(diagnosis(wrong), ORDER, ListShape())
    assert codes(rows, RowKind.PROBLEM) == ["path.route", "handshake.hop_limit", "node.ping", "node.connection"]
    rows = check_rows(diagnosis(wrong), ORDER, ListShape(cause="handshake.hop_limit"))
    assert codes(rows, RowKind.PROBLEM)[:2] == ["handshake.hop_limit", "path.route"]


@given(STATUSES, LAYERS)
def test_every_problem_has_one_row_at_the_top_and_every_check_one_in_its_open_group(
    statuses: dict[str, CheckStatus], opened: set[str]
) -> None:
    rows = check_rows(diagnosis(statuses), ORDER, ListShape(opened))
    wrong = [code for code in ORDER if statuses.get(code) in PROBLEMS]
    assert sorted(codes(rows, RowKind.PROBLEM)) == sorted(wrong)
    assert codes(rows, RowKind.CHECK) == [code for code in ORDER if code.partition(".")[0] in opened]
    ranks = [row.status is not CheckStatus.FAIL for row in of_kind(rows, RowKind.PROBLEM)]
    assert ranks == sorted(ranks)
    assert [row.kind for row in rows].index(RowKind.GROUP) > PROBLEM_LINES


@given(st.permutations(CODES[:12]), STATUSES, LAYERS)
def test_while_results_come_in_rows_keep_their_order(
    coming: list[str], statuses: dict[str, CheckStatus], opened: set[str]
) -> None:
    known: dict[str, CheckStatus] = {}
    before: list[tuple[RowKind, str]] = []
    for code in coming:
        known[code] = statuses.get(code, CheckStatus.PASS)
        keys = [row.key for row in check_rows(diagnosis(known), ORDER, ListShape(opened))]
        both = set(before) & set(keys)
        assert [key for key in keys if key in both] == [key for key in before if key in both]
        before = keys


def test_up_to_three_problems_move_nothing() -> None:
    def line_of(*results: CheckResult) -> int:
        rows = check_rows(Diagnosis("i-1", results, CODES), ORDER, ListShape())
        return codes(rows, RowKind.GROUP).index("node") + next(
            at for at, row in enumerate(rows) if row.kind is RowKind.GROUP
        )

    assert line_of() == line_of(POLICY) == line_of(POLICY, CONNECTION, ACL)


def test_a_problem_keeps_its_row_while_it_is_read_again_and_once_it_is_mended() -> None:
    over = Diagnosis("i-1", (POLICY, CONNECTION), verdict=Verdict("It is so."))
    known = problems_known({}, over)
    assert known == {"identity.policy": CheckStatus.FAIL, "node.connection": CheckStatus.WARN}
    again = check_rows(Diagnosis("i-1", (CONNECTION,), (POLICY.code,)), ORDER, ListShape(known=known))
    assert [(row.code, row.mark) for row in of_kind(again, RowKind.PROBLEM)] == [
        ("identity.policy", "…"),
        ("node.connection", "!"),
    ]
    mended = diagnosis({POLICY.code: CheckStatus.PASS, CONNECTION.code: CheckStatus.WARN})
    rows = check_rows(mended, ORDER, ListShape(known=known))
    assert [row.mark for row in of_kind(rows, RowKind.PROBLEM)] == ["✓", "!"]


def test_what_only_looked_like_a_problem_while_results_came_in_is_not_kept() -> None:
    assert problems_known({}, Diagnosis("i-1", (POLICY,), ("path.route",))) == {}


@pytest.mark.parametrize(("pending", "words"), [(("path.route",), "no problem so far"), ((), "no problems")])
def test_without_a_problem_a_row_says_so(pending: tuple[str, ...], words: str) -> None:
    (row,) = of_kind(check_rows(Diagnosis("i-1", (), pending), pending, ListShape()), RowKind.OVERVIEW)
    assert (row.code, row.label) == (OVERVIEW, words)


def test_after_a_failure_the_first_row_is_for_it() -> None:
    rows = check_rows(Diagnosis("i-1", (POLICY,)), ORDER, ListShape(has_failed=True))
    assert [row.label for row in rows[:2]] == ["what failed", "identity.policy"]


# Folding -----------------------------------------------------------------------------------------


def test_a_folded_group_counts_its_checks() -> None:
    statuses = {"identity.trust": CheckStatus.PASS, "identity.dhmc": CheckStatus.SKIPPED, POLICY.code: CheckStatus.FAIL}
    rows = check_rows(diagnosis(statuses), ORDER, ListShape())
    group = next(row for row in rows if row.code == "identity")
    assert group.counts is not None
    assert (group.mark, group.counts.of(CheckStatus.PASS), group.counts.problems, group.counts.pending) == (
        "✕", 1, "1 ✕", 1,
    )  # fmt: skip
    assert not group.is_open


@pytest.mark.parametrize(
    ("found", "mark"),
    [
        ([CheckStatus.PASS, CheckStatus.SKIPPED], "✓"),
        ([CheckStatus.SKIPPED], "–"),
        ([CheckStatus.PASS, None], "…"),
        ([CheckStatus.WARN, None], "!"),
        ([CheckStatus.UNKNOWN, CheckStatus.WARN], "!"),
        ([CheckStatus.UNKNOWN, CheckStatus.PASS], "?"),
    ],
)
def test_the_mark_of_a_group_is_its_worst(found: list[CheckStatus | None], mark: str) -> None:
    order = [f"path.check_{number}" for number in range(len(found))]
    statuses = zip(order, found, strict=True)
    results = tuple(CheckResult(code, status, "It is so.") for code, status in statuses if status)
    rows = check_rows(Diagnosis("i-1", results), order, ListShape())
    assert [row.mark for row in rows if row.kind is RowKind.GROUP] == [mark]


@pytest.mark.parametrize("shows_all", [False, True])
def test_where_there_is_no_room_one_row_stands_for_the_layers_until_it_is_opened(shows_all: bool) -> None:
    rows = check_rows(Diagnosis("i-1", (POLICY,)), ORDER, ListShape(sums_up=True, shows_all=shows_all))
    assert [row.kind for row in rows[:2]] == [RowKind.PROBLEM, RowKind.ALL]
    assert bool(of_kind(rows, RowKind.GROUP)) is shows_all
    assert of_kind(rows, RowKind.SPACE) == []


@pytest.mark.parametrize(("code", "count"), [("path", 10), ("handshake", 2), (ALL, len(CODES)), (OVERVIEW, len(CODES))])
def test_the_checks_of_a_row(code: str, count: int) -> None:
    assert len(group_of(code, ORDER)) == count


# On one line -------------------------------------------------------------------------------------


LONG = {
    **dict.fromkeys(CODES[:3], CheckStatus.PASS),
    "local.region": CheckStatus.SKIPPED,
    "local.clock": CheckStatus.WARN,
    "path.endpoint_security_group": CheckStatus.WARN,
}


@given(STATUSES, st.integers(0, 40), st.integers(52, 109), st.booleans())
@example(LONG, 1, 52, False)
def test_the_strip_shows_the_cursor_and_counts_what_it_hides(
    statuses: dict[str, CheckStatus], at: int, width: int, has_failed: bool
) -> None:
    rows = check_rows(diagnosis(statuses), ORDER, ListShape(has_failed=has_failed, sums_up=True))
    cursor = at % len(rows)
    cells = strip_cells(rows, cursor, width)
    assert cursor in [cell.index for cell in cells]
    assert all(left.start + left.width < right.start for left, right in itertools.pairwise(cells))
    assert cells[-1].start + cells[-1].width <= width
    shown = [cell for cell in cells if cell.index is not None]
    hidden = [text for cell in cells if cell.index is None for text, _ in cell.pieces]
    assert hidden == ([f"+{len(rows) - len(shown)}"] if len(shown) < len(rows) else [])


def test_the_strip_as_drawn() -> None:
    found = diagnosis({POLICY.code: CheckStatus.FAIL, CONNECTION.code: CheckStatus.WARN})
    rows = check_rows(found, (POLICY.code, CONNECTION.code, "path.route"), ListShape(sums_up=True))
    text = ""
    for cell in strip_cells(rows, 0, 78):
        text = f"{text:<{cell.start}}" + "".join(part for part, _ in cell.pieces)
    assert text == " ✕ identity.policy    ! node.connection    … 1 ▸"
    assert cell_len(text) < 78


# The cause ---------------------------------------------------------------------------------------

NODE = ("node.state", "identity.policy", "path.route")


def diagnosed(code: str, *failing: str) -> Diagnosis:
    results = tuple(CheckResult(each, CheckStatus.FAIL, "It is broken.") for each in failing)
    return Diagnosis("i-1", results, verdict=Verdict("It is broken.", code))


def failure(topic: str, *look_at: str) -> Failure:
    return Failure("It failed", "words", "", "", "", topic=topic, look_at=look_at)


@pytest.mark.parametrize(
    ("diagnosis", "failed", "code"),
    [
        (diagnosed("path.route", "path.route"), None, "path.route"),
        (diagnosed(""), None, ""),
        (diagnosed("path.network_acl", "path.network_acl"), failure("target-not-connected", *NODE), "path.network_acl"),
        (diagnosed("path.route", "path.route"), failure("no-permission-to-start", "local.permission"), ""),
        (diagnosed("path.route", "path.route", "local.clock"), failure("x", "local.clock"), "local.clock"),
        (diagnosed("path.route", "path.route"), failure("idle-timeout"), ""),
        (diagnosed("path.route", "path.route"), failure("unknown-failure", "local.clock"), "path.route"),
        (diagnosed("path.route"), failure("unknown-failure"), ""),
        (Diagnosis("i-1", ()), None, ""),
    ],
)  # fmt: skip
def test_the_cause(diagnosis: Diagnosis, failed: Failure | None, code: str) -> None:
    assert cause(diagnosis, failed) == code
