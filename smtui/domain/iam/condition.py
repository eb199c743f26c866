"""Conditions, as far as the context of a request is known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from smtui.domain.iam.fit import Fit, all_of, any_of, known
from smtui.domain.iam.statement import Condition
from smtui.domain.iam.wildcard import arn_covers, arn_overlaps, covers, overlaps

Context = Mapping[str, str]
"""Condition key in lower case -> its value; a `*` in a value is a part that is not known."""


def condition_fit(conditions: tuple[Condition, ...], context: Context) -> Fit:
    """Whether all conditions hold; MAYBE where one names a key or an operator that we do not know."""
    return all_of(_holds(condition, context) for condition in conditions)


def _holds(condition: Condition, context: Context) -> Fit:
    told = context.get(condition.key.lower())
    operator = condition.operator.lower().removesuffix("ifexists")
    inverted = "not" in operator
    compare = _OPERATORS.get(operator.replace("not", ""))
    if told is None or compare is None:
        return Fit.MAYBE
    fit = any_of(compare(value, told) for value in condition.values)
    return fit.inverted() if inverted else fit


def _same(value: str, told: str) -> Fit:
    if "*" in told or "${" in value:
        return Fit.MAYBE if overlaps(value, told) else Fit.NO
    return known(value == told)


def _same_in_any_case(value: str, told: str) -> Fit:
    return _same(value.lower(), told.lower())


def _like(value: str, told: str) -> Fit:
    if covers(value, told):
        return Fit.YES
    return Fit.MAYBE if overlaps(value, told) else Fit.NO


def _like_arn(value: str, told: str) -> Fit:
    if arn_covers(value, told):
        return Fit.YES
    return Fit.MAYBE if arn_overlaps(value, told) else Fit.NO


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
"""Without their opposites, which have a `Not` in the name."""
