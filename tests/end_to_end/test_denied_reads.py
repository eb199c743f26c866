"""Each permission of a diagnosis taken away in turn: only the checks that rest on it say UNKNOWN, by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache

import pytest

from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.story_nodes import more_causes, story
from smtui.diagnosis.check_result import CheckStatus, Diagnosis
from smtui.diagnosis.evidence.record import Subject
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.plugin.plugin_host import PluginHost
from tests.engine.launcher_parts import launcher_over

_NODES = {node.name: node.node_id for node in (*story(), *more_causes())}
_DENIED_AT = {
    "iam:SimulatePrincipalPolicy": "endpoints-elsewhere-1",
    "ec2:DescribeInstances": "endpoints-elsewhere-1",
    "ec2:DescribeInstanceStatus": "endpoints-elsewhere-1",
    "ssm:DescribeInstanceInformation": "endpoints-elsewhere-1",
    "ssm:GetConnectionStatus": "endpoints-elsewhere-1",
    "ec2:DescribeIamInstanceProfileAssociations": "endpoints-elsewhere-1",
    "iam:GetInstanceProfile": "endpoints-elsewhere-1",
    "iam:GetRole": "endpoints-elsewhere-1",
    "iam:ListAttachedRolePolicies": "endpoints-elsewhere-1",
    "iam:GetPolicy": "endpoints-elsewhere-1",
    "iam:GetPolicyVersion": "endpoints-elsewhere-1",
    "iam:ListRolePolicies": "endpoints-elsewhere-1",
    "iam:GetRolePolicy": "inline-policy-1",
    "ec2:DescribeSecurityGroups": "endpoints-elsewhere-1",
    "ec2:DescribeNetworkAcls": "endpoints-elsewhere-1",
    "ec2:DescribeRouteTables": "endpoints-elsewhere-1",
    "ec2:DescribeNatGateways": "web-1",
    "ec2:DescribeSubnets": "nat64-1",
    "ec2:DescribeVpcEndpoints": "endpoints-elsewhere-1",
    "ec2:GetManagedPrefixListEntries": "prefix-list-1",
    "ec2:DescribeVpcAttribute": "endpoints-elsewhere-1",
    "ssm:DescribeActivations": "onprem-1",
    "ssm:GetServiceSetting": "onprem-1",
    "ssm:GetDocument": "endpoints-elsewhere-1",
    "s3:ListBucket": "endpoints-elsewhere-1",
    "s3:GetEncryptionConfiguration": "endpoints-elsewhere-1",
    "logs:DescribeLogGroups": "endpoints-elsewhere-1",
    "kms:DescribeKey": "endpoints-elsewhere-1",
}
"""IAM action -> a node whose diagnosis rests on it."""
_SYMPTOMS = {"node.registered", "node.ping", "node.connection"}


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def preferences_are_set(region: SimulatedRegion) -> None:
    region.faults.apply({"reset": True, "switch": ["preferences"]})


@pytest.fixture(scope="module")
def places(region: SimulatedRegion) -> BotoPlaces:
    return BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)


def examined(places: BotoPlaces, name: str) -> Diagnosis:
    async def run() -> Diagnosis:
        fleet = Fleet(places, [Place()], OffLoop())
        launcher = launcher_over(fleet, PluginHost({"SMTUI_PLUGIN": "builtin"}), evidence=places)
        return await launcher.examine(Subject(_NODES[name])).run()

    return asyncio.run(run())


@cache
def statuses_when_allowed(places: BotoPlaces, name: str) -> dict[str, CheckStatus]:
    return {result.code: result.status for result in examined(places, name).results}


@pytest.mark.parametrize(("action", "name"), _DENIED_AT.items(), ids=_DENIED_AT)
def test_a_denied_read_makes_its_checks_unknown_and_no_other(
    region: SimulatedRegion, places: BotoPlaces, action: str, name: str
) -> None:
    allowed = statuses_when_allowed(places, name)
    assert set(allowed.values()) <= {CheckStatus.PASS, CheckStatus.SKIPPED}

    region.faults.apply({"deny": [action]})
    diagnosis = examined(places, name)

    changed = [result for result in diagnosis.results if result.status is not allowed[result.code]]
    assert changed, f"{action} is not needed"
    for result in changed:
        assert result.status is CheckStatus.UNKNOWN, result
        assert action in " ".join((result.finding, *result.evidence)), result
    assert diagnosis.verdict is not None
    assert action in diagnosis.verdict.sentence


@pytest.mark.parametrize("name", ["no-policy-1", "no-nat-1", "no-ssmmessages-1", "hop-limit-1", "acl-closed-1"])
@pytest.mark.parametrize("action", [action for action, at in _DENIED_AT.items() if at == "endpoints-elsewhere-1"])
def test_on_a_broken_node_a_denied_read_makes_no_other_fault_up(
    region: SimulatedRegion, places: BotoPlaces, action: str, name: str
) -> None:
    allowed = statuses_when_allowed(places, name)

    region.faults.apply({"deny": [action]})
    diagnosis = examined(places, name)

    changed = {result.code: result for result in diagnosis.results if result.status is not allowed[result.code]}
    assert {result.status for code, result in changed.items() if code not in _SYMPTOMS} <= {CheckStatus.UNKNOWN}
    assert all(result.status is not CheckStatus.FAIL for result in changed.values()), changed
