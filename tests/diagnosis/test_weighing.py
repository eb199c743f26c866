"""Symptoms beside their causes, and configuration beside live evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus
from smtui.diagnosis.evidence.record import Evidence
from smtui.diagnosis.weighing import weighed
from smtui.domain.node import PingStatus
from tests.diagnosis.build import NOW, connected, denied, healthy, hybrid, instance, managed, not_connected

PASS, WARN, FAIL, UNKNOWN = CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.UNKNOWN
_LOST = managed(ping_status=PingStatus.CONNECTION_LOST, last_ping=NOW - timedelta(hours=2))
CUT_OFF = healthy(connection=not_connected(), managed=_LOST)
NEVER_LISTED = healthy(connection=not_connected(), managed=None)
SYMPTOM = CheckResult("node.connection", FAIL, "It has no connection.", topic="target-not-connected")


def _result(code: str, status: CheckStatus) -> CheckResult:
    return CheckResult(code, status, f"{code} is what it is.", topic=f"topic-of-{code}", values={"role": code})


def _weighed(evidence: Evidence, *results: CheckResult) -> dict[str, CheckResult]:
    return {result.code: result for result in weighed(results, evidence)}


@pytest.mark.parametrize(
    "cause",
    [
        _result("node.state", FAIL),
        _result("node.status_checks", FAIL),
        _result("node.status_checks", WARN),
        _result("node.agent_version", FAIL),
        _result("node.tier", FAIL),
        _result("identity.policy", FAIL),
        _result("path.route", FAIL),
        _result("path.endpoint_ec2messages", FAIL),
        _result("handshake.hop_limit", WARN),
    ],
    ids=lambda cause: f"{cause.code}-{cause.status}",
)
def test_a_cause_makes_the_symptom_a_warning_that_names_it(cause: CheckResult) -> None:
    symptom = _weighed(CUT_OFF, SYMPTOM, cause)["node.connection"]
    assert symptom.status is WARN
    assert cause.code in symptom.finding
    assert symptom.topic == cause.topic
    assert symptom.values == cause.values
    assert any(cause.finding in line for line in symptom.evidence)


@pytest.mark.parametrize(
    "other",
    [
        replace(_result("node.agent_version", WARN), certainty=Certainty.ASIDE),
        replace(_result("path.private_dns", WARN), certainty=Certainty.ASIDE),
        _result("local.permission", FAIL),
        _result("local.credentials", UNKNOWN),
        _result("preferences.s3_bucket", FAIL),
        _result("preferences.kms_key", UNKNOWN),
        _result("path.route", PASS),
        _result("node.registered", FAIL),
    ],
    ids=lambda other: f"{other.code}-{other.status}",
)
def test_what_keeps_no_agent_from_its_connection_explains_nothing(other: CheckResult) -> None:
    assert _weighed(CUT_OFF, SYMPTOM, other)["node.connection"].status is FAIL


def test_the_nearest_fail_is_named_before_a_nearer_warning() -> None:
    causes = (_result("node.status_checks", WARN), _result("path.route", FAIL), _result("handshake.metadata", FAIL))
    assert "path.route" in _weighed(CUT_OFF, SYMPTOM, *causes)["node.connection"].finding


@pytest.mark.parametrize("code", ["node.state", "node.agent_version", "identity.policy", "path.route"])
def test_what_could_not_be_seen_may_explain_it(code: str) -> None:
    symptom = _weighed(CUT_OFF, SYMPTOM, _result(code, UNKNOWN))["node.connection"]
    assert symptom.status is WARN
    assert code in symptom.finding
    assert symptom.topic == SYMPTOM.topic


def test_a_connection_that_could_not_be_seen_may_be_well() -> None:
    evidence = healthy(connection=denied("ssm:GetConnectionStatus"), managed=_LOST)
    ping = CheckResult("node.ping", FAIL, "No ping.")
    assert _weighed(evidence, ping, _result("node.connection", UNKNOWN))["node.ping"].status is WARN


def test_what_nothing_explains_is_the_agents_own() -> None:
    symptoms = [CheckResult(code, FAIL, "It is broken.", topic="first") for code in ("node.ping", "node.connection")]
    assert {result.topic for result in weighed(symptoms, CUT_OFF)} == {"agent-stopped"}
    symptoms = [
        CheckResult("node.registered", FAIL, "It is not listed.", topic="first"),
        CheckResult("node.connection", FAIL, "It is broken.", topic="second"),
    ]
    never = _weighed(NEVER_LISTED, *symptoms)
    assert (never["node.registered"].topic, never["node.connection"].topic) == ("first", "node-not-listed")
    online = healthy(connection=not_connected())
    assert _weighed(online, SYMPTOM)["node.connection"].topic == "target-not-connected"


@pytest.mark.parametrize(
    "code",
    ["identity.policy", "path.route", "handshake.metadata", "node.status_checks", "node.registered"],
)
def test_a_connected_node_makes_a_fault_of_configuration_a_warning(code: str) -> None:
    result = _weighed(healthy(), _result(code, FAIL))[code]
    assert result.status is WARN
    assert "the node is connected anyway" in result.finding
    assert result.topic == f"topic-of-{code}"


@pytest.mark.parametrize(
    "code", ["local.credentials", "node.agent_version", "node.tier", "node.state", "preferences.kms_key"]
)
def test_what_a_connection_says_nothing_of_stays_broken(code: str) -> None:
    assert _weighed(healthy(), _result(code, FAIL))[code].status is FAIL


def test_what_leads_out_of_sight_is_moot_where_the_node_is_connected() -> None:
    beyond = replace(_result("path.route", UNKNOWN), finding="It leads through tgw-1, and more cannot be seen.")
    live = healthy(connection=connected())
    moot = _weighed(live, beyond)["path.route"]
    assert (moot.status, moot.topic) == (CheckStatus.SKIPPED, "")
    assert moot.finding == "It leads through tgw-1, and more cannot be seen; the node is connected anyway."
    assert _weighed(CUT_OFF, beyond)["path.route"] == beyond
    refused = denied("ec2:DescribeSubnets")
    unseen = replace(beyond, finding=refused.fault.sentence())
    assert _weighed(replace(live, subnets=refused), unseen)["path.route"] == unseen
    assert _weighed(replace(live, subnets=refused), beyond)["path.route"] == moot
    of_our_own = replace(beyond, topic="")
    assert _weighed(live, of_our_own)["path.route"] == of_our_own
    assert _weighed(live, _result("identity.trust", UNKNOWN))["identity.trust"].status is UNKNOWN


def test_a_connection_seen_too_long_ago_proves_nothing() -> None:
    old = healthy(now=NOW + timedelta(minutes=3))
    assert _weighed(old, _result("path.route", FAIL))["path.route"].status is FAIL


def test_a_machine_that_does_not_run_is_not_connected_whatever_is_said() -> None:
    evidence = healthy(instance=instance(state="stopped"), connection=connected())
    weighed_ = _weighed(evidence, _result("node.state", FAIL), _result("path.route", FAIL))
    assert weighed_["path.route"].status is FAIL


def test_an_agent_heard_of_a_moment_ago_counts_where_its_connection_is_unseen() -> None:
    """Its ping says that it reaches Systems Manager, but not that it reaches ssmmessages."""
    unseen = healthy(connection=denied("ssm:GetConnectionStatus"))
    results = [_result(code, FAIL) for code in ("path.route", "identity.trust", "path.endpoint_ssmmessages")]
    statuses = {code: result.status for code, result in _weighed(unseen, *results).items()}
    assert statuses == {"path.route": WARN, "identity.trust": WARN, "path.endpoint_ssmmessages": FAIL}
    lags = healthy(connection=denied("ssm:GetConnectionStatus"), managed=managed(last_ping=NOW - timedelta(minutes=11)))
    assert _weighed(lags, _result("path.route", FAIL))["path.route"].status is FAIL
    cut_off = healthy(connection=not_connected())
    assert _weighed(cut_off, _result("path.route", FAIL))["path.route"].status is FAIL
    stopped = healthy(connection=denied("ssm:GetConnectionStatus"), instance=instance(state="stopping"))
    stopping = _weighed(stopped, _result("node.state", FAIL), _result("path.route", FAIL))
    assert stopping["path.route"].status is FAIL


def test_a_hybrid_node_that_is_cut_off() -> None:
    evidence = hybrid(connection=not_connected(), managed=_LOST)
    assert _weighed(evidence, SYMPTOM)["node.connection"].topic == "agent-stopped"


def test_nothing_else_is_touched() -> None:
    results = [_result("identity.trust", status) for status in (PASS, UNKNOWN, CheckStatus.SKIPPED, WARN)]
    assert list(weighed(results, healthy())) == results
