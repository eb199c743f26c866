"""Two accounts and their Regions behind one endpoint, for clients that we did not write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT, REGIONS, SILENT_REGION, DemoPlace
from smtui.demo.story.place_fleets import nodes_at
from smtui.demo.story.planned_vpcs import vpcs, vpcs_of
from smtui.demo.story.region_faults import Faults
from tests.demo.operations.test_sts_calls import HUB_ARN, OPS_ARN, as_role
from tests.demo.support import client

PLACES = [DemoPlace(account, region) for account in (ACCOUNT, OTHER_ACCOUNT) for region in REGIONS]
WITH_NODES = [place for place in PLACES if place.is_home or nodes_at(place)]


def web_1(ssm: Any) -> set[str]:
    told = ssm.get_paginator("describe_instance_information").paginate()
    nodes = [node for page in told for node in page["InstanceInformationList"]]
    return {node["InstanceId"] for node in nodes if node["IPAddress"].endswith(".1.12")}


def test_the_same_names_are_other_nodes_in_every_place(region: SimulatedRegion) -> None:
    ids = {
        *web_1(client(region, "ssm")),
        *web_1(client(region, "ssm", region_name="us-east-1")),
        *web_1(as_role(region, "ssm", HUB_ARN, OPS_ARN)),
        *web_1(as_role(region, "ssm", HUB_ARN, OPS_ARN, region_name="us-east-1")),
    }
    assert len(ids) == 4
    assert "i-0a1b2c3d4e5f60718" in ids


def test_what_belongs_to_a_node_is_in_its_account_and_region(region: SimulatedRegion) -> None:
    ec2 = as_role(region, "ec2", HUB_ARN, OPS_ARN, region_name="eu-central-1")
    (found,) = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["vault-1"]}])["Reservations"]
    node = found["Instances"][0]
    assert found["OwnerId"] == OTHER_ACCOUNT
    assert node["Placement"]["AvailabilityZone"] == "eu-central-1a"
    assert node["PrivateDnsName"] == "ip-10-28-1-23.eu-central-1.compute.internal"
    (subnet,) = ec2.describe_subnets(SubnetIds=[node["SubnetId"]])["Subnets"]
    assert subnet["SubnetArn"].startswith(f"arn:aws:ec2:eu-central-1:{OTHER_ACCOUNT}:subnet/")
    assert ec2.describe_security_groups(GroupIds=[node["SecurityGroups"][0]["GroupId"]])["SecurityGroups"]
    iam = as_role(region, "iam", HUB_ARN, OPS_ARN)
    name = node["IamInstanceProfile"]["Arn"].partition("/")[2]
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert profile["Arn"] == node["IamInstanceProfile"]["Arn"]
    (role,) = profile["Roles"]
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert {each["PolicyArn"].split(":")[4] for each in attached} == {"aws", OTHER_ACCOUNT}


@pytest.mark.parametrize("place", WITH_NODES, ids=lambda place: f"{place.account}/{place.region}")
def test_every_node_lies_in_a_vpc_of_its_place(place: DemoPlace) -> None:
    known = {vpc.vpc_id: vpc for vpc in (vpcs() if place.is_home else vpcs_of(place))}
    for node in nodes_at(place):
        assert node.place == place
        if node.network is not None:
            vpc = known[node.network.vpc_id]
            (subnet,) = [each for each in vpc.subnets if each.subnet_id == node.network.subnet_id]
            assert (vpc.place, subnet.zone) == (place, node.network.zone)


def test_no_id_is_in_two_places() -> None:
    ids = [node.node_id for place in PLACES for node in nodes_at(place)]
    ids += [vpc.vpc_id for place in PLACES for vpc in (vpcs() if place.is_home else vpcs_of(place))]
    assert len(ids) == len(set(ids))


def test_sessions_are_those_of_their_place_and_of_their_owner(region: SimulatedRegion) -> None:
    stage = as_role(region, "ssm", HUB_ARN, OPS_ARN)
    (target,) = web_1(stage)
    started = stage.start_session(Target=target)
    assert started["SessionId"].startswith("ops-1-")
    (session,) = stage.describe_sessions(State="Active")["Sessions"]
    assert session["Owner"] == f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/OpsEngineer/ops-1"
    home = client(region, "ssm")
    assert home.describe_sessions(State="Active")["Sessions"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        home.terminate_session(SessionId=started["SessionId"])
    with pytest.raises(ClientError, match="TargetNotConnected"):
        home.start_session(Target=target)
    assert stage.terminate_session(SessionId=started["SessionId"])


def test_the_trail_of_an_account_names_the_role_session(region: SimulatedRegion) -> None:
    stage = as_role(region, "ssm", HUB_ARN, OPS_ARN)
    stage.start_session(Target=next(iter(web_1(stage))))
    trail = as_role(region, "cloudtrail", HUB_ARN, OPS_ARN)
    asked = [{"AttributeKey": "EventSource", "AttributeValue": "ssm.amazonaws.com"}]
    (event,) = trail.lookup_events(LookupAttributes=asked)["Events"]
    told = json.loads(event["CloudTrailEvent"])
    assert (event["Username"], told["recipientAccountId"]) == ("ops-1", OTHER_ACCOUNT)
    assert told["userIdentity"]["accountId"] == OTHER_ACCOUNT
    assert told["userIdentity"]["principalId"].endswith(":ops-1")


def test_regions_that_nobody_has_opted_in_to(region: SimulatedRegion) -> None:
    ec2 = client(region, "ec2")
    assert "me-south-1" not in {each["RegionName"] for each in ec2.describe_regions()["Regions"]}
    told = {each["RegionName"]: each["OptInStatus"] for each in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert told["me-south-1"] == "not-opted-in"
    assert set(told.values()) == {"not-opted-in", "opt-in-not-required"}
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client(region, "ssm", region_name="me-south-1").describe_instance_information()


def test_one_region_takes_calls_and_never_answers() -> None:
    faults = Faults()
    assert [faults.fate_of("ssm:DescribeInstanceInformation", place).hang for place in PLACES] == [
        place.region == SILENT_REGION for place in PLACES
    ]


def test_policies_of_a_role_are_simulated_for_the_doctor(region: SimulatedRegion) -> None:
    iam = as_role(region, "iam", HUB_ARN, OPS_ARN)
    told = iam.simulate_principal_policy(PolicySourceArn=OPS_ARN, ActionNames=["ssm:StartSession"])
    assert [each["EvalDecision"] for each in told["EvaluationResults"]] == ["allowed"]
    told = client(region, "iam").simulate_principal_policy(PolicySourceArn=HUB_ARN, ActionNames=["ssm:StartSession"])
    assert [each["EvalDecision"] for each in told["EvaluationResults"]] == ["implicitDeny"]
