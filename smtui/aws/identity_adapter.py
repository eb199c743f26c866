"""Fetches a node's role: its instance profile, trust policy and permission policies.

Sources: https://docs.aws.amazon.com/IAM/latest/APIReference/ (API_GetInstanceProfile, API_GetRole,
API_ListAttachedRolePolicies, API_ListRolePolicies, API_GetRolePolicy, API_GetPolicy, API_GetPolicyVersion) and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from smtui.aws.api_calls import ApiCalls, each_text, is_code, mapping, side_by_side, text
from smtui.diagnosis.evidence.identity_facts import (
    InstanceProfile,
    Policy,
    PolicyKind,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from smtui.domain.fault import AwsCallFailed

_ASSOCIATIONS = "ec2:DescribeIamInstanceProfileAssociations"
_GONE = "NoSuchEntity"
_OVER = "disassociated"

_Named = tuple[str, PolicyKind]
"""A policy's ARN, or the name of an inline policy."""


class IdentityAdapter:
    """The roles of one account. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def association(self, node_id: str) -> ProfileAssociation | None:
        """ec2:DescribeIamInstanceProfileAssociations: the association in force, else the latest one in transition."""
        associations = self._calls.by_filter(_ASSOCIATIONS, "instance-id", [node_id])
        found = [entry for entry in associations if text(entry, "State") != _OVER]
        best = max(
            found, key=lambda entry: (text(entry, "State") == "associated", str(entry.get("Timestamp"))), default=None
        )
        if best is None:
            return None
        arn = text(mapping(best.get("IamInstanceProfile")), "Arn")
        return ProfileAssociation(text(best, "AssociationId"), text(best, "State"), arn)

    def instance_profile(self, name: str) -> InstanceProfile | None:
        """iam:GetInstanceProfile; None for a profile that does not exist."""
        answer = self._unless_gone("iam:GetInstanceProfile", InstanceProfileName=name)
        if answer is None:
            return None
        profile = mapping(answer.get("InstanceProfile"))
        return InstanceProfile(text(profile, "InstanceProfileName"), each_text(profile.get("Roles"), "RoleName"))

    def role(self, name: str, source: RoleSource) -> Role | None:
        """iam:GetRole; None for a role that does not exist. `name` may carry a path, which is dropped."""
        answer = self._unless_gone("iam:GetRole", RoleName=name.rpartition("/")[2])
        if answer is None:
            return None
        role = mapping(answer.get("Role"))
        return Role(
            name=text(role, "RoleName"),
            arn=text(role, "Arn"),
            source=source,
            trust=document_text(role.get("AssumeRolePolicyDocument")),
            boundary_arn=text(mapping(role.get("PermissionsBoundary")), "PermissionsBoundaryArn"),
        )

    def policies(self, role: Role) -> RolePolicies:
        """The policies attached to the role, its inline policies and its permissions boundary, fetched side by side.

        iam:ListAttachedRolePolicies, ListRolePolicies, GetRolePolicy, GetPolicy, GetPolicyVersion.
        """
        of_the_role: list[Callable[[str], list[_Named]]] = [self._attached, self._inline]
        jobs = [job for found in side_by_side(lambda names: names(role.name), of_the_role) for job in found]
        if role.boundary_arn:
            jobs.append((role.boundary_arn, PolicyKind.BOUNDARY))
        read = side_by_side(lambda job: self._policy(role.name, *job), jobs)
        boundary = next((policy for policy in read if policy.kind is PolicyKind.BOUNDARY), None)
        return RolePolicies(tuple(policy for policy in read if policy is not boundary), boundary)

    def _policy(self, role_name: str, name: str, kind: PolicyKind) -> Policy:
        if kind is PolicyKind.INLINE:
            answer = self._calls.call("iam:GetRolePolicy", RoleName=role_name, PolicyName=name)
            return Policy(name, kind, document_text(answer.get("PolicyDocument")))
        policy = mapping(self._calls.call("iam:GetPolicy", PolicyArn=name).get("Policy"))
        version = text(policy, "DefaultVersionId")
        answer = self._calls.call("iam:GetPolicyVersion", PolicyArn=name, VersionId=version)
        document = document_text(mapping(answer.get("PolicyVersion")).get("Document"))
        return Policy(text(policy, "PolicyName") or name.rpartition("/")[2], kind, document, name)

    def _attached(self, role_name: str) -> list[_Named]:
        arns = (
            text(entry, "PolicyArn")
            for entry in self._calls.entries("iam:ListAttachedRolePolicies", RoleName=role_name)
        )
        return [(arn, _kind_of(arn)) for arn in arns]

    def _inline(self, role_name: str) -> list[_Named]:
        return [(name, PolicyKind.INLINE) for name in self._calls.items("iam:ListRolePolicies", RoleName=role_name)]

    def _unless_gone(self, action: str, **parameters: Any) -> Mapping[str, Any] | None:
        try:
            return self._calls.call(action, **parameters)
        except AwsCallFailed as failed:
            if is_code(failed, _GONE):
                return None
            raise


def document_text(document: object) -> str:
    """A policy as JSON text: botocore parses most policies, and IAM's own form is URL-encoded."""
    if isinstance(document, str):
        return unquote(document) if document.lstrip().startswith("%") else document
    return json.dumps(document) if isinstance(document, Mapping) else ""


def _kind_of(policy_arn: str) -> PolicyKind:
    return PolicyKind.AWS_MANAGED if ":iam::aws:" in policy_arn else PolicyKind.CUSTOMER
