"""Whether we may start the session that is wanted: every resource it names, and what nobody could simulate."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Diagnosis
from smtui.diagnosis.evidence.local_facts import Permissions, Simulated
from smtui.diagnosis.evidence.record import Subject
from smtui.diagnosis.judging import judged
from smtui.domain.place import Place
from tests.diagnosis.build import (
    ACCOUNT,
    DOCUMENT_ARN,
    ME,
    NODE,
    NODE_ARN,
    REGION,
    SESSION_ARN,
    healthy,
    only_here,
    permissions,
)

PASS, FAIL, UNKNOWN = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.UNKNOWN
START, OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
NAMED = Subject(NODE, Place("work", REGION), document="SSM-SessionManagerRunShell")


def examined(told: Permissions, **changes: Any) -> tuple[Diagnosis, CheckResult]:
    diagnosis = judged(healthy(permissions=told, **changes))
    result = diagnosis.result("local.permission")
    assert result is not None
    return diagnosis, result


@pytest.mark.parametrize(
    ("told", "status", "certainty", "named"),
    [
        (permissions(), PASS, Certainty.LIKELY, ME),
        (permissions(node="implicitDeny"), FAIL, Certainty.CERTAIN, "does not allow"),
        (permissions(node="explicitDeny"), FAIL, Certainty.CERTAIN, "denies"),
        (permissions(channel="implicitDeny"), FAIL, Certainty.CERTAIN, OPEN),
        (permissions(document="implicitDeny"), FAIL, Certainty.LIKELY, "the document SSM-SessionManagerRunShell"),
        (permissions(document="explicitDeny"), FAIL, Certainty.LIKELY, "the document SSM-SessionManagerRunShell"),
        (permissions("implicitDeny", "implicitDeny"), FAIL, Certainty.CERTAIN, "start a session"),
        (permissions(node="explicitDeny", by_organisation=True), UNKNOWN, Certainty.LIKELY, "organisation"),
        (permissions(node="implicitDeny", missing_context=("ssm:resourceTag/Env",)), UNKNOWN, Certainty.LIKELY, "Env"),
        (permissions(node="explicitDeny", missing_context=("aws:Mfa",)), UNKNOWN, Certainty.LIKELY, "aws:Mfa"),
        (permissions(missing_context=("aws:SourceIp",)), UNKNOWN, Certainty.LIKELY, "not simulated: aws:SourceIp"),
        (Permissions(ME, (Simulated(START, NODE_ARN, "allowed"),)), UNKNOWN, Certainty.LIKELY, OPEN),
        (Permissions(ME, (Simulated(START, NODE_ARN, "implicitDeny"),)), FAIL, Certainty.CERTAIN, START),
    ],
)
def test_what_we_may(told: Permissions, status: CheckStatus, certainty: Certainty, named: str) -> None:
    diagnosis, result = examined(told)
    assert (result.status, result.certainty) == (status, certainty)
    assert named in result.finding
    assert result.topic == ("" if status is PASS else "no-permission-to-start")
    assert diagnosis.verdict is not None
    assert diagnosis.verdict.can_start is (status is not FAIL)
    assert diagnosis.verdict.certain is (status is PASS or certainty is Certainty.CERTAIN)


def test_a_document_that_was_chosen_is_checked_for_certain() -> None:
    _, result = examined(permissions(document="implicitDeny"), subject=NAMED)
    assert result.certainty is Certainty.CERTAIN


def test_one_solid_denial_outweighs_what_is_in_doubt() -> None:
    doubt = Simulated(START, NODE_ARN, "implicitDeny", ("ssm:resourceTag/Env",))
    told = Permissions(ME, (doubt, *permissions(channel="explicitDeny").answers[1:]))
    _, result = examined(told)
    assert (result.status, result.certainty) == (FAIL, Certainty.CERTAIN)
    assert OPEN in result.finding
    assert START not in result.finding


def test_one_form_of_a_sessions_name_is_enough() -> None:
    other = Simulated(OPEN, f"{SESSION_ARN}x", "implicitDeny")
    assert examined(replace(permissions(), answers=(*permissions().answers, other)))[1].status is PASS
    told = permissions(channel="implicitDeny")
    allowed = Simulated(OPEN, f"{SESSION_ARN}x", "allowed")
    assert examined(replace(told, answers=(*told.answers, allowed)))[1].status is PASS


def test_a_document_that_has_to_be_named_is_named() -> None:
    _, result = examined(permissions("implicitDeny", "implicitDeny", to_name="SSM-SessionManagerRunShell"))
    assert "unless the document is named: --document-name SSM-SessionManagerRunShell" in result.finding
    assert result.values["document_to_name"] == "SSM-SessionManagerRunShell"


def test_without_a_node_a_missing_permission_for_all_nodes_proves_nothing() -> None:
    told = permissions(node="implicitDeny")
    diagnosis = judged(only_here(permissions=told))
    result = diagnosis.result("local.permission")
    assert result is not None
    assert result.status is UNKNOWN
    assert "every node" in result.finding
    denied = judged(only_here(permissions=permissions(node="explicitDeny"))).result("local.permission")
    assert denied is not None
    assert denied.status is FAIL


def test_the_policy_that_would_allow_it_names_what_the_session_names_and_no_more() -> None:
    _, result = examined(permissions(document="implicitDeny"))
    policy = json.loads(result.values["start_policy"])
    assert policy["Statement"][0] == {"Effect": "Allow", "Action": START, "Resource": [NODE_ARN, DOCUMENT_ARN]}
    assert "session/${aws:userid}-*" in policy["Statement"][1]["Resource"]
    assert result.values["principal_user"] == "ops"


@pytest.mark.parametrize(
    ("arn", "told", "name"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/team/admin", permissions(node="implicitDeny"), {"principal_role": "admin"}),
        (f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/AWSReservedSSO_A_1", permissions(node="implicitDeny"), {}),
        (ME, permissions(node="explicitDeny"), {}),
    ],
)
def test_a_policy_is_offered_only_where_it_would_help(arn: str, told: Permissions, name: dict[str, str]) -> None:
    _, result = examined(replace(told, principal_arn=arn))
    found = {key: text for key, text in result.values.items() if key in ("principal_user", "principal_role")}
    assert found == name
    assert ("start_policy" in result.values) is bool(name)


def test_what_was_not_simulated_takes_the_certainty_from_a_start() -> None:
    diagnosis, _ = examined(permissions(missing_context=("aws:SourceIp",)))
    assert diagnosis.verdict is not None
    assert "can start (likely)" in diagnosis.verdict.sentence
