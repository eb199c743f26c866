"""What could not be read makes UNKNOWN and nothing else, whatever else is right or wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks.path.packet import PUBLIC_IPV4
from smtui.diagnosis.checks.path.path_checks import CHECKS
from smtui.diagnosis.evidence.network_facts import (
    AclEntry,
    GroupRule,
    NatGateway,
    NetworkAcl,
    PrefixList,
    Route,
    Subnet,
    VpcDns,
)
from smtui.diagnosis.evidence.reading import NotAsked, Seen
from smtui.diagnosis.evidence.record import Evidence
from tests.diagnosis import build

ACTIONS = {
    "security_groups": "ec2:DescribeSecurityGroups",
    "prefix_lists": "ec2:GetManagedPrefixListEntries",
    "network_acls": "ec2:DescribeNetworkAcls",
    "route_tables": "ec2:DescribeRouteTables",
    "nat_gateways": "ec2:DescribeNatGateways",
    "subnets": "ec2:DescribeSubnets",
    "vpc_endpoints": "ec2:DescribeVpcEndpoints",
    "interface_addresses": "ec2:DescribeNetworkInterfaces",
    "vpc_dns": "ec2:DescribeVpcAttribute",
    "managed": "ssm:DescribeInstanceInformation",
    "role": "iam:GetRole",
    "caller": "sts:GetCallerIdentity",
}
NAT_ROUTE = Route("0.0.0.0/0", build.NAT)
TGW_ROUTE = Route("0.0.0.0/0", "tgw-1")
NO_EGRESS = (build.group(egress=()), build.endpoint_group())
SHUT = (build.group(), build.group(build.ENDPOINT_GROUP))
TO_THE_VPC = (build.group(egress=(GroupRule("tcp", 443, 443, cidrs=("10.0.0.0/16",)),)), build.endpoint_group())
BY_LIST = (
    build.group(egress=(GroupRule("tcp", 443, 443, prefix_list_ids=("pl-1",)),)),
    build.group(build.ENDPOINT_GROUP, (GroupRule("tcp", 443, 443, prefix_list_ids=("pl-1",)),)),
)
LISTS = (PrefixList("pl-1", ("10.0.0.0/16",)),)
NAMELESS = tuple(replace(one, private_dns=False) for one in build.endpoints())
OLD = build.managed(agent_version="3.2.2303.0")
BROKEN_NAT = (NatGateway(build.NAT, "failed", build.PUBLIC, public=True),)

PUBLIC_ALONE = GroupRule("tcp", 443, 443, cidrs=tuple(map(str, PUBLIC_IPV4)))
FAR = "subnet-0aaaaaaaaaaaaaaa3"
FAR_AND_NAMELESS = tuple(replace(one, subnet_ids=(FAR,)) for one in NAMELESS)
NOT_INTO_THE_VPC = NetworkAcl(
    "acl-1",
    (build.PRIVATE, build.PUBLIC, FAR),
    (
        AclEntry(90, allow=False, egress=True, protocol="-1", cidr="10.0.3.0/24"),
        *build.acl().entries,
    ),
)

SCENES: Mapping[str, Evidence] = {
    "nat": build.healthy(),
    "endpoints": build.isolated(),
    "both": build.healthy(vpc_endpoints=build.endpoints(), security_groups=(build.group(), build.endpoint_group())),
    "both, egress to the VPC": build.healthy(vpc_endpoints=build.endpoints(), security_groups=TO_THE_VPC),
    "both, broken NAT": build.isolated(route_tables=build.route_tables(NAT_ROUTE), nat_gateways=BROKEN_NAT),
    "both, one missing": build.healthy(vpc_endpoints=build.endpoints("ssm"), security_groups=SHUT),
    "both, nameless": build.healthy(vpc_endpoints=NAMELESS, security_groups=SHUT),
    "both, nameless, egress to public addresses": build.healthy(
        vpc_endpoints=NAMELESS, security_groups=(build.group(egress=(PUBLIC_ALONE,)), build.endpoint_group())
    ),
    "both, nameless, ACL against the endpoints": build.healthy(
        vpc_endpoints=FAR_AND_NAMELESS,
        security_groups=(build.group(), build.endpoint_group()),
        network_acls=(NOT_INTO_THE_VPC,),
        subnets=(*build.subnets(), Subnet(FAR, "10.0.3.0/24")),
    ),
    "both, no host names": build.healthy(
        vpc_endpoints=build.endpoints(),
        security_groups=(build.group(), build.endpoint_group()),
        vpc_dns=VpcDns(support=True, hostnames=False),
    ),
    "tgw": build.healthy(route_tables=build.route_tables(TGW_ROUTE)),
    "tgw and endpoints": build.isolated(route_tables=build.route_tables(TGW_ROUTE)),
    "neither": build.healthy(route_tables=build.route_tables(), nat_gateways=()),
    "no egress, nat": build.healthy(security_groups=NO_EGRESS),
    "no egress, endpoints": build.isolated(security_groups=NO_EGRESS),
    "egress to the VPC, endpoints": build.isolated(security_groups=TO_THE_VPC),
    "by prefix list": build.isolated(security_groups=BY_LIST, prefix_lists=LISTS),
    "no ssm": build.isolated(vpc_endpoints=build.endpoints("ssmmessages", "ec2messages")),
    "no ec2messages, old": build.isolated(vpc_endpoints=build.endpoints("ssm", "ssmmessages"), managed=OLD),
    "no ec2messages, new": build.isolated(vpc_endpoints=build.endpoints("ssm", "ssmmessages")),
    "private DNS off": build.isolated(vpc_endpoints=NAMELESS),
    "shut": build.isolated(security_groups=SHUT),
    "no host names": build.isolated(vpc_dns=VpcDns(support=True, hostnames=False)),
    "no DNS": build.healthy(vpc_dns=VpcDns(support=False, hostnames=False)),
    "closed ACL": build.healthy(network_acls=(NetworkAcl("acl-1", (build.PRIVATE, build.PUBLIC), ()),)),
    "nat by prefix list": build.healthy(
        route_tables=build.route_tables(Route("pl-all", build.NAT)),
        prefix_lists=(PrefixList("pl-all", ("0.0.0.0/0",)),),
    ),
}


def with_readings(evidence: Evidence, readings: Mapping[str, Any]) -> Evidence:
    return replace(evidence, **readings)


def results(evidence: Evidence) -> dict[str, CheckResult]:
    found = {check.code: check.result(evidence) for check in CHECKS}
    return {code: result for code, result in found.items() if result is not None}


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.startswith(("nat", "endpoints", "both, n"))])
def test_these_are_well(scene: str) -> None:
    statuses = {result.status for result in results(SCENES[scene]).values()}
    assert statuses <= {CheckStatus.PASS, CheckStatus.SKIPPED}


@pytest.mark.parametrize("field", ACTIONS)
@pytest.mark.parametrize("scene", SCENES)
def test_a_denied_reading_changes_nothing_into_anything_but_unknown(scene: str, field: str) -> None:
    action, evidence = ACTIONS[field], SCENES[scene]
    before = results(evidence)
    after = results(with_readings(evidence, {field: build.denied(action)}))
    assert set(after) == set(before)
    for code, result in after.items():
        if result.status is not before[code].status:
            assert result.status is CheckStatus.UNKNOWN, code
            assert action in result.finding, code
    needing = [check.code for check in CHECKS if field in {lookup.name for lookup in check.needs}]
    assert all(after[code].status is CheckStatus.UNKNOWN for code in needing)


@pytest.mark.parametrize("scene", SCENES)
def test_with_everything_denied_nothing_is_called_broken(scene: str) -> None:
    blind = with_readings(SCENES[scene], {field: build.denied(action) for field, action in ACTIONS.items()})
    assert {result.status for result in results(blind).values()} == {CheckStatus.UNKNOWN}


def test_each_check_waits_for_what_it_reads() -> None:
    for check in CHECKS:
        names = {lookup.name for lookup in check.rests_on}
        for field in names:
            assert check.result(with_readings(build.isolated(), {field: None})) is None, (check.code, field)
        waiting = set(ACTIONS) - names
        unread = with_readings(build.isolated(), dict.fromkeys(waiting))
        assert check.result(unread) is not None


def test_findings_are_one_sentence_and_evidence_names_its_call() -> None:
    for evidence in SCENES.values():
        for result in results(evidence).values():
            assert result.finding.endswith("."), result.finding
            assert "\n" not in result.finding
            assert all(line.startswith(("ec2:", "iam:")) for line in result.evidence), result.evidence
            if result.status in (CheckStatus.FAIL, CheckStatus.WARN):
                assert result.evidence
                assert result.topic


def test_the_instance_denied_is_named_everywhere() -> None:
    gone = build.denied("ec2:DescribeInstances")
    fields = [field for field in ACTIONS if field not in ("managed", "role", "caller")]
    evidence = build.healthy(instance=gone, **dict.fromkeys(fields, gone))
    for result in results(evidence).values():
        assert result.status is CheckStatus.UNKNOWN
        assert "ec2:DescribeInstances" in result.finding


def test_an_instance_that_ec2_does_not_know() -> None:
    nothing = NotAsked("EC2 knows no instance here.")
    fields = [field for field in ACTIONS if field not in ("managed", "role", "caller")]
    evidence = with_readings(build.healthy(), {"instance": Seen(None), **dict.fromkeys(fields, nothing)})
    assert {result.status for result in results(evidence).values()} == {CheckStatus.SKIPPED}
