"""What the node's role is asked: may it do what a session needs, and may the node have it at all?

Source: the Service Authorization Reference of Systems Manager and of Amazon Message Gateway Service.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from smtui.domain.evidence.identity import Policy, PolicyKind, Role, RolePolicies, RoleSource
from smtui.domain.evidence.reading import seen
from smtui.domain.evidence.record import Evidence
from smtui.domain.iam.condition import Context
from smtui.domain.iam.decision import Decision, NamedPolicy, Outcome, Question, decide
from smtui.domain.node import NodeKind

REGISTER = "ssm:UpdateInstanceInformation"
SESSION_ACTIONS = (
    REGISTER,
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""All that a session needs of the node's role. AmazonSSMManagedInstanceCore has more, for other features."""

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
        return _part(self.role.arn, 1)

    @property
    def account(self) -> str:
        return _part(self.role.arn, 4)

    @property
    def node_arn(self) -> str:
        if self.kind is NodeKind.HYBRID:
            return self.arn("ssm", f"managed-instance/{self.node_id}")
        return self.arn("ec2", f"instance/{self.node_id}")

    @property
    def context(self) -> Context:
        return {
            "aws:principalaccount": self.account,
            "aws:principalarn": self.role.arn,
            "aws:requestedregion": self.region,
            "aws:securetransport": "true",
            **({"ec2:sourceinstancearn": self.node_arn} if self.kind is NodeKind.EC2 else {}),
        }

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the service that gives the node its role: any of them will do."""
        service = self.role.source.service
        return (service, f"{service}.cn") if self.partition == "aws-cn" else (service,)

    @property
    def values(self) -> dict[str, str]:
        """The topics' placeholders that the role tells."""
        told = {"partition": self.partition, "account": self.account}
        known = {name: text for name, text in told.items() if text != UNKNOWN_PART}
        return {"role": self.role.name, "role_arn": self.role.arn, **known}


def _part(arn: str, at: int) -> str:
    parts = arn.split(":")
    return (parts[at] if len(parts) > 5 else "") or UNKNOWN_PART


def role_holder(evidence: Evidence, role: Role) -> RoleHolder:
    subject = evidence.subject
    here = seen(evidence.endpoints)
    region = subject.place.region or (here.region if here is not None else "")
    return RoleHolder(subject.node_id, subject.kind, role, region or UNKNOWN_PART)


@lru_cache(maxsize=8)
def session_decisions(holder: RoleHolder, policies: RolePolicies) -> tuple[Decision, ...]:
    """Asked again after each reading, and answered once: a role may have a thousand statements."""
    return tuple(ask(_session_question(holder, action), policies) for action in SESSION_ACTIONS)


def _session_question(holder: RoleHolder, action: str) -> Question:
    if action == REGISTER:
        # AWS's refusals name the node itself; a policy written for ssm's own ARNs may or may not do.
        return Question(action, (holder.node_arn,), (holder.arn("ssm", "*"),), holder.context)
    # These take no resource, and refusals have named the gateway, the node and others: only what covers all is sure.
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
    every = (*policies.policies, *((policies.boundary,) if policies.boundary is not None else ()))
    return next((policy for policy in every if policy_label(policy) == label), None)


def call_that_told(policy: Policy) -> str:
    return "iam:GetRolePolicy" if policy.kind is PolicyKind.INLINE else "iam:GetPolicyVersion"


def trust_decision(holder: RoleHolder) -> Decision:
    """Whether the service that gives the node its role may assume it; the best of the service's names."""
    document = NamedPolicy("trust policy", holder.role.trust)
    asked = [
        Question(ASSUME, context=_trust_context(holder), principal=("Service", service)) for service in holder.services
    ]
    return min((decide(question, [document]) for question in asked), key=lambda each: _BEST_FIRST.index(each.outcome))


_BEST_FIRST = (Outcome.ALLOWED, Outcome.UNCERTAIN, Outcome.NOT_ALLOWED, Outcome.DENIED)


def _trust_context(holder: RoleHolder) -> Context:
    if holder.role.source is RoleSource.INSTANCE_PROFILE:
        return {}  # nothing documents that EC2 tells for whom it assumes a role
    return {"aws:sourceaccount": holder.account, "aws:sourcearn": holder.arn("ssm", "*")}
