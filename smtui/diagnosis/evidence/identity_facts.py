"""Looks at the node's identity in AWS: its instance profile, its role and what the role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from smtui.diagnosis.evidence.node_facts import NodeEvidence, known_instance, of_instance
from smtui.diagnosis.evidence.reading import Lookup, NothingToAsk, answer
from smtui.domain.node import NodeKind

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources


@dataclass(frozen=True, slots=True)
class ProfileAssociation:
    """One entry of ec2:DescribeIamInstanceProfileAssociations."""

    association_id: str
    state: str
    """associating, associated, disassociating or disassociated."""
    profile_arn: str


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    """iam:GetInstanceProfile."""

    name: str
    roles: tuple[str, ...]
    """Role names; AWS allows one at most."""


class RoleSource(StrEnum):
    """How the node gets its role; each way needs the role to trust another service."""

    INSTANCE_PROFILE = "instance profile"
    DEFAULT_HOST_MANAGEMENT = "Default Host Management Configuration"
    ACTIVATION = "hybrid activation"

    @property
    def service(self) -> str:
        """The service that the role has to trust."""
        return "ec2.amazonaws.com" if self is RoleSource.INSTANCE_PROFILE else "ssm.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Role:
    """iam:GetRole."""

    name: str
    arn: str
    source: RoleSource
    trust: str
    """The trust policy, JSON."""
    boundary_arn: str = ""


class PolicyKind(StrEnum):
    """The owner of a policy, and how it is attached."""

    AWS_MANAGED = "AWS managed"
    CUSTOMER = "customer managed"
    INLINE = "inline"
    BOUNDARY = "permissions boundary"


@dataclass(frozen=True, slots=True)
class Policy:
    """iam:GetPolicyVersion or iam:GetRolePolicy."""

    name: str
    kind: PolicyKind
    document: str
    """JSON."""
    arn: str = ""
    """Empty for an inline policy."""


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """Everything attached to the role (iam:ListAttachedRolePolicies, …)."""

    policies: tuple[Policy, ...]
    boundary: Policy | None = None


@dataclass(frozen=True, slots=True)
class HostManagement:
    """Default Host Management Configuration of the Region (ssm:GetServiceSetting)."""

    role: str
    """The role's path and name as the setting holds it; empty where it is off."""


class IdentityAws(Protocol):
    """The calls of `IdentityEvidence`; see `EvidenceAws`."""

    def association(self, node_id: str) -> ProfileAssociation | None:
        """ec2:DescribeIamInstanceProfileAssociations: the latest that is not disassociated."""

    def instance_profile(self, name: str) -> InstanceProfile | None:
        """iam:GetInstanceProfile; None for one that does not exist."""

    def host_management(self) -> HostManagement:
        """ssm:GetServiceSetting of /ssm/managed-instance/default-ec2-instance-management-role."""

    def role(self, name: str, source: RoleSource) -> Role | None:
        """iam:GetRole; None for one that does not exist. `name` may carry a path, which is dropped."""

    def policies(self, role: Role) -> RolePolicies:
        """iam:ListAttachedRolePolicies, GetPolicy, GetPolicyVersion, ListRolePolicies, GetRolePolicy."""


def _profile(sources: EvidenceSources, got: Evidence) -> InstanceProfile | None:
    arn = known_instance(got).profile_arn
    if not arn:
        raise NothingToAsk("The instance has no instance profile.")
    return sources.aws.instance_profile(arn.rpartition("/")[2])


def _host_management(sources: EvidenceSources, got: Evidence) -> HostManagement:
    """Look even if there is an instance profile: the setting may stand in where its role does not let the agent in."""
    known_instance(got)
    return sources.aws.host_management()


def _role(sources: EvidenceSources, got: Evidence) -> Role | None:
    found = _role_name(got)
    return sources.aws.role(*found) if found is not None else None


def _role_name(got: Evidence) -> tuple[str, RoleSource] | None:
    if got.subject.kind is NodeKind.HYBRID:
        managed = answer(got.managed)
        if managed is None or not managed.iam_role:
            raise NothingToAsk("Systems Manager names no role for this node.")
        return managed.iam_role, RoleSource.ACTIVATION
    if known_instance(got).profile_arn:
        profile = answer(got.profile)
        return (profile.roles[0], RoleSource.INSTANCE_PROFILE) if profile is not None and profile.roles else None
    setting = answer(got.host_management)
    return (setting.role, RoleSource.DEFAULT_HOST_MANAGEMENT) if setting.role else None


def _policies(sources: EvidenceSources, got: Evidence) -> RolePolicies | None:
    role = answer(got.role)
    return sources.aws.policies(role) if role is not None else None


@dataclass(kw_only=True)
class IdentityEvidence:
    """How the node gets a role, and what the role may do."""

    association: Lookup[ProfileAssociation | None] = Lookup(
        "ec2:DescribeIamInstanceProfileAssociations", of_instance(lambda sources, node: sources.aws.association(node))
    )
    profile: Lookup[InstanceProfile | None] = Lookup("iam:GetInstanceProfile", _profile, (NodeEvidence.instance,))
    host_management: Lookup[HostManagement] = Lookup(
        "ssm:GetServiceSetting", _host_management, (NodeEvidence.instance,)
    )
    role: Lookup[Role | None] = Lookup(
        "iam:GetRole", _role, (NodeEvidence.instance, NodeEvidence.managed, profile, host_management)
    )
    """The role that the node would use, whichever way it gets it; None where it has no way to any."""
    policies: Lookup[RolePolicies | None] = Lookup("iam:ListAttachedRolePolicies", _policies, (role,))
