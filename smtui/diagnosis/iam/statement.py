"""Parses IAM policies. Never raises, since anyone may have written a policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ANYONE = "*"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The values of an element such as Action, or of its opposite such as NotAction."""

    values: tuple[str, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """(type, value) pairs such as (`Service`, `ec2.amazonaws.com`); everybody is (`*`, `*`)."""

    values: tuple[tuple[str, str], ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and key of a Condition element, with the values that are accepted."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    label: str
    """Its Sid, or `statement 2` where it has none."""
    allows: bool
    actions: Patterns
    """In lower case."""
    resources: Patterns | None
    """None where the policy is attached to the resource itself, as a trust policy is."""
    principals: Principals | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ParsedPolicy:
    """The statements that could be read."""

    statements: tuple[Statement, ...]
    trouble: str = ""
    """Why a part could not be read, to follow the policy's name: `is not valid JSON`; else empty."""


class _Unreadable(Exception):
    """The message follows the policy's name."""


@lru_cache(maxsize=256)
def parse_policy(text: str) -> ParsedPolicy:
    """Read a policy's JSON; a broken statement is left out, and `trouble` says so."""
    try:
        given = list(_given_statements(text))
    except _Unreadable as unreadable:
        return ParsedPolicy((), str(unreadable))
    statements: list[Statement] = []
    trouble = ""
    for number, each in enumerate(given, 1):
        try:
            statements.append(_statement(each, number))
        except _Unreadable as unreadable:
            trouble = trouble or f"has a statement that cannot be read (number {number}: {unreadable})"
    return ParsedPolicy(tuple(statements), trouble)


def _given_statements(text: str) -> Iterator[Any]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise _Unreadable("is not valid JSON") from None
    if not isinstance(policy, dict):
        raise _Unreadable("is not a JSON object")
    given = policy.get("Statement")
    if given is None:
        raise _Unreadable("has no Statement")
    yield from given if isinstance(given, list) else [given]


def _statement(given: Any, number: int) -> Statement:
    if not isinstance(given, dict):
        raise _Unreadable("not an object")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _Unreadable("no Effect")
    actions = _patterns(given, "Action")
    if actions is None:
        raise _Unreadable("no Action")
    sid = given.get("Sid")
    return Statement(
        label=sid if isinstance(sid, str) and sid else f"statement {number}",
        allows=effect == "Allow",
        actions=Patterns(tuple(value.lower() for value in actions.values), actions.inverted),
        resources=_patterns(given, "Resource"),
        principals=_principals(given),
        conditions=tuple(_conditions(given.get("Condition"))),
    )


def _patterns(given: dict[str, Any], element: str) -> Patterns | None:
    for name, inverted in ((element, False), (f"Not{element}", True)):
        if name in given:
            return Patterns(_texts(given[name], name), inverted)
    return None


def _texts(value: Any, name: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise _Unreadable(f"{name} is not text")
    return tuple(values)


def _principals(given: dict[str, Any]) -> Principals | None:
    for name, inverted in (("Principal", False), ("NotPrincipal", True)):
        if name in given:
            return Principals(tuple(_principal_pairs(given[name], name)), inverted)
    return None


def _principal_pairs(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for kind, values in value.items():
            yield from ((kind, each) for each in _texts(values, name))
    elif value == ANYONE:
        yield ANYONE, ANYONE
    else:
        raise _Unreadable(f"{name} is neither an object nor *")


def _conditions(value: Any) -> Iterator[Condition]:
    if not value:
        return
    if not isinstance(value, dict):
        raise _Unreadable("Condition is not an object")
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            raise _Unreadable(f"the condition {operator} is not an object")
        for key, wanted in keys.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            yield Condition(
                operator, key, tuple(each if isinstance(each, str) else json.dumps(each) for each in values)
            )
