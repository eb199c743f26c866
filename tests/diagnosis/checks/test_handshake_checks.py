from __future__ import annotations

from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks.handshake_checks import CHECKS
from smtui.diagnosis.evidence.node_facts import MetadataOptions
from smtui.diagnosis.evidence.record import Evidence
from tests.diagnosis import build


def _result(code: str, evidence: Evidence) -> CheckResult:
    check = next(check for check in CHECKS if check.code == f"handshake.{code}")
    result = check.result(evidence)
    assert result is not None
    return result


def _options(enabled: bool = True, tokens: bool = True, limit: int = 1, **changes: Any) -> Evidence:
    instance = build.instance(metadata=MetadataOptions(enabled, tokens, limit), state=changes.pop("state", "running"))
    return build.healthy(instance=instance, **{"connection": build.not_connected(), **changes})


@pytest.mark.parametrize("well", [build.healthy, build.isolated, build.host_managed])
@pytest.mark.parametrize("code", ["metadata", "hop_limit"])
def test_a_node_that_is_well_passes(well: Any, code: str) -> None:
    assert _result(code, well()).status is CheckStatus.PASS


@pytest.mark.parametrize("code", ["metadata", "hop_limit"])
def test_hybrid_nodes_have_no_metadata_service(code: str) -> None:
    assert _result(code, build.hybrid()).status is CheckStatus.SKIPPED


def test_a_metadata_service_that_is_off_fails_and_makes_the_limit_moot() -> None:
    evidence = _options(enabled=False)
    result = _result("metadata", evidence)
    assert (result.status, result.topic) == (CheckStatus.FAIL, "metadata-off")
    assert "metadata disabled" in result.evidence[0]
    assert _result("hop_limit", evidence).status is CheckStatus.SKIPPED


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, CheckStatus.WARN),
        ({"connection": build.connected()}, CheckStatus.PASS),
        ({"limit": 2}, CheckStatus.PASS),
        ({"tokens": False}, CheckStatus.PASS),
        ({"state": "stopped"}, CheckStatus.SKIPPED),
        ({"state": "terminated"}, CheckStatus.SKIPPED),
    ],
)
def test_the_hop_limit_is_suspect_only_where_it_may_be_the_cause(changes: dict[str, Any], status: CheckStatus) -> None:
    result = _result("hop_limit", _options(**changes))
    assert result.status is status
    assert result.topic == ("hop-limit" if status is CheckStatus.WARN else "")


def test_a_denied_connection_status_matters_only_to_a_limit_of_one() -> None:
    unseen = build.denied("ssm:GetConnectionStatus")
    result = _result("hop_limit", _options(connection=unseen))
    assert result.status is CheckStatus.UNKNOWN
    assert "ssm:GetConnectionStatus" in result.finding
    assert _result("hop_limit", _options(limit=2, connection=unseen)).status is CheckStatus.PASS


@pytest.mark.parametrize("code", ["metadata", "hop_limit"])
def test_what_is_not_there_is_not_judged(code: str) -> None:
    assert _result(code, build.healthy(instance=None)).status is CheckStatus.SKIPPED
    assert _result(code, build.healthy(instance=build.instance(metadata=None))).status is CheckStatus.UNKNOWN
    assert _result(code, build.healthy(instance=build.denied("ec2:DescribeInstances"))).status is CheckStatus.UNKNOWN
