from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from smtui.aws.node_adapter import ec2_facts, ssm_facts
from smtui.domain.node import PingStatus

SEEN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_a_managed_node_is_taken_over_whole() -> None:
    (node,) = ssm_facts(
        [
            {
                "InstanceId": "mi-0123",
                "PingStatus": "Online",
                "LastPingDateTime": datetime(2026, 11, 22, 9, 59, tzinfo=timezone(timedelta(hours=2))),
                "AgentVersion": "3.3.987.0",
                "IsLatestVersion": False,
                "PlatformType": "Linux",
                "PlatformName": "Ubuntu",
                "PlatformVersion": "24.04",
                "ActivationId": "activation",
                "IamRole": "SSMServiceRole",
                "RegistrationDate": datetime(2026, 1, 1),
                "ResourceType": "ManagedInstance",
                "Name": "cellar",
                "IPAddress": "10.0.0.7",
                "ComputerName": "cellar.example",
                "SourceId": "thing-1",
                "SourceType": "AWS::IoT::Thing",
            }
        ],
        SEEN,
    )
    assert node.node_id == "mi-0123"
    assert node.ping_status is PingStatus.ONLINE
    assert node.last_ping == datetime(2026, 11, 22, 7, 59, tzinfo=UTC)
    assert node.last_ping is not None
    assert node.last_ping.tzinfo is UTC
    assert node.is_latest_agent is False
    assert (node.platform_type, node.platform_name, node.platform_version) == ("Linux", "Ubuntu", "24.04")
    assert (node.name, node.computer_name, node.ip_address) == ("cellar", "cellar.example", "10.0.0.7")
    assert (node.iam_role, node.activation_id) == ("SSMServiceRole", "activation")
    assert (node.source_type, node.source_id) == ("AWS::IoT::Thing", "thing-1")
    assert node.registered_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert node.seen_at == SEEN


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"PingStatus": "Asleep"},
        {"PingStatus": None, "AgentVersion": 3, "IsLatestVersion": "yes", "Name": ["a"]},
        {"LastPingDateTime": "yesterday", "RegistrationDate": 0},
        {"LastPingDateTime": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
        {"LastPingDateTime": datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))},
    ],
)
def test_odd_entries_of_systems_manager_never_raise(entry: dict[str, Any]) -> None:
    (node,) = ssm_facts([{"InstanceId": "i-1", **entry}], SEEN)
    assert node.ping_status is PingStatus.UNRECOGNISED
    assert node.last_ping is None
    assert node.agent_version == ""
    assert node.is_latest_agent is None


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"InstanceInformationList": None},
        {"InstanceInformationList": ["i-1", None, {"PingStatus": "Online"}, {"InstanceId": ""}]},
    ],
)
def test_pages_without_nodes(page: dict[str, Any]) -> None:
    assert ssm_facts(page.get("InstanceInformationList"), SEEN) == []


def _reservations(*instances: object) -> list[Any]:
    return [{"Instances": list(instances)}]


def test_an_instance_is_taken_over_whole() -> None:
    (instance,) = ec2_facts(
        _reservations(
            {
                "InstanceId": "i-1",
                "State": {"Code": 16, "Name": "running"},
                "InstanceType": "t4g.nano",
                "PrivateIpAddress": "10.0.1.2",
                "PublicIpAddress": "192.0.2.1",
                "VpcId": "vpc-1",
                "SubnetId": "subnet-1",
                "Placement": {"AvailabilityZone": "eu-west-1a"},
                "IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/ssm", "Id": "AIPA"},
                "ImageId": "ami-1",
                "PlatformDetails": "Linux/UNIX",
                "LaunchTime": datetime(2026, 11, 1, tzinfo=UTC),
                "Tags": [{"Key": "Name", "Value": "web-1"}, {"Key": "team", "Value": "[red]x[/]"}],
            }
        ),
        SEEN,
    )
    assert (instance.node_id, instance.name, instance.state) == ("i-1", "web-1", "running")
    assert dict(instance.tags) == {"Name": "web-1", "team": "[red]x[/]"}
    assert instance.instance_profile_arn == "arn:aws:iam::1:instance-profile/ssm"
    assert (instance.private_ip, instance.public_ip) == ("10.0.1.2", "192.0.2.1")
    assert (instance.vpc_id, instance.subnet_id, instance.zone) == ("vpc-1", "subnet-1", "eu-west-1a")
    assert (instance.instance_type, instance.image_id) == ("t4g.nano", "ami-1")
    assert instance.platform_details == "Linux/UNIX"
    assert instance.launched_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_terminated_instances_are_left_out() -> None:
    states = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]
    page = _reservations(*({"InstanceId": f"i-{state}", "State": {"Name": state}} for state in states))
    assert [one.state for one in ec2_facts(page, SEEN)] == [state for state in states if state != "terminated"]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"State": None, "Tags": None, "Placement": "here", "IamInstanceProfile": []},
        {"State": {"Name": 16}, "Tags": [None, {}, {"Key": "Name"}], "LaunchTime": "soon"},
    ],
)
def test_odd_instances_never_raise(entry: dict[str, Any]) -> None:
    (instance,) = ec2_facts(_reservations({"InstanceId": "i-1", **entry}), SEEN)
    assert (instance.state, instance.name, instance.instance_profile_arn) == ("", "", "")
    assert instance.launched_at is None


@pytest.mark.parametrize("page", [{}, {"Reservations": None}, {"Reservations": [None, {}, {"Instances": 1}]}])
def test_pages_without_instances(page: dict[str, Any]) -> None:
    assert ec2_facts(page.get("Reservations"), SEEN) == []


def test_a_windows_instance_of_an_older_answer_and_one_with_ipv6_alone() -> None:
    (instance,) = ec2_facts(
        _reservations({"InstanceId": "i-1", "Platform": "windows", "Ipv6Address": "2001:db8::1"}), SEEN
    )
    assert instance.platform_details == "windows"
    assert instance.private_ip == "2001:db8::1"
