"""Roles, what they may do, and what we may. Sources: the IAM API reference; the policy simulator's part of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from smtui.aws.evidence_calls import EvidenceCalls, Listing, is_code, side_by_side
from smtui.aws.shapes import each_text, mapping, text
from smtui.domain.evidence.identity import (
    InstanceProfile,
    Policy,
    PolicyKind,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from smtui.domain.fault import AwsCallFailed

_ASSOCIATIONS = Listing(
    "ec2:DescribeIamInstanceProfileAssociations",
    "describe_iam_instance_profile_associations",
    "IamInstanceProfileAssociations",
)
_ATTACHED = Listing("iam:ListAttachedRolePolicies", "list_attached_role_policies", "AttachedPolicies", "Marker")
_INLINE = Listing("iam:ListRolePolicies", "list_role_policies", "PolicyNames", "Marker")
_GONE = "NoSuchEntity"
_OVER = "disassociated"


_Named = tuple[str, PolicyKind]
"""A policy's ARN, or the name of an inline one."""


class IdentityEvidence(EvidenceCalls):
    """Calls about the node's role."""

    def association(self, node_id: str) -> ProfileAssociation | None:
        """The association in force, else the latest that is under way."""
        found = [
            entry for entry in self._by_filter(_ASSOCIATIONS, "instance-id", [node_id]) if text(entry, "State") != _OVER
        ]
        best = max(
            found, key=lambda entry: (text(entry, "State") == "associated", str(entry.get("Timestamp"))), default=None
        )
        if best is None:
            return None
        arn = text(mapping(best.get("IamInstanceProfile")), "Arn")
        return ProfileAssociation(text(best, "AssociationId"), text(best, "State"), arn)

    def instance_profile(self, name: str) -> InstanceProfile | None:
        said = self._unless_gone("iam:GetInstanceProfile", "get_instance_profile", InstanceProfileName=name)
        if said is None:
            return None
        profile = mapping(said.get("InstanceProfile"))
        return InstanceProfile(text(profile, "InstanceProfileName"), each_text(profile.get("Roles"), "RoleName"))

    def role(self, name: str, source: RoleSource) -> Role | None:
        said = self._unless_gone("iam:GetRole", "get_role", RoleName=name.rpartition("/")[2])
        if said is None:
            return None
        role = mapping(said.get("Role"))
        return Role(
            name=text(role, "RoleName"),
            arn=text(role, "Arn"),
            source=source,
            trust=document_text(role.get("AssumeRolePolicyDocument")),
            boundary_arn=text(mapping(role.get("PermissionsBoundary")), "PermissionsBoundaryArn"),
        )

    def policies(self, role: Role) -> RolePolicies:
        """All that is attached to the role or written in it, and its boundary."""
        of_the_role: list[Callable[[str], list[_Named]]] = [self._attached, self._inline]
        jobs = [job for found in side_by_side(lambda names: names(role.name), of_the_role) for job in found]
        if role.boundary_arn:
            jobs.append((role.boundary_arn, PolicyKind.BOUNDARY))
        read = side_by_side(lambda job: self._policy(role.name, *job), jobs)
        boundary = next((policy for policy in read if policy.kind is PolicyKind.BOUNDARY), None)
        return RolePolicies(tuple(policy for policy in read if policy is not boundary), boundary)

    def _policy(self, role_name: str, name: str, kind: PolicyKind) -> Policy:
        if kind is PolicyKind.INLINE:
            said = self._call("iam:GetRolePolicy", "get_role_policy", RoleName=role_name, PolicyName=name)
            return Policy(name, kind, document_text(said.get("PolicyDocument")))
        policy = mapping(self._call("iam:GetPolicy", "get_policy", PolicyArn=name).get("Policy"))
        version = text(policy, "DefaultVersionId")
        said = self._call("iam:GetPolicyVersion", "get_policy_version", PolicyArn=name, VersionId=version)
        document = document_text(mapping(said.get("PolicyVersion")).get("Document"))
        return Policy(text(policy, "PolicyName") or name.rpartition("/")[2], kind, document)

    def _attached(self, role_name: str) -> list[_Named]:
        arns = (text(entry, "PolicyArn") for entry in self._entries(_ATTACHED, RoleName=role_name))
        return [(arn, _kind_of(arn)) for arn in arns]

    def _inline(self, role_name: str) -> list[_Named]:
        return [(name, PolicyKind.INLINE) for name in self._items(_INLINE, RoleName=role_name)]

    def _unless_gone(self, action: str, operation: str, **parameters: Any) -> Mapping[str, Any] | None:
        try:
            return self._call(action, operation, **parameters)
        except AwsCallFailed as failed:
            if is_code(failed, _GONE):
                return None
            raise


def document_text(document: object) -> str:
    """A policy as JSON: botocore hands out most as parsed, and IAM's own form is URL-encoded."""
    if isinstance(document, str):
        return unquote(document) if document.lstrip().startswith("%") else document
    return json.dumps(document) if isinstance(document, Mapping) else ""


def _kind_of(policy_arn: str) -> PolicyKind:
    return PolicyKind.AWS_MANAGED if ":iam::aws:" in policy_arn else PolicyKind.CUSTOMER
