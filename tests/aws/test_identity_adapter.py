"""The node's role as IAM tells it, with every policy that counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from smtui.aws.identity_adapter import document_text
from smtui.diagnosis.evidence.identity_facts import (
    InstanceProfile,
    Policy,
    PolicyKind,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from tests.aws.evidence_support import StubbedAws, by_filter, check_denied, fault_of

NODE = "i-0123456789abcdef0"
ACCOUNT_ARN = "arn:aws:iam::123456789012"
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
OWN = f"{ACCOUNT_ARN}:policy/team/own-policy"
FENCE = f"{ACCOUNT_ARN}:policy/fence-for-roles"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT = {"Version": "2012-10-17", "Statement": []}
ENCODED = quote(json.dumps(DOCUMENT))


def described(name: str, arn: str, **more: Any) -> dict[str, Any]:
    """What IAM's model demands of a role."""
    return {"Path": "/", "RoleName": name, "RoleId": "AROA0123456789ABCDEF", "Arn": arn, "CreateDate": SINCE} | more


def association(state: str, number: int) -> dict[str, Any]:
    return {
        "AssociationId": f"iip-assoc-{number}",
        "InstanceId": NODE,
        "IamInstanceProfile": {"Arn": f"{ACCOUNT_ARN}:instance-profile/p{number}", "Id": "AIPA"},
        "State": state,
        "Timestamp": datetime(2026, 1, number, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("entries", "chosen"),
    [
        ([association("associated", 1)], 1),
        ([association("associating", 1), association("associating", 2)], 2),
        ([association("associating", 3), association("associated", 1)], 1),
        ([association("disassociated", 3), association("disassociating", 2)], 2),
        ([association("disassociated", 3)], 0),
        ([], 0),
    ],
)
def test_the_association_in_force(stubbed: StubbedAws, entries: list[dict[str, Any]], chosen: int) -> None:
    stubbed.answers(
        "ec2",
        "describe_iam_instance_profile_associations",
        {"IamInstanceProfileAssociations": entries},
        by_filter("instance-id", NODE),
    )
    found = stubbed.evidence.association(NODE)
    assert (found.association_id if found else "") == (f"iip-assoc-{chosen}" if chosen else "")
    assert found is None or isinstance(found, ProfileAssociation)


def test_an_instance_profile(stubbed: StubbedAws) -> None:
    profile = {
        "Path": "/",
        "InstanceProfileName": "web",
        "InstanceProfileId": "AIPA0123456789ABCDEF",
        "Arn": f"{ACCOUNT_ARN}:instance-profile/web",
        "CreateDate": SINCE,
        "Roles": [described("web-role", f"{ACCOUNT_ARN}:role/web-role")],
    }
    stubbed.answers("iam", "get_instance_profile", {"InstanceProfile": profile}, {"InstanceProfileName": "web"})
    expected = InstanceProfile("web", ("web-role",))
    assert stubbed.evidence.instance_profile("web") == expected


def test_a_role_in_a_path(stubbed: StubbedAws) -> None:
    arn = f"{ACCOUNT_ARN}:role/service-role/manager"
    fence = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": FENCE}
    role = described("manager", arn, AssumeRolePolicyDocument=ENCODED, PermissionsBoundary=fence)
    stubbed.answers("iam", "get_role", {"Role": role}, {"RoleName": "manager"})
    found = stubbed.evidence.role("service-role/manager", RoleSource.DEFAULT_HOST_MANAGEMENT)
    assert found == Role("manager", arn, RoleSource.DEFAULT_HOST_MANAGEMENT, json.dumps(DOCUMENT), FENCE)


def test_what_iam_does_not_know(stubbed: StubbedAws) -> None:
    stubbed.refuses("iam", "get_instance_profile", "NoSuchEntity", status=404)
    stubbed.refuses("iam", "get_role", "NoSuchEntity", status=404)
    assert stubbed.evidence.instance_profile("gone") is None
    assert stubbed.evidence.role("gone", RoleSource.INSTANCE_PROFILE) is None


def tell_policy(stubbed: StubbedAws, arn: str) -> None:
    policy = {"PolicyName": arn.rpartition("/")[2], "Arn": arn, "DefaultVersionId": "v7"}
    stubbed.answers("iam", "get_policy", {"Policy": policy}, {"PolicyArn": arn})
    version = {"Document": ENCODED, "VersionId": "v7"}
    stubbed.answers("iam", "get_policy_version", {"PolicyVersion": version}, {"PolicyArn": arn, "VersionId": "v7"})


def test_every_policy_of_a_role(stubbed: StubbedAws) -> None:
    attached, by_role = "list_attached_role_policies", {"RoleName": "web-role"}
    first, second = ({"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in (CORE, OWN))
    page = {"AttachedPolicies": [first], "IsTruncated": True, "Marker": "m"}
    stubbed.answers("iam", attached, page, by_role)
    stubbed.answers("iam", attached, {"AttachedPolicies": [second]}, by_role | {"Marker": "m"})
    stubbed.answers("iam", "list_role_policies", {"PolicyNames": ["one"], "IsTruncated": True, "Marker": "n"}, by_role)
    stubbed.answers("iam", "list_role_policies", {"PolicyNames": ["two"]}, by_role | {"Marker": "n"})
    tell_policy(stubbed, CORE)
    tell_policy(stubbed, OWN)
    for name in ("one", "two"):
        inline = {"RoleName": "web-role", "PolicyName": name}
        stubbed.answers("iam", "get_role_policy", inline | {"PolicyDocument": ENCODED}, inline)
    tell_policy(stubbed, FENCE)
    role = Role("web-role", f"{ACCOUNT_ARN}:role/web-role", RoleSource.INSTANCE_PROFILE, "{}", FENCE)
    text = json.dumps(DOCUMENT)
    assert stubbed.evidence.policies(role) == RolePolicies(
        (
            Policy("AmazonSSMManagedInstanceCore", PolicyKind.AWS_MANAGED, text, CORE),
            Policy("own-policy", PolicyKind.CUSTOMER, text, OWN),
            Policy("one", PolicyKind.INLINE, text),
            Policy("two", PolicyKind.INLINE, text),
        ),
        Policy("fence-for-roles", PolicyKind.BOUNDARY, text, FENCE),
    )


def test_a_policy_that_may_not_be_read_hides_none(stubbed: StubbedAws) -> None:
    role = Role("web-role", "", RoleSource.INSTANCE_PROFILE, "{}")
    pages: list[tuple[str, Mapping[str, Any]]] = [
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": ["one"]}),
    ]
    for operation, page in pages:
        stubbed.answers("iam", operation, dict(page), {"RoleName": "web-role"})
    stubbed.refuses("iam", "get_role_policy", "AccessDenied", status=403)
    check_denied(lambda: stubbed.evidence.policies(role), "iam:GetRolePolicy")


def test_inline_policies_announced_twice(stubbed: StubbedAws) -> None:
    role = Role("web-role", "", RoleSource.INSTANCE_PROFILE, "{}")
    by_role = {"RoleName": "web-role"}
    stubbed.answers("iam", "list_attached_role_policies", {"AttachedPolicies": []}, by_role)
    page = {"PolicyNames": ["one"], "IsTruncated": True, "Marker": "m"}
    stubbed.answers("iam", "list_role_policies", page, by_role)
    stubbed.answers("iam", "list_role_policies", page, by_role | {"Marker": "m"})
    assert fault_of(lambda: stubbed.evidence.policies(role)).action == "iam:ListRolePolicies"


@pytest.mark.parametrize("document", [DOCUMENT, json.dumps(DOCUMENT), ENCODED])
def test_a_document_in_any_form(document: object) -> None:
    assert json.loads(document_text(document)) == DOCUMENT


def test_a_percent_sign_in_a_document_stays() -> None:
    assert document_text('{"Sid": "100%25"}') == '{"Sid": "100%25"}'


def test_what_may_not_be_seen(stubbed: StubbedAws) -> None:
    aws = stubbed.evidence
    role = Role("web-role", "", RoleSource.INSTANCE_PROFILE, "{}")
    calls = [
        (
            "ec2",
            "describe_iam_instance_profile_associations",
            "ec2:DescribeIamInstanceProfileAssociations",
            lambda: aws.association(NODE),
        ),
        ("iam", "get_instance_profile", "iam:GetInstanceProfile", lambda: aws.instance_profile("web")),
        ("iam", "get_role", "iam:GetRole", lambda: aws.role("web", RoleSource.ACTIVATION)),
        ("iam", "list_attached_role_policies", "iam:ListAttachedRolePolicies", lambda: aws.policies(role)),
    ]
    for service, operation, action, ask in calls:
        stubbed.refuses(service, operation, "AccessDenied" if service == "iam" else "UnauthorizedOperation", status=403)
        check_denied(ask, action)


def test_each_step_to_a_policy_names_its_own_permission(stubbed: StubbedAws) -> None:
    role = Role("web-role", "", RoleSource.INSTANCE_PROFILE, "{}")
    attached = {"AttachedPolicies": [{"PolicyName": "core", "PolicyArn": CORE}]}
    for refused, action in (("get_policy", "iam:GetPolicy"), ("get_policy_version", "iam:GetPolicyVersion")):
        stubbed.answers("iam", "list_attached_role_policies", attached, {"RoleName": "web-role"})
        stubbed.answers("iam", "list_role_policies", {"PolicyNames": []}, {"RoleName": "web-role"})
        if refused == "get_policy_version":
            stubbed.answers("iam", "get_policy", {"Policy": {"DefaultVersionId": "v1"}}, {"PolicyArn": CORE})
        stubbed.refuses("iam", refused, "AccessDenied", status=403)
        check_denied(lambda: stubbed.evidence.policies(role), action)
    stubbed.answers("iam", "list_attached_role_policies", {"AttachedPolicies": []}, {"RoleName": "web-role"})
    stubbed.refuses("iam", "list_role_policies", "AccessDenied", status=403)
    check_denied(lambda: stubbed.evidence.policies(role), "iam:ListRolePolicies")
