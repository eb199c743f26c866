"""The node itself: state, status checks, registration, ping, connection, agent, activation, tier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks import node_checks as node
from smtui.diagnosis.evidence.node_facts import Activation, SessionSpan, StatusChecks
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.diagnosis.judging import judged
from smtui.domain.node import PingStatus
from smtui.domain.place import Place
from smtui.domain.version import AgentAbility
from tests.diagnosis.build import (
    ACCOUNT,
    ACTIVATION,
    NODE,
    NOW,
    REGION,
    connected,
    denied,
    healthy,
    hybrid,
    instance,
    managed,
    not_connected,
)

PASS, WARN, FAIL = CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL
UNKNOWN, SKIPPED = CheckStatus.UNKNOWN, CheckStatus.SKIPPED


def _of(code: str, evidence: Evidence) -> CheckResult:
    """As the check says it, before it is weighed."""
    result = next(check for check in node.CHECKS if check.code == code).result(evidence)
    assert result is not None
    return result


def _result(code: str, **changes: Any) -> CheckResult:
    return _of(code, healthy(**changes))


@pytest.mark.parametrize("state", ["pending", "stopping", "stopped", "shutting-down", "terminated"])
def test_an_instance_that_does_not_run(state: str) -> None:
    result = _result("node.state", instance=instance(state=state))
    gone = state in ("shutting-down", "terminated")
    assert (result.status, result.topic) == (FAIL, "target-elsewhere" if gone else "instance-not-running")
    assert state in result.finding


def test_an_id_that_ec2_does_not_know_here() -> None:
    result = _result("node.state", instance=None)
    assert (result.status, result.topic) == (FAIL, "target-elsewhere")
    assert NODE in result.finding
    assert REGION in result.finding
    assert ACCOUNT in result.finding


def test_an_account_that_is_not_known_holds_nothing_up() -> None:
    result = _result("node.state", instance=None, caller=denied("sts:GetCallerIdentity"))
    assert result.status is FAIL
    assert ACCOUNT not in result.finding


@pytest.mark.parametrize("node_id", ["i-xyz", "i-0123456789ABCDEF0", "web-1", "i-"])
def test_what_is_no_id_at_all(node_id: str) -> None:
    result = _result("node.state", subject=Subject(node_id, Place()), instance=None)
    assert result.status is FAIL
    assert "is not an instance id" in result.finding


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        (StatusChecks("ok", "ok"), PASS),
        (StatusChecks("ok", "not-applicable"), PASS),
        (StatusChecks("impaired", "ok"), FAIL),
        (StatusChecks("ok", "impaired"), FAIL),
        (StatusChecks("impaired", "initializing"), FAIL),
        (StatusChecks("initializing", "ok"), WARN),
        (StatusChecks("ok", "insufficient-data"), WARN),
        (None, SKIPPED),
    ],
)
def test_the_status_checks(checks: StatusChecks | None, status: CheckStatus) -> None:
    result = _result("node.status_checks", status_checks=checks)
    assert result.status is status
    assert result.topic == ("instance-impaired" if status in (WARN, FAIL) else "")


def test_which_status_check_fails_is_reported() -> None:
    assert "system" in _result("node.status_checks", status_checks=StatusChecks("ok", "impaired")).finding


def test_a_node_that_systems_manager_does_not_list() -> None:
    evidence = healthy(managed=None)
    assert (_of("node.registered", evidence).status, _of("node.registered", evidence).topic) == (
        FAIL,
        "node-not-listed",
    )
    assert _of("node.ping", evidence).status is SKIPPED
    assert _of("node.agent_version", evidence).status is SKIPPED


def test_a_hybrid_node_that_is_not_listed_may_be_elsewhere() -> None:
    assert _of("node.registered", hybrid(managed=None)).topic == "target-elsewhere"


@pytest.mark.parametrize("word", [PingStatus.CONNECTION_LOST, PingStatus.INACTIVE])
def test_an_agent_that_does_not_report(word: PingStatus) -> None:
    facts = managed(ping_status=word, last_ping=NOW - timedelta(hours=2))
    result = _result("node.ping", managed=facts, connection=not_connected())
    assert (result.status, result.topic) == (FAIL, "agent-stopped")
    assert "2 h" in result.finding
    assert _result("node.ping", managed=facts, connection=denied("ssm:GetConnectionStatus")).status is FAIL


def test_a_ping_that_lags_behind_a_connection() -> None:
    result = _result("node.ping", managed=managed(ping_status=PingStatus.CONNECTION_LOST))
    assert result.status is PASS
    assert "lags" in result.finding


_WENT = NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("started", "ended", "topic"),
    [
        (timedelta(days=3), None, "log-retention"),
        (timedelta(days=3), timedelta(0), "log-retention"),
        (timedelta(days=3), -timedelta(hours=1), "log-retention"),
        (timedelta(hours=12), timedelta(minutes=9), "log-retention"),
        (timedelta(days=3), timedelta(minutes=11), "agent-stopped"),
        (timedelta(hours=11), None, "agent-stopped"),
    ],
)
def test_a_node_that_went_away_during_a_long_session(started: timedelta, ended: timedelta | None, topic: str) -> None:
    """Both are told as the time before the node was last heard of."""
    gone = managed(ping_status=PingStatus.CONNECTION_LOST, last_ping=_WENT)
    short = SessionSpan("ops-short", _WENT - timedelta(hours=1))
    span = SessionSpan("ops-1", _WENT - started, None if ended is None else _WENT - ended)
    result = _result("node.ping", managed=gone, connection=not_connected(), sessions=(short, span))
    assert (result.status, result.topic) == (FAIL, topic)
    assert ("ops-1" in str(result.evidence)) is (topic == "log-retention")
    assert "ops-short" not in str(result.evidence)


def test_sessions_that_may_not_be_listed_leave_the_ping_as_it_is() -> None:
    gone = managed(ping_status=PingStatus.CONNECTION_LOST, last_ping=_WENT)
    result = _result("node.ping", managed=gone, connection=not_connected(), sessions=denied("ssm:DescribeSessions"))
    assert (result.status, result.topic) == (FAIL, "agent-stopped")


def test_a_ping_status_that_nobody_knows() -> None:
    facts = managed(ping_status=PingStatus.UNRECOGNISED, last_ping=None)
    assert _result("node.ping", managed=facts, connection=not_connected()).status is UNKNOWN
    assert _result("node.ping", managed=facts).status is PASS


def test_the_connection() -> None:
    assert _result("node.connection").status is PASS
    cut_off = _result("node.connection", connection=not_connected())
    assert (cut_off.status, cut_off.topic) == (FAIL, "target-not-connected")
    assert "reports to Systems Manager" in cut_off.finding


@pytest.mark.parametrize(
    ("version", "needs", "status"),
    [
        ("3.3.987.0", AgentAbility.REMOTE_HOST, PASS),
        ("2.3.67.0", AgentAbility.SESSIONS, FAIL),
        ("2.3.68.0", AgentAbility.SESSIONS, WARN),
        ("2.3.68.0", AgentAbility.PORT_FORWARDING, FAIL),
        ("3.1.1373.0", AgentAbility.SESSIONS, WARN),
        ("3.1.1373.0", AgentAbility.NON_INTERACTIVE, WARN),
        ("3.1.1373.0", AgentAbility.REMOTE_HOST, FAIL),
        ("3.1.1374.0", AgentAbility.REMOTE_HOST, PASS),
        ("", AgentAbility.SESSIONS, UNKNOWN),
        ("latest", AgentAbility.SESSIONS, UNKNOWN),
    ],
)
def test_the_agent_against_what_the_session_needs(version: str, needs: AgentAbility, status: CheckStatus) -> None:
    subject = Subject(NODE, Place(), needs)
    result = _result("node.agent_version", subject=subject, managed=managed(agent_version=version))
    assert result.status is status
    if status in (WARN, FAIL):
        assert result.topic == "agent-too-old"


@pytest.mark.parametrize(
    ("activation", "named"),
    [
        (Activation(ACTIVATION, False, NOW + timedelta(days=1), 1, 10), "valid"),
        (Activation(ACTIVATION, True, NOW - timedelta(days=1), 1, 10), "expired"),
        (Activation(ACTIVATION, False, NOW + timedelta(days=1), 10, 10), "used up"),
        (None, "deleted"),
    ],
)
def test_an_activation_does_a_registered_node_no_harm(activation: Activation | None, named: str) -> None:
    result = _of("node.activation", hybrid(activation=activation))
    assert result.status is PASS
    assert named in result.finding


def test_the_tier() -> None:
    assert _of("node.tier", hybrid()).status is PASS
    standard = _of("node.tier", hybrid(tier="standard"))
    assert (standard.status, standard.topic) == (FAIL, "advanced-tier")


def test_what_does_not_apply_is_skipped() -> None:
    assert {_result(code).status for code in ("node.activation", "node.tier")} == {SKIPPED}
    assert {_of(code, hybrid()).status for code in ("node.state", "node.status_checks")} == {SKIPPED}


def test_a_terminated_instance_is_that_and_nothing_else() -> None:
    evidence = healthy(
        instance=instance(state="terminated", vpc_id="", subnet_id="", profile_arn=""),
        status_checks=None,
        managed=None,
        connection=not_connected(),
    )
    diagnosis = judged(evidence)
    failed = [result.code for result in diagnosis.results if result.status is FAIL and result.layer == "node"]
    assert failed == ["node.state"]


def test_a_stopped_node_that_aws_still_calls_connected() -> None:
    evidence = healthy(instance=instance(state="stopped"), connection=connected())
    verdict = judged(evidence).verdict
    assert verdict is not None
    assert verdict.code == "node.state"
    assert "cannot be reached" in verdict.sentence
