from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.iam.matching import arn_covers, arn_overlaps, covers, overlaps

PATTERNS = st.text("ab*?", max_size=8)
TEXTS = st.text("ab", max_size=8)


def _regex(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


@given(PATTERNS, TEXTS)
def test_a_plain_text_is_covered_as_a_regular_expression_has_it(pattern: str, text: str) -> None:
    assert covers(pattern, text) is (re.fullmatch(_regex(pattern), text) is not None)


@given(PATTERNS, PATTERNS, TEXTS)
def test_what_covers_a_pattern_fits_all_that_the_pattern_fits(wide: str, narrow: str, text: str) -> None:
    if "?" not in narrow and covers(wide, narrow) and covers(narrow, text):
        assert covers(wide, text)


@given(PATTERNS, PATTERNS, TEXTS)
def test_patterns_that_fit_the_same_text_overlap(left: str, right: str, text: str) -> None:
    if covers(left, text) and covers(right, text):
        assert overlaps(left, right)
    assert overlaps(left, right) is overlaps(right, left)
    assert overlaps(left, text) is covers(left, text)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("arn:aws:ssm:*:*:*", "arn:aws:ssm:eu-west-1:*:managed-instance/mi-1", True),
        ("arn:aws:s3:::logs/*", "arn:aws:ssm:eu-west-1:*:*", False),
        ("a*b", "*a", False),
        ("a*b", "*", True),
        ("", "*", True),
        ("", "?", False),
    ],
)
def test_overlaps(left: str, right: str, expected: bool) -> None:
    assert overlaps(left, right) is expected


def test_an_unknown_part_is_covered_by_a_star_alone() -> None:
    assert covers("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:1:instance/i-1")
    assert not covers("arn:aws:ec2:eu-west-1:*:instance/*", "arn:aws:ec2:*:1:instance/i-1")
    assert not covers("a?", "a*")


def test_a_policy_variable_covers_nothing_and_may_be_anything() -> None:
    assert not covers("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}")
    assert overlaps("arn:aws:s3:::${aws:username}", "arn:aws:s3:::ada")
    assert not overlaps("arn:aws:s3:::${aws:username}", "arn:aws:ssm:::ada")


def test_many_stars_cost_little() -> None:
    assert not covers("*a" * 2_000, "b" * 200)
    assert not overlaps("*a" * 500, "b" * 200)


def test_a_star_stays_within_its_part_of_an_arn() -> None:
    assert not arn_overlaps("arn:aws:ssm:*:2:*", "arn:aws:ssm:eu-west-1:1:*")
    assert overlaps("arn:aws:ssm:*:2:*", "arn:aws:ssm:eu-west-1:1:*")
    assert arn_covers("arn:aws:ssm:*:1:*", "arn:aws:ssm:eu-west-1:1:a:b")
    assert arn_covers("arn:aws:ssm*", "arn:aws:ssm:eu-west-1:1:a")
    assert arn_overlaps("arn:aws:s3:::${aws:username}", "arn:aws:s3:::ada")
