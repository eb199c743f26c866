"""Changes policies as little as a fix needs. The answer is empty for a policy that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from smtui.diagnosis.iam.decision import NamedPolicy, Outcome, Question, decide
from smtui.diagnosis.iam.matching import covers

_VERSION = "2012-10-17"
_MOST_STATEMENTS = 200
"""More than any policy may hold; each round removes the denial of one statement."""


def with_statement(document: str, statement: Mapping[str, Any]) -> str:
    """The policy with this statement added, as JSON."""
    policy = _read(document)
    if policy is None:
        return ""
    return _written({**policy, "Statement": [*_statements(policy), dict(statement)]})


def without_denials(document: str, questions: Sequence[Question]) -> str | None:
    """The policy without what denies these actions, as JSON; None where nothing else was in it, empty if unreadable.

    A Deny keeps its other actions, as far as they are listed apart from these.
    """
    actions = [question.action.lower() for question in questions]
    for _ in range(_MOST_STATEMENTS):
        named = [NamedPolicy("", document)]
        denied = next((d for q in questions if (d := decide(q, named)).outcome is Outcome.DENIED), None)
        policy = _read(document)
        if policy is None:
            return ""
        if denied is None:
            return document if _statements(policy) else None
        document = _written({**policy, "Statement": _relaxed(_statements(policy), denied.statement, actions)})
    return ""


def allowing(sid: str, actions: Sequence[str], **elements: Any) -> dict[str, Any]:
    """An Allow statement; `elements` are its others, such as `Resource` or `Principal`."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), **elements}


def _relaxed(statements: list[Any], label: str, actions: Sequence[str]) -> list[Any]:
    """The statements, without the denial of the actions in the one that has this `Statement.label`."""
    kept: list[Any] = []
    for number, each in enumerate(statements, 1):
        is_meant = isinstance(each, dict) and (each.get("Sid") or f"statement {number}") == label
        relaxed = _less(each, actions) if is_meant and each.get("Effect") == "Deny" else each
        kept += [relaxed] if relaxed is not None else []
    return kept


def _less(denial: dict[str, Any], actions: Sequence[str]) -> dict[str, Any] | None:
    if "NotAction" in denial:
        return {**denial, "NotAction": [*_listed(denial["NotAction"]), *actions]}
    patterns = [one for one in _listed(denial.get("Action")) if not any(covers(one.lower(), each) for each in actions)]
    return {**denial, "Action": patterns} if patterns else None


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _read(document: str) -> dict[str, Any] | None:
    try:
        policy = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return {"Version": _VERSION, **policy} if isinstance(policy, dict) else None


def _statements(policy: Mapping[str, Any]) -> list[Any]:
    given = policy.get("Statement")
    return given if isinstance(given, list) else [] if given is None else [given]


def _written(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))
