"""Patterns that Java and Python read otherwise are told from those that they read alike."""

from __future__ import annotations

import pytest

from smtui.domain.document import Parameter
from smtui.domain.java_patterns import means_another_thing_in_java


@pytest.mark.parametrize(
    ("pattern", "refused_by_python"),
    [
        ("[a-z&&[^o]]+", "web"),
        ("[a-d[m-p]]+", "ma"),
        ("[\\w&&[^_]]*", "abc"),
        ("[^a-z&&[^A-Z]]", "B"),
        ("[]a]", "]"),
        ("a\\vb", "a\nb"),
        ("(?x)[a b]", "a"),
        ("(?U)\\w+", "a"),
        ("a(?#note)b", "ab"),
    ],
)
def test_what_java_reads_otherwise_is_said_and_refuses_nothing(pattern: str, refused_by_python: str) -> None:
    parameter = Parameter("p", allowed_pattern=pattern)
    assert means_another_thing_in_java(pattern)
    assert "AWS checks it" in parameter.pattern_trouble
    assert parameter.complaint((refused_by_python,)) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z&]+",
        "a&&b",
        "[a-zA-Z0-9_.-]{3,128}$",
        "^(?:a|b)[\\[\\]]?$",
        "[a\\]b]",
        "(?i)[0-9a-f]{8}",
        "(?s).*",
        "\\\\v",
        "[\\\\]v",
        "^i-(\\w{8}|\\w{17})$",
    ],
)
def test_what_both_read_alike_is_enforced(pattern: str) -> None:
    assert not means_another_thing_in_java(pattern)
    assert Parameter("p", allowed_pattern=pattern).pattern_trouble == ""
