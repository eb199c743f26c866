"""The operations of Identity and Access Management that the simulated account answers; they belong to no Region.

Source: the IAM API reference. Policy documents are URL-encoded in answers, as it says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from smtui.demo.errors import AwsError
from smtui.demo.iam import POLICIES, PROFILES, ROLES, ManagedPolicy, Role
from smtui.demo.iam_rules import ALLOWED, IMPLICIT_DENY, role_decision
from smtui.demo.state import ACCOUNT, CALLER_ARN, Handler, Params, RegionState

_MADE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
_MOST_ITEMS = 100
_ARN = re.compile(r"arn:aws:(iam|sts)::\d{12}:\S+")


def get_instance_profile(_region: RegionState, params: Params) -> Mapping[str, Any]:
    name = params["InstanceProfileName"]
    if name not in PROFILES:
        raise _no_such("Instance Profile {} cannot be found.", name)
    return {"InstanceProfile": _profile(name)}


def list_instance_profiles_for_role(region: RegionState, params: Params) -> Mapping[str, Any]:
    role = _known_role(params)
    profiles = [_profile(name) for name, held in PROFILES.items() if held is role]
    return _page(region, "ListInstanceProfilesForRole", params, "InstanceProfiles", profiles)


def get_role(_region: RegionState, params: Params) -> Mapping[str, Any]:
    role = _known_role(params)
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": role.boundary}
    facts = {"MaxSessionDuration": 3600, "RoleLastUsed": {}, "Tags": []}
    return {"Role": _role(role) | facts | ({"PermissionsBoundary": boundary} if role.boundary else {})}


def list_attached_role_policies(region: RegionState, params: Params) -> Mapping[str, Any]:
    held = [{"PolicyName": POLICIES[arn].name, "PolicyArn": arn} for arn in _known_role(params).attached]
    return _page(region, "ListAttachedRolePolicies", params, "AttachedPolicies", held)


def list_role_policies(region: RegionState, params: Params) -> Mapping[str, Any]:
    return _page(region, "ListRolePolicies", params, "PolicyNames", sorted(_known_role(params).inline))


def get_role_policy(_region: RegionState, params: Params) -> Mapping[str, Any]:
    role, name = _known_role(params), params["PolicyName"]
    if name not in role.inline:
        raise _no_such("The role policy with name {} cannot be found.", name)
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _encoded(role.inline[name])}


def get_policy(_region: RegionState, params: Params) -> Mapping[str, Any]:
    policy = _known_policy(params)
    holders = [role for role in ROLES.values() if policy.arn in role.attached]
    bounded = [role for role in ROLES.values() if role.boundary == policy.arn]
    return {
        "Policy": {
            "PolicyName": policy.name,
            "PolicyId": _unique_id("ANPA", policy.arn),
            "Arn": policy.arn,
            "Path": _path(policy.arn),
            "DefaultVersionId": policy.version,
            "AttachmentCount": len(holders),
            "PermissionsBoundaryUsageCount": len(bounded),
            "IsAttachable": True,
            "CreateDate": _MADE,
            "UpdateDate": _MADE,
            "Tags": [],
        }
    }


def get_policy_version(_region: RegionState, params: Params) -> Mapping[str, Any]:
    policy, version = _known_policy(params), params["VersionId"]
    if version != policy.version:
        raise _no_such("Policy {} version {} does not exist or is not attachable.", policy.arn, version)
    return {
        "PolicyVersion": {
            "Document": _encoded(policy.document),
            "VersionId": version,
            "IsDefaultVersion": True,
            "CreateDate": _MADE,
        }
    }


def simulate_principal_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """For the demo's own user all that is not denied by a fault; for a role what its policies say."""
    source = params["PolicySourceArn"]
    if not _ARN.fullmatch(source):
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    role = next((each for each in ROLES.values() if each.arn == source), None)
    if role is None and source != CALLER_ARN:
        raise _no_such("Entity {} does not exist.", source)
    results = []
    for action in params["ActionNames"]:
        for resource in params.get("ResourceArns", ["*"]):
            if role is not None:
                decision = role_decision(role, action, resource)
            else:
                decision = IMPLICIT_DENY if region.denies(action) else ALLOWED
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": decision,
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
            )
    return _page(region, "SimulatePrincipalPolicy", params, "EvaluationResults", results)


def _known_role(params: Params) -> Role:
    name = params["RoleName"]
    if name not in ROLES:
        raise _no_such("The role with name {} cannot be found.", name)
    return ROLES[name]


def _known_policy(params: Params) -> ManagedPolicy:
    arn = params["PolicyArn"]
    if arn not in POLICIES:
        raise _no_such("Policy {} was not found.", arn)
    return POLICIES[arn]


def _no_such(words: str, *names: str) -> AwsError:
    return AwsError("NoSuchEntity", words.format(*names), 404)


def _page(region: RegionState, operation: str, params: Params, member: str, items: Sequence[Any]) -> Mapping[str, Any]:
    """IAM's own paging: a Marker, and whether there is more."""
    start = region.tokens.read(operation, params.get("Marker"))
    if start is None:
        raise AwsError("ValidationError", "Invalid Marker.")
    end = start + params.get("MaxItems", _MOST_ITEMS)
    more = end < len(items)
    marker = region.tokens.make(operation, end) if more else None
    return {member: list(items[start:end]), "IsTruncated": more, "Marker": marker}


def _profile(name: str) -> Mapping[str, Any]:
    role = PROFILES[name]
    return {
        "InstanceProfileName": name,
        "InstanceProfileId": _unique_id("AIPA", name),
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}",
        "Path": "/",
        "CreateDate": _MADE,
        "Roles": [_role(role)] if role is not None else [],
        "Tags": [],
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "RoleName": role.name,
        "RoleId": _unique_id("AROA", role.name),
        "Arn": role.arn,
        "Path": role.path,
        "CreateDate": _MADE,
        "AssumeRolePolicyDocument": _encoded(role.trust),
    }


def _encoded(document: str) -> str:
    return quote(document, safe="")


def _path(arn: str) -> str:
    """`/service-role/` of `arn:aws:iam::aws:policy/service-role/Name`."""
    return f"/{'/'.join(arn.split('/')[1:-1])}/".replace("//", "/")


def _unique_id(prefix: str, name: str) -> str:
    """An id of IAM: its prefix and 17 capitals or digits."""
    return prefix + hashlib.sha256(name.encode()).hexdigest()[:17].upper()


HANDLERS: Mapping[str, Handler] = {
    "GetInstanceProfile": get_instance_profile,
    "ListInstanceProfilesForRole": list_instance_profiles_for_role,
    "GetRole": get_role,
    "ListAttachedRolePolicies": list_attached_role_policies,
    "ListRolePolicies": list_role_policies,
    "GetRolePolicy": get_role_policy,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "SimulatePrincipalPolicy": simulate_principal_policy,
}
