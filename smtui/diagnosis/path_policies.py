"""The endpoints' own policies, which have to let the agent through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from smtui.diagnosis.checking import Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.path_destinations import (
    EC2MESSAGES,
    SERVICES,
    SSM,
    SSMMESSAGES,
    available,
    endpoints_of,
    is_spare,
    needs_ec2messages,
    service_of,
)
from smtui.diagnosis.path_way import way_out
from smtui.domain.evidence.network import VpcEndpoint
from smtui.domain.evidence.reading import Unseen, seen, value
from smtui.domain.evidence.record import Evidence
from smtui.domain.iam.decision import Decision, NamedPolicy, Outcome, Question, decide

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
"""Without these no session, or no word from the node."""

_NOBODY = ("AWS", "nobody")


def judge_endpoint_policy(evidence: Evidence) -> Judgement:
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
    """A policy for somebody in particular cannot be judged without knowing the node's role."""
    if isinstance(evidence.role, Unseen) and any(_refused(evidence, one, _NOBODY) for one in existing):
        return unseen_judgement(evidence.role)
    ids = ", ".join(endpoint.endpoint_id for endpoint in existing)
    return passed(f"The policies of the endpoints {ids} let the agent through.", *_lines(existing))


def _refused(
    evidence: Evidence, endpoint: VpcEndpoint, principal: tuple[str, str] | None = None
) -> tuple[Decision, ...]:
    """The agent's actions that the policy does not plainly allow; no policy allows everything."""
    if not endpoint.policy:
        return ()
    role = seen(evidence.role)
    asking = principal or (("AWS", role.arn) if role is not None else None)
    policy = NamedPolicy(f"the policy of {endpoint.endpoint_id}", endpoint.policy)
    asked = [
        Question(
            action,
            (_resource(evidence, action),),
            _perhaps(evidence, action),
            context=_context(evidence, endpoint),
            principal=asking,
        )
        for action in ACTIONS[service_of(endpoint)]
    ]
    decisions = [decide(question, [policy]) for question in asked]
    return tuple(decision for decision in decisions if decision.outcome is not Outcome.ALLOWED)


def _resource(evidence: Evidence, action: str) -> str:
    """The message services know no resources."""
    if not action.startswith("ssm:"):
        return "*"
    return _arn(evidence, "ec2", f"instance/{evidence.subject.node_id}")


def _perhaps(evidence: Evidence, action: str) -> tuple[str, ...]:
    """What a request may name instead, as for the role's own policies."""
    return (_arn(evidence, "ssm", "*"),) if action.startswith("ssm:") else ()


def _arn(evidence: Evidence, service: str, resource: str) -> str:
    caller = seen(evidence.caller)
    partition, account = (_part(caller.arn, 1), caller.account) if caller is not None else ("*", "*")
    region = evidence.subject.place.region or (caller.region if caller is not None else "") or "*"
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def _part(arn: str, at: int) -> str:
    """One of an ARN's parts, `*` where it has none."""
    parts = arn.split(":")
    return (parts[at] if at < len(parts) else "") or "*"


def _context(evidence: Evidence, endpoint: VpcEndpoint) -> dict[str, str]:
    instance, role = value(evidence.instance), seen(evidence.role)
    told = {"aws:sourcevpce": endpoint.endpoint_id, "aws:sourcevpc": instance.vpc_id if instance is not None else ""}
    if role is not None:
        told |= {"aws:principalarn": role.arn, "aws:principalaccount": _part(role.arn, 4)}
    return {key: text for key, text in told.items() if text}


def _refusal(evidence: Evidence, refusing: Sequence[tuple[VpcEndpoint, tuple[Decision, ...]]]) -> Judgement:
    certain = [(one, sure) for one, decisions in refusing if (sure := _certain(decisions))]
    if not certain:
        endpoint, decisions = refusing[0]
        why = decisions[0].why or "cannot be judged"
        finding = f"Whether {decisions[0].policy} lets the agent through cannot be told: it {why}."
        return unknown(finding, *_lines([endpoint]), **_values(endpoint))
    needed = [entry for entry in certain if service_of(entry[0]) != EC2MESSAGES]
    old_agent = needs_ec2messages(evidence)
    if not needed and isinstance(old_agent, Unseen):
        return unseen_judgement(old_agent)
    endpoint, decisions = (needed or certain)[0]
    say = failed if needed or old_agent else warned
    actions = ", ".join(decision.action for decision in decisions)
    does = "denies" if decisions[0].outcome is Outcome.DENIED else "does not allow"
    finding = f"The policy of the endpoint {endpoint.endpoint_id} ({service_of(endpoint)}) {does} {actions}."
    return say(finding, *_lines([endpoint]), *_whose(evidence), **_values(endpoint))


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
