"""What IAM's simulator is asked about ourselves, and what becomes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY

from smtui.diagnosis.evidence.local_facts import Permissions
from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller
from tests.aws.evidence_support import ACCOUNT, StubbedAws, check_denied, fault_of

NODE = "i-0123456789abcdef0"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/jo"
USER = Caller(ACCOUNT, USER_ARN, "AIDA1", "eu-west-1")
NODE_ARN = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{NODE}"
SESSION = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:session"
START, OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
DOCUMENT_ARN = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:document/SSM-SessionManagerRunShell"
YES: dict[str, Any] = {"EvalDecision": "allowed"}
NO: dict[str, Any] = {"EvalDecision": "implicitDeny"}


def session_role(name: str, partition: str = "aws") -> Caller:
    arn = f"arn:{partition}:sts::{ACCOUNT}:assumed-role/{name}/jo@example.com"
    return Caller(ACCOUNT, arn, "AROA1:jo@example.com", "eu-west-1")


def tell(stubbed: StubbedAws, principal: str, action: str, result: dict[str, Any], resources: object = ANY) -> None:
    asked: dict[str, Any] = {"PolicySourceArn": principal, "ActionNames": [action]}
    asked |= {"ResourceArns": resources, "ContextEntries": ANY}
    answer = {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": "implicitDeny"} | result]}
    stubbed.answers("iam", "simulate_principal_policy", answer, asked)


def tell_decisions(
    stubbed: StubbedAws,
    principal: str,
    start: dict[str, Any],
    opened: dict[str, Any],
    *,
    node: object = ANY,
    document: object = ANY,
    sessions: object = ANY,
) -> None:
    """The document is allowed, the node as `start` says; what is refused is asked again with the document named."""
    tell(stubbed, principal, START, start, node)
    tell(stubbed, principal, START, YES, document)
    tell(stubbed, principal, OPEN, opened, sessions)
    if start is not YES:
        tell(stubbed, principal, START, start, node)
        tell(stubbed, principal, START, YES, document)


def decisions(found: Permissions) -> dict[str, str]:
    return {one.resource: one.decision for one in found.answers}


def asked_of(stubbed: StubbedAws) -> list[dict[str, str]]:
    """The context of each question to come, as it is asked."""
    asked: list[dict[str, str]] = []
    client = stubbed.client("iam")

    def keep(params: dict[str, Any], **_: object) -> None:
        asked.append({entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in params["ContextEntries"]})

    client.meta.events.register("provide-client-params.iam.SimulatePrincipalPolicy", keep)
    return asked


def test_every_resource_that_start_session_names_is_asked_about(stubbed: StubbedAws) -> None:
    sessions = [f"{SESSION}/AIDA1-0123456789abcdef0", f"{SESSION}/jo-0123456789abcdef0"]
    tell_decisions(stubbed, USER_ARN, YES, YES, node=[NODE_ARN], document=[DOCUMENT_ARN], sessions=sessions)
    found = stubbed.evidence.permissions(USER, NODE, "", None)
    assert found.principal_arn == USER_ARN
    assert decisions(found) == {NODE_ARN: "allowed", DOCUMENT_ARN: "allowed", sessions[0]: "allowed"}
    assert {(one.by_organisation, one.missing_context) for one in found.answers} == {(False, ())}
    assert found.document_to_name == ""


@pytest.mark.parametrize(
    ("document", "arn"),
    [
        ("Acme-TailLog", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:document/Acme-TailLog"),
        ("AWS-StartPortForwardingSession", "arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSession"),
        ("arn:aws:ssm:eu-west-1:999988887777:document/Shared", "arn:aws:ssm:eu-west-1:999988887777:document/Shared"),
    ],
)
def test_the_document_as_policies_name_it(stubbed: StubbedAws, document: str, arn: str) -> None:
    asked = asked_of(stubbed)
    tell_decisions(stubbed, USER_ARN, YES, YES, document=[arn])
    assert arn in decisions(stubbed.evidence.permissions(USER, NODE, document, None))
    assert [one.get("ssm:SessionDocumentAccessCheck") for one in asked] == ["true", "true", None]


def test_what_policies_ask_for_is_passed_to_the_simulator(stubbed: StubbedAws) -> None:
    asked = asked_of(stubbed)
    tell_decisions(stubbed, USER_ARN, YES, YES)
    stubbed.evidence.permissions(USER, NODE, "", {"Team": "web"})
    of_node, of_document, of_channel = asked
    for one in asked:
        assert one["aws:userid"] == "AIDA1"
        assert one["aws:username"] == "jo"
        assert one["aws:RequestedRegion"] == "eu-west-1"
    assert of_node["ssm:resourceTag/Team"] == of_node["aws:ResourceTag/Team"] == "web"
    assert "ssm:resourceTag/Team" not in {**of_document, **of_channel}, "the tags are the node's"
    assert of_node["ssm:SessionDocumentAccessCheck"] == of_document["ssm:SessionDocumentAccessCheck"] == "false"


def test_what_is_refused_may_be_allowed_once_the_document_is_named(stubbed: StubbedAws) -> None:
    asked = asked_of(stubbed)
    for answer in (NO, YES):
        tell(stubbed, USER_ARN, START, answer)
    tell(stubbed, USER_ARN, OPEN, YES)
    for answer in (YES, YES):
        tell(stubbed, USER_ARN, START, answer)
    found = stubbed.evidence.permissions(USER, NODE, "", None)
    assert decisions(found)[NODE_ARN] == "implicitDeny"
    assert found.document_to_name == "SSM-SessionManagerRunShell"
    assert [one.get("ssm:SessionDocumentAccessCheck") for one in asked] == ["false", "false", None, "true", "true"]


@pytest.mark.parametrize(
    ("node", "arn"),
    [
        ("mi-0123456789abcdef0", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:managed-instance/mi-0123456789abcdef0"),
        ("", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*"),
    ],
)
def test_the_node_as_policies_name_it(stubbed: StubbedAws, node: str, arn: str) -> None:
    tell_decisions(stubbed, USER_ARN, YES, YES, node=[arn])
    assert decisions(stubbed.evidence.permissions(USER, node, "", None))[arn] == "allowed"


def test_a_role_is_asked_about_with_its_path(stubbed: StubbedAws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/admin"
    role: dict[str, Any] = {"Path": "/team/", "RoleName": "admin", "RoleId": "AROA0123456789ABCDEF", "Arn": arn}
    role |= {"CreateDate": datetime(2026, 1, 1, tzinfo=UTC)}
    stubbed.answers("iam", "get_role", {"Role": role}, {"RoleName": "admin"})
    sessions = [f"{SESSION}/AROA1:jo@example.com-0123456789abcdef0", f"{SESSION}/jo@example.com-0123456789abcdef0"]
    tell_decisions(stubbed, arn, YES, YES, node=[NODE_ARN], sessions=sessions)
    assert stubbed.evidence.permissions(session_role("admin"), NODE, "", None).principal_arn == arn


def test_a_role_that_may_not_be_read_is_asked_about_without_a_path(stubbed: StubbedAws) -> None:
    stubbed.refuses("iam", "get_role", "AccessDenied", status=403)
    arn = f"arn:aws-cn:iam::{ACCOUNT}:role/admin"
    tell_decisions(stubbed, arn, YES, YES)
    assert stubbed.evidence.permissions(session_role("admin", "aws-cn"), NODE, "", None).principal_arn == arn


def test_the_path_of_a_signed_in_role_cannot_be_guessed(stubbed: StubbedAws) -> None:
    stubbed.refuses("iam", "get_role", "AccessDenied", status=403)
    check_denied(
        lambda: stubbed.evidence.permissions(session_role("AWSReservedSSO_Admin_01"), NODE, "", None), "iam:GetRole"
    )


def test_root_may_do_everything(stubbed: StubbedAws) -> None:
    root = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "eu-west-1")
    assert set(decisions(stubbed.evidence.permissions(root, NODE, "", None)).values()) == {"allowed"}


def test_a_federated_user_cannot_be_asked_about(stubbed: StubbedAws) -> None:
    someone = Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:federated-user/jo", f"{ACCOUNT}:jo", "eu-west-1")
    fault = fault_of(lambda: stubbed.evidence.permissions(someone, NODE, "", None))
    assert fault.sentence() == "The permissions of a federated user cannot be simulated."


def test_denials_are_distinguished(stubbed: StubbedAws) -> None:
    tell_decisions(stubbed, USER_ARN, {"EvalDecision": "explicitDeny"}, NO)
    found = stubbed.evidence.permissions(USER, NODE, "", None)
    assert [one.decision for one in found.answers] == ["explicitDeny", "allowed", "implicitDeny"]
    assert not any(one.by_organisation for one in found.answers)


def test_each_form_of_a_sessions_id_is_reported(stubbed: StubbedAws) -> None:
    each = [
        {"EvalResourceName": "arn:one", "EvalResourceDecision": "implicitDeny"},
        {"EvalResourceName": "arn:two", "EvalResourceDecision": "allowed"},
    ]
    tell_decisions(stubbed, USER_ARN, YES, {"ResourceSpecificResults": each})
    found = decisions(stubbed.evidence.permissions(USER, NODE, "", None))
    assert (found["arn:one"], found["arn:two"]) == ("implicitDeny", "allowed")


def test_an_organisation_denies(stubbed: StubbedAws) -> None:
    tell_decisions(stubbed, USER_ARN, {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, YES)
    found = stubbed.evidence.permissions(USER, NODE, "", None)
    assert [one.by_organisation for one in found.answers] == [True, False, False]


@pytest.mark.parametrize(
    ("tags", "key", "is_named"),
    [
        (None, "ssm:resourceTag/Team", True),
        ({"Name": "web-1"}, "ssm:resourceTag/Team", False),
        ({"Name": "web-1"}, "aws:ResourceTag/Team", False),
        ({"Name": "web-1"}, "aws:SourceIp", True),
        (None, "ssm:AccessRequestId", False),
    ],
)
def test_conditions_that_nobody_can_tell_are_named(
    stubbed: StubbedAws, tags: dict[str, str] | None, key: str, is_named: bool
) -> None:
    """Allowed or not. A tag that the node is known not to have is simulated as it is: missing."""
    tell(stubbed, USER_ARN, START, YES | {"MissingContextValues": [key]})
    tell(stubbed, USER_ARN, START, YES)
    tell(stubbed, USER_ARN, OPEN, YES | {"MissingContextValues": [key]})
    node, _, channel = stubbed.evidence.permissions(USER, NODE, "", tags).answers
    assert node.missing_context == ((key,) if is_named else ())
    assert bool(channel.missing_context) is (key != "ssm:AccessRequestId"), "a session has no tags of the node's"


def test_the_simulator_may_be_denied(stubbed: StubbedAws) -> None:
    stubbed.refuses("iam", "simulate_principal_policy", "AccessDenied", status=403)
    check_denied(lambda: stubbed.evidence.permissions(USER, NODE, "", None), "iam:SimulatePrincipalPolicy")


def test_a_principal_that_iam_does_not_know(stubbed: StubbedAws) -> None:
    stubbed.refuses("iam", "simulate_principal_policy", "NoSuchEntity", status=404)
    assert fault_of(lambda: stubbed.evidence.permissions(USER, NODE, "", None)).kind is FaultKind.INVALID_REQUEST
