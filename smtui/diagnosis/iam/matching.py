"""Matches patterns and conditions of policies, where a part of the request may be unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.diagnosis.iam.statement import Condition

Context = Mapping[str, str]
"""Condition key in lower case -> its value; a `*` in a value is a part that is not known."""


class Fit(IntEnum):
    """Whether something fits, when not everything is known: `and` is the least, `or` the greatest."""

    NO = 0
    MAYBE = 1
    YES = 2

    def inverted(self) -> Fit:
        """The fit of the opposite: MAYBE stays MAYBE."""
        return Fit(Fit.YES - self)


def known(holds: bool) -> Fit:
    """YES or NO."""
    return Fit.YES if holds else Fit.NO


def any_of(fits: Iterable[Fit]) -> Fit:
    """`or`; NO for nothing."""
    return max(fits, default=Fit.NO)


def all_of(fits: Iterable[Fit]) -> Fit:
    """`and`; YES for nothing."""
    return min(fits, default=Fit.YES)


_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NEVER = "\0"


def covers(pattern: str, text: str) -> bool:
    """Whether `pattern` fits everything that `text` may stand for: only a `*` covers a `*`, an unknown part of `text`.

    A policy variable in the pattern (`${aws:username}`) is never certain to cover anything.
    """
    pattern = _VARIABLE.sub(_NEVER, pattern)
    at = in_text = 0
    star = retry = -1
    while in_text < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, retry = at, in_text
            at += 1
        elif at < len(pattern) and _fits(pattern[at], text[in_text]):
            at += 1
            in_text += 1
        elif star >= 0:
            retry += 1
            at, in_text = star + 1, retry
        else:
            return False
    return not pattern[at:].strip("*")


def _fits(wanted: str, character: str) -> bool:
    return wanted == character or (wanted == "?" and character != "*")


def overlaps(left: str, right: str) -> bool:
    """Whether some text fits both; a policy variable may be any text."""
    left, right = _VARIABLE.sub("*", left), _VARIABLE.sub("*", right)
    below = [True] * (len(right) + 1)
    for at in range(len(right) - 1, -1, -1):
        below[at] = below[at + 1] and right[at] == "*"
    for wanted in reversed(left):
        row = [wanted == "*" and below[-1]] * (len(right) + 1)
        for at in range(len(right) - 1, -1, -1):
            if wanted == "*" or right[at] == "*":
                row[at] = below[at] or row[at + 1]
            else:
                row[at] = below[at + 1] and (wanted == right[at] or "?" in (wanted, right[at]))
        below = row
    return below[0]


def arn_covers(pattern: str, arn: str) -> bool:
    """As `covers`, part by part where both have all parts of an ARN."""
    return _part_by_part(covers, pattern, arn)


def arn_overlaps(left: str, right: str) -> bool:
    """As `overlaps`, part by part where both have all parts of an ARN."""
    return _part_by_part(overlaps, left, right)


def _part_by_part(fits: Callable[[str, str], bool], left: str, right: str) -> bool:
    lefts, rights = (_VARIABLE.sub("${}", text).split(":", _ARN_PARTS - 1) for text in (left, right))
    if len(lefts) == len(rights) == _ARN_PARTS:
        return all(map(fits, lefts, rights))
    return fits(left, right)


def condition_fit(conditions: tuple[Condition, ...], context: Context) -> Fit:
    """Whether all conditions hold; MAYBE where one names a key or an operator that we do not know."""
    return all_of(_holds(condition, context) for condition in conditions)


def _holds(condition: Condition, context: Context) -> Fit:
    actual = context.get(condition.key.lower())
    operator = condition.operator.lower().removesuffix("ifexists")
    inverted = "not" in operator
    compare = _OPERATORS.get(operator.replace("not", ""))
    if actual is None or compare is None:
        return Fit.MAYBE
    fit = any_of(compare(value, actual) for value in condition.values)
    return fit.inverted() if inverted else fit


def _same(value: str, actual: str) -> Fit:
    if "*" in actual or "${" in value:
        return Fit.MAYBE if overlaps(value, actual) else Fit.NO
    return known(value == actual)


def _same_in_any_case(value: str, actual: str) -> Fit:
    return _same(value.lower(), actual.lower())


def _like(value: str, actual: str) -> Fit:
    if covers(value, actual):
        return Fit.YES
    return Fit.MAYBE if overlaps(value, actual) else Fit.NO


def _like_arn(value: str, actual: str) -> Fit:
    if arn_covers(value, actual):
        return Fit.YES
    return Fit.MAYBE if arn_overlaps(value, actual) else Fit.NO


_OPERATORS: Mapping[str, Callable[[str, str], Fit]] = MappingProxyType(
    {
        "stringequals": _same,
        "stringequalsignorecase": _same_in_any_case,
        "stringlike": _like,
        "arnequals": _like_arn,
        "arnlike": _like_arn,
        "bool": _same_in_any_case,
    }
)
"""The operators without their opposites, which have a `Not` in the name."""
