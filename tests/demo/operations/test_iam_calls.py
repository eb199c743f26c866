from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import BROKEN_HOST_MANAGEMENT_ROLE, CALLER_ARN, HOST_MANAGEMENT_ROLE
from smtui.demo.story.identities import HYBRID_ROLE, MANAGED_CORE, POLICIES, PROFILES, ROLES, decided, role_decision
from smtui.demo.story.story_nodes import more_causes, story
from tests.demo.support import client, exchange, quiet_region, signed

NEEDED = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    with quiet_region() as region:
        yield client(region, "iam")


def refusal(call: Any, **params: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as raised:
        call(**params)
    told = raised.value.response
    return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Message"]


def allowed(role_name: str) -> set[str]:
    return {action for action in NEEDED if role_decision(ROLES[role_name], action, "*") == "allowed"}


class TestAccount:
    def test_every_profile_of_the_fleets_exists_but_the_deleted_one(self) -> None:
        nodes = [*(demo_fleet(500).node(index) for index in range(500)), *story(), *more_causes()]
        assert {node.profile for node in nodes if node.profile} - set(PROFILES) == {"deleted-instance-profile"}

    def test_what_roles_name_exists(self) -> None:
        for role in ROLES.values():
            assert {*role.attached, *([role.boundary] if role.boundary else [])} <= set(POLICIES)

    @pytest.mark.parametrize("name", ["web", "api", "db", "inline", "worker", "cache", "queue", "batch", "edge-proxy"])
    def test_a_healthy_role_may_do_all_that_the_agent_does(self, name: str) -> None:
        role = PROFILES[f"{name}-instance-profile"]
        assert role is not None
        assert allowed(role.name) == set(NEEDED)
        assert '"ec2.amazonaws.com"' in role.trust

    @pytest.mark.parametrize("name", [HYBRID_ROLE, HOST_MANAGEMENT_ROLE])
    def test_roles_without_an_instance_profile(self, name: str) -> None:
        assert allowed(name) == set(NEEDED)
        assert ROLES[name].arn == f"arn:aws:iam::111122223333:role/service-role/{name}"
        assert json.loads(ROLES[name].trust)["Statement"][0]["Principal"] == {"Service": "ssm.amazonaws.com"}

    def test_the_broken_ones_are_wrong_in_one_way(self) -> None:
        messages = {action for action in NEEDED if action.startswith("ssmmessages:")}
        assert allowed("s3-only-role") == allowed(BROKEN_HOST_MANAGEMENT_ROLE) == set()
        assert allowed("denied-role") == allowed("bounded-role") == set(NEEDED) - messages
        assert allowed("lambda-role") == set(NEEDED)
        trusts = {name: json.loads(role.trust)["Statement"][0]["Principal"]["Service"] for name, role in ROLES.items()}
        assert trusts["lambda-role"] == "lambda.amazonaws.com"
        assert {trusts[f"{name}-role"] for name in ("s3-only", "denied", "bounded")} == {"ec2.amazonaws.com"}


class TestReads:
    def test_a_profile_and_its_role(self, iam: Any) -> None:
        profile = iam.get_instance_profile(InstanceProfileName="web-instance-profile")["InstanceProfile"]
        assert profile["Arn"] == "arn:aws:iam::111122223333:instance-profile/web-instance-profile"
        assert [role["RoleName"] for role in profile["Roles"]] == ["web-role"]

    def test_a_profile_without_a_role(self, iam: Any) -> None:
        assert iam.get_instance_profile(InstanceProfileName="empty-instance-profile")["InstanceProfile"]["Roles"] == []

    def test_a_role_with_its_trust_and_boundary(self, iam: Any) -> None:
        role = iam.get_role(RoleName="db-role")["Role"]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
        assert role["PermissionsBoundary"] == {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary-of-developers",
        }
        assert "PermissionsBoundary" not in iam.get_role(RoleName="web-role")["Role"]

    def test_the_documents_of_a_role(self, iam: Any) -> None:
        attached = iam.list_attached_role_policies(RoleName="denied-role")["AttachedPolicies"]
        assert {"PolicyName": "AmazonSSMManagedInstanceCore", "PolicyArn": MANAGED_CORE} in attached
        version = iam.get_policy(PolicyArn=MANAGED_CORE)["Policy"]["DefaultVersionId"]
        told = iam.get_policy_version(PolicyArn=MANAGED_CORE, VersionId=version)["PolicyVersion"]
        assert set(NEEDED) <= {action for each in told["Document"]["Statement"] for action in each["Action"]}
        assert iam.list_role_policies(RoleName="denied-role")["PolicyNames"] == ["no-sessions"]
        inline = iam.get_role_policy(RoleName="denied-role", PolicyName="no-sessions")
        assert inline["PolicyDocument"]["Statement"] == [
            {"Effect": "Deny", "Action": ["ssmmessages:*"], "Resource": "*"}
        ]

    def test_a_path_is_part_of_the_arn_and_not_of_the_name(self, iam: Any) -> None:
        policy = iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM")["Policy"]
        assert (policy["PolicyName"], policy["Path"]) == ("AmazonEC2RoleforSSM", "/service-role/")
        assert iam.get_policy(PolicyArn=MANAGED_CORE)["Policy"]["Path"] == "/"
        assert iam.get_role(RoleName=HYBRID_ROLE)["Role"]["Path"] == "/service-role/"

    def test_pages(self, iam: Any) -> None:
        first = iam.list_attached_role_policies(RoleName="web-role", MaxItems=1)
        assert first["IsTruncated"]
        rest = iam.list_attached_role_policies(RoleName="web-role", Marker=first["Marker"])
        assert not rest["IsTruncated"]
        names = [each["PolicyName"] for page in (first, rest) for each in page["AttachedPolicies"]]
        assert names == ["AmazonSSMManagedInstanceCore", "session-output"]
        assert refusal(iam.list_role_policies, RoleName="web-role", Marker="nonsense")[0] == "ValidationError"

    def test_what_is_not_there(self, iam: Any) -> None:
        gone = "NoSuchEntity", 404
        role = (*gone, "The role with name x cannot be found.")
        assert refusal(iam.get_role, RoleName="x") == role
        assert refusal(iam.list_attached_role_policies, RoleName="x") == role
        assert refusal(iam.list_role_policies, RoleName="x") == role
        assert refusal(iam.get_instance_profile, InstanceProfileName="x") == (
            *gone,
            "Instance Profile x cannot be found.",
        )
        assert refusal(iam.get_role_policy, RoleName="web-role", PolicyName="x") == (
            *gone,
            "The role policy with name x cannot be found.",
        )
        arn = "arn:aws:iam::111122223333:policy/x"
        assert refusal(iam.get_policy, PolicyArn=arn) == (*gone, f"Policy {arn} was not found.")
        assert refusal(iam.get_policy_version, PolicyArn=MANAGED_CORE, VersionId="v99")[:2] == gone

    @pytest.mark.parametrize("name", ["us-east-1", "eu-west-1", "ap-south-1"])
    def test_it_belongs_to_no_region(self, region: SimulatedRegion, name: str) -> None:
        role = client(region, "iam", region_name=name).get_role(RoleName="web-role")["Role"]
        assert role["Arn"] == "arn:aws:iam::111122223333:role/web-role"

    def test_an_unsigned_call_is_refused_in_its_own_words(self, region: SimulatedRegion) -> None:
        status, body = exchange(region, "POST", "/", b"Action=GetRole&Version=2010-05-08&RoleName=web-role")
        assert status == 403
        assert b"<Code>MissingAuthenticationToken</Code>" in body

    def test_an_unknown_action_is_refused(self, region: SimulatedRegion) -> None:
        status, body = signed(region, "iam", data=b"Action=DeleteRole&Version=2010-05-08&RoleName=web-role")
        assert status == 400
        assert b"InvalidAction" in body


DENIED: dict[str, tuple[dict[str, Any], str]] = {
    "get_instance_profile": ({"InstanceProfileName": "web-instance-profile"}, "instance-profile/web-instance-profile"),
    "get_role": ({"RoleName": "web-role"}, "role/web-role"),
    "list_attached_role_policies": ({"RoleName": "web-role"}, "role/web-role"),
    "list_role_policies": ({"RoleName": "web-role"}, "role/web-role"),
    "get_role_policy": ({"RoleName": "denied-role", "PolicyName": "no-sessions"}, "role/denied-role"),
    "get_policy": ({"PolicyArn": MANAGED_CORE}, MANAGED_CORE),
    "get_policy_version": ({"PolicyArn": MANAGED_CORE, "VersionId": "v2"}, MANAGED_CORE),
    "simulate_principal_policy": (
        {"PolicySourceArn": CALLER_ARN, "ActionNames": ["ssm:StartSession"]},
        "user/demo-operator",
    ),
}


@pytest.mark.parametrize("call", DENIED)
def test_a_denied_call(region: SimulatedRegion, call: str) -> None:
    action = "iam:" + "".join(word.capitalize() for word in call.split("_"))
    params, resource = DENIED[call]
    region.faults.apply({"deny": [action]})
    code, status, message = refusal(getattr(client(region, "iam"), call), **params)
    assert (code, status) == ("AccessDenied", 403)
    start = f"User: {CALLER_ARN} is not authorized to perform: {action} on resource: arn:aws:iam::"
    assert message.startswith(start)
    assert f"{resource} because no identity-based policy allows the {action} action" in message


class TestSimulation:
    def decisions(self, iam: Any, source: str, *actions: str, **more: Any) -> dict[str, str]:
        told = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=list(actions), **more)
        return {each["EvalActionName"]: each["EvalDecision"] for each in told["EvaluationResults"]}

    def test_the_operator_may_do_what_no_fault_denies(self, region: SimulatedRegion) -> None:
        iam = client(region, "iam")
        asked = ("ssm:StartSession", "ssmmessages:OpenDataChannel")
        assert self.decisions(iam, CALLER_ARN, *asked) == dict.fromkeys(asked, "allowed")
        region.faults.apply({"deny": ["ssm:StartSession"]})
        assert self.decisions(iam, CALLER_ARN, *asked) == {asked[0]: "implicitDeny", asked[1]: "allowed"}
        region.faults.apply({"deny": ["ssmmessages:*"]})
        assert self.decisions(iam, CALLER_ARN, *asked) == {asked[0]: "allowed", asked[1]: "implicitDeny"}
        assert region.faults.calls("ssm:StartSession") == 0

    def test_each_action_with_each_resource(self, iam: Any) -> None:
        told = iam.simulate_principal_policy(
            PolicySourceArn=CALLER_ARN, ActionNames=["ssm:StartSession", "ssm:ResumeSession"], ResourceArns=["*", "a"]
        )
        pairs = [(each["EvalActionName"], each["EvalResourceName"]) for each in told["EvaluationResults"]]
        assert pairs == [(action, arn) for action in ("ssm:StartSession", "ssm:ResumeSession") for arn in ("*", "a")]

    def test_a_role_by_its_policies(self, iam: Any) -> None:
        arn = ROLES["denied-role"].arn
        assert self.decisions(iam, arn, "ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel", "ec2:X") == {
            "ssm:UpdateInstanceInformation": "allowed",
            "ssmmessages:OpenDataChannel": "explicitDeny",
            "ec2:X": "implicitDeny",
        }
        assert self.decisions(iam, ROLES["bounded-role"].arn, *NEEDED[:2]) == {
            NEEDED[0]: "allowed",
            NEEDED[1]: "implicitDeny",
        }

    def test_nobody(self, iam: Any) -> None:
        call = iam.simulate_principal_policy
        stranger = "arn:aws:iam::111122223333:user/stranger"
        assert refusal(call, PolicySourceArn=stranger, ActionNames=["ssm:X"])[:2] == ("NoSuchEntity", 404)
        nonsense = "nonsense-that-is-long-enough"
        assert refusal(call, PolicySourceArn=nonsense, ActionNames=["ssm:X"])[0] == "InvalidInput"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::logs/a", "allowed"),
        ("S3:getobject", "arn:aws:s3:::logs/a", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::logs/secret/a", "explicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::logs/a", "implicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::other/a", "implicitDeny"),
    ],
)
def test_decisions(action: str, resource: str, expected: str) -> None:
    statements = [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::logs/*"]},
        {"Effect": "Deny", "Action": ["s3:*"], "Resource": "arn:aws:s3:::logs/secret/*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert decided([document], action, resource) == expected
