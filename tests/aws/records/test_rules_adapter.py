"""The document of the preferences over real calls: scripted answers, the simulated Region, and moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from smtui.aws.places import BotoPlaces
from smtui.aws.records.rules_adapter import RulesAdapter
from smtui.demo.region import SimulatedRegion
from smtui.diagnosis.evidence.rules_facts import RulesState, RulesText
from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller, Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import check_denied, fault_of
from tests.demo.support import client, quiet_region

NAME = "SSM-SessionManagerRunShell"
USER = Caller("111122223333", "arn:aws:iam::111122223333:user/team/ana", "AIDA", "eu-west-1")
ROLE = Caller("111122223333", "arn:aws:sts::111122223333:assumed-role/ops/ana", "AROA:ana", "eu-west-1")


def document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


# Scripted ------------------------------------------------------------------------------------------


@pytest.fixture
def rules(scripted: ScriptedAws) -> RulesAdapter:
    return BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").records_at(Place()).rules


def refuse(scripted: ScriptedAws, code: str, status: int = 400) -> None:
    scripted.answers[:] = [Answer(status, json.dumps({"__type": code, "message": "no"}))]


def sent(scripted: ScriptedAws) -> list[tuple[str, dict[str, Any]]]:
    return [(request.operation, json.loads(request.body)) for request in scripted.requests]


def test_the_newest_text(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Content": "{}", "DocumentVersion": "7"})
    assert rules.rules_text() == RulesText("7", "{}")
    asked = {"Name": NAME, "DocumentFormat": "JSON", "DocumentVersion": "$LATEST"}
    assert sent(scripted) == [("GetDocument", asked)]


def test_a_text_without_content_is_no_answer(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"DocumentVersion": "7"})
    assert fault_of(rules.rules_text).kind is FaultKind.SERVICE


def test_preferences_that_were_never_saved(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    refuse(scripted, "InvalidDocument")
    assert rules.rules_text() is None
    assert rules.rules_state() is None
    assert rules.rules_versions() == ()


def test_a_version_that_is_not_there_is_no_account_without_preferences(
    rules: RulesAdapter, scripted: ScriptedAws
) -> None:
    refuse(scripted, "InvalidDocumentVersion")
    assert fault_of(lambda: rules.rules_text("9")).code == "InvalidDocumentVersion"
    assert fault_of(rules.rules_state).code == "InvalidDocumentVersion"


def test_versions_are_sorted_by_number(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    listed = [{"DocumentVersion": "9", "IsDefaultVersion": True}, {"DocumentVersion": "10"}, {"DocumentVersion": "x"}]
    scripted.will_answer({"DocumentVersions": listed})
    assert [(each.version, each.is_default) for each in rules.rules_versions()] == [
        ("10", False),
        ("9", True),
        ("x", False),
    ]


def test_an_update_names_the_version_that_it_replaces(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"DocumentDescription": {"DocumentVersion": "8"}})
    assert rules.update_rules("{}", "7") == "8"
    asked = {"Name": NAME, "Content": "{}", "DocumentFormat": "JSON", "DocumentVersion": "7"}
    assert sent(scripted) == [("UpdateDocument", asked)]


def test_a_first_document(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"DocumentDescription": {"DocumentVersion": "1"}})
    assert rules.create_rules("{}") == "1"
    asked = {"Name": NAME, "Content": "{}", "DocumentFormat": "JSON", "DocumentType": "Session"}
    assert sent(scripted) == [("CreateDocument", asked)]


def test_an_update_that_fails_is_not_sent_again(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    refuse(scripted, "InternalServerError", 500)
    assert fault_of(lambda: rules.update_rules("{}", "7")).kind is FaultKind.SERVICE
    assert fault_of(lambda: rules.create_rules("{}")).kind is FaultKind.SERVICE
    assert [operation for operation, _ in sent(scripted)] == ["UpdateDocument", "CreateDocument"]


@pytest.mark.parametrize(
    ("method", "arguments", "action"),
    [
        ("rules_text", (), "ssm:GetDocument"),
        ("rules_state", (), "ssm:DescribeDocument"),
        ("rules_versions", (), "ssm:ListDocumentVersions"),
        ("create_rules", ("{}",), "ssm:CreateDocument"),
        ("update_rules", ("{}", "1"), "ssm:UpdateDocument"),
        ("make_default", ("1",), "ssm:UpdateDocumentDefaultVersion"),
        ("kms_key", ("alias/x",), "kms:DescribeKey"),
        ("log_group", ("/x",), "logs:DescribeLogGroups"),
    ],
)
def test_a_denial_names_its_action(
    rules: RulesAdapter, scripted: ScriptedAws, method: str, arguments: tuple[str, ...], action: str
) -> None:
    refuse(scripted, "AccessDeniedException")
    check_denied(lambda: getattr(rules, method)(*arguments), action)


def iam_answer(operation: str, entity: str, *tags: str) -> Answer:
    members = "".join(f"<member><Key>{tag}</Key><Value>of-{tag}</Value></member>" for tag in tags)
    body = (
        f'<{operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{operation}Result>'
        f"<{entity}><Tags>{members}</Tags></{entity}></{operation}Result></{operation}Response>"
    )
    return Answer(200, body, {"Content-Type": "text/xml"})


@pytest.mark.parametrize(
    ("caller", "operation", "entity", "asked"),
    [(USER, "GetUser", "User", "UserName=ana"), (ROLE, "GetRole", "Role", "RoleName=ops")],
)
def test_the_tag_that_says_whom_to_run_as(
    rules: RulesAdapter, scripted: ScriptedAws, caller: Caller, operation: str, entity: str, asked: str
) -> None:
    scripted.answers[:] = [
        iam_answer(operation, entity, "team", "SSMSessionRunAs"),
        iam_answer(operation, entity, "team"),
    ]
    assert rules.run_as_tag(caller) == "of-SSMSessionRunAs"
    assert asked in scripted.requests[0].body
    assert rules.run_as_tag(caller) == ""


def test_an_identity_without_tags_is_not_asked_for(rules: RulesAdapter, scripted: ScriptedAws) -> None:
    root = Caller("111122223333", "arn:aws:iam::111122223333:root", "1", "eu-west-1")
    assert "Only IAM roles and users" in fault_of(lambda: rules.run_as_tag(root)).sentence()
    assert scripted.requests == []
    assert rules.key_permission(root, "arn:aws:kms:eu-west-1:111122223333:key/1") == "allowed"


# The simulated Region ------------------------------------------------------------------------------


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


def of_region(region: SimulatedRegion, name: str = "") -> RulesAdapter:
    keys = (region.access_key_id, region.secret_access_key)
    return BotoPlaces.fixed(region.endpoint_url, *keys, name or region.region).records_at(Place()).rules


def test_a_change_and_its_default_version(region: SimulatedRegion) -> None:
    rules = of_region(region)
    assert rules.rules_state() == RulesState("3", "3", "Active")
    assert rules.update_rules(document(idleSessionTimeout="5"), "3") == "4"
    assert rules.rules_state() == RulesState("4", "3", "Active")
    rules.make_default("4")
    assert rules.rules_text() == RulesText("4", document(idleSessionTimeout="5"))
    assert [each.version for each in rules.rules_versions()] == ["4", "3", "2", "1"]
    first = rules.rules_versions()[-1]
    assert (first.is_default, first.status, first.created_at is not None) == (False, "Active", True)
    earlier = rules.rules_text("1")
    assert earlier is not None
    assert '"idleSessionTimeout": "60"' in earlier.content


def test_the_codes_that_a_change_meets(region: SimulatedRegion) -> None:
    rules = of_region(region)
    newest = rules.rules_text()
    assert newest is not None
    assert fault_of(lambda: rules.update_rules(newest.content, "3")).code == "DuplicateDocumentContent"
    assert fault_of(lambda: rules.update_rules(document(), "2")).code == "InvalidDocumentVersion"
    assert fault_of(lambda: rules.create_rules(document())).code == "DocumentAlreadyExists"
    assert fault_of(lambda: rules.update_rules("{", "3")).code == "InvalidDocumentContent"


def test_a_region_without_preferences(region: SimulatedRegion) -> None:
    rules = of_region(region, "us-east-1")
    assert (rules.rules_text(), rules.rules_state(), rules.rules_versions()) == (None, None, ())
    assert rules.create_rules(document()) == "1"
    assert rules.rules_text() == RulesText("1", document())


def test_our_own_tag_and_permission(region: SimulatedRegion) -> None:
    rules = of_region(region)
    me = Caller("111122223333", "arn:aws:iam::111122223333:user/demo-operator", "AIDA", "eu-west-1")
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    assert (rules.run_as_tag(me), rules.key_permission(me, key)) == ("", "allowed")
    client(region, "iam").tag_user(UserName="demo-operator", Tags=[{"Key": "SSMSessionRunAs", "Value": "ops"}])
    region.faults.apply({"deny": ["kms:GenerateDataKey"]})
    assert (rules.run_as_tag(me), rules.key_permission(me, key)) == ("ops", "implicitDeny")


# moto ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_against_moto(moto_url: str) -> None:
    rules = BotoPlaces.fixed(moto_url, "AKID", "secret", "eu-west-1").records_at(Place()).rules
    assert (rules.rules_text(), rules.rules_state()) == (None, None)
    old, new = document(idleSessionTimeout="20"), document(idleSessionTimeout="5")
    assert rules.create_rules(old) == "1"
    ssm = boto3.client(
        "ssm",
        region_name="eu-west-1",
        endpoint_url=moto_url,
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
    )
    ssm.update_document(Name=NAME, Content=new, DocumentVersion="$LATEST")
    state = rules.rules_state()
    assert state is not None
    assert (state.latest, state.default) == ("2", "1")
    newest = rules.rules_text()
    assert newest is not None
    assert (newest.version, json.loads(newest.content)) == ("2", json.loads(new))
    rules.make_default("2")
    state = rules.rules_state()
    assert state is not None
    assert state.default == "2"
    assert fault_of(lambda: rules.update_rules(new, "2")).code == "DuplicateDocumentContent"
    assert rules.update_rules(document(idleSessionTimeout="6"), "2") == "3"
