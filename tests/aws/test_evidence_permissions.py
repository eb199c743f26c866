"""What IAM's simulator is asked about ourselves, and what becomes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY

from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller
from tests.aws.evidence_support import ACCOUNT, ToldAws, check_denied, fault_of

NODE = "i-0123456789abcdef0"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/jo"
USER = Caller(ACCOUNT, USER_ARN, "AIDA1", "eu-west-1")
NODE_ARN = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{NODE}"
SESSION = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:session"
START, OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
ALLOWED = {START: "allowed", OPEN: "allowed"}


def session_role(name: str, partition: str = "aws") -> Caller:
    arn = f"arn:{partition}:sts::{ACCOUNT}:assumed-role/{name}/jo@example.com"
    return Caller(ACCOUNT, arn, "AROA1:jo@example.com", "eu-west-1")


def tell_decisions(
    told: ToldAws,
    principal: str,
    start: dict[str, Any],
    opened: dict[str, Any],
    node: object = ANY,
    sessions: object = ANY,
) -> None:
    for action, result, resources in ((START, start, node), (OPEN, opened, sessions)):
        asked: dict[str, Any] = {"PolicySourceArn": principal, "ActionNames": [action]}
        asked |= {"ResourceArns": resources, "ContextEntries": ANY}
        answer = {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": "implicitDeny"} | result]}
        told.answers("iam", "simulate_principal_policy", answer, asked)


def test_a_user_is_asked_about_as_it_is(told: ToldAws) -> None:
    yes = {"EvalDecision": "allowed"}
    sessions = [f"{SESSION}/AIDA1-0123456789abcdef0", f"{SESSION}/jo-0123456789abcdef0"]
    tell_decisions(told, USER_ARN, yes, yes, [NODE_ARN], sessions)
    found = told.evidence.permissions(USER, NODE)
    assert (found.principal_arn, dict(found.decisions)) == (USER_ARN, ALLOWED)
    assert (found.by_organisation, found.missing_context) == (False, ())


def test_what_policies_ask_for_is_told_to_the_simulator(told: ToldAws) -> None:
    asked: dict[str, str] = {}
    client = told.evidence._client("iam")

    def keep(params: dict[str, Any], **_: object) -> None:
        asked.update({entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in params["ContextEntries"]})

    client.meta.events.register("provide-client-params.iam.SimulatePrincipalPolicy", keep)
    yes = {"EvalDecision": "allowed"}
    tell_decisions(told, USER_ARN, yes, yes)
    told.evidence.permissions(USER, NODE)
    assert asked["aws:userid"] == "AIDA1"
    assert asked["aws:username"] == "jo"
    assert asked["aws:RequestedRegion"] == "eu-west-1"


@pytest.mark.parametrize(
    ("node", "arn"),
    [
        ("mi-0123456789abcdef0", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:managed-instance/mi-0123456789abcdef0"),
        ("", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*"),
    ],
)
def test_the_node_as_policies_name_it(told: ToldAws, node: str, arn: str) -> None:
    yes = {"EvalDecision": "allowed"}
    tell_decisions(told, USER_ARN, yes, yes, [arn])
    assert told.evidence.permissions(USER, node).decisions == ALLOWED


def test_a_role_is_asked_about_with_its_path(told: ToldAws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/admin"
    role: dict[str, Any] = {"Path": "/team/", "RoleName": "admin", "RoleId": "AROA0123456789ABCDEF", "Arn": arn}
    role |= {"CreateDate": datetime(2026, 1, 1, tzinfo=UTC)}
    told.answers("iam", "get_role", {"Role": role}, {"RoleName": "admin"})
    yes = {"EvalDecision": "allowed"}
    sessions = [f"{SESSION}/AROA1:jo@example.com-0123456789abcdef0", f"{SESSION}/jo@example.com-0123456789abcdef0"]
    tell_decisions(told, arn, yes, yes, [NODE_ARN], sessions)
    assert told.evidence.permissions(session_role("admin"), NODE).principal_arn == arn


def test_a_role_that_may_not_be_read_is_asked_about_without_a_path(told: ToldAws) -> None:
    told.refuses("iam", "get_role", "AccessDenied", status=403)
    yes = {"EvalDecision": "allowed"}
    arn = f"arn:aws-cn:iam::{ACCOUNT}:role/admin"
    tell_decisions(told, arn, yes, yes)
    assert told.evidence.permissions(session_role("admin", "aws-cn"), NODE).principal_arn == arn


def test_the_path_of_a_signed_in_role_cannot_be_guessed(told: ToldAws) -> None:
    told.refuses("iam", "get_role", "AccessDenied", status=403)
    check_denied(lambda: told.evidence.permissions(session_role("AWSReservedSSO_Admin_01"), NODE), "iam:GetRole")


def test_root_may_do_everything(told: ToldAws) -> None:
    root = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "eu-west-1")
    assert told.evidence.permissions(root, NODE).decisions == ALLOWED


def test_a_federated_user_cannot_be_asked_about(told: ToldAws) -> None:
    someone = Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:federated-user/jo", f"{ACCOUNT}:jo", "eu-west-1")
    fault = fault_of(lambda: told.evidence.permissions(someone, NODE))
    assert fault.sentence() == "The permissions of a federated user cannot be simulated."


def test_denials_are_told_apart(told: ToldAws) -> None:
    tell_decisions(told, USER_ARN, {"EvalDecision": "explicitDeny"}, {"EvalDecision": "implicitDeny"})
    found = told.evidence.permissions(USER, NODE)
    assert found.decisions == {START: "explicitDeny", OPEN: "implicitDeny"}
    assert not found.by_organisation


def test_one_way_to_form_a_sessions_id_will_do(told: ToldAws) -> None:
    each = [
        {"EvalResourceName": "arn:one", "EvalResourceDecision": "implicitDeny"},
        {"EvalResourceName": "arn:two", "EvalResourceDecision": "allowed"},
    ]
    tell_decisions(told, USER_ARN, {"EvalDecision": "allowed"}, {"ResourceSpecificResults": each})
    assert told.evidence.permissions(USER, NODE).decisions == ALLOWED


def test_an_organisation_denies(told: ToldAws) -> None:
    by_organisation = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
    tell_decisions(told, USER_ARN, by_organisation, {"EvalDecision": "allowed"})
    assert told.evidence.permissions(USER, NODE).by_organisation


def test_conditions_that_nobody_can_tell_are_named(told: ToldAws) -> None:
    missing = {"MissingContextValues": ["ssm:resourceTag/Team"]}
    irrelevant = {"EvalDecision": "allowed", "MissingContextValues": ["aws:SourceIp"]}
    tell_decisions(told, USER_ARN, missing, irrelevant)
    found = told.evidence.permissions(USER, NODE)
    assert found.decisions == {START: "implicitDeny", OPEN: "allowed"}
    assert found.missing_context == ("ssm:resourceTag/Team",)


def test_the_simulator_may_be_denied(told: ToldAws) -> None:
    told.refuses("iam", "simulate_principal_policy", "AccessDenied", status=403)
    check_denied(lambda: told.evidence.permissions(USER, NODE), "iam:SimulatePrincipalPolicy")


def test_a_principal_that_iam_does_not_know(told: ToldAws) -> None:
    told.refuses("iam", "simulate_principal_policy", "NoSuchEntity", status=404)
    assert fault_of(lambda: told.evidence.permissions(USER, NODE)).kind is FaultKind.INVALID_REQUEST
