"""Answers the operations of IAM that change roles, instance profiles and policies.

Source: the IAM API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.account.iam_rules import is_policy
from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.operations.iam_calls import known_policy, known_role, no_such, profile_wire, role_wire
from smtui.demo.story.identities import ManagedPolicy, Role
from smtui.demo.wire.service_errors import AwsError


def create_role(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates a role without policies."""
    name = params["RoleName"]
    with region.account.lock:
        if region.account.role(name) is not None:
            raise AwsError("EntityAlreadyExists", f"Role with name {name} already exists.", 409)
        role = Role(name, _json(params["AssumeRolePolicyDocument"]), path=params.get("Path", "/"))
        region.account.put_role(role)
    return {"Role": role_wire(role)}


def update_assume_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Replaces the trust policy of a role."""
    with region.account.lock:
        region.account.put_role(known_role(region, params), trust=_json(params["PolicyDocument"]))
    return {}


def attach_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Attaches a managed policy to a role."""
    with region.account.lock:
        role, policy = known_role(region, params), known_policy(region, params)
        region.account.put_role(role, attached=tuple(dict.fromkeys((*role.attached, policy.arn))))
    return {}


def detach_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Detaches a managed policy from a role."""
    with region.account.lock:
        role, arn = known_role(region, params), params["PolicyArn"]
        if arn not in role.attached:
            raise no_such("Policy {} was not found.", arn)
        region.account.put_role(role, attached=tuple(held for held in role.attached if held != arn))
    return {}


def put_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds or replaces an inline policy of a role."""
    with region.account.lock:
        role = known_role(region, params)
        document = _json(params["PolicyDocument"])
        region.account.put_role(role, inline={**role.inline, params["PolicyName"]: document})
    return {}


def delete_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Deletes an inline policy of a role."""
    with region.account.lock:
        role, name = known_role(region, params), params["PolicyName"]
        if name not in role.inline:
            raise no_such("The role policy with name {} cannot be found.", name)
        kept = {held: document for held, document in role.inline.items() if held != name}
        region.account.put_role(role, inline=kept)
    return {}


def create_policy_version(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates a version, which is kept only as the default one: a policy of the demo has no other."""
    with region.account.lock:
        policy = known_policy(region, params)
        if policy.arn.startswith("arn:aws:iam::aws:"):
            raise AwsError("AccessDenied", "AWS's own policies cannot be changed.", 403)
        version = f"v{int(policy.version[1:]) + 1}"
        document = _json(params["PolicyDocument"])
        if params.get("SetAsDefault"):
            region.account.put_policy(ManagedPolicy(policy.arn, document, version))
    return {"PolicyVersion": {"VersionId": version, "IsDefaultVersion": bool(params.get("SetAsDefault"))}}


def create_instance_profile(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates an instance profile without a role."""
    name = params["InstanceProfileName"]
    with region.account.lock:
        if name in region.account.profiles():
            raise AwsError("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)
        region.account.put_profile(name, "")
        return {"InstanceProfile": profile_wire(region, name)}


def add_role_to_instance_profile(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Gives its one role to an instance profile."""
    name = params["InstanceProfileName"]
    with region.account.lock:
        profiles = region.account.profiles()
        if name not in profiles:
            raise no_such("Instance Profile {} cannot be found.", name)
        if profiles[name]:
            words = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
            raise AwsError("LimitExceeded", words, 409)
        region.account.put_profile(name, known_role(region, params).name)
    return {}


def _json(document: str) -> str:
    if not is_policy(document):
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.")
    return document


HANDLERS: Mapping[str, Handler] = {
    "CreateRole": create_role,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
    "AttachRolePolicy": attach_role_policy,
    "DetachRolePolicy": detach_role_policy,
    "PutRolePolicy": put_role_policy,
    "DeleteRolePolicy": delete_role_policy,
    "CreatePolicyVersion": create_policy_version,
    "CreateInstanceProfile": create_instance_profile,
    "AddRoleToInstanceProfile": add_role_to_instance_profile,
}
