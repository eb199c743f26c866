"""Asks whether the node's role may do what a session needs, and whether the node may have the role at all.

Source: the Service Authorization Reference of Systems Manager and of Amazon Message Gateway Service.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.identity_facts import Policy, PolicyKind, Role, RolePolicies, RoleSource
from smtui.diagnosis.evidence.reading import seen
from smtui.diagnosis.iam.decision import Decision, NamedPolicy, Outcome, Question, decide
from smtui.domain.node import NodeKind

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence
    from smtui.diagnosis.iam.matching import Context

REGISTER = "ssm:UpdateInstanceInformation"
SESSION_ACTIONS = (
    REGISTER,
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""Everything that the node's role needs for a session. AmazonSSMManagedInstanceCore allows more, for other features."""

ASSUME = "sts:AssumeRole"
UNKNOWN_PART = "*"


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """The node as IAM sees it; what is not known is `*`."""

    node_id: str
    kind: NodeKind
    role: Role
    region: str

    @property
    def partition(self) -> str:
        """The partition of the role's ARN, such as `aws`."""
        return _part(self.role.arn, 1)

    @property
    def account(self) -> str:
        """The number of the role's account."""
        return _part(self.role.arn, 4)

    @property
    def node_arn(self) -> str:
        """The ARN that policies name the node by."""
        if self.kind is NodeKind.HYBRID:
            return self.arn("ssm", f"managed-instance/{self.node_id}")
        return self.arn("ec2", f"instance/{self.node_id}")

    @property
    def context(self) -> Context:
        """The condition keys that are known of a request by the agent."""
        return {
            "aws:principalaccount": self.account,
            "aws:principalarn": self.role.arn,
            "aws:requestedregion": self.region,
            "aws:securetransport": "true",
            **({"ec2:sourceinstancearn": self.node_arn} if self.kind is NodeKind.EC2 else {}),
        }

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the node's Region and the role's account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the service that gives the node its role; trusting one of them is enough."""
        service = self.role.source.service
        return (service, f"{service}.cn") if self.partition == "aws-cn" else (service,)

    @property
    def values(self) -> dict[str, str]:
        """The topics' placeholders that the role supplies."""
        parts = {"partition": self.partition, "account": self.account}
        known = {name: text for name, text in parts.items() if text != UNKNOWN_PART}
        return {"role": self.role.name, "role_arn": self.role.arn, **known}


def _part(arn: str, at: int) -> str:
    parts = arn.split(":")
    return (parts[at] if len(parts) > 5 else "") or UNKNOWN_PART


def role_holder(evidence: Evidence, role: Role) -> RoleHolder:
    """The examined node as the holder of this role."""
    subject = evidence.subject
    here = seen(evidence.endpoints)
    region = subject.place.region or (here.region if here is not None else "")
    return RoleHolder(subject.node_id, subject.kind, role, region or UNKNOWN_PART)


@lru_cache(maxsize=8)
def session_decisions(holder: RoleHolder, policies: RolePolicies) -> tuple[Decision, ...]:
    """Decides every question of a session; cached, since each new reading asks and a role may have 1,000 statements."""
    return tuple(ask(question, policies) for question in session_questions(holder))


def session_questions(holder: RoleHolder) -> tuple[Question, ...]:
    """Whether the role may do each thing that a session needs of it."""
    return tuple(_session_question(holder, action) for action in SESSION_ACTIONS)


def _session_question(holder: RoleHolder, action: str) -> Question:
    if action == REGISTER:
        # AWS's refusals name the node itself; a policy written for ssm's own ARNs may or may not be enough.
        return Question(action, (holder.node_arn,), (holder.arn("ssm", "*"),), holder.context)
    # These take no resource. Refusals have named the gateway, the node and others: only a policy for all is certain.
    resources = (holder.arn("ssmmessages", "*"), holder.arn("ssm", "*"), holder.node_arn)
    return Question(action, resources, context=holder.context)


def ask(question: Question, policies: RolePolicies) -> Decision:
    """`Decision.policy` is the policy's `policy_label`."""
    named = [NamedPolicy(policy_label(policy), policy.document) for policy in policies.policies]
    edge = policies.boundary
    return decide(question, named, NamedPolicy(policy_label(edge), edge.document) if edge is not None else None)


def policy_label(policy: Policy) -> str:
    """`AmazonSSMManagedInstanceCore (AWS managed)`."""
    return f"{policy.name} ({policy.kind})"


def labelled(label: str, policies: RolePolicies) -> Policy | None:
    """The policy with this `policy_label`, the boundary included; None for none."""
    every = (*policies.policies, *((policies.boundary,) if policies.boundary is not None else ()))
    return next((policy for policy in every if policy_label(policy) == label), None)


def source_call(policy: Policy) -> str:
    """The IAM call that returned the policy's document."""
    return "iam:GetRolePolicy" if policy.kind is PolicyKind.INLINE else "iam:GetPolicyVersion"


def trust_decision(holder: RoleHolder) -> Decision:
    """Whether the service that gives the node its role may assume it; the best of the service's names."""
    document = NamedPolicy("trust policy", holder.role.trust)
    answers = (decide(question, [document]) for question in trust_questions(holder))
    return min(answers, key=lambda each: _BEST_FIRST.index(each.outcome))


def trust_questions(holder: RoleHolder) -> tuple[Question, ...]:
    """Whether the service may assume the role, by each of its names."""
    context = _trust_context(holder)
    return tuple(Question(ASSUME, context=context, principal=("Service", service)) for service in holder.services)


_BEST_FIRST = (Outcome.ALLOWED, Outcome.UNCERTAIN, Outcome.NOT_ALLOWED, Outcome.DENIED)


def _trust_context(holder: RoleHolder) -> Context:
    if holder.role.source is RoleSource.INSTANCE_PROFILE:
        return {}  # nowhere documented: whether EC2 sends for whom it assumes a role
    return {"aws:sourceaccount": holder.account, "aws:sourcearn": holder.arn("ssm", "*")}
