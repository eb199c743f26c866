"""All checks together: what is judged while readings come in, the verdict, and the values for the topics."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from smtui.diagnosis import judging
from smtui.diagnosis.check import Check, Judgement
from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Diagnosis, Layer, Verdict
from smtui.diagnosis.evidence.node_facts import MetadataOptions, StatusChecks
from smtui.diagnosis.evidence.preference_facts import Bucket, SessionPreferences
from smtui.diagnosis.evidence.reading import Lookup, Unseen
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence, Subject
from smtui.diagnosis.judging import CHECKS, judged, weighed
from smtui.domain.fault import FaultKind
from smtui.domain.node import PingStatus
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.version import AgentAbility
from smtui.topics.topic import PLACEHOLDERS
from tests.diagnosis.build import (
    ACCOUNT,
    ACL,
    ACTIVATION,
    ENDPOINT_GROUP,
    GROUP,
    HYBRID,
    ME,
    NAT,
    NODE,
    NOW,
    PRIVATE,
    PRIVATE_TABLE,
    PROFILE,
    REGION,
    ROLE,
    VPC,
    connected,
    denied,
    endpoint,
    endpoints,
    fault,
    healthy,
    hybrid,
    instance,
    isolated,
    managed,
    not_connected,
    only_here,
    role,
    route_tables,
    subnets,
)
from tests.diagnosis.checks.path.test_path_denied import SCENES

PASS, WARN, FAIL, UNKNOWN = CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.UNKNOWN
_NEVER: dict[str, Any] = {"managed": None, "connection": not_connected()}
_LOST = managed(ping_status=PingStatus.CONNECTION_LOST, last_ping=NOW - timedelta(hours=2))
_UNTRUSTED = replace(role(), trust='{"Statement": []}')
CUT_OFF = healthy(connection=not_connected(), managed=_LOST)
NEVER_LISTED = healthy(connection=not_connected(), managed=None)
SYMPTOM = CheckResult("node.connection", FAIL, "It has no connection.", topic="target-not-connected")


def _verdict(evidence: Evidence) -> Verdict:
    verdict = judged(evidence).verdict
    assert verdict is not None
    assert verdict.sentence.endswith(".")
    assert ".." not in verdict.sentence
    return verdict


def _failed(diagnosis: Diagnosis) -> list[str]:
    return [result.code for result in diagnosis.results if result.status is FAIL]


def test_the_codes_are_the_contract_in_the_order_of_the_chain() -> None:
    layers = list(Layer)
    codes = [check.code for check in CHECKS]
    assert len(codes) == len(set(codes))
    assert codes == sorted(codes, key=lambda code: layers.index(Layer(code.partition(".")[0])))
    contract = {
        "local": "plugin_found plugin_version credentials clock region endpoints permission",
        "node": "state status_checks registered ping connection agent_version activation tier",
        "identity": "instance_profile trust policy dhmc",
        "path": "security_group network_acl route endpoint_ssm endpoint_ssmmessages endpoint_ec2messages private_dns"
        " endpoint_security_group endpoint_policy vpc_dns",
        "handshake": "metadata hop_limit",
        "preferences": "s3_bucket s3_encryption log_group log_encryption endpoints kms_key",
    }
    assert {f"{layer}.{name}" for layer, names in contract.items() for name in names.split()} <= set(codes)


def test_each_lookup_has_a_check_that_rests_on_it() -> None:
    assert {one.name for one in fields(Evidence)} - {"subject", "now"} == {lookup.name for lookup in LOOKUPS}
    assert {lookup for check in CHECKS for lookup in check.rests_on} == set(LOOKUPS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_names_all_that_it_reads(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a judge reads without naming it may still be missing when it is called."""
    read = set[str]()
    of = Lookup.of

    def watched(lookup: Lookup[Any], evidence: object) -> Any:
        read.add(lookup.name)
        return of(lookup, evidence)

    monkeypatch.setattr(Lookup, "of", watched)
    lost: dict[str, Any] = {"managed": _LOST, "connection": not_connected()}
    nodes = (healthy(), isolated(), hybrid(), healthy(**_NEVER), isolated(**_NEVER), hybrid(**lost))
    for known in (*nodes, *SCENES.values()):
        read.clear()
        assert check.result(known) is not None
        assert read - {each.name for each in check.rests_on} <= _IN_PASSING.get(check.code, set())


_IN_PASSING = {
    "node.state": {"endpoints", "caller"},
    "node.registered": {"endpoints", "caller"},
    "node.ping": {"connection"},
    "node.connection": {"managed"},
}
"""Lookups that a check uses if they have come, without waiting for them: for a sentence, or as what outranks it."""


@pytest.mark.parametrize("evidence", [healthy(), isolated(), hybrid(), only_here()])
def test_all_is_well(evidence: Evidence) -> None:
    diagnosis = judged(evidence)
    assert {result.status for result in diagnosis.results} <= {PASS, CheckStatus.SKIPPED}
    assert not diagnosis.pending
    assert diagnosis.target == evidence.subject.node_id
    assert _verdict(evidence).code == ""


def test_nothing_is_judged_before_its_readings_have_come() -> None:
    subject = Subject(NODE, Place("work", REGION))
    diagnosis = judged(Evidence(subject=subject, now=NOW))
    assert diagnosis.results == ()
    assert diagnosis.pending == tuple(check.code for check in CHECKS)
    assert diagnosis.verdict is None


def test_a_symptom_waits_until_something_explains_it_or_all_is_known() -> None:
    broken = healthy(route_tables=route_tables(), **_NEVER)
    waiting = judged(replace(broken, route_tables=None))
    assert "node.registered" in waiting.pending
    assert "node.state" not in waiting.pending
    explained = judged(replace(broken, preferences=None))
    registered = explained.result("node.registered")
    assert registered is not None
    assert registered.status is WARN
    assert explained.verdict is None
    unexplained = judged(healthy(**_NEVER))
    assert _failed(unexplained) == ["node.registered", "node.connection"]


def test_what_is_read_anew_is_pending_and_still_counts() -> None:
    diagnosis = judged(healthy(route_tables=route_tables(), **_NEVER), {Evidence.route_tables})
    assert "path.route" in diagnosis.pending
    assert diagnosis.result("path.route") is None
    registered = diagnosis.result("node.registered")
    assert registered is not None
    assert registered.status is WARN
    assert diagnosis.verdict is None


def test_a_fault_of_our_own_in_one_check_costs_that_check_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_evidence: Evidence) -> Judgement:
        raise ZeroDivisionError("oh")

    usual = [check for check in CHECKS if check.code != "path.route"]
    checks = (*usual, Check("path.route", "no-way-out", (Evidence.route_tables,), broken))
    monkeypatch.setattr(judging, "CHECKS", checks)
    diagnosis = judged(healthy())
    result = diagnosis.result("path.route")
    assert result is not None
    assert result.status is UNKNOWN
    assert "ZeroDivisionError: oh" in result.evidence[0]
    assert len([one for one in diagnosis.results if one.status is UNKNOWN]) == 1


@pytest.mark.parametrize(
    ("evidence", "code", "sure"),
    [
        (healthy(instance=instance(state="stopped"), status_checks=None, **_NEVER), "node.state", "certain"),
        (healthy(instance=None, status_checks=None, **_NEVER), "node.state", "certain"),
        (healthy(role=_UNTRUSTED, **_NEVER), "identity.trust", "certain"),
        (healthy(role=_UNTRUSTED, route_tables=route_tables(), **_NEVER), "identity.trust", "certain"),
        (healthy(route_tables=route_tables(), **_NEVER), "path.route", "certain"),
        (
            healthy(
                instance=instance(metadata=MetadataOptions(enabled=True, tokens_required=True, hop_limit=1)), **_NEVER
            ),
            "handshake.hop_limit",
            "likely",
        ),
        (healthy(status_checks=StatusChecks("initializing", "ok"), **_NEVER), "node.status_checks", "likely"),
        (healthy(managed=_LOST, connection=not_connected()), "node.ping", "certain"),
        (hybrid(tier="standard", connection=not_connected()), "node.tier", "certain"),
    ],
)
def test_the_verdict_on_a_node_that_cannot_be_reached(evidence: Evidence, code: str, sure: str) -> None:
    verdict = _verdict(evidence)
    assert verdict.code == code
    assert f"cannot be reached ({sure})" in verdict.sentence
    assert verdict.headline == f"Cannot be reached · {sure}"
    assert evidence.subject.node_id in verdict.sentence


def test_two_causes_are_both_reported_the_nearer_first() -> None:
    verdict = _verdict(healthy(role=_UNTRUSTED, route_tables=route_tables(), **_NEVER))
    assert "also wrong: path.route" in verdict.sentence
    assert "node.registered" not in verdict.sentence


def test_this_machine_comes_first() -> None:
    missing = PluginPick("/opt/none", None, PluginGrade.MISSING, "SMTUI_PLUGIN names it.")
    verdict = _verdict(healthy(plugin=missing, route_tables=route_tables(), **_NEVER))
    assert verdict.code == "local.plugin_found"
    assert "No session can start from here" in verdict.sentence
    assert "also wrong: path.route" in verdict.sentence
    assert verdict.headline.startswith("No session can start from here · ")


def test_a_connected_node_with_a_fault_in_its_configuration_can_be_reached() -> None:
    verdict = _verdict(healthy(route_tables=route_tables()))
    assert verdict.code == ""
    assert "is connected and a session can start" in verdict.sentence
    assert "worth a look: path.route" in verdict.sentence
    assert verdict.headline.startswith("A session can start · ")


def test_a_connected_node_whose_agent_is_too_old_for_what_was_asked() -> None:
    subject = Subject(NODE, Place(), AgentAbility.REMOTE_HOST)
    verdict = _verdict(healthy(subject=subject, managed=managed(agent_version="3.0.0.0")))
    assert verdict.code == "node.agent_version"
    assert "is connected, but the session that was asked for cannot start" in verdict.sentence


def test_preferences_that_cannot_be_met_break_sessions_of_a_connected_node() -> None:
    verdict = _verdict(
        healthy(
            preferences=SessionPreferences(s3_bucket="gone"),
            bucket=Bucket("gone", exists=False),
            bucket_encryption=Unseen(fault("s3:GetEncryptionConfiguration", FaultKind.OTHER, "NoSuchBucket")),
        )
    )
    assert verdict.code == "preferences.s3_bucket"
    assert "its sessions may fail" in verdict.sentence
    assert "gone" in verdict.sentence


def test_a_broken_link_comes_before_the_preferences() -> None:
    verdict = _verdict(
        healthy(
            preferences=SessionPreferences(s3_bucket="gone"),
            bucket=Bucket("gone", exists=False),
            bucket_encryption=Unseen(fault("s3:GetEncryptionConfiguration", FaultKind.OTHER, "NoSuchBucket")),
            route_tables=route_tables(),
            **_NEVER,
        )
    )
    assert verdict.code == "path.route"
    assert "preferences.s3_bucket" in verdict.sentence


def test_an_agent_that_stopped_comes_before_the_preferences() -> None:
    gone = {"preferences": SessionPreferences(s3_bucket="gone"), "bucket": Bucket("gone", exists=False)}
    evidence = healthy(managed=_LOST, connection=not_connected(), bucket_encryption="", **gone)
    assert "preferences.s3_bucket" in _failed(judged(evidence))
    assert _verdict(evidence).code == "node.ping"


def test_what_gave_no_answer_is_no_missing_permission() -> None:
    late = Unseen(fault("ec2:DescribeNetworkAcls", FaultKind.TIMED_OUT))
    assert "not seen: path.network_acl" in _verdict(healthy(network_acls=late)).sentence


def test_what_could_not_be_seen_is_named_by_its_permission() -> None:
    verdict = _verdict(healthy(network_acls=denied("ec2:DescribeNetworkAcls")))
    assert "not seen: ec2:DescribeNetworkAcls" in verdict.sentence
    four = {
        "network_acls": denied("ec2:A"),
        "status_checks": denied("ec2:B"),
        "policies": denied("iam:C"),
        "permissions": denied("iam:D"),
    }
    assert "and 1 more" in _verdict(healthy(**four)).sentence


def test_what_no_permission_would_show_is_named_by_its_check() -> None:
    assert "not seen: node.agent_version" in _verdict(healthy(managed=managed(agent_version=""))).sentence


def test_a_node_cut_off_for_a_reason_that_we_may_not_see() -> None:
    verdict = _verdict(healthy(policies=denied("iam:ListAttachedRolePolicies"), **_NEVER))
    assert verdict.code == ""
    assert "is not connected, but nothing broken was found in what could be seen" in verdict.sentence
    assert "iam:ListAttachedRolePolicies" in verdict.sentence


def test_a_broken_link_of_a_node_that_may_be_connected_is_only_likely() -> None:
    evidence = isolated(vpc_endpoints=endpoints("ssm", "ec2messages"), connection=denied("ssm:GetConnectionStatus"))
    assert "cannot be reached (likely)" in _verdict(evidence).sentence


def test_names_may_come_from_elsewhere() -> None:
    nameless = tuple(endpoint(service, private_dns=False) for service in ("ssm", "ssmmessages", "ec2messages"))
    verdict = _verdict(isolated(vpc_endpoints=nameless, **_NEVER))
    assert verdict.code == "path.private_dns"
    assert "cannot be reached (likely)" in verdict.sentence
    assert "unless a private hosted zone" in verdict.sentence


def test_the_verdict_without_a_target_is_about_this_machine() -> None:
    assert _verdict(only_here()).sentence == "This machine has what sessions need."
    expired = Unseen(fault("sts:GetCallerIdentity", FaultKind.EXPIRED_CREDENTIALS))
    assert _verdict(only_here(caller=expired, permissions=expired)).code == "local.credentials"
    assert "Nothing broken was found" in _verdict(only_here(permissions=denied("iam:X"))).sentence


def test_the_values_of_a_node() -> None:
    values = judged(isolated(subnets=subnets())).values
    assert dict(values) == {
        "instance_id": NODE,
        "profile": "work",
        "region": REGION,
        "account": ACCOUNT,
        "partition": "aws",
        "principal_arn": ME,
        "instance_profile": PROFILE,
        "role": ROLE,
        "role_arn": role().arn,
        "vpc_id": VPC,
        "subnet_id": PRIVATE,
        "subnet_cidr": "10.0.1.0/24",
        "security_group": GROUP,
        "network_acl": ACL,
        "route_table": PRIVATE_TABLE,
        "endpoint_security_group": ENDPOINT_GROUP,
        "run_command_node": NODE,
        "node_arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{NODE}",
        "platform": "Linux",
        "ssm_host": f"ssm.{REGION}.amazonaws.com",
        "ssmmessages_host": f"ssmmessages.{REGION}.amazonaws.com",
    }
    assert judged(healthy()).values["nat_gateway"] == NAT
    assert set(values) <= set(PLACEHOLDERS)


def test_endpoints_with_several_groups_name_none_by_themselves() -> None:
    two = (*endpoints("ssm"), endpoint("ssmmessages", group_ids=(ENDPOINT_GROUP, GROUP)))
    assert "endpoint_security_group" not in judged(isolated(vpc_endpoints=two)).values


def test_a_subnet_without_a_table_of_its_own_goes_by_the_main_one() -> None:
    main = tuple(table for table in route_tables() if table.main)
    assert judged(healthy(route_tables=main)).values["route_table"] == main[0].table_id


def test_the_values_of_a_hybrid_node_and_of_the_preferences() -> None:
    preferences = SessionPreferences(s3_bucket="logs", log_group="/sessions", kms_key="alias/sessions")
    values = judged(hybrid(preferences=preferences)).values
    expected = {
        "instance_id": HYBRID,
        "activation_id": ACTIVATION,
        "role": "HybridRole",
        "bucket": "logs",
        "log_group": "/sessions",
        "kms_key": "alias/sessions",
    }
    assert expected.items() <= values.items()


def test_the_region_comes_from_the_endpoints_where_none_is_named() -> None:
    values = judged(healthy(subject=Subject(NODE))).values
    assert values["region"] == REGION
    assert "profile" not in values


def test_values_that_nobody_reported_are_left_out() -> None:
    assert all(judged(Evidence(subject=Subject(NODE), now=NOW)).values.values())
    assert "vpc_id" not in judged(healthy(instance=denied("ec2:DescribeInstances"))).values


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


def test_an_agent_that_pinged_a_moment_ago_counts_where_its_connection_is_unseen() -> None:
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
