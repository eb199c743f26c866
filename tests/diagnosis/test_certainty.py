"""What is called certain, and what is not: everywhere, a thing that nobody could see takes the certainty away."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from smtui.diagnosis.check import proven
from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Verdict
from smtui.diagnosis.evidence.identity_facts import Policy, PolicyKind, RolePolicies
from smtui.diagnosis.evidence.network_facts import AclEntry, GroupRule, NatGateway, VpcDns
from smtui.diagnosis.evidence.node_facts import MetadataOptions
from smtui.diagnosis.evidence.preference_facts import SessionPreferences
from smtui.diagnosis.evidence.reading import NotAsked, Seen, Unseen
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.diagnosis.judging import judged
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from tests.diagnosis import build

_CUT_OFF: dict[str, Any] = {"managed": None, "connection": build.not_connected()}
_OLD = build.managed(agent_version="3.2.2303.0")
_PROXY = (build.group(egress=(GroupRule("tcp", 3128, 3128, cidrs=("10.0.9.0/24",)),)),)
_NO_TCP = (build.group(egress=(GroupRule("udp", 53, 53, cidrs=("0.0.0.0/0",)),)), build.endpoint_group())


def verdict(evidence: Evidence) -> Verdict:
    found = judged(evidence).verdict
    assert found is not None
    return found


def group_of(service: str, group_id: str) -> Any:
    return tuple(
        replace(one, group_ids=(group_id,)) if one.service.endswith(f".{service}") else one for one in build.endpoints()
    )


_SHUT = build.group("sg-shut")
_DENYING = Policy("no-sessions", PolicyKind.INLINE, build.policy_document("ssmmessages:*", effect="Deny"))
_CLOSED_ROUTE: dict[str, Any] = {"route_tables": build.route_tables(), "nat_gateways": ()}

TABLE: tuple[tuple[str, Evidence, str, str, bool], ...] = (
    ("stopped", build.healthy(instance=build.instance(state="stopped"), **_CUT_OFF), "node.state", "FAIL", True),
    ("no way out", build.healthy(**_CUT_OFF, **_CLOSED_ROUTE), "path.route", "FAIL", True),
    ("no TCP out", build.healthy(**_CUT_OFF, security_groups=_NO_TCP), "path.security_group", "FAIL", True),
    (
        "a proxy, no way out",
        build.healthy(**_CUT_OFF, **_CLOSED_ROUTE, security_groups=_PROXY),
        "path.security_group",
        "WARN",
        False,
    ),
    ("a proxy, and a way out", build.healthy(**_CUT_OFF, security_groups=_PROXY), "path.security_group", "WARN", False),
    (
        "443 to some addresses alone",
        build.healthy(
            **_CUT_OFF, security_groups=(build.group(egress=(GroupRule("tcp", 443, 443, cidrs=("10.0.0.0/8",)),)),)
        ),
        "path.security_group",
        "FAIL",
        False,
    ),
    (
        "no ssmmessages",
        build.isolated(**_CUT_OFF, vpc_endpoints=build.endpoints("ssm", "ec2messages")),
        "path.endpoint_ssmmessages",
        "FAIL",
        True,
    ),
    (
        "no ec2messages, agent unknown",
        build.isolated(**_CUT_OFF, vpc_endpoints=build.endpoints("ssm", "ssmmessages")),
        "path.endpoint_ec2messages",
        "WARN",
        False,
    ),
    (
        "no ec2messages, old agent",
        build.isolated(
            managed=_OLD, connection=build.not_connected(), vpc_endpoints=build.endpoints("ssm", "ssmmessages")
        ),
        "path.endpoint_ec2messages",
        "FAIL",
        False,
    ),
    (
        "ec2messages closed, agent unknown",
        build.isolated(
            **_CUT_OFF,
            vpc_endpoints=group_of("ec2messages", "sg-shut"),
            security_groups=(build.group(), build.endpoint_group(), _SHUT),
        ),
        "path.endpoint_security_group",
        "WARN",
        False,
    ),
    (
        "ec2messages without its name, agent unknown",
        build.isolated(
            **_CUT_OFF,
            vpc_endpoints=(*build.endpoints("ssm", "ssmmessages"), build.endpoint("ec2messages", private_dns=False)),
        ),
        "path.private_dns",
        "WARN",
        False,
    ),
    (
        "ec2messages denied by its policy, agent unknown",
        build.isolated(
            **_CUT_OFF,
            vpc_endpoints=(
                *build.endpoints("ssm", "ssmmessages"),
                build.endpoint("ec2messages", policy=build.policy_document("ssm:*")),
            ),
        ),
        "path.endpoint_policy",
        "WARN",
        False,
    ),
    (
        "ssmmessages closed",
        build.isolated(
            **_CUT_OFF,
            vpc_endpoints=group_of("ssmmessages", "sg-shut"),
            security_groups=(build.group(), build.endpoint_group(), _SHUT),
        ),
        "path.endpoint_security_group",
        "FAIL",
        True,
    ),
    (
        "ssmmessages closed, with another way",
        build.healthy(
            **_CUT_OFF,
            vpc_endpoints=group_of("ssmmessages", "sg-shut"),
            security_groups=(build.group(), build.endpoint_group(), _SHUT),
        ),
        "path.endpoint_security_group",
        "FAIL",
        False,
    ),
    (
        "private DNS off",
        build.isolated(**_CUT_OFF, vpc_endpoints=tuple(replace(one, private_dns=False) for one in build.endpoints())),
        "path.private_dns",
        "FAIL",
        False,
    ),
    (
        "the VPC's DNS off",
        build.isolated(**_CUT_OFF, vpc_dns=VpcDns(support=False, hostnames=False)),
        "path.vpc_dns",
        "FAIL",
        False,
    ),
    (
        "answers closed",
        build.healthy(
            **_CUT_OFF,
            network_acls=(
                replace(build.acl(AclEntry(100, True, True, "-1", "0.0.0.0/0")), subnet_ids=(build.PRIVATE,)),
            ),
        ),
        "path.network_acl",
        "FAIL",
        True,
    ),
    (
        "443 closed, other ports open",
        build.healthy(
            **_CUT_OFF,
            network_acls=(
                replace(
                    build.acl(
                        AclEntry(90, False, True, "tcp", "0.0.0.0/0", 443, 443),
                        AclEntry(100, True, True, "-1", "0.0.0.0/0"),
                        AclEntry(100, True, False, "-1", "0.0.0.0/0"),
                    ),
                    subnet_ids=(build.PRIVATE,),
                ),
            ),
        ),
        "path.network_acl",
        "FAIL",
        False,
    ),
    (
        "a NAT gateway in the subnet it serves",
        build.healthy(**_CUT_OFF, nat_gateways=(NatGateway(build.NAT, "available", build.PRIVATE, public=True),)),
        "path.route",
        "FAIL",
        True,
    ),
    (
        "the role's policy denies",
        build.healthy(**_CUT_OFF, policies=RolePolicies((build.managed_core(), _DENYING))),
        "identity.policy",
        "FAIL",
        True,
    ),
    (
        "ssmmessages denied by its policy",
        build.isolated(
            **_CUT_OFF,
            vpc_endpoints=(
                *build.endpoints("ssm", "ec2messages"),
                build.endpoint("ssmmessages", policy=build.policy_document("ssm:*")),
            ),
        ),
        "path.endpoint_policy",
        "FAIL",
        True,
    ),
    (
        "ec2messages closed, old agent",
        build.isolated(
            managed=_OLD,
            connection=build.not_connected(),
            vpc_endpoints=group_of("ec2messages", "sg-shut"),
            security_groups=(build.group(), build.endpoint_group(), _SHUT),
        ),
        "path.endpoint_security_group",
        "FAIL",
        False,
    ),
    (
        "StartSession denied on the chosen document",
        build.healthy(
            subject=Subject(build.NODE, Place("work", build.REGION), document="SSM-SessionManagerRunShell"),
            permissions=build.permissions(document="explicitDeny"),
        ),
        "local.permission",
        "FAIL",
        True,
    ),
    (
        "StartSession not allowed on the account's shell",
        build.healthy(permissions=build.permissions(document="implicitDeny")),
        "local.permission",
        "FAIL",
        False,
    ),
    (
        "metadata off",
        build.healthy(
            **_CUT_OFF, instance=build.instance(metadata=MetadataOptions(False, tokens_required=True, hop_limit=2))
        ),
        "handshake.metadata",
        "FAIL",
        True,
    ),
    (
        "hop limit",
        build.healthy(
            **_CUT_OFF, instance=build.instance(metadata=MetadataOptions(True, tokens_required=True, hop_limit=1))
        ),
        "handshake.hop_limit",
        "WARN",
        False,
    ),
)


@pytest.mark.parametrize(
    ("evidence", "code", "status", "certain"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_the_one_right_code_with_the_right_certainty(evidence: Evidence, code: str, status: str, certain: bool) -> None:
    diagnosis = judged(evidence)
    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == code
    assert (diagnosis.verdict.can_start, diagnosis.verdict.certain) == (False, certain)
    assert f"({'certain' if certain else 'likely'})" in diagnosis.verdict.sentence
    broken = {one.code: one.status for one in diagnosis.results if one.status in ("FAIL", "WARN", "UNKNOWN")}
    others = {one for one in broken if one not in ("node.registered", "node.ping", "node.connection")}
    assert (others, broken[code]) == ({code}, status)


def test_a_proxy_is_offered_the_topic_on_proxies() -> None:
    diagnosis = judged(build.healthy(**_CUT_OFF, **_CLOSED_ROUTE, security_groups=_PROXY))
    result = diagnosis.result("path.security_group")
    assert result is not None
    assert result.topic == "agent-proxy"
    assert "3128" in result.finding


_READINGS = [field.name for field in fields(Evidence) if field.name not in ("subject", "now")]


@pytest.mark.parametrize("field", _READINGS)
@pytest.mark.parametrize("case", [row for row in TABLE if row[4]], ids=[row[0] for row in TABLE if row[4]])
def test_what_is_not_seen_never_makes_anything_certain(case: tuple[str, Evidence, str, str, bool], field: str) -> None:
    """With one reading taken away the verdict is still proven, or it blames nothing, or it is no more than likely."""
    _, evidence, code, _, _ = case
    reading = getattr(evidence, field)
    if isinstance(reading, NotAsked):
        return
    changed: dict[str, Any] = {field: build.denied(f"aws:{field}")}
    unseen = replace(evidence, **changed)
    found = verdict(unseen)
    result = judged(unseen).result(found.code)
    if not found.certain or not found.code:
        assert "(certain)" not in found.sentence
        return
    assert result is not None
    assert found.code == code
    assert result.certainty is Certainty.CERTAIN or result.code in ("node.registered", "node.connection")


@pytest.mark.parametrize(
    ("changes", "certain"),
    [
        ({}, True),
        ({"permissions": build.denied("iam:SimulatePrincipalPolicy")}, False),
        ({"plugin": build.denied("")}, False),
        ({"managed": build.managed(agent_version="")}, False),
        ({"policies": build.denied("iam:ListAttachedRolePolicies")}, False),
        ({"preferences": build.denied("ssm:GetDocument")}, False),
        ({"preferences": SessionPreferences(kms_key="alias/x"), "kms_key": build.denied("kms:DescribeKey")}, False),
        ({"route_tables": build.denied("ec2:DescribeRouteTables")}, True),
        ({"aws_cli": build.denied("")}, True),
    ],
)
def test_a_session_can_start_for_certain_only_where_all_that_it_needs_was_seen(
    changes: dict[str, Any], certain: bool
) -> None:
    found = verdict(build.healthy(**changes))
    assert found.can_start is True
    assert found.certain is certain
    assert f"a session can start ({'certain' if certain else 'likely'})" in found.sentence


def test_a_connection_that_is_not_seen_proves_nothing_either_way() -> None:
    found = verdict(build.healthy(connection=build.denied("ssm:GetConnectionStatus")))
    assert (found.can_start, found.certain) == (None, False)


def test_only_what_was_read_proves_anything() -> None:
    seen, unseen = Seen(1), build.denied("ec2:DescribeSubnets")
    assert proven("It is broken.", by=(seen,)).certainty is Certainty.CERTAIN
    assert proven("It is broken.", by=(seen, unseen)).certainty is Certainty.LIKELY
    assert proven("It is broken.", by=(seen, None)).certainty is Certainty.LIKELY
    assert proven("It is broken.", by=()).certainty is Certainty.LIKELY
    expired = Unseen(build.fault("sts:GetCallerIdentity", FaultKind.EXPIRED_CREDENTIALS))
    assert proven("It is broken.", by=(expired,)).certainty is Certainty.CERTAIN


@pytest.mark.parametrize("status", [status for status in CheckStatus if status is not CheckStatus.FAIL])
def test_nothing_but_a_fail_can_be_made_certain(status: CheckStatus) -> None:
    with pytest.raises(ValueError, match="only a FAIL can be certain"):
        CheckResult("path.route", status, "It is.", certainty=Certainty.CERTAIN)
