"""Checks the endpoints' own policies, which have to let the agent through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from smtui.diagnosis.check import Judgement, passed, proven, skipped, unknown, unseen_judgement
from smtui.diagnosis.checks.path.destinations import (
    EC2MESSAGES,
    SERVICES,
    SSM,
    SSMMESSAGES,
    available,
    endpoints_of,
    is_spare,
    of_ec2messages,
    service_of,
)
from smtui.diagnosis.checks.path.outbound import no_other_way, way_out
from smtui.diagnosis.evidence.reading import Reading, Unseen, seen, value
from smtui.diagnosis.iam.amended import allowing, with_statement, without_denials
from smtui.diagnosis.iam.decision import Decision, NamedPolicy, Outcome, Question, decide

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import VpcEndpoint
    from smtui.diagnosis.evidence.record import Evidence

ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SSM: ("ssm:UpdateInstanceInformation",),
        SSMMESSAGES: (
            "ssmmessages:CreateControlChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenDataChannel",
        ),
        EC2MESSAGES: (
            "ec2messages:GetMessages",
            "ec2messages:AcknowledgeMessage",
            "ec2messages:SendReply",
        ),
    }
)
"""Without these the node gets no session, or does not report at all."""

_NOBODY = ("AWS", "nobody")


def judge_endpoint_policy(evidence: Evidence) -> Judgement:
    """Judges whether the policies of the endpoints in use allow the agent's actions."""
    existing = [endpoint for endpoint in endpoints_of(evidence, *SERVICES) if available(endpoint)]
    if not existing:
        return skipped("The VPC has no endpoint for Systems Manager.")
    refusing = [(endpoint, refused) for endpoint in existing if (refused := _refused(evidence, endpoint))]
    way = way_out(evidence) if refusing else None
    in_use = [(endpoint, refused) for endpoint, refused in refusing if way and not is_spare(endpoint, way)]
    if not in_use:
        return _about_principals(evidence, existing)
    if way is not None and way.unseen is not None and not any(endpoint.private_dns for endpoint, _ in in_use):
        return unseen_judgement(way.unseen)
    return _refusal(evidence, in_use)


def _about_principals(evidence: Evidence, existing: Sequence[VpcEndpoint]) -> Judgement:
    """Judges policies that refuse nothing; one for particular principals needs the node's role to be known."""
    if isinstance(evidence.role, Unseen) and any(_refused(evidence, one, _NOBODY) for one in existing):
        return unseen_judgement(evidence.role)
    ids = ", ".join(endpoint.endpoint_id for endpoint in existing)
    return passed(f"The policies of the endpoints {ids} let the agent through.", *_lines(existing))


def _refused(
    evidence: Evidence, endpoint: VpcEndpoint, principal: tuple[str, str] | None = None
) -> tuple[Decision, ...]:
    """Decisions on the agent's actions that the policy does not clearly allow; having no policy allows everything."""
    if not endpoint.policy:
        return ()
    role = seen(evidence.role)
    asking = principal or (("AWS", role.arn) if role is not None else None)
    policy = NamedPolicy(f"the policy of {endpoint.endpoint_id}", endpoint.policy)
    decisions = [decide(question, [policy]) for question in _questions(evidence, endpoint, asking)]
    return tuple(decision for decision in decisions if decision.outcome is not Outcome.ALLOWED)


def _questions(evidence: Evidence, endpoint: VpcEndpoint, asking: tuple[str, str] | None) -> tuple[Question, ...]:
    """The questions whether the agent may call what it needs through the endpoint."""
    return tuple(
        Question(
            action,
            (_resource(evidence, action),),
            _perhaps(evidence, action),
            context=_context(evidence, endpoint),
            principal=asking,
        )
        for action in ACTIONS[service_of(endpoint)]
    )


def _resource(evidence: Evidence, action: str) -> str:
    """What the action is asked about; the message services have no resources."""
    if not action.startswith("ssm:"):
        return "*"
    return _arn(evidence, "ec2", f"instance/{evidence.subject.node_id}")


def _perhaps(evidence: Evidence, action: str) -> tuple[str, ...]:
    """What a request might name instead, as for the role's own policies."""
    return (_arn(evidence, "ssm", "*"),) if action.startswith("ssm:") else ()


def _arn(evidence: Evidence, service: str, resource: str) -> str:
    caller = seen(evidence.caller)
    partition, account = (_part(caller.arn, 1), caller.account) if caller is not None else ("*", "*")
    region = evidence.subject.place.region or (caller.region if caller is not None else "") or "*"
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def _part(arn: str, at: int) -> str:
    """One part of an ARN; `*` where it is missing."""
    parts = arn.split(":")
    return (parts[at] if at < len(parts) else "") or "*"


def _context(evidence: Evidence, endpoint: VpcEndpoint) -> dict[str, str]:
    instance, role = value(evidence.instance), seen(evidence.role)
    context = {"aws:sourcevpce": endpoint.endpoint_id, "aws:sourcevpc": instance.vpc_id if instance is not None else ""}
    if role is not None:
        context |= {"aws:principalarn": role.arn, "aws:principalaccount": _part(role.arn, 4)}
    return {key: text for key, text in context.items() if text}


def _refusal(evidence: Evidence, refusing: Sequence[tuple[VpcEndpoint, tuple[Decision, ...]]]) -> Judgement:
    certain = [(one, sure) for one, decisions in refusing if (sure := _certain(decisions))]
    if not certain:
        endpoint, decisions = refusing[0]
        why = decisions[0].why or "cannot be judged"
        finding = f"smtui cannot tell whether {decisions[0].policy} lets the agent through: it {why}."
        return unknown(finding, *_lines([endpoint]), **_values(endpoint))
    needed = [entry for entry in certain if service_of(entry[0]) != EC2MESSAGES]
    endpoint, decisions = (needed or certain)[0]
    actions = ", ".join(decision.action for decision in decisions)
    does = "denies" if decisions[0].outcome is Outcome.DENIED else "does not allow"
    finding = f"The policy of the endpoint {endpoint.endpoint_id} ({service_of(endpoint)}) {does} {actions}."
    lines = (*_lines([endpoint]), *_whose(evidence))
    if needed:
        judged = proven(finding, *lines, by=_proof(evidence), **_values(endpoint))
    else:
        judged = of_ec2messages(evidence, finding, *lines, **_values(endpoint))
    return judged.for_each(_amended(evidence, one) for one, _ in certain)


def _proof(evidence: Evidence) -> Sequence[Reading[Any] | None]:
    ways = no_other_way(evidence)
    return (*ways, evidence.role) if ways else ()


def _amended(evidence: Evidence, endpoint: VpcEndpoint) -> Mapping[str, str]:
    """The topics' placeholders of the endpoint and of its policy with the agent's actions allowed."""
    role = seen(evidence.role)
    questions = _questions(evidence, endpoint, ("AWS", role.arn) if role is not None else None)
    relaxed = without_denials(endpoint.policy, questions)
    added = allowing("SessionManager", ACTIONS[service_of(endpoint)], Principal="*", Resource="*")
    document = with_statement("{}" if relaxed is None else relaxed, added)
    return {**_values(endpoint), **({"endpoint_policy": document} if document else {})}


def _certain(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    return tuple(decision for decision in decisions if decision.outcome is not Outcome.UNCERTAIN)


def _whose(evidence: Evidence) -> tuple[str, ...]:
    role = seen(evidence.role)
    return (f"iam:GetRole: the node's role is {role.arn}",) if role is not None else ()


def _values(endpoint: VpcEndpoint) -> dict[str, str]:
    return {"endpoint_id": endpoint.endpoint_id, "endpoint_service": endpoint.service}


def _lines(endpoints: Sequence[VpcEndpoint]) -> tuple[str, ...]:
    return tuple(f"ec2:DescribeVpcEndpoints: {one.endpoint_id} has the policy {_flat(one.policy)}" for one in endpoints)


def _flat(policy: str) -> str:
    return " ".join(policy.split()) or "of full access"
