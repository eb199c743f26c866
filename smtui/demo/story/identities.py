"""Defines the identities of the simulated account, and evaluates their policies.

Identities are roles, policies, instance profiles and boundaries. Policies are evaluated as far as actions and resources
with wildcards go, without conditions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

from smtui.demo.story.account_facts import ACCOUNT, BROKEN_HOST_MANAGEMENT_ROLE, HOST_MANAGEMENT_ROLE

MANAGED_CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
HYBRID_ROLE = "demo-hybrid-role"
ALLOWED, IMPLICIT_DENY, EXPLICIT_DENY = "allowed", "implicitDeny", "explicitDeny"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy; it has one version, the default one."""

    arn: str
    document: str
    """JSON."""
    version: str = "v1"

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its trust policy and permissions."""

    name: str
    trust: str
    """The trust policy, JSON."""
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Name -> JSON."""
    boundary: str = ""
    path: str = "/"
    account: str = ACCOUNT

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


def trusting(service: str) -> str:
    """A trust policy for a service, as JSON."""
    return _policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def allowing(*actions: str) -> dict[str, Any]:
    """A statement that allows these actions on every resource."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def denying(*actions: str) -> dict[str, Any]:
    """A statement that denies these actions on every resource."""
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*"}


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


_AGENT = (
    "ssm:DescribeAssociation",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:DescribeDocument",
    "ssm:GetManifest",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutInventory",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
)
_CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_MESSAGES = (
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
)
# For session logs; a node without these is healthy, but cannot log.
_OUTPUT = (
    "s3:PutObject",
    "s3:GetEncryptionConfiguration",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "kms:Decrypt",
    "kms:GenerateDataKey",
)
_CORE_STATEMENTS = (allowing(*_AGENT), allowing(*_CHANNELS), allowing(*_MESSAGES))


def _own(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


_LIST = (
    ManagedPolicy(MANAGED_CORE, _policy(*_CORE_STATEMENTS), "v2"),
    ManagedPolicy(
        "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM",
        _policy(
            *_CORE_STATEMENTS, allowing("cloudwatch:PutMetricData", "ec2:DescribeInstanceStatus"), allowing(*_OUTPUT)
        ),
        "v8",
    ),
    ManagedPolicy("arn:aws:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy", _policy(*_CORE_STATEMENTS), "v1"),
    ManagedPolicy(
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", _policy(allowing("s3:Get*", "s3:List*", "s3:Describe*")), "v3"
    ),
    ManagedPolicy(_own("payments-node-management"), _policy(allowing("ssm:*", "ssmmessages:*", "ec2messages:*")), "v4"),
    ManagedPolicy(_own("session-output"), _policy(allowing(*_OUTPUT))),
    ManagedPolicy(_own("boundary-of-developers"), _policy(allowing("*"), denying("iam:*", "organizations:*"))),
    ManagedPolicy(
        _own("boundary-without-sessions"), _policy(allowing("ssm:*", "ec2messages:*", "s3:*", "logs:*", "kms:*"))
    ),
)
POLICIES: Mapping[str, ManagedPolicy] = {policy.arn: policy for policy in _LIST}
"""By ARN."""
_OUTPUT_POLICY = _own("session-output")
_WELL = (MANAGED_CORE, _OUTPUT_POLICY)


def _role(name: str, *attached: str, service: str = "ec2.amazonaws.com", **facts: Any) -> Role:
    return Role(f"{name}-role", trusting(service), attached or _WELL, **facts)


_OF_PROFILES = {
    "web": _role("web"),
    # The account's own policy instead of AWS's.
    "api": _role("api", _own("payments-node-management"), _OUTPUT_POLICY),
    # AWS's older policy, and a boundary that allows enough.
    "db": _role(
        "db", "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM", boundary=_own("boundary-of-developers")
    ),
    "inline": Role(
        "inline-role",
        trusting("ec2.amazonaws.com"),
        (_OUTPUT_POLICY,),
        {"sessions": _policy(*_CORE_STATEMENTS)},
    ),
    **{name: _role(name) for name in ("worker", "cache", "queue", "batch", "edge-proxy")},
    "s3-only": _role("s3-only", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
    "lambda": _role("lambda", service="lambda.amazonaws.com"),
    "denied": _role("denied", inline={"no-sessions": _policy(denying("ssmmessages:*"))}),
    "bounded": _role("bounded", boundary=_own("boundary-without-sessions")),
}
"""Name of the instance profile, without `-instance-profile` -> its role."""
PROFILES: Mapping[str, Role | None] = {
    **{f"{name}-instance-profile": role for name, role in _OF_PROFILES.items()},
    "empty-instance-profile": None,
}
"""Name of the instance profile -> its role; None for none."""
ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        *_OF_PROFILES.values(),
        Role(HYBRID_ROLE, trusting("ssm.amazonaws.com"), _WELL, path="/service-role/"),
        Role(
            HOST_MANAGEMENT_ROLE,
            trusting("ssm.amazonaws.com"),
            ("arn:aws:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy",),
            path="/service-role/",
        ),
        Role(BROKEN_HOST_MANAGEMENT_ROLE, trusting("ssm.amazonaws.com"), path="/service-role/"),
    )
}
"""By name."""


@dataclass(frozen=True, slots=True)
class AccountIdentities:
    """What the story has of one account: roles and instance profiles by name, managed policies by ARN."""

    roles: Mapping[str, Role]
    profiles: Mapping[str, Role | None]
    policies: Mapping[str, ManagedPolicy]


@cache
def identities_of(account: str) -> AccountIdentities:
    """The same roles, profiles and policies in every account, each with ARNs of its own."""
    if account == ACCOUNT:
        return AccountIdentities(ROLES, PROFILES, POLICIES)

    def own(arn: str) -> str:
        return arn.replace(f"::{ACCOUNT}:", f"::{account}:")

    def moved(role: Role) -> Role:
        attached = tuple(own(arn) for arn in role.attached)
        return replace(role, account=account, attached=attached, boundary=own(role.boundary))

    roles = {name: moved(role) for name, role in ROLES.items()}
    profiles = {name: roles[role.name] if role is not None else None for name, role in PROFILES.items()}
    policies = (replace(policy, arn=own(policy.arn)) for policy in POLICIES.values())
    return AccountIdentities(roles, profiles, {policy.arn: policy for policy in policies})


def role_decision(role: Role, action: str, resource: str, policies: Mapping[str, ManagedPolicy] = POLICIES) -> str:
    """IAM's decision for a role; its boundary must allow the action too. `policies` are the managed ones, by ARN."""
    documents = [policies[arn].document for arn in role.attached] + list(role.inline.values())
    decision = decided(documents, action, resource)
    if decision == ALLOWED and role.boundary:
        return decided([policies[role.boundary].document], action, resource)
    return decision


def decided(documents: Sequence[str], action: str, resource: str) -> str:
    """The decision of several policies together: ALLOWED, IMPLICIT_DENY or EXPLICIT_DENY."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in statements(document)
        if _fits(statement, action, resource)
    }
    if "Deny" in effects:
        return EXPLICIT_DENY
    return ALLOWED if "Allow" in effects else IMPLICIT_DENY


def is_policy(document: str) -> bool:
    """Whether these rules can evaluate the document: an object whose statements are objects with an effect."""
    try:
        found = statements(document)
    except (ValueError, AttributeError, RecursionError):
        return False
    return all(isinstance(each, dict) and each.get("Effect") in ("Allow", "Deny") for each in found)


@lru_cache(maxsize=256)
def statements(document: str) -> Sequence[dict[str, Any]]:
    """The statements of a policy; a single one may come without a list."""
    found = json.loads(document).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _fits(statement: dict[str, Any], action: str, resource: str) -> bool:
    named = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _texts(statement.get("Action", [])))
    return named and any(
        resource == "*" or fnmatchcase(resource, each) for each in _texts(statement.get("Resource", "*"))
    )


def _texts(value: object) -> Iterator[str]:
    """The texts of a text or a list; anything else is left out and so matches nothing."""
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
