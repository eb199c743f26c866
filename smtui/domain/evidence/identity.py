"""Who the node is to AWS: its instance profile, its role and what the role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """How the node comes to its role; each trusts another service."""

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
    AWS_MANAGED = "AWS managed"
    CUSTOMER = "customer managed"
    INLINE = "inline"
    BOUNDARY = "permissions boundary"


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    kind: PolicyKind
    document: str
    """JSON."""


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
