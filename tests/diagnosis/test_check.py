"""One check: what it makes of readings before anything is judged."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from smtui.diagnosis.check import Check, Judgement, passed, warned
from smtui.diagnosis.check_result import CheckStatus
from smtui.diagnosis.evidence.reading import Lookup, NotAsked, Seen, Unseen
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.domain.fault import Fault, FaultKind
from tests.diagnosis.build import NODE, NOW, denied, fault

HYBRID = NotAsked("A hybrid node has no EC2 instance.")


def never(_evidence: Evidence) -> Judgement:
    raise AssertionError("judged without its needs")


def check(
    judge: Callable[[Evidence], Judgement] = never,
    needs: tuple[Lookup[Any], ...] = (Evidence.instance, Evidence.subnets),
    uses: tuple[Lookup[Any], ...] = (),
) -> Check:
    return Check("path.route", "no-way-out", needs, judge, uses)


def evidence(**readings: object) -> Evidence:
    return Evidence(subject=Subject(NODE), now=NOW, **readings)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", itertools.permutations(("instance", "subnets")))
def test_what_does_not_apply_is_skipped_whatever_else_was_denied(names: tuple[str, str]) -> None:
    result = check().result(evidence(**dict(zip(names, (denied("ec2:DescribeSubnets"), HYBRID), strict=True))))
    assert result is not None
    assert (result.status, result.finding, result.topic) == (CheckStatus.SKIPPED, HYBRID.why, "")


def test_what_was_denied_is_unknown_and_names_the_permission() -> None:
    result = check().result(evidence(instance=Seen(None), subnets=denied("ec2:DescribeSubnets")))
    assert result is not None
    assert result.status is CheckStatus.UNKNOWN
    assert "ec2:DescribeSubnets" in result.finding
    assert [line for line in result.evidence if "AccessDenied" in line or "UnauthorizedOperation" in line]
    assert result.topic not in ("", "no-way-out"), "what helps is to be let read it"


def test_of_two_that_were_not_seen_the_first_is_named() -> None:
    late = Unseen(fault("ec2:DescribeSubnets", FaultKind.TIMED_OUT))
    result = check().result(evidence(instance=denied("ec2:DescribeInstances"), subnets=late))
    assert result is not None
    assert "ec2:DescribeInstances" in result.finding


def test_what_gave_no_answer_has_no_words_of_awss_to_show() -> None:
    late = Unseen(Fault(FaultKind.TIMED_OUT, "ec2:DescribeSubnets", "", "", NOW))
    result = check().result(evidence(instance=Seen(None), subnets=late))
    assert result is not None
    assert result.evidence == ()


def test_it_waits_for_all_that_it_needs_and_uses() -> None:
    using = check(needs=(Evidence.instance,), uses=(Evidence.subnets,), judge=lambda _: passed("Well."))
    for waiting in ({}, {"instance": Seen(None)}, {"subnets": HYBRID}, {"instance": HYBRID}):
        assert using.result(evidence(**waiting)) is None


@pytest.mark.parametrize("used", [denied("ec2:DescribeSubnets"), HYBRID])
def test_what_it_merely_uses_is_left_to_its_judge(used: object) -> None:
    using = check(needs=(Evidence.instance,), uses=(Evidence.subnets,), judge=lambda _: passed("Well."))
    result = using.result(evidence(instance=Seen(None), subnets=used))
    assert result is not None
    assert (result.status, result.finding) == (CheckStatus.PASS, "Well.")


def test_a_topic_goes_with_what_is_not_well_and_the_judges_own_comes_first() -> None:
    known = evidence(instance=Seen(None), subnets=Seen(()))
    judges: list[Callable[[Evidence], Judgement]] = [
        lambda _: passed("Well."),
        lambda _: warned("Odd."),
        lambda _: warned("Odd.", topic="nat-gateway"),
    ]
    results = [check(judge).result(known) for judge in judges]
    assert [result and result.topic for result in results] == ["", "no-way-out", "nat-gateway"]
