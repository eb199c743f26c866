from __future__ import annotations

from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks.identity_checks import CHECKS
from smtui.diagnosis.evidence.identity_facts import HostManagement, InstanceProfile, ProfileAssociation
from smtui.diagnosis.evidence.node_facts import MetadataOptions
from smtui.diagnosis.evidence.reading import NotAsked
from smtui.diagnosis.evidence.record import Evidence
from tests.diagnosis import build

ARN = build.instance().profile_arn


def _result(code: str, evidence: Evidence) -> CheckResult:
    check = next(check for check in CHECKS if check.code == f"identity.{code}")
    result = check.result(evidence)
    assert result is not None
    return result


def _profileless(**changes: Any) -> Evidence:
    """Neither a profile nor Default Host Management."""
    changes = {"host_management": HostManagement(""), "role": None, "policies": None, **changes}
    return build.host_managed(**changes)


@pytest.mark.parametrize("code", ["instance_profile", "trust", "policy", "dhmc"])
@pytest.mark.parametrize("well", [build.healthy, build.isolated, build.host_managed, build.hybrid])
def test_a_node_that_is_well_passes(code: str, well: Any) -> None:
    assert _result(code, well()).status in (CheckStatus.PASS, CheckStatus.SKIPPED)


def test_a_profile_with_a_role_passes_and_leaves_host_management_out() -> None:
    result = _result("instance_profile", build.healthy())
    assert result.status is CheckStatus.PASS
    assert result.finding == "The instance profile web-profile gives the node the role web-role."
    assert _result("dhmc", build.healthy()).status is CheckStatus.SKIPPED


def test_without_profile_and_host_management_the_profile_fails_and_nothing_else_does() -> None:
    evidence = _profileless()
    result = _result("instance_profile", evidence)
    assert result.status is CheckStatus.FAIL
    assert result.topic == "no-instance-profile"
    assert result.finding == f"{build.NODE} has no instance profile, and Default Host Management is off."
    for code in ("trust", "policy", "dhmc"):
        assert _result(code, evidence).status is CheckStatus.SKIPPED


def test_host_management_stands_in_for_a_profile() -> None:
    result = _result("instance_profile", build.host_managed())
    assert result.status is CheckStatus.PASS
    assert "AWSSystemsManagerDefaultEC2InstanceManagementRole" in result.finding


@pytest.mark.parametrize(("state", "words"), [("associating", "still being associated"), ("disassociating", "removed")])
def test_a_profile_that_comes_or_goes_is_a_warning(state: str, words: str) -> None:
    result = _result("instance_profile", build.healthy(association=ProfileAssociation("iip-1", state, ARN)))
    assert result.status is CheckStatus.WARN
    assert words in result.finding
    assert result.values["instance_profile"] == build.PROFILE


def test_a_profile_that_iam_does_not_know_fails_alone() -> None:
    evidence = build.healthy(profile=None, role=None, policies=None)
    result = _result("instance_profile", evidence)
    assert (result.status, result.values["instance_profile"]) == (CheckStatus.FAIL, build.PROFILE)
    assert "no longer exists" in result.finding
    assert {_result(code, evidence).status for code in ("trust", "policy", "dhmc")} == {CheckStatus.SKIPPED}


def test_a_profile_without_a_role_fails_alone() -> None:
    evidence = build.healthy(profile=InstanceProfile(build.PROFILE, ()), role=None, policies=None)
    result = _result("instance_profile", evidence)
    assert (result.status, result.finding) == (CheckStatus.FAIL, "The instance profile web-profile has no role.")
    assert {_result(code, evidence).status for code in ("trust", "policy", "dhmc")} == {CheckStatus.SKIPPED}


def test_denied_host_management_matters_only_without_a_profile() -> None:
    unseen = build.denied("ssm:GetServiceSetting")
    evidence = _profileless(host_management=unseen, role=unseen, policies=unseen)
    for code in ("instance_profile", "trust", "policy", "dhmc"):
        result = _result(code, evidence)
        assert result.status is CheckStatus.UNKNOWN
        assert "ssm:GetServiceSetting" in result.finding


def test_denied_host_management_changes_nothing_for_a_node_with_a_profile() -> None:
    evidence = build.healthy(host_management=build.denied("ssm:GetServiceSetting"))
    for code in ("instance_profile", "trust", "policy", "dhmc"):
        assert _result(code, evidence) == _result(code, build.healthy())


def test_denied_profile_is_unknown() -> None:
    unseen = build.denied("iam:GetInstanceProfile")
    evidence = build.healthy(profile=unseen, role=unseen, policies=unseen)
    for code in ("instance_profile", "trust", "policy"):
        assert "iam:GetInstanceProfile" in _result(code, evidence).finding
        assert _result(code, evidence).status is CheckStatus.UNKNOWN


@pytest.mark.parametrize("instance", [None, build.instance(state="terminated")])
def test_what_is_gone_is_skipped(instance: Any) -> None:
    why = NotAsked("The instance is terminated.")
    evidence = build.healthy(
        instance=instance, association=None, profile=why, host_management=why, role=why, policies=why
    )
    for code in ("instance_profile", "trust", "policy", "dhmc"):
        assert _result(code, evidence).status is CheckStatus.SKIPPED


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("3.2.581.0", CheckStatus.FAIL),
        ("3.2.582.0", CheckStatus.PASS),
        ("3.10.0.0", CheckStatus.PASS),
        ("", CheckStatus.UNKNOWN),
    ],
)
def test_host_management_asks_for_an_agent_of_its_time(version: str, status: CheckStatus) -> None:
    result = _result("dhmc", build.host_managed(managed=build.managed(agent_version=version)))
    assert result.status is status
    if status is CheckStatus.FAIL:
        assert result.topic == "no-instance-profile"
        assert result.values["bare_instance"] == build.NODE


def test_host_management_of_a_node_that_never_registered_is_unknown() -> None:
    assert _result("dhmc", build.host_managed(managed=None)).status is CheckStatus.UNKNOWN
    denied = build.host_managed(managed=build.denied("ssm:DescribeInstanceInformation"))
    assert "ssm:DescribeInstanceInformation" in _result("dhmc", denied).finding


@pytest.mark.parametrize(
    ("connection", "status"),
    [
        (build.connected(), CheckStatus.PASS),
        (build.not_connected(), CheckStatus.WARN),
        (build.denied("ssm:GetConnectionStatus"), CheckStatus.UNKNOWN),
    ],
)
def test_optional_tokens_are_suspect_on_a_host_managed_node_that_is_not_connected(
    connection: Any, status: CheckStatus
) -> None:
    optional = MetadataOptions(enabled=True, tokens_required=False, hop_limit=2)
    instance = build.instance(profile_arn="", metadata=optional)
    assert _result("dhmc", build.host_managed(instance=instance, connection=connection)).status is status
    assert _result("dhmc", build.host_managed(connection=connection)).status is CheckStatus.PASS


def test_host_management_that_is_off_is_skipped() -> None:
    assert _result("dhmc", _profileless()).finding == "Default Host Management is off in this Region."
