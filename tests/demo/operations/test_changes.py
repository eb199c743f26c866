"""Calls that change the simulated account: what they answer, what they refuse, and what is seen of them later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.story_nodes import more_causes, story
from tests.demo.support import client, quiet_region

NODES = {node.name: node.node_id for node in (*story(), *more_causes())}
GROUP, ACL, TABLE = made_up_id("sg", "no-egress-1"), made_up_id("acl", "no-egress-1"), made_up_id("rtb", "no-nat-1")
VPC = made_up_id("vpc", "isolated-1")
SSM = {"ServiceName": "com.amazonaws.eu-west-1.ssm", "VpcEndpointType": "Interface"}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ENTRY = {"Egress": True, "RuleNumber": 100, "Protocol": "6", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"}
MALFORMED = "MalformedPolicyDocument"
BROKEN_JSON = '{"Version":'


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


@pytest.fixture(autouse=True)
def as_told(region: SimulatedRegion) -> None:
    region.account.restore()


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("ec2", "start_instances", {"InstanceIds": [NODES["stopping-1"]]}, "IncorrectInstanceState"),
        ("ec2", "start_instances", {"InstanceIds": ["i-00000000000000000"]}, "InvalidInstanceID.NotFound"),
        (
            "ec2",
            "associate_iam_instance_profile",
            {"InstanceId": NODES["web-1"], "IamInstanceProfile": {"Name": "web-instance-profile"}},
            "IncorrectState",
        ),
        (
            "ec2",
            "associate_iam_instance_profile",
            {"InstanceId": NODES["no-profile-1"], "IamInstanceProfile": {"Name": "nobody"}},
            "InvalidParameterValue",
        ),
        (
            "ec2",
            "authorize_security_group_egress",
            {"GroupId": "sg-0", "IpPermissions": [HTTPS]},
            "InvalidGroup.NotFound",
        ),
        ("ec2", "authorize_security_group_egress", {"GroupId": GROUP}, "MissingParameter"),
        ("ec2", "create_network_acl_entry", {"NetworkAclId": ACL, **ENTRY}, "NetworkAclEntryAlreadyExists"),
        (
            "ec2",
            "create_route",
            {"RouteTableId": made_up_id("rtb", "public-1"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
            "RouteAlreadyExists",
        ),
        (
            "ec2",
            "replace_route",
            {"RouteTableId": TABLE, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
            "InvalidParameterValue",
        ),
        ("ec2", "create_vpc_endpoint", {"VpcId": VPC, **SSM, "PrivateDnsEnabled": True}, "InvalidParameter"),
        (
            "ec2",
            "create_vpc_endpoint",
            {"VpcId": made_up_id("vpc", "vpc-dns-off-1"), **SSM, "PrivateDnsEnabled": True},
            "InvalidParameter",
        ),
        ("ec2", "modify_vpc_endpoint", {"VpcEndpointId": "vpce-0"}, "InvalidVpcEndpointId.NotFound"),
        (
            "ec2",
            "modify_vpc_endpoint",
            {"VpcEndpointId": made_up_id("vpce", "isolated-1/ssm"), "PolicyDocument": BROKEN_JSON},
            "InvalidPolicyDocument",
        ),
        (
            "ec2",
            "modify_vpc_attribute",
            {"VpcId": VPC, "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}},
            "InvalidParameterCombination",
        ),
        (
            "ec2",
            "create_route",
            {"RouteTableId": TABLE, "DestinationCidrBlock": "10.0.0.0/99", "GatewayId": "igw-1"},
            "InvalidParameterValue",
        ),
        ("ec2", "create_vpc_endpoint", {"VpcId": VPC, "ServiceName": "com.amazonaws.eu-west-1.s3"}, "MissingParameter"),
        ("iam", "put_role_policy", {"RoleName": "web-role", "PolicyName": "p", "PolicyDocument": "[]"}, MALFORMED),
        (
            "iam",
            "put_role_policy",
            {"RoleName": "web-role", "PolicyName": "p", "PolicyDocument": '{"Statement": [1]}'},
            MALFORMED,
        ),
        ("iam", "create_role", {"RoleName": "web-role", "AssumeRolePolicyDocument": "{}"}, "EntityAlreadyExists"),
        ("iam", "create_role", {"RoleName": "new", "AssumeRolePolicyDocument": BROKEN_JSON}, "MalformedPolicyDocument"),
        (
            "iam",
            "attach_role_policy",
            {"RoleName": "web-role", "PolicyArn": "arn:aws:iam::aws:policy/None"},
            "NoSuchEntity",
        ),
        ("iam", "delete_role_policy", {"RoleName": "web-role", "PolicyName": "none"}, "NoSuchEntity"),
        ("iam", "create_instance_profile", {"InstanceProfileName": "web-instance-profile"}, "EntityAlreadyExists"),
        (
            "iam",
            "add_role_to_instance_profile",
            {"InstanceProfileName": "web-instance-profile", "RoleName": "api-role"},
            "LimitExceeded",
        ),
        (
            "iam",
            "create_policy_version",
            {"PolicyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "PolicyDocument": "{}"},
            "AccessDenied",
        ),
        (
            "ssm",
            "send_command",
            {"DocumentName": "AWS-RunPatchBaseline", "InstanceIds": [NODES["web-1"]]},
            "InvalidDocument",
        ),
        (
            "ssm",
            "send_command",
            {"DocumentName": "AWS-UpdateSSMAgent", "InstanceIds": [NODES["no-nat-1"]]},
            "InvalidInstanceId",
        ),
        ("ssm", "update_service_setting", {"SettingId": "/none", "SettingValue": "x"}, "ServiceSettingNotFound"),
    ],
)
def test_what_aws_refuses_is_refused_and_changes_nothing(
    region: SimulatedRegion, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    before = region.account.changes
    with pytest.raises(ClientError) as raised:
        getattr(client(region, service), operation)(**params)
    assert raised.value.response["Error"]["Code"] == code
    assert region.account.changes == before


def test_a_fault_takes_the_permission_to_change_as_well(region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ec2:StartInstances"]})
    try:
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            client(region, "ec2").start_instances(InstanceIds=[NODES["stopped-1"]])
    finally:
        region.faults.apply({"reset": True})


def test_a_rule_is_authorised_once_and_described(region: SimulatedRegion) -> None:
    ec2 = client(region, "ec2")
    ec2.authorize_security_group_egress(GroupId=GROUP, IpPermissions=[HTTPS])
    [group] = ec2.describe_security_groups(GroupIds=[GROUP])["SecurityGroups"]
    assert [(each["FromPort"], each["IpRanges"]) for each in group["IpPermissionsEgress"]] == [
        (443, [{"CidrIp": "0.0.0.0/0"}])
    ]
    with pytest.raises(ClientError, match="Duplicate"):
        ec2.authorize_security_group_egress(GroupId=GROUP, IpPermissions=[HTTPS])


def test_routes_are_made_and_replaced_and_entries_made(region: SimulatedRegion) -> None:
    ec2 = client(region, "ec2")
    way = {"RouteTableId": TABLE, "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.create_route(**way, NatGatewayId="nat-1")
    ec2.replace_route(**way, GatewayId="igw-1")
    [table] = ec2.describe_route_tables(RouteTableIds=[TABLE])["RouteTables"]
    assert table["Routes"][-1]["GatewayId"] == "igw-1"
    ec2.create_network_acl_entry(NetworkAclId=ACL, **ENTRY | {"RuleNumber": 7, "RuleAction": "deny"})
    [acl] = ec2.describe_network_acls(NetworkAclIds=[ACL])["NetworkAcls"]
    [entry] = [each for each in acl["Entries"] if each["RuleNumber"] == 7]
    assert entry["RuleAction"] == "deny"


def test_an_endpoint_that_is_made_has_an_address_of_its_own(region: SimulatedRegion) -> None:
    ec2 = client(region, "ec2")
    vpc_id, subnet = made_up_id("vpc", "no-nat-1"), made_up_id("subnet", "no-nat-1")
    group = made_up_id("sg", "no-nat-1")
    where = {"VpcId": vpc_id, "SubnetIds": [subnet], "SecurityGroupIds": [group], "VpcEndpointType": "Interface"}
    made = [
        ec2.create_vpc_endpoint(ServiceName=f"com.amazonaws.eu-west-1.{service}", **where)["VpcEndpoint"]
        for service in ("ssm", "ssmmessages")
    ]
    faces = [face for one in made for face in one["NetworkInterfaceIds"]]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=faces)["NetworkInterfaces"]
    assert len({face["PrivateIpAddress"] for face in found}) == 2
    ec2.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"] for one in made])
    described = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
    assert described["VpcEndpoints"] == []


def test_a_role_and_its_policies_are_seen_in_iam(region: SimulatedRegion) -> None:
    iam = client(region, "iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="new", PolicyName="own", PolicyDocument=trust)
    iam.attach_role_policy(RoleName="new", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    iam.create_instance_profile(InstanceProfileName="new")
    iam.add_role_to_instance_profile(InstanceProfileName="new", RoleName="new")
    assert iam.get_role(RoleName="new")["Role"]["AssumeRolePolicyDocument"] == json.loads(trust)
    assert iam.list_role_policies(RoleName="new")["PolicyNames"] == ["own"]
    [attached] = iam.list_attached_role_policies(RoleName="new")["AttachedPolicies"]
    iam.detach_role_policy(RoleName="new", PolicyArn=attached["PolicyArn"])
    assert iam.list_attached_role_policies(RoleName="new")["AttachedPolicies"] == []
    [role] = iam.get_instance_profile(InstanceProfileName="new")["InstanceProfile"]["Roles"]
    assert role["RoleName"] == "new"


def test_a_machine_stops_and_starts(region: SimulatedRegion) -> None:
    ec2, ssm = client(region, "ec2"), client(region, "ssm")
    [stopping] = ec2.stop_instances(InstanceIds=[NODES["web-1"]])["StoppingInstances"]
    assert (stopping["PreviousState"]["Name"], stopping["CurrentState"]["Name"]) == ("running", "stopped")
    assert ssm.get_connection_status(Target=NODES["web-1"])["Status"] == "notconnected"
    ec2.start_instances(InstanceIds=[NODES["web-1"]])
    assert ssm.get_connection_status(Target=NODES["web-1"])["Status"] == "connected"


def test_a_reboot_starts_the_agent(region: SimulatedRegion) -> None:
    ec2, ssm = client(region, "ec2"), client(region, "ssm")
    assert ssm.get_connection_status(Target=NODES["agent-stopped-1"])["Status"] == "notconnected"
    ec2.reboot_instances(InstanceIds=[NODES["agent-stopped-1"]])
    assert ssm.get_connection_status(Target=NODES["agent-stopped-1"])["Status"] == "connected"


def test_the_tier_is_a_setting_of_the_account(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm")
    setting = "/ssm/managed-instance/activation-tier"
    region.faults.apply({"switch": ["standard-tier"]})
    try:
        ssm.update_service_setting(SettingId=setting, SettingValue="advanced")
        assert ssm.get_service_setting(SettingId=setting)["ServiceSetting"]["SettingValue"] == "advanced"
        assert ssm.start_session(Target=NODES["onprem-1"])["SessionId"]
    finally:
        region.faults.apply({"reset": True})
