"""Decides whether policies allow an action, and names the statement that decides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from smtui.diagnosis.iam.matching import (
    Context,
    Fit,
    all_of,
    any_of,
    arn_covers,
    arn_overlaps,
    condition_fit,
    covers,
    known,
)
from smtui.diagnosis.iam.statement import ANYONE, ParsedPolicy, Principals, Statement, parse_policy

NO_CONTEXT: Context = MappingProxyType({})


class Outcome(StrEnum):
    """What policies say about an action."""

    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    NOT_ALLOWED = "not allowed"
    UNCERTAIN = "uncertain"
    """It depends on something unknown; `Decision.why` says on what."""


@dataclass(frozen=True, slots=True)
class Question:
    """May `action` be done?"""

    action: str
    resources: tuple[str, ...] = ("*",)
    """ARNs of which a request may name any: all have to be covered. A `*` in them is a part that is not known."""
    doubtful: tuple[str, ...] = ()
    """ARNs that a request might name instead: a statement that matches only these leaves it uncertain."""
    context: Context = field(default_factory=lambda: NO_CONTEXT)
    principal: tuple[str, str] | None = None
    """(`Service`, `ec2.amazonaws.com`) or (`AWS`, a role's ARN), for policies that name principals."""


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy, and what a decision calls it by."""

    name: str
    document: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a `Question`."""

    action: str
    outcome: Outcome
    policy: str = ""
    """The one that decides; empty where none is about the action."""
    statement: str = ""
    """Its Sid, or `statement 2`."""
    why: str = ""
    """For UNCERTAIN, to follow the policy's name: `allows it under a condition (aws:SourceVpc)`."""


@dataclass(frozen=True, slots=True)
class _Said:
    fit: Fit
    policy: str
    statement: Statement


def decide(question: Question, policies: Sequence[NamedPolicy], boundary: NamedPolicy | None = None) -> Decision:
    """What the policies say together; a permissions boundary must allow the action too."""
    decision = _decide(question, policies)
    if boundary is None:
        return decision
    bounded = replace(_decide(question, [boundary]), policy=boundary.name)
    return max(decision, bounded, key=lambda each: _WORST_LAST.index(each.outcome))


_WORST_LAST = (Outcome.ALLOWED, Outcome.UNCERTAIN, Outcome.NOT_ALLOWED, Outcome.DENIED)


def _decide(question: Question, policies: Sequence[NamedPolicy]) -> Decision:
    parsed = [(policy.name, parse_policy(policy.document)) for policy in policies]
    denies = _loudest(question, parsed, allows=False)
    if denies is not None and denies.fit is Fit.YES:
        return Decision(question.action, Outcome.DENIED, denies.policy, denies.statement.label)
    allows = _loudest(question, parsed, allows=True)
    doubtful = next((said for said in (allows, denies) if said is not None and said.fit is Fit.MAYBE), None)
    if allows is not None and doubtful is not None:
        why = _doubt(doubtful.statement, question)
        return Decision(question.action, Outcome.UNCERTAIN, doubtful.policy, doubtful.statement.label, why)
    broken = next(((name, policy.trouble) for name, policy in parsed if policy.trouble), None)
    if broken is not None:
        return Decision(question.action, Outcome.UNCERTAIN, broken[0], why=broken[1])
    if allows is None:
        return Decision(question.action, Outcome.NOT_ALLOWED)
    return Decision(question.action, Outcome.ALLOWED, allows.policy, allows.statement.label)


def _loudest(question: Question, parsed: Sequence[tuple[str, ParsedPolicy]], *, allows: bool) -> _Said | None:
    """The first of the statements that fit best; None where none fits."""
    said = [each for each in _all_said(question, parsed, allows) if each.fit is not Fit.NO]
    return max(said, key=lambda each: each.fit, default=None)


def _all_said(question: Question, parsed: Sequence[tuple[str, ParsedPolicy]], allows: bool) -> Iterator[_Said]:
    for name, policy in parsed:
        for statement in policy.statements:
            if statement.allows is allows:
                yield _Said(_fit(statement, question), name, statement)


def _fit(statement: Statement, question: Question) -> Fit:
    """How far the statement fits; its action first, since most statements are about others."""
    if _action_fit(statement, question) is Fit.NO:
        return Fit.NO
    return all_of(
        (
            _resource_fit(statement, question),
            _principal_fit(statement.principals, question),
            condition_fit(statement.conditions, question.context),
        )
    )


def _action_fit(statement: Statement, question: Question) -> Fit:
    actions = statement.actions
    fit = known(any(covers(pattern, question.action.lower()) for pattern in actions.values))
    return fit.inverted() if actions.inverted else fit


def _resource_fit(statement: Statement, question: Question) -> Fit:
    resources = statement.resources
    if resources is None:
        return Fit.YES
    fit = _resources_covered(resources.values, question)
    return fit.inverted() if resources.inverted else fit


def _resources_covered(patterns: tuple[str, ...], question: Question) -> Fit:
    if all(any(arn_covers(pattern, resource) for pattern in patterns) for resource in question.resources):
        return Fit.YES
    possible = (*question.resources, *question.doubtful)
    return Fit.MAYBE if any(arn_overlaps(pattern, one) for pattern in patterns for one in possible) else Fit.NO


def _principal_fit(principals: Principals | None, question: Question) -> Fit:
    """Policies of an identity name no principal."""
    if question.principal is None or principals is None:
        return Fit.YES
    kind, asked = question.principal
    fit = any_of(_same_principal(named, kind, asked) for named in principals.values)
    return fit.inverted() if principals.inverted else fit


def _same_principal(named: tuple[str, str], kind: str, asked: str) -> Fit:
    named_kind, value = named
    if named_kind == ANYONE or (value == ANYONE and named_kind == kind):
        return Fit.YES
    if named_kind != kind:
        # {"AWS": "*"} is everybody in most policies; whether that includes services is not documented.
        return Fit.MAYBE if value == ANYONE else Fit.NO
    return _same_account_or_role(value, asked) if kind == "AWS" else known(value.lower() == asked.lower())


def _same_account_or_role(value: str, asked: str) -> Fit:
    """`asked` is a role's ARN; a policy may name it, its account, or one of its sessions."""
    parts = asked.split(":")
    account = parts[4] if len(parts) > 5 else ""
    if value == asked or (account and value in (account, ":".join((*parts[:5], "root")))):
        return Fit.YES
    session = f":{account}:assumed-role/{asked.rpartition('/')[2]}/"
    return Fit.MAYBE if session in value else Fit.NO


def _doubt(statement: Statement, question: Question) -> str:
    does = "allows it" if statement.allows else "denies it"
    if condition_fit(statement.conditions, question.context) is Fit.MAYBE:
        keys = ", ".join(dict.fromkeys(condition.key for condition in statement.conditions))
        return f"{does} under a condition ({keys})"
    resources = statement.resources
    if resources is not None and _resource_fit(statement, question) is Fit.MAYBE:
        besides = "all but " if resources.inverted else ""
        return f"{does} on {besides}{', '.join(resources.values)}"
    return f"{does} for some principals"
