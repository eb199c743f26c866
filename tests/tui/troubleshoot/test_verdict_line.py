"""The line above the checks: the verdict left, the count right, as much of it as fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.topics.failure import Failure
from smtui.tui.troubleshoot.verdict_line import failure_lines, headline, tallies, verdict_line

NUMBERS = {CheckStatus.FAIL: 1, CheckStatus.WARN: 2, CheckStatus.PASS: 18, CheckStatus.SKIPPED: 17}


def diagnosis(numbers: dict[CheckStatus, int], pending: int = 0, verdict: Verdict | None = None) -> Diagnosis:
    results = tuple(
        CheckResult(f"path.{status.name.lower()}_{number}", status, "It is so.")
        for status, many in numbers.items()
        for number in range(many)
    )
    return Diagnosis("i-1", results, tuple(f"path.p{number}" for number in range(pending)), verdict)


def shown(found: Diagnosis, width: int, age: str = "7 s") -> str:
    words, gap, count = verdict_line(headline(found, "", has_failed=False), tallies(found, age), width)
    return f"{words}{gap}{count}"


UNREACHABLE = Verdict("It is so.", "path.route", can_start=False, headline="Cannot be reached · certain")


@pytest.mark.parametrize(
    ("width", "count"),
    [
        (138, "38 of 38 checks: 1 fail, 2 warn, 18 pass, 17 not needed · 7 s ago"),
        (78, "1 fail, 2 warn, 17 not needed · 7 s"),
        (58, "1 fail, 2 warn · 7 s"),
        (40, "7 s"),
    ],
)
def test_the_count_is_as_long_as_fits(width: int, count: str) -> None:
    line = shown(diagnosis(NUMBERS, verdict=UNREACHABLE), width)
    assert line.startswith("Cannot be reached · certain  ")
    assert line.endswith(f"  {count}")
    assert cell_len(f"✕ {line}") == width


def test_where_nothing_is_wrong_what_passes_is_counted_longest() -> None:
    fine = Verdict("It is so.", can_start=True, headline="A session can start · certain")
    assert shown(diagnosis({CheckStatus.PASS: 30, CheckStatus.SKIPPED: 8}, verdict=fine), 58).endswith(
        "  30 pass · 7 s"
    )


def test_while_checks_run_the_count_says_how_far_they_are() -> None:
    running = diagnosis({CheckStatus.FAIL: 1, CheckStatus.PASS: 13}, 24)
    assert shown(running, 138, "") == f"Checking{' ' * 96}14 of 38 checks: 1 fail, 13 pass"
    assert shown(diagnosis({}, 38), 58, "").endswith("  0 of 38 checks")


@given(st.dictionaries(st.sampled_from(CheckStatus), st.integers(0, 40)), st.integers(0, 38), st.integers(50, 200))
def test_the_line_is_never_wider_than_the_screen(numbers: dict[CheckStatus, int], pending: int, width: int) -> None:
    verdict = None if pending else UNREACHABLE
    assert cell_len(f"✕ {shown(diagnosis(numbers, pending, verdict), width, '' if pending else '7 s')}") <= width


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [
        (UNREACHABLE, "✕"),
        (Verdict("It is so.", "preferences.s3_bucket", headline="Can be reached, but sessions may fail · likely"), "!"),
        (Verdict("It is so.", can_start=True, headline="A session can start · certain"), "✓"),
        (Verdict("It is so.", headline="Nothing broken was found · likely"), "✓"),
    ],
)
def test_the_verdict_in_a_few_words(verdict: Verdict, mark: str) -> None:
    found = headline(diagnosis({}, verdict=verdict), "", has_failed=False)
    assert (found.mark, found.words) == (mark, verdict.headline)


@pytest.mark.parametrize(("certainty", "word"), [(Certainty.CERTAIN, "certain"), (Certainty.LIKELY, "likely")])
def test_after_a_failure_it_names_the_cause_as_soon_as_there_is_one(certainty: Certainty, word: str) -> None:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is so.", certainty=certainty)
    found = headline(Diagnosis("i-1", (result,), ("path.nacl",)), "path.route", has_failed=True)
    assert (found.mark, found.words) == ("✕", f"Its cause · {word} · path.route")
    none_yet = headline(Diagnosis("i-1", (), ("path.nacl",)), "", has_failed=True)
    assert (none_yet.mark, none_yet.words) == ("…", "Looking for the cause, nothing yet")


def test_after_a_failure_that_no_check_explains_it_says_so() -> None:
    fine = Verdict("It is so.", can_start=True, headline="A session can start · certain")
    found = headline(diagnosis({}, verdict=fine), "", has_failed=True)
    assert (found.mark, found.words) == ("!", "No check explains it · A session can start · certain")


def test_what_failed_stands_in_its_own_words() -> None:
    failure = Failure(
        "The session did not start", "TargetNotConnected: i-0a1b2c3d4e5f60711 is not connected.", "", "", ""
    )
    lines, is_cut = failure_lines(failure, 58, 3)
    assert lines == ["✕ The session did not start: TargetNotConnected:", "  i-0a1b2c3d4e5f60711 is not connected."]
    assert not is_cut


@given(st.text(min_size=1, max_size=400), st.integers(40, 200), st.integers(1, 3))
def test_long_words_are_cut_and_that_is_known(words: str, width: int, most: int) -> None:
    lines, is_cut = failure_lines(Failure("It failed", words, "", "", ""), width, most)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    assert is_cut == lines[-1].rstrip().endswith("…") or words.rstrip().endswith("…")
