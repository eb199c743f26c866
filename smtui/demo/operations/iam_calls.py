"""Answers the operations of IAM, which are the same in every Region.

Source: the IAM API reference, also for policy documents being URL-encoded in answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from smtui.demo.account.identity_book import unique_id
from smtui.demo.story.account_facts import ACCOUNT, CALLER_ARN, CALLER_ID, CALLER_NAME
from smtui.demo.story.identities import ALLOWED, IMPLICIT_DENY, ManagedPolicy, Role, is_policy, role_decision
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_MADE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
_MOST_ITEMS = 100
_USER_TAGS = "iam/user-tags"
_ARN = re.compile(r"arn:aws:(iam|sts)::\d{12}:\S+")


def get_instance_profile(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes an instance profile with its role."""
    name = params["InstanceProfileName"]
    if name not in region.account.profiles():
        raise no_such("Instance Profile {} cannot be found.", name)
    return {"InstanceProfile": profile_wire(region, name)}


def get_role(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes a role with its trust policy and permissions boundary."""
    role = known_role(region, params)
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": role.boundary}
    facts = {"MaxSessionDuration": 3600, "RoleLastUsed": {}, "Tags": []}
    return {"Role": role_wire(role) | facts | ({"PermissionsBoundary": boundary} if role.boundary else {})}


def get_user(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes the one user of the first account, with its tags."""
    if "UserName" not in params and region.caller.role:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    name = params.get("UserName", CALLER_NAME)
    if name != CALLER_NAME or region.account.account_id != ACCOUNT:
        raise no_such("The user with name {} cannot be found.", name)
    facts = {"Path": "/", "UserName": name, "UserId": CALLER_ID, "Arn": CALLER_ARN, "CreateDate": _MADE}
    return {"User": {**facts, "Tags": [{"Key": key, "Value": value} for key, value in _user_tags(region).items()]}}


def tag_user(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds tags to the caller."""
    get_user(region, params)
    with region.account.lock:
        tags = _user_tags(region) | {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        region.account.put_setting(_USER_TAGS, json.dumps(tags))
    return {}


def untag_user(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Takes tags from the caller."""
    get_user(region, params)
    with region.account.lock:
        tags = {key: value for key, value in _user_tags(region).items() if key not in params["TagKeys"]}
        region.account.put_setting(_USER_TAGS, json.dumps(tags))
    return {}


def run_as_tag(region: RegionState) -> str:
    """The user of nodes that the caller's tag names; empty for none."""
    return _user_tags(region).get("SSMSessionRunAs", "")


def _user_tags(region: RegionState) -> dict[str, str]:
    kept = region.account.setting(_USER_TAGS)
    tags: dict[str, str] = json.loads(kept) if kept else {}
    return tags


def list_attached_role_policies(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the managed policies of a role."""
    policies = region.account.policies
    held = [{"PolicyName": policies[arn].name, "PolicyArn": arn} for arn in known_role(region, params).attached]
    return _page(region, "ListAttachedRolePolicies", params, "AttachedPolicies", held)


def list_role_policies(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the names of a role's inline policies."""
    return _page(region, "ListRolePolicies", params, "PolicyNames", sorted(known_role(region, params).inline))


def get_role_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns an inline policy of a role."""
    role, name = known_role(region, params), params["PolicyName"]
    if name not in role.inline:
        raise no_such("The role policy with name {} cannot be found.", name)
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _encoded(role.inline[name])}


def get_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes a managed policy, without its document."""
    policy = known_policy(region, params)
    holders = [role for role in region.account.roles() if policy.arn in role.attached]
    bounded = [role for role in region.account.roles() if role.boundary == policy.arn]
    return {
        "Policy": {
            "PolicyName": policy.name,
            "PolicyId": unique_id("ANPA", policy.arn),
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


def get_policy_version(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns the document of a managed policy's default version."""
    policy, version = known_policy(region, params), params["VersionId"]
    if version != policy.version:
        raise no_such("Policy {} version {} does not exist or is not attachable.", policy.arn, version)
    return {
        "PolicyVersion": {
            "Document": _encoded(policy.document),
            "VersionId": version,
            "IsDefaultVersion": True,
            "CreateDate": _MADE,
        }
    }


def simulate_principal_policy(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Evaluates actions: a role's policies decide, and for the caller the faults besides; a user may do everything."""
    source = params["PolicySourceArn"]
    if not _ARN.fullmatch(source):
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    role = next((each for each in region.account.roles() if each.arn == source), None)
    if role is None and source not in (CALLER_ARN, region.caller.arn):
        raise no_such("Entity {} does not exist.", source)
    is_caller = role is None or source == region.caller.role_arn
    results = []
    for action in params["ActionNames"]:
        for resource in params.get("ResourceArns", ["*"]):
            decision = ALLOWED
            if role is not None:
                decision = role_decision(role, action, resource, region.account.policies)
            if decision == ALLOWED and is_caller:
                denied = region.denies(action) or region.denies(f"{action}@{resource.rpartition(':')[2]}")
                denied = denied or (action == "ssm:StartSession" and _needs_access(region, resource))
                decision = IMPLICIT_DENY if denied else ALLOWED
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


def _needs_access(region: RegionState, resource: str) -> bool:
    """Whether it is a node that the caller may start sessions on only after a request."""
    node = region.fleet.find(resource.rpartition("/")[2])
    return node is not None and node.approval is not None


def known_role(region: RegionState, params: Params) -> Role:
    """The role that the call names. Raises `AwsError` NoSuchEntity."""
    role = region.account.role(params["RoleName"])
    if role is None:
        raise no_such("The role with name {} cannot be found.", params["RoleName"])
    return role


def known_policy(region: RegionState, params: Params) -> ManagedPolicy:
    """The managed policy that the call names. Raises `AwsError` NoSuchEntity."""
    arn = params["PolicyArn"]
    if arn not in region.account.policies:
        raise no_such("Policy {} was not found.", arn)
    return region.account.policies[arn]


def no_such(words: str, *names: str) -> AwsError:
    """The error NoSuchEntity; `names` replace each {} in the message."""
    return AwsError("NoSuchEntity", words.format(*names), 404)


def _page(region: RegionState, operation: str, params: Params, member: str, items: Sequence[Any]) -> Mapping[str, Any]:
    """One page as IAM returns it: with a Marker, and whether there is more."""
    start = region.tokens.read(operation, params.get("Marker"))
    if start is None:
        raise AwsError("ValidationError", "Invalid Marker.")
    end = start + params.get("MaxItems", _MOST_ITEMS)
    more = end < len(items)
    marker = region.tokens.make(operation, end) if more else None
    return {member: list(items[start:end]), "IsTruncated": more, "Marker": marker}


def profile_wire(region: RegionState, name: str) -> Mapping[str, Any]:
    """An instance profile in the shape of IAM's answers."""
    role = region.account.role_of(name)
    return {
        "InstanceProfileName": name,
        "InstanceProfileId": unique_id("AIPA", name),
        "Arn": f"arn:aws:iam::{region.account.account_id}:instance-profile/{name}",
        "Path": "/",
        "CreateDate": _MADE,
        "Roles": [role_wire(role)] if role is not None else [],
        "Tags": [],
    }


def role_wire(role: Role) -> dict[str, Any]:
    """A role in the shape of IAM's answers."""
    return {
        "RoleName": role.name,
        "RoleId": unique_id("AROA", role.arn),
        "Arn": role.arn,
        "Path": role.path,
        "CreateDate": _MADE,
        "AssumeRolePolicyDocument": _encoded(role.trust),
    }


def _encoded(document: str) -> str:
    return quote(document, safe="")


def _path(arn: str) -> str:
    """The path of an ARN: `/service-role/` of `arn:aws:iam::aws:policy/service-role/Name`."""
    return f"/{'/'.join(arn.split('/')[1:-1])}/".replace("//", "/")


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
    "GetInstanceProfile": get_instance_profile,
    "GetRole": get_role,
    "ListAttachedRolePolicies": list_attached_role_policies,
    "ListRolePolicies": list_role_policies,
    "GetRolePolicy": get_role_policy,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "GetUser": get_user,
    "TagUser": tag_user,
    "UntagUser": untag_user,
    "SimulatePrincipalPolicy": simulate_principal_policy,
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
