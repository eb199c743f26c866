"""This machine: its plugin, credentials, clock, Region, endpoints, permissions and AWS CLI."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Diagnosis
from smtui.diagnosis.checks import local_checks as local
from smtui.diagnosis.evidence.local_facts import AwsCli, Clock, Credentials, Endpoints, Permissions, Reach, Simulated
from smtui.diagnosis.evidence.reading import NotAsked, Unseen
from smtui.diagnosis.evidence.record import Subject
from smtui.diagnosis.judging import judged
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.version import Version
from tests.diagnosis.build import (
    ACCOUNT,
    DOCUMENT_ARN,
    ME,
    NODE,
    NODE_ARN,
    NOW,
    REGION,
    SESSION_ARN,
    SSM_URL,
    SSMMESSAGES_URL,
    denied,
    fault,
    healthy,
    only_here,
    permissions,
)

PASS, WARN, FAIL = CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL
UNKNOWN, SKIPPED = CheckStatus.UNKNOWN, CheckStatus.SKIPPED
START, OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
NAMED = Subject(NODE, Place("work", REGION), document="SSM-SessionManagerRunShell")


def _result(code: str, **changes: Any) -> CheckResult:
    check = next(check for check in local.CHECKS if check.code == code)
    result = check.result(only_here(**changes))
    assert result is not None
    assert "None" not in result.finding
    return result


def _status_and_topic(code: str, **changes: Any) -> tuple[CheckStatus, str]:
    result = _result(code, **changes)
    return result.status, result.topic


def _plugin(grade: PluginGrade, version: str = "", path: str = "/opt/plugin") -> PluginPick:
    return PluginPick(path, Version.parse(version), grade, "It was chosen.")


def test_all_is_well() -> None:
    evidence = only_here()
    results = [check.result(evidence) for check in local.CHECKS]
    assert [result.status for result in results if result] == [PASS] * len(local.CHECKS)
    assert not any(result.topic for result in results if result)


@pytest.mark.parametrize(
    ("pick", "found", "version"),
    [
        (_plugin(PluginGrade.BUILTIN, path=""), (PASS, ""), (PASS, "")),
        (_plugin(PluginGrade.MISSING), (FAIL, "plugin-not-found"), (SKIPPED, "")),
        (_plugin(PluginGrade.OUTDATED, "1.2.700.0"), (PASS, ""), (WARN, "plugin-too-old")),
        (_plugin(PluginGrade.KNOWN_BAD, "1.2.889.0"), (PASS, ""), (WARN, "plugin-too-old")),
        (_plugin(PluginGrade.CANNOT_HIDE_TOKEN, "1.2.497.0"), (PASS, ""), (FAIL, "plugin-too-old")),
        (_plugin(PluginGrade.TOO_OLD, "1.0.0.0"), (PASS, ""), (FAIL, "plugin-too-old")),
        (_plugin(PluginGrade.UNREADABLE), (PASS, ""), (FAIL, "plugin-unresponsive")),
    ],
    ids=lambda value: value.grade.value if isinstance(value, PluginPick) else None,
)
def test_the_plugin(pick: PluginPick, found: tuple[CheckStatus, str], version: tuple[CheckStatus, str]) -> None:
    assert _status_and_topic("local.plugin_found", plugin=pick) == found
    assert _status_and_topic("local.plugin_version", plugin=pick) == version


_WINDOWS = "C:\\Program Files\\Amazon\\SessionManagerPlugin\\bin"


@pytest.mark.parametrize(
    ("grade", "folder", "status", "topic"),
    [
        (PluginGrade.FINE, _WINDOWS, WARN, "plugin-not-on-path-windows"),
        (PluginGrade.MISSING, _WINDOWS, FAIL, "plugin-not-on-path-windows"),
        (PluginGrade.FINE, "/usr/local/sessionmanagerplugin/bin", WARN, "plugin-not-found"),
        (PluginGrade.MISSING, "", FAIL, "plugin-not-found"),
        (PluginGrade.FINE, "", PASS, ""),
    ],
)
def test_a_plugin_whose_folder_path_lacks(grade: PluginGrade, folder: str, status: CheckStatus, topic: str) -> None:
    pick = PluginPick(f"{folder}/session-manager-plugin", Version.of("1.2.764.0"), grade, "Because.", off_path=folder)
    result = _result("local.plugin_found", plugin=pick)
    assert (result.status, result.topic) == (status, topic)
    if status is WARN:
        assert folder in result.finding
        assert result.certainty is Certainty.ASIDE, "smtui finds it, so that no session is kept from starting"


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        (FaultKind.EXPIRED_CREDENTIALS, "expired-credentials"),
        (FaultKind.SSO_SIGN_IN, "sso-sign-in"),
        (FaultKind.NO_CREDENTIALS, "no-credentials"),
        (FaultKind.INVALID_CREDENTIALS, "invalid-credentials"),
        (FaultKind.CREDENTIAL_SOURCE, "no-credentials"),
        (FaultKind.MFA_NEEDED, "mfa-needed"),
        (FaultKind.UNKNOWN_PROFILE, "aws-configuration"),
        (FaultKind.REGION_NOT_ENABLED, "region-not-enabled"),
        (FaultKind.BROKEN_CONFIG, "aws-configuration"),
    ],
)
def test_credentials_that_aws_does_not_take(kind: FaultKind, topic: str) -> None:
    wrong = Unseen(fault("sts:GetCallerIdentity", kind, "X", "said AWS"))
    assert _status_and_topic("local.credentials", caller=wrong) == (FAIL, topic)
    assert _status_and_topic("local.credentials", credentials=wrong, caller=wrong) == (FAIL, topic)
    assert "said AWS" in _result("local.credentials", caller=wrong).evidence[0]


@pytest.mark.parametrize("kind", [FaultKind.DENIED, FaultKind.UNREACHABLE, FaultKind.TIMED_OUT, FaultKind.CLOCK_SKEW])
def test_a_call_that_failed_for_another_reason_says_nothing_of_the_credentials(kind: FaultKind) -> None:
    result = _result("local.credentials", caller=Unseen(fault("sts:GetCallerIdentity", kind)))
    assert result.status is UNKNOWN
    assert kind is FaultKind.UNREACHABLE or "sts:GetCallerIdentity" in result.finding


@pytest.mark.parametrize(
    ("method", "minutes", "expected"),
    [
        ("sso", 15, (PASS, "")),
        ("env", 14, (WARN, "expired-credentials")),
        ("sso", 14, (WARN, "sso-sign-in")),
        ("assume-role", -1, (WARN, "expired-credentials")),
    ],
)
def test_credentials_that_are_about_to_expire(method: str, minutes: int, expected: tuple[CheckStatus, str]) -> None:
    held = Credentials(method, NOW + timedelta(minutes=minutes))
    assert _status_and_topic("local.credentials", credentials=held) == expected


def test_credentials_without_an_end() -> None:
    result = _result("local.credentials", credentials=Credentials("env"))
    assert result.status is PASS
    assert ME in result.finding
    assert _result("local.credentials", credentials=denied("")).status is PASS


@pytest.mark.parametrize(
    ("ahead", "status"),
    [(0, PASS), (60, PASS), (-61, WARN), (61, WARN), (300, WARN), (301, FAIL), (-86400, FAIL)],
)
def test_the_clock(ahead: float, status: CheckStatus) -> None:
    result = _result("local.clock", clock=Clock(ahead))
    assert (result.status, result.topic) == (status, "" if status is PASS else "clock-skew")
    if status is not PASS:
        assert ("ahead of" if ahead > 0 else "behind") in result.finding


def test_a_refused_time_is_a_clock_that_is_off() -> None:
    assert (
        _status_and_topic("local.clock", clock=Unseen(fault("sts:GetCallerIdentity", FaultKind.CLOCK_SKEW)))[0] is FAIL
    )
    assert _status_and_topic("local.clock", clock=denied("sts:GetCallerIdentity"))[0] is UNKNOWN


@pytest.mark.parametrize(
    ("endpoints", "status"),
    [
        (Endpoints(REGION, SSM_URL, SSMMESSAGES_URL, is_aws=True, region_in_url=REGION), PASS),
        (Endpoints(REGION, "http://127.0.0.1:1", "http://127.0.0.1:1", is_aws=False), PASS),
        (Endpoints(REGION, SSM_URL, SSMMESSAGES_URL, is_aws=True, region_in_url="us-west-2"), FAIL),
    ],
)
def test_the_region(endpoints: Endpoints, status: CheckStatus) -> None:
    topic = "endpoint-region-mismatch" if status is FAIL else ""
    assert _status_and_topic("local.region", endpoints=endpoints) == (status, topic)


@pytest.mark.parametrize(
    "endpoints",
    [Endpoints("", SSM_URL, SSMMESSAGES_URL, is_aws=True), Unseen(fault("", FaultKind.NO_REGION))],
)
def test_no_region_at_all_is_the_configurations_fault(endpoints: Endpoints | Unseen) -> None:
    assert _status_and_topic("local.region", endpoints=endpoints) == (FAIL, "aws-configuration")


def test_a_region_that_could_not_be_read_is_not_known() -> None:
    assert _status_and_topic("local.region", endpoints=Unseen(fault("", FaultKind.OTHER, "", "odd")))[0] is UNKNOWN


def test_an_endpoint_that_cannot_be_reached() -> None:
    cut_off = Reach(SSMMESSAGES_URL, 5.0, "No answer within 5 s.", proxy="proxy:3128")
    result = _result("local.endpoints", reach_ssmmessages=cut_off)
    assert (result.status, result.topic) == (FAIL, "aws-unreachable")
    assert SSMMESSAGES_URL in result.finding
    assert SSM_URL not in result.finding
    assert any("proxy:3128" in line and "No answer" in line for line in result.evidence)
    both = _result("local.endpoints", reach_ssm=Reach(SSM_URL, 5.0, "No."), reach_ssmmessages=denied(""))
    assert both.status is FAIL


def test_an_endpoint_that_was_not_tried() -> None:
    assert _status_and_topic("local.endpoints", reach_ssm=Unseen(fault("", FaultKind.TIMED_OUT)))[0] is UNKNOWN
    assert _status_and_topic("local.endpoints", reach_ssm=NotAsked("No need."))[0] is SKIPPED


def test_a_simulation_that_was_denied_names_its_permission() -> None:
    result = _result("local.permission", permissions=denied("iam:SimulatePrincipalPolicy"))
    assert result.status is UNKNOWN
    assert "iam:SimulatePrincipalPolicy" in result.finding


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (None, SKIPPED),
        (AwsCli("/bin/aws", None), SKIPPED),
        (AwsCli("/bin/aws", Version.of("1.16.11")), WARN),
        (AwsCli("/bin/aws", Version.of("1.16.12")), PASS),
        (AwsCli("/bin/aws", Version.of("2.0.0")), PASS),
    ],
)
def test_the_aws_cli(found: AwsCli | None, status: CheckStatus) -> None:
    assert _status_and_topic("local.aws_cli", aws_cli=found) == (status, "aws-cli-too-old" if status is WARN else "")


def examined(simulated: Permissions, **changes: Any) -> tuple[Diagnosis, CheckResult]:
    diagnosis = judged(healthy(permissions=simulated, **changes))
    result = diagnosis.result("local.permission")
    assert result is not None
    return diagnosis, result


@pytest.mark.parametrize(
    ("simulated", "status", "certainty", "named"),
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
def test_what_we_may(simulated: Permissions, status: CheckStatus, certainty: Certainty, named: str) -> None:
    diagnosis, result = examined(simulated)
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
    simulated = Permissions(ME, (doubt, *permissions(channel="explicitDeny").answers[1:]))
    _, result = examined(simulated)
    assert (result.status, result.certainty) == (FAIL, Certainty.CERTAIN)
    assert OPEN in result.finding
    assert START not in result.finding


def test_one_form_of_a_sessions_name_is_enough() -> None:
    other = Simulated(OPEN, f"{SESSION_ARN}x", "implicitDeny")
    assert examined(replace(permissions(), answers=(*permissions().answers, other)))[1].status is PASS
    simulated = permissions(channel="implicitDeny")
    allowed = Simulated(OPEN, f"{SESSION_ARN}x", "allowed")
    assert examined(replace(simulated, answers=(*simulated.answers, allowed)))[1].status is PASS


def test_a_document_that_has_to_be_named_is_named() -> None:
    _, result = examined(permissions("implicitDeny", "implicitDeny", to_name="SSM-SessionManagerRunShell"))
    assert "unless the document is named: --document-name SSM-SessionManagerRunShell" in result.finding
    assert result.values["document_to_name"] == "SSM-SessionManagerRunShell"


def test_without_a_node_a_missing_permission_for_all_nodes_proves_nothing() -> None:
    simulated = permissions(node="implicitDeny")
    diagnosis = judged(only_here(permissions=simulated))
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
    ("arn", "simulated", "name"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/team/admin", permissions(node="implicitDeny"), {"principal_role": "admin"}),
        (f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/AWSReservedSSO_A_1", permissions(node="implicitDeny"), {}),
        (ME, permissions(node="explicitDeny"), {}),
    ],
)
def test_a_policy_is_offered_only_where_it_would_help(arn: str, simulated: Permissions, name: dict[str, str]) -> None:
    _, result = examined(replace(simulated, principal_arn=arn))
    found = {key: text for key, text in result.values.items() if key in ("principal_user", "principal_role")}
    assert found == name
    assert ("start_policy" in result.values) is bool(name)


def test_what_was_not_simulated_takes_the_certainty_from_a_start() -> None:
    diagnosis, _ = examined(permissions(missing_context=("aws:SourceIp",)))
    assert diagnosis.verdict is not None
    assert "can start (likely)" in diagnosis.verdict.sentence
