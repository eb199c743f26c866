"""Checks what the node's role trusts and allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Judgement, passed, proven, skipped, warned
from smtui.diagnosis.checks.role_questions import (
    ASSUME,
    REGISTER,
    RoleHolder,
    labelled,
    policy_label,
    role_holder,
    session_decisions,
    session_questions,
    source_call,
    trust_decision,
    trust_questions,
)
from smtui.diagnosis.evidence.identity_facts import Policy, PolicyKind, RolePolicies, RoleSource
from smtui.diagnosis.evidence.reading import seen, value
from smtui.diagnosis.iam.amended import allowing, with_statement, without_denials
from smtui.diagnosis.iam.decision import Decision, Outcome
from smtui.diagnosis.iam.statement import parse_policy
from smtui.domain.node import NodeKind

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence

NO_ROLE = "The node has no role."
_OUT_OF_SIGHT = "not read: the organisation's policies, which may still deny it"


def trust(evidence: Evidence) -> Judgement:
    """Judges whether the service that gives the node its role may assume it."""
    role = value(evidence.role)
    if role is None:
        return _missing_role(evidence)
    holder = role_holder(evidence, role)
    service = role.source.service
    decision = trust_decision(holder)
    line = f"iam:GetRole: {role.name} trusts {_trusted(role.trust) or 'nobody'}"
    if decision.outcome is Outcome.ALLOWED:
        return passed(f"The role {role.name} trusts {service}.", line)
    topic = "" if role.source is RoleSource.INSTANCE_PROFILE else "role-trust-ssm"
    values = {**holder.values, **_trusting_too(holder)}
    if decision.outcome is Outcome.UNCERTAIN:
        of_statement = f", statement {decision.statement!r}" if decision.statement else ""
        finding = (
            f"The role {role.name} may not trust {service}: its trust policy {decision.why}{of_statement},"
            " which cannot be judged from here."
        )
        return warned(finding, line, topic=topic, **values)
    if decision.outcome is Outcome.DENIED:
        finding = f"The trust policy of the role {role.name} denies {service} ({decision.statement})."
        return proven(finding, line, by=(evidence.role,), topic=topic, **values)
    finding = f"The role {role.name} does not trust {service}, so the node cannot use it."
    return proven(finding, line, by=(evidence.role,), topic=topic, **values)


def _trusting_too(holder: RoleHolder) -> dict[str, str]:
    """The trust policy with the node's service in it and everybody else as before."""
    relaxed = without_denials(holder.role.trust, trust_questions(holder))
    principal = {"Service": holder.services[0]}
    added = {"Effect": "Allow", "Principal": principal, "Action": ASSUME}
    document = with_statement("{}" if relaxed is None else relaxed, added)
    return {"trust_policy": document} if document else {}


def _missing_role(evidence: Evidence) -> Judgement:
    """A role that is named somewhere but does not exist."""
    name, named_by = _named_role(evidence)
    if not name:
        return skipped(NO_ROLE)
    finding = f"The role {name}, which {named_by} names, does not exist."
    topic = "activation-invalid" if evidence.subject.kind is NodeKind.HYBRID else "no-instance-profile"
    return proven(finding, f"iam:GetRole: no role {name}", by=(evidence.role,), topic=topic, role=name)


def _named_role(evidence: Evidence) -> tuple[str, str]:
    """The role's name and what names it; empty where nothing does. That of Default Host Management is judged there."""
    if evidence.subject.kind is NodeKind.HYBRID:
        facts = seen(evidence.managed)
        return (facts.iam_role.rpartition("/")[2] if facts is not None else ""), "the hybrid activation"
    profile = seen(evidence.profile)
    return (
        (profile.roles[0], f"the instance profile {profile.name}")
        if profile is not None and profile.roles
        else ("", "")
    )


def _trusted(trust_policy: str) -> str:
    """The principals that the trust policy's Allow statements name."""
    names = (
        ("all but " if statement.principals.inverted else "")
        + ", ".join(name for _, name in statement.principals.values)
        for statement in parse_policy(trust_policy).statements
        if statement.allows and statement.principals is not None
    )
    return ", ".join(dict.fromkeys(names))


def policy(evidence: Evidence) -> Judgement:
    """Judges whether the role's policies allow everything that a session needs."""
    role, policies = value(evidence.role), value(evidence.policies)
    if role is None or policies is None:
        return skipped(NO_ROLE)
    holder = role_holder(evidence, role)
    decisions = session_decisions(holder, policies)
    lines = (*_attached(role.name, policies), *_what_decides(decisions, policies))
    broken = _broken(role.name, decisions)
    if broken:
        stand_in = _stand_in(evidence, decisions)
        if not stand_in:
            return _refused(evidence, holder, decisions, broken, lines)
        finding = f"{broken.removesuffix('.')}; the agent may use {stand_in} instead, which was not checked."
        return warned(finding, *lines, topic="host-management", **holder.values)
    uncertain = [decision for decision in decisions if decision.outcome is Outcome.UNCERTAIN]
    if uncertain:
        finding = (
            f"The role {role.name} may not be allowed {_actions(uncertain)}:"
            f" {uncertain[0].policy} {uncertain[0].why}, which cannot be judged from here."
        )
        return warned(finding, *lines, **holder.values)
    by = ", ".join(dict.fromkeys(decision.policy for decision in decisions))
    return passed(f"The role {role.name} allows everything that a session needs: {by}.", *lines, _OUT_OF_SIGHT)


def _refused(
    evidence: Evidence, holder: RoleHolder, decisions: tuple[Decision, ...], finding: str, lines: tuple[str, ...]
) -> Judgement:
    """A FAIL; certain unless only registering is refused: an agent that is registered keeps its channel without it."""
    policies = value(evidence.policies)
    if policies is None:
        raise ValueError("a role without policies to read was not judged")
    refusing = {each.action for each in decisions if each.outcome in (Outcome.DENIED, Outcome.NOT_ALLOWED)}
    values = {**holder.values, **_wider_boundary(holder, decisions, policies)}
    by = () if refusing == {REGISTER} else (evidence.role, evidence.policies)
    refused = proven(finding, *lines, by=by, topic=_topic(decisions), **values)
    return refused.for_each(_without_denials(holder, decisions, policies))


def _without_denials(
    holder: RoleHolder, decisions: tuple[Decision, ...], policies: RolePolicies
) -> Iterator[Mapping[str, str]]:
    """The placeholders of each denying policy, with the policy as it would be without its denial."""
    denying = {each.policy for each in decisions if each.outcome is Outcome.DENIED}
    for one in policies.policies:
        if policy_label(one) in denying:
            yield _relaxed(one, without_denials(one.document, session_questions(holder)))


def _relaxed(one: Policy, document: str | None) -> Mapping[str, str]:
    """The topics' placeholders of one such policy; AWS's own cannot be changed, only detached from the role."""
    if one.kind is PolicyKind.INLINE:
        changed = {"policy_of_denials": one.name} if document is None else {"policy_without_deny": document}
        return {"denying_policy": one.name, **changed}
    if document is None or one.kind is PolicyKind.AWS_MANAGED:
        return {"policy_arn_of_denials": one.arn}
    return {"denying_policy_arn": one.arn, "policy_without_deny": document}


def _wider_boundary(holder: RoleHolder, decisions: tuple[Decision, ...], policies: RolePolicies) -> dict[str, str]:
    """The placeholders of the permissions boundary, with what it does not allow the role added."""
    edge = policies.boundary
    if edge is None or not edge.arn or ":iam::aws:" in edge.arn:
        return {}
    refused = [each.action for each in decisions if each.policy == policy_label(edge)]
    if not refused:
        return {}
    relaxed = without_denials(edge.document, session_questions(holder))
    missing = allowing("SessionManager", refused, Resource="*")
    document = with_statement("{}" if relaxed is None else relaxed, missing)
    return {"boundary_arn": edge.arn, "boundary_with_sessions": document} if document else {}


def _stand_in(evidence: Evidence, decisions: tuple[Decision, ...]) -> str:
    """Default Host Management's role, which the agent uses when an instance profile does not let it register."""
    role, setting = seen(evidence.role), seen(evidence.host_management)
    registers = next(decision.outcome for decision in decisions if decision.action == REGISTER)
    if role is None or setting is None or not setting.role or role.source is not RoleSource.INSTANCE_PROFILE:
        return ""
    if registers not in (Outcome.DENIED, Outcome.NOT_ALLOWED):
        return ""
    return f"Default Host Management's role {setting.role.rpartition('/')[2]}"


def _broken(role: str, decisions: tuple[Decision, ...]) -> str:
    """One sentence on what is denied and what is missing; empty where nothing is."""
    parts = [
        f"{policy}, {statement}, denies the role {role} {_actions(group)}"
        for (policy, statement), group in _grouped(decisions, Outcome.DENIED)
    ]
    for (edge, _), group in _grouped(decisions, Outcome.NOT_ALLOWED):
        if edge:
            parts.append(f"{edge} keeps {_actions(group)} from the role {role}")
        elif len(group) == len(decisions):
            parts.append(f"the role {role} allows none of the actions that a session needs ({_actions(group)})")
        else:
            parts.append(f"the role {role} does not allow {_actions(group)}")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper() if sentence.startswith('the ') else sentence[0]}{sentence[1:]}." if parts else ""


def _topic(decisions: tuple[Decision, ...]) -> str:
    """The topic: attaching a policy helps where one is missing, not where one denies. Empty for the check's own."""
    missing = any(each.outcome is Outcome.NOT_ALLOWED and not each.policy for each in decisions)
    taken = any(each.outcome in (Outcome.DENIED, Outcome.NOT_ALLOWED) and each.policy for each in decisions)
    return "role-denies" if taken and not missing else ""


def _grouped(decisions: Iterable[Decision], outcome: Outcome) -> Iterator[tuple[tuple[str, str], list[Decision]]]:
    """The decisions of this outcome, grouped by the (policy, statement) that decides them."""
    groups: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.outcome is outcome:
            groups.setdefault((decision.policy, decision.statement), []).append(decision)
    yield from groups.items()


def _actions(decisions: Iterable[Decision]) -> str:
    return ", ".join(decision.action for decision in decisions)


def _attached(role: str, policies: RolePolicies) -> Iterator[str]:
    managed = [each.name for each in policies.policies if each.kind is not PolicyKind.INLINE]
    inline = [each.name for each in policies.policies if each.kind is PolicyKind.INLINE]
    yield f"iam:ListAttachedRolePolicies: {role} has {', '.join(managed) or 'no managed policy'}"
    yield f"iam:ListRolePolicies: {role} has {', '.join(inline) or 'no inline policy'}"
    boundary = f"the permissions boundary {policies.boundary.name}" if policies.boundary else "no permissions boundary"
    yield f"iam:GetRole: {role} has {boundary}"


def _what_decides(decisions: tuple[Decision, ...], policies: RolePolicies) -> Iterator[str]:
    for outcome in Outcome:
        for (label, statement), group in _grouped(decisions, outcome):
            found = labelled(label, policies)
            if found is not None:
                said = group[0].why or outcome
                of_statement = f", {statement}" if statement else ""
                yield f"{source_call(found)}: {found.name}{of_statement}: {said}: {_actions(group)}"
