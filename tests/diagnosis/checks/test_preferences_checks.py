from __future__ import annotations

from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks.preferences_checks import CHECKS
from smtui.diagnosis.evidence.identity_facts import Policy, PolicyKind, RolePolicies
from smtui.diagnosis.evidence.network_facts import Route, VpcEndpoint
from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.diagnosis.evidence.record import Evidence
from tests.diagnosis import build

BUCKET = "session-logs"
GROUP = "/ssm/sessions"
KEY = "alias/sessions"
KEY_ARN = f"arn:aws:kms:{build.REGION}:{build.ACCOUNT}:key/1234"
CODES = ("s3_bucket", "s3_encryption", "log_group", "log_encryption", "endpoints", "kms_key")
ALL = SessionPreferences(BUCKET, True, GROUP, True, KEY)


def _result(code: str, evidence: Evidence) -> CheckResult:
    check = next(check for check in CHECKS if check.code == f"preferences.{code}")
    result = check.result(evidence)
    assert result is not None
    return result


def _decrypts(effect: str = "Allow", resource: str = "*") -> Policy:
    return Policy("keys", PolicyKind.INLINE, build.policy_document("kms:Decrypt", effect=effect, resource=resource))


def _key_for(usage: str, spec: str) -> KmsKey:
    return KmsKey(KEY, True, KEY_ARN, "Enabled", usage, spec)


def _kept(base: Any = build.healthy, **changes: Any) -> Evidence:
    """Everything set, and all of it well."""
    usual = {
        "preferences": ALL,
        "bucket": Bucket(BUCKET, True, build.REGION),
        "bucket_encryption": "AES256",
        "log_group": LogGroup(GROUP, True, KEY_ARN),
        "kms_key": KmsKey(KEY, True, KEY_ARN, "Enabled"),
        "policies": RolePolicies((build.managed_core(), _decrypts())),
    }
    evidence: Evidence = base(**{**usual, **changes})
    return evidence


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("preferences", [None, SessionPreferences()])
@pytest.mark.parametrize("base", [build.healthy, build.isolated, build.hybrid])
def test_without_preferences_there_is_nothing_to_judge(
    code: str, preferences: SessionPreferences | None, base: Any
) -> None:
    assert _result(code, base(preferences=preferences)).status is CheckStatus.SKIPPED


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("base", [build.healthy, build.hybrid])
def test_all_is_well(code: str, base: Any) -> None:
    skipped = CheckStatus.SKIPPED if code == "endpoints" else CheckStatus.PASS
    assert _result(code, _kept(base)).status is skipped


@pytest.mark.parametrize(
    ("code", "changes", "topic", "value"),
    [
        ("s3_bucket", {"bucket": Bucket(BUCKET, False)}, "deleted-log-target", ("bucket", BUCKET)),
        ("s3_encryption", {"bucket_encryption": ""}, "encryption-mismatch", ("bucket", BUCKET)),
        ("log_group", {"log_group": LogGroup(GROUP, False)}, "deleted-log-target", ("log_group", GROUP)),
        ("log_encryption", {"log_group": LogGroup(GROUP, True)}, "encryption-mismatch", ("log_group", GROUP)),
        ("kms_key", {"kms_key": KmsKey(KEY, False)}, "kms-key", ("kms_key", KEY)),
        ("kms_key", {"kms_key": KmsKey(KEY, True, KEY_ARN, "Disabled")}, "kms-key", ("kms_key", KEY_ARN)),
        ("kms_key", {"kms_key": KmsKey(KEY, True, KEY_ARN, "PendingDeletion")}, "kms-key", ("kms_key", KEY_ARN)),
        ("kms_key", {"kms_key": _key_for("SIGN_VERIFY", "ECC_NIST_P256")}, "kms-key", ("kms_key", KEY_ARN)),
        ("kms_key", {"kms_key": _key_for("ENCRYPT_DECRYPT", "RSA_2048")}, "kms-key", ("kms_key", KEY_ARN)),
    ],
)
def test_each_fault_fails_in_its_own_check_alone(
    code: str, changes: dict[str, Any], topic: str, value: tuple[str, str]
) -> None:
    evidence = _kept(**changes)
    result = _result(code, evidence)
    assert (result.status, result.topic) == (CheckStatus.FAIL, topic)
    assert result.values[value[0]] == value[1]
    others = {_result(other, evidence).status for other in CODES if other != code}
    assert others <= {CheckStatus.PASS, CheckStatus.SKIPPED}


@pytest.mark.parametrize(
    ("preferences", "code", "said"),
    [
        (SessionPreferences(left_open=("s3BucketName",)), "s3_encryption", "s3BucketName"),
        (SessionPreferences(BUCKET, left_open=("s3EncryptionEnabled",)), "s3_encryption", "s3EncryptionEnabled"),
        (SessionPreferences(left_open=("cloudWatchLogGroupName",)), "log_encryption", "cloudWatchLogGroupName"),
        (
            SessionPreferences("", False, GROUP, left_open=("cloudWatchEncryptionEnabled",)),
            "log_encryption",
            "cloudWatchEncryptionEnabled",
        ),
    ],
)
def test_what_each_session_gives_is_not_called_unset(preferences: SessionPreferences, code: str, said: str) -> None:
    result = _result(code, _kept(preferences=preferences))
    assert result.status is CheckStatus.SKIPPED
    assert result.finding == f"The preferences leave {said} to a parameter that each session has to give."


def test_encryption_that_is_not_asked_for_is_skipped() -> None:
    plain = SessionPreferences(BUCKET, False, GROUP, False)
    evidence = _kept(preferences=plain, bucket_encryption="", log_group=LogGroup(GROUP, True))
    assert _result("s3_encryption", evidence).status is CheckStatus.SKIPPED
    assert _result("log_encryption", evidence).status is CheckStatus.SKIPPED


@pytest.mark.parametrize(
    ("reading", "action", "codes"),
    [
        ("preferences", "ssm:GetDocument", set(CODES)),
        ("bucket", "s3:ListBucket", {"s3_bucket"}),
        ("bucket_encryption", "s3:GetEncryptionConfiguration", {"s3_encryption"}),
        ("log_group", "logs:DescribeLogGroups", {"log_group", "log_encryption"}),
        ("kms_key", "kms:DescribeKey", {"kms_key"}),
        ("policies", "iam:ListAttachedRolePolicies", {"kms_key"}),
        ("role", "iam:GetRole", {"kms_key"}),
        ("instance", "ec2:DescribeInstances", {"endpoints"}),
        ("route_tables", "ec2:DescribeRouteTables", {"endpoints"}),
        ("nat_gateways", "ec2:DescribeNatGateways", {"endpoints"}),
        ("vpc_endpoints", "ec2:DescribeVpcEndpoints", set()),
    ],
)
def test_what_is_denied_makes_only_the_checks_unknown_that_need_it(reading: str, action: str, codes: set[str]) -> None:
    whole, less = _kept(), _kept(**{reading: build.denied(action)})
    for code in CODES:
        result = _result(code, less)
        if code in codes:
            assert (result.status, action in result.finding) == (CheckStatus.UNKNOWN, True), code
        else:
            assert result == _result(code, whole)


@pytest.mark.parametrize("reading", ["instance", "route_tables", "nat_gateways", "subnets", "vpc_endpoints"])
def test_endpoints_ask_nothing_of_the_network_where_nothing_is_wanted(reading: str) -> None:
    evidence = build.isolated(**{reading: build.denied("ec2:Describe")})
    assert _result("endpoints", evidence).status is CheckStatus.SKIPPED


@pytest.mark.parametrize(
    ("policies", "status"),
    [
        ((_decrypts(),), CheckStatus.PASS),
        ((_decrypts(resource=KEY_ARN),), CheckStatus.PASS),
        ((_decrypts(resource=f"arn:aws:kms:{build.REGION}:{build.ACCOUNT}:key/other"),), CheckStatus.WARN),
        ((), CheckStatus.WARN),
        ((_decrypts(), _decrypts("Deny")), CheckStatus.FAIL),
    ],
)
def test_the_role_has_to_decrypt_and_the_keys_own_policy_may_let_it(
    policies: tuple[Policy, ...], status: CheckStatus
) -> None:
    result = _result("kms_key", _kept(policies=RolePolicies(policies)))
    assert result.status is status
    if status is not CheckStatus.PASS:
        assert "kms:Decrypt" in result.finding
        assert result.values["role"] == build.ROLE


def test_what_allows_or_bounds_the_key_is_named() -> None:
    assert f"iam:GetRolePolicy: keys allows {build.ROLE} kms:Decrypt" in _result("kms_key", _kept()).evidence
    edge = Policy("edge", PolicyKind.BOUNDARY, build.policy_document("ssm:*"))
    bounded = _result("kms_key", _kept(policies=RolePolicies((_decrypts(),), edge)))
    assert (bounded.status, "edge (permissions boundary) leaves it out" in bounded.finding) == (CheckStatus.WARN, True)


def test_a_key_that_is_for_sessions_as_kms_says_and_one_of_which_kms_says_nothing() -> None:
    for key in (_key_for("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"), _key_for("", "")):
        assert _result("kms_key", _kept(kms_key=key)).status is CheckStatus.PASS
    signing = _result("kms_key", _kept(kms_key=_key_for("SIGN_VERIFY", "ECC_NIST_P256")))
    assert "makes no data keys: it is ECC_NIST_P256 for SIGN_VERIFY" in signing.finding


def test_a_node_without_a_role_is_not_asked_to_decrypt() -> None:
    assert _result("kms_key", _kept(role=None, policies=None)).status is CheckStatus.PASS


def _gateway(**changes: Any) -> VpcEndpoint:
    usual = {"kind": "Gateway", "route_table_ids": (build.PRIVATE_TABLE,), "subnet_ids": (), "private_dns": False}
    return build.endpoint("s3", **{**usual, **changes})


LOGS, KMS = build.endpoint("logs"), build.endpoint("kms")


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ((_gateway(), LOGS, KMS), ()),
        ((build.endpoint("s3"), LOGS, KMS), ()),
        ((_gateway(state="Available"), LOGS, KMS), ()),
        ((LOGS, KMS), ("s3",)),
        ((_gateway(), KMS), ("logs",)),
        ((_gateway(), LOGS), ("kms",)),
        ((), ("s3", "logs", "kms")),
        ((_gateway(route_table_ids=(build.PUBLIC_TABLE,)), LOGS, KMS), ("s3",)),
        ((_gateway(state="pending"), LOGS, KMS), ("s3",)),
        ((_gateway(), build.endpoint("logs", private_dns=False), KMS), ("logs",)),
        ((_gateway(), build.endpoint("logs", state="failed"), KMS), ("logs",)),
    ],
)
def test_a_vpc_without_a_way_out_needs_the_endpoints(more: tuple[VpcEndpoint, ...], missing: tuple[str, ...]) -> None:
    result = _result("endpoints", _kept(build.isolated, vpc_endpoints=(*build.endpoints(), *more)))
    assert result.status is (CheckStatus.FAIL if missing else CheckStatus.PASS)
    for service in ("s3", "logs", "kms"):
        assert (f"(no usable endpoint {service})" in result.finding) is (service in missing)
    if missing:
        assert result.topic == "missing-log-endpoints"
        assert result.values["endpoint_service"] == f"com.amazonaws.{build.REGION}.{missing[0]}"
        assert (result.values["vpc_id"], result.values["route_table"]) == (build.VPC, build.PRIVATE_TABLE)


@pytest.mark.parametrize(
    ("preferences", "service"),
    [
        (SessionPreferences(s3_bucket=BUCKET), "s3"),
        (SessionPreferences(log_group=GROUP), "logs"),
        (SessionPreferences(kms_key=KEY), "kms"),
    ],
)
def test_only_what_is_set_needs_an_endpoint(preferences: SessionPreferences, service: str) -> None:
    result = _result("endpoints", _kept(build.isolated, preferences=preferences))
    assert result.finding.count("no usable endpoint") == 1
    assert f"no usable endpoint {service}" in result.finding


@pytest.mark.parametrize(
    "endpoints",
    [(), tuple(build.endpoint(service, private_dns=False) for service in ("ssm", "ssmmessages", "logs"))],
)
def test_a_node_that_does_not_even_reach_systems_manager_has_a_nearer_fault(endpoints: Any) -> None:
    evidence = _kept(build.isolated, vpc_endpoints=endpoints)
    assert _result("endpoints", evidence).status is CheckStatus.SKIPPED


def test_beyond_a_transit_gateway_it_cannot_be_known() -> None:
    routes = build.route_tables(Route("0.0.0.0/0", "tgw-1"))
    assert _result("endpoints", _kept(build.isolated, route_tables=routes)).status is CheckStatus.UNKNOWN
    full = (*build.endpoints(), _gateway(), LOGS, KMS)
    whole = _kept(build.isolated, route_tables=routes, vpc_endpoints=full)
    assert _result("endpoints", whole).status is CheckStatus.PASS


@pytest.mark.parametrize(
    "instance", [None, build.instance(state="terminated"), build.instance(vpc_id="", subnet_id="")]
)
def test_without_a_vpc_no_endpoint_is_needed(instance: Any) -> None:
    assert _result("endpoints", _kept(build.isolated, instance=instance)).status is CheckStatus.SKIPPED


def test_denied_endpoints_are_unknown_where_they_are_needed() -> None:
    result = _result("endpoints", _kept(build.isolated, vpc_endpoints=build.denied("ec2:DescribeVpcEndpoints")))
    assert (result.status, "ec2:DescribeVpcEndpoints" in result.finding) == (CheckStatus.UNKNOWN, True)
