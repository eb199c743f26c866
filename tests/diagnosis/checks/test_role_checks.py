from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks import role_questions
from smtui.diagnosis.checks.identity_checks import CHECKS
from smtui.diagnosis.checks.role_questions import SESSION_ACTIONS
from smtui.diagnosis.evidence.identity_facts import HostManagement, Policy, PolicyKind, RolePolicies, RoleSource
from smtui.diagnosis.evidence.record import Evidence
from smtui.diagnosis.iam.decision import Decision, Question, decide
from smtui.domain.shellquote import Shell
from smtui.topics.library import topic
from smtui.topics.topic import ready
from tests.diagnosis import build

EVERYTHING = build.policy_document("*")


def _result(code: str, evidence: Evidence) -> CheckResult:
    check = next(check for check in CHECKS if check.code == f"identity.{code}")
    result = check.result(evidence)
    assert result is not None
    return result


def _policy(*policies: Policy, boundary: Policy | None = None) -> CheckResult:
    return _result("policy", build.healthy(policies=RolePolicies(policies, boundary)))


def _customer(document: str, name: str = "team") -> Policy:
    return Policy(name, PolicyKind.CUSTOMER, document)


def _inline(document: str, name: str = "extra") -> Policy:
    return Policy(name, PolicyKind.INLINE, document)


def _statements(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]})


@pytest.mark.parametrize(
    "policies",
    [
        (build.managed_core(),),
        (Policy("AmazonEC2RoleforSSM", PolicyKind.AWS_MANAGED, build.policy_document(*SESSION_ACTIONS)),),
        (Policy("AdministratorAccess", PolicyKind.AWS_MANAGED, EVERYTHING),),
        (_customer(build.policy_document("ssm:Update*", "ssmmessages:*")),),
        (_inline(build.policy_document(*SESSION_ACTIONS)),),
        (_customer(build.policy_document("ssm:*")), _inline(build.policy_document("ssmmessages:*Channel"))),
        (_inline(EVERYTHING),),
        (_inline(json.dumps({"Statement": {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}})),),
        (
            _inline(build.policy_document("ssm:*", resource="arn:aws:ec2:*:*:instance/*"), "own"),
            _inline(build.policy_document("ssmmessages:*")),
        ),
        (_inline(build.policy_document("ssm*", resource="arn:aws:*")),),
    ],
)
def test_whichever_way_the_actions_are_allowed_counts(policies: tuple[Policy, ...]) -> None:
    result = _policy(*policies)
    assert result.status is CheckStatus.PASS
    assert all(policy.name in result.finding for policy in policies)


def test_nothing_attached_names_every_action() -> None:
    result = _policy()
    assert (result.status, result.topic) == (CheckStatus.FAIL, "role-without-permissions")
    assert result.finding.startswith("The role web-role allows none of the actions that a session needs (ssm:Update")
    assert all(action in result.finding for action in SESSION_ACTIONS)
    assert result.values["role"] == build.ROLE
    assert result.values["role_arn"].endswith(f":role/{build.ROLE}")
    assert (result.values["partition"], result.values["account"]) == ("aws", build.ACCOUNT)
    assert "iam:ListAttachedRolePolicies: web-role has no managed policy" in result.evidence
    assert "iam:ListRolePolicies: web-role has no inline policy" in result.evidence


def test_only_what_is_missing_is_named() -> None:
    result = _policy(_customer(build.policy_document("ssm:*", "ssmmessages:Create*", "ssmmessages:OpenDataChannel")))
    assert result.finding == "The role web-role does not allow ssmmessages:OpenControlChannel."


def test_what_other_features_need_is_not_asked_for() -> None:
    assert _policy(_inline(build.policy_document(*SESSION_ACTIONS))).status is CheckStatus.PASS


def test_an_explicit_deny_is_named_with_its_policy_and_statement() -> None:
    deny = _customer(_statements({"Effect": "Deny", "Action": "ssmmessages:Open*", "Sid": "NoShells"}), "no-shells")
    result = _policy(build.managed_core(), deny)
    assert result.status is CheckStatus.FAIL
    assert result.finding == (
        "no-shells (customer managed), NoShells, denies the role web-role"
        " ssmmessages:OpenControlChannel, ssmmessages:OpenDataChannel."
    )
    assert any("no-shells, NoShells: explicitly denied" in line for line in result.evidence)
    assert result.topic == "role-denies"


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_what_hangs_on_a_condition_is_a_warning(effect: str) -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    some = _inline(_statements({"Effect": effect, "Action": "ssmmessages:*", "Condition": condition}))
    others = (build.managed_core(),) if effect == "Deny" else (_inline(build.policy_document("ssm:*"), "own"),)
    result = _policy(some, *others)
    assert result.status is CheckStatus.WARN
    assert "aws:SourceVpc" in result.finding
    assert "ssm:UpdateInstanceInformation" not in result.finding


def test_a_deny_that_cannot_concern_the_node_is_nothing() -> None:
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": build.REGION}}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    denies = _statements(*({"Effect": "Deny", "Action": "*", "Condition": each} for each in (elsewhere, plain)))
    assert _policy(build.managed_core(), _inline(denies)).status is CheckStatus.PASS


def test_a_limit_to_resources_is_a_warning() -> None:
    limited = _inline(build.policy_document("ssm:*", "ssmmessages:*", resource="arn:aws:ssm:*:*:*"))
    assert _policy(limited).status is CheckStatus.WARN
    foreign = _inline(build.policy_document("ssm:*", "ssmmessages:*", resource="arn:aws:s3:::logs/*"))
    assert _policy(foreign).status is CheckStatus.FAIL


def test_what_is_denied_and_what_is_missing_are_reported_together() -> None:
    deny = _inline(build.policy_document("ssmmessages:Open*", effect="Deny"), "shut")
    result = _policy(deny, _customer(build.policy_document("ssm:*", "ssmmessages:CreateDataChannel")))
    assert result.finding == (
        "shut (inline), statement 1, denies the role web-role ssmmessages:OpenControlChannel,"
        " ssmmessages:OpenDataChannel; the role web-role does not allow ssmmessages:CreateControlChannel."
    )


def test_where_something_is_missing_too_the_fix_is_to_attach_it() -> None:
    deny = _inline(build.policy_document("ssmmessages:Open*", effect="Deny"), "shut")

    assert _policy(deny).topic == "role-without-permissions"


def test_a_boundary_without_ssmmessages_is_named() -> None:
    boundary = Policy("edge", PolicyKind.BOUNDARY, build.policy_document("ssm:*", "s3:*"))
    result = _policy(build.managed_core(), boundary=boundary)
    assert result.status is CheckStatus.FAIL
    assert "edge (permissions boundary) keeps ssmmessages:CreateControlChannel" in result.finding
    assert "UpdateInstanceInformation" not in result.finding
    assert "iam:GetRole: web-role has the permissions boundary edge" in result.evidence
    assert result.topic == "role-denies"
    wide = replace(boundary, document=build.policy_document("ssm*"))
    assert _policy(build.managed_core(), boundary=wide).status is CheckStatus.PASS


def test_a_policy_that_cannot_be_read_is_a_warning() -> None:
    result = _policy(build.managed_core(), _inline("{", "broken"))
    assert result.status is CheckStatus.WARN
    assert "broken (inline) is not valid JSON" in result.finding


@pytest.mark.parametrize("action", ["iam:ListAttachedRolePolicies", "iam:GetPolicyVersion"])
def test_denied_policies_are_unknown_and_trust_is_judged_all_the_same(action: str) -> None:
    evidence = build.healthy(policies=build.denied(action))
    assert (_result("policy", evidence).status, action in _result("policy", evidence).finding) == (
        CheckStatus.UNKNOWN,
        True,
    )
    assert _result("trust", evidence).status is CheckStatus.PASS


HOST_MANAGED = HostManagement(build.host_management_role())


def test_host_management_may_stand_in_for_a_profile_that_does_not_let_the_agent_register() -> None:
    evidence = build.healthy(policies=RolePolicies(()), host_management=HOST_MANAGED)
    result = _result("policy", evidence)
    assert (result.status, result.topic) == (CheckStatus.WARN, "host-management")
    assert "AWSSystemsManagerDefaultEC2InstanceManagementRole instead" in result.finding
    assert _result("dhmc", evidence).status is CheckStatus.SKIPPED


@pytest.mark.parametrize("setting", [HostManagement(""), build.denied("ssm:GetServiceSetting")])
def test_nothing_stands_in_where_host_management_is_off_or_cannot_be_seen(setting: Any) -> None:
    evidence = build.healthy(policies=RolePolicies(()), host_management=setting)
    assert _result("policy", evidence).status is CheckStatus.FAIL


def test_nothing_stands_in_for_a_role_that_lets_the_agent_register() -> None:
    policies = RolePolicies((_inline(build.policy_document("ssm:*")),))
    assert _result("policy", build.healthy(policies=policies, host_management=HOST_MANAGED)).status is CheckStatus.FAIL


def test_nothing_stands_in_for_the_role_of_host_management_itself() -> None:
    assert _result("policy", build.host_managed(policies=RolePolicies(()))).status is CheckStatus.FAIL


def test_a_hybrid_node_is_asked_for_under_its_own_arn() -> None:
    own = build.policy_document("ssm:*", resource="arn:aws:ssm:*:*:managed-instance/mi-*")
    policies = RolePolicies((_inline(own, "own"), _inline(build.policy_document("ssmmessages:*"))))
    assert _result("policy", build.hybrid(policies=policies)).status is CheckStatus.PASS
    assert _result("policy", build.healthy(policies=policies)).status is CheckStatus.WARN


def _trust(*statements: dict[str, Any], source: RoleSource = RoleSource.INSTANCE_PROFILE, arn: str = "") -> CheckResult:
    full = [{"Effect": "Allow", "Action": "sts:AssumeRole", **each} for each in statements]
    role = replace(build.role(source=source), trust=json.dumps({"Statement": full}))
    role = replace(role, arn=arn or role.arn)
    evidence = {
        RoleSource.INSTANCE_PROFILE: build.healthy,
        RoleSource.DEFAULT_HOST_MANAGEMENT: build.host_managed,
        RoleSource.ACTIVATION: build.hybrid,
    }[source]
    return _result("trust", evidence(role=role))


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"Service": "ec2.amazonaws.com"}},
        {"Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"]},
        {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:*"},
        {"Principal": "*", "Action": "*"},
    ],
)
def test_trust_in_ec2(statement: dict[str, Any]) -> None:
    assert _trust(statement).status is CheckStatus.PASS


def test_trust_in_another_service_fails_and_says_whom_the_role_trusts() -> None:
    result = _trust({"Principal": {"Service": "lambda.amazonaws.com"}})
    assert (result.status, result.topic) == (CheckStatus.FAIL, "role-trust")
    assert result.finding == "The role web-role does not trust ec2.amazonaws.com, so the node cannot use it."
    assert result.evidence == ("iam:GetRole: web-role trusts lambda.amazonaws.com",)
    assert result.values["role"] == build.ROLE


def test_trust_for_another_action_fails() -> None:
    assert (
        _trust({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:TagSession"}).status is CheckStatus.FAIL
    )


def test_a_deny_in_the_trust_policy_fails() -> None:
    ec2 = {"Principal": {"Service": "ec2.amazonaws.com"}}
    result = _trust(ec2, {"Effect": "Deny", "Principal": "*", "Sid": "Closed"})
    assert (result.status, "Closed" in result.finding) == (CheckStatus.FAIL, True)


def test_trust_of_ec2_under_a_condition_is_a_warning() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": build.ACCOUNT}}
    result = _trust({"Principal": {"Service": "ec2.amazonaws.com"}, "Condition": condition})
    assert (result.status, "aws:SourceAccount" in result.finding) == (CheckStatus.WARN, True)


@pytest.mark.parametrize(("account", "status"), [(build.ACCOUNT, CheckStatus.PASS), ("999999999999", CheckStatus.FAIL)])
@pytest.mark.parametrize("source", [RoleSource.ACTIVATION, RoleSource.DEFAULT_HOST_MANAGEMENT])
def test_the_conditions_that_aws_documents_for_ssm_are_judged(
    account: str, status: CheckStatus, source: RoleSource
) -> None:
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:ssm:{build.REGION}:{account}:*"},
    }
    statement = {"Principal": {"Service": "ssm.amazonaws.com"}, "Condition": condition}
    assert _trust(statement, source=source).status is status


@pytest.mark.parametrize("source", [RoleSource.ACTIVATION, RoleSource.DEFAULT_HOST_MANAGEMENT])
def test_other_ways_to_a_role_need_trust_in_ssm(source: RoleSource) -> None:
    result = _trust({"Principal": {"Service": "ec2.amazonaws.com"}}, source=source)
    assert (result.status, result.topic) == (CheckStatus.FAIL, "role-trust-ssm")
    assert "ssm.amazonaws.com" in result.finding


@pytest.mark.parametrize("source", list(RoleSource))
def test_the_fix_trusts_the_service_that_gives_this_node_its_role(source: RoleSource) -> None:
    """Trust in EC2 would undo what a hybrid node has."""
    service = source.service
    result = _trust({"Principal": {"Service": "lambda.amazonaws.com"}}, source=source)
    done = [ready(each, result.values, Shell.POSIX) for each in topic(result.topic).commands]
    lines = [line for each in done if each for line in each.lines]
    assert any("update-assume-role-policy" in line and f'"Service":"{service}"' in line for line in lines)


def test_the_chinese_name_of_ec2_counts_in_china_alone() -> None:
    statement = {"Principal": {"Service": "ec2.amazonaws.com.cn"}}
    assert _trust(statement, arn="arn:aws-cn:iam::111122223333:role/web-role").status is CheckStatus.PASS
    assert _trust(statement).status is CheckStatus.FAIL


def test_a_broken_trust_policy_is_a_warning() -> None:
    role = replace(build.role(), trust="{")
    result = _result("trust", build.healthy(role=role))
    assert (result.status, "is not valid JSON" in result.finding) == (CheckStatus.WARN, True)


@pytest.mark.parametrize(
    ("evidence", "name", "topic_id"),
    [(build.healthy, build.ROLE, "no-instance-profile"), (build.hybrid, "HybridRole", "activation-invalid")],
)
def test_a_role_that_does_not_exist_fails_in_trust_alone(evidence: Any, name: str, topic_id: str) -> None:
    gone = evidence(role=None, policies=None)
    result = _result("trust", gone)
    assert (result.status, result.values["role"], result.topic) == (CheckStatus.FAIL, name, topic_id)
    assert "does not exist" in result.finding
    assert _result("policy", gone).status is CheckStatus.SKIPPED
    assert _result("dhmc", gone).status is CheckStatus.SKIPPED


def test_a_role_of_host_management_that_does_not_exist_fails_there_alone() -> None:
    gone = build.host_managed(role=None, policies=None)
    result = _result("dhmc", gone)
    assert (result.status, result.topic) == (CheckStatus.FAIL, "host-management")
    assert result.values["role"] == build.host_management_role().rpartition("/")[2]
    assert _result("trust", gone).status is CheckStatus.SKIPPED
    assert _result("policy", gone).status is CheckStatus.SKIPPED
    assert _result("instance_profile", gone).status is CheckStatus.PASS


def test_without_any_way_to_a_role_there_is_nothing_to_judge() -> None:
    evidence = build.host_managed(host_management=HostManagement(""), role=None, policies=None)
    assert _result("trust", evidence).finding == "The node has no role."
    assert _result("policy", evidence).finding == "The node has no role."


@pytest.mark.parametrize("arn", ["", "nonsense", "arn:aws:iam::"])
def test_a_role_without_a_proper_arn_is_judged_as_far_as_it_goes(arn: str) -> None:
    evidence = build.healthy(role=replace(build.role(), arn=arn))
    assert _result("policy", evidence).status is CheckStatus.PASS
    missing = _result("policy", build.healthy(role=replace(build.role(), arn=arn), policies=RolePolicies(())))
    assert "account" not in missing.values


ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
VALUES = st.sampled_from(
    ["Allow", "Deny", "*", "ssm:*", "sts:*", ["*", "a"], {"Service": "*"}, {"Bool": {"a": True}}, 7]
)
POLICIES = st.lists(st.dictionaries(st.sampled_from(ELEMENTS), VALUES), max_size=3).map(
    lambda statements: json.dumps({"Statement": statements})
)


@given(POLICIES | st.text(), POLICIES | st.text())
def test_whatever_the_policies_say_there_is_a_result(trust: str, document: str) -> None:
    policies = RolePolicies((_inline(document),), Policy("edge", PolicyKind.BOUNDARY, document))
    evidence = build.healthy(role=replace(build.role(), trust=trust), policies=policies)
    for code in ("trust", "policy"):
        result = _result(code, evidence)
        assert result.status in (CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL)
        assert result.finding.endswith(".")


def test_what_a_large_policy_says_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks are judged anew after each reading, on the event loop."""
    asked: list[str] = []

    def counted(question: Question, *given: Any) -> Decision:
        asked.append(question.action)
        return decide(question, *given)

    monkeypatch.setattr(role_questions, "decide", counted)
    document = build.policy_document(*SESSION_ACTIONS, "s3:OfThisTestAlone")
    for _ in range(3):
        assert _policy(_inline(document)).status is CheckStatus.PASS
    assert [action for action in asked if action != role_questions.ASSUME] == list(SESSION_ACTIONS)
