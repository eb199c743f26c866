"""The node as EC2 and Systems Manager tell it: what is there, what is gone, what may not be seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.domain.evidence.identity import HostManagement
from smtui.domain.evidence.instance import Activation, Instance, MetadataOptions, NetworkInterface, StatusChecks
from smtui.domain.fault import FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus
from tests.aws.evidence_support import NOW, ToldAws, by_filter, check_denied, fault_of

NODE = "i-0123456789abcdef0"
ROLE_SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
TIER_SETTING = "/ssm/managed-instance/activation-tier"


def holding(*instances: dict[str, object]) -> dict[str, object]:
    return {"Reservations": [{"Instances": list(instances)}]}


def test_an_instance_whole(told: ToldAws) -> None:
    face = {"Attachment": {"DeviceIndex": 0}, "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]}
    second = {
        "NetworkInterfaceId": "eni-2",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-2",
        "PrivateIpAddress": "10.0.2.5",
        "Association": {"PublicIp": "203.0.113.6"},
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::2"}],
        "Attachment": {"DeviceIndex": 1},
        "Groups": [{"GroupId": "sg-9"}],
    }
    six = [{"Ipv6Address": "2001:db8::1"}]
    answer = holding(
        {
            "InstanceId": NODE,
            "State": {"Name": "running"},
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "PrivateIpAddress": "10.0.0.5",
            "PublicIpAddress": "203.0.113.5",
            "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
            "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "NetworkInterfaces": [second, face | {"Ipv6Addresses": six}],
            "SecurityGroups": [{"GroupId": "sg-1"}, {"GroupId": "sg-9"}],
            "Platform": "Windows",
        }
    )
    answer["Reservations"][0]["OwnerId"] = "111122223333"  # type: ignore[index]
    told.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    assert told.evidence.instance(NODE) == Instance(
        NODE,
        "running",
        "vpc-1",
        "subnet-1",
        "10.0.0.5",
        "203.0.113.5",
        ("2001:db8::1",),
        ("sg-1", "sg-2"),
        "arn:aws:iam::123456789012:instance-profile/web",
        MetadataOptions(enabled=True, tokens_required=True, hop_limit=2),
        "windows",
        "111122223333",
        (NetworkInterface("eni-2", "vpc-1", "subnet-2", "10.0.2.5", "203.0.113.6", ("2001:db8::2",), ("sg-9",)),),
    )


def test_an_instance_of_which_little_is_told(told: ToldAws) -> None:
    answer = holding({"InstanceId": NODE, "State": {"Name": "terminated"}, "SecurityGroups": [{"GroupId": "sg-1"}]})
    told.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    assert told.evidence.instance(NODE) == Instance(NODE, "terminated", group_ids=("sg-1",))


def test_metadata_switched_off(told: ToldAws) -> None:
    answer = holding({"InstanceId": NODE, "MetadataOptions": {"HttpEndpoint": "disabled", "HttpTokens": "optional"}})
    told.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    found = told.evidence.instance(NODE)
    assert found is not None
    assert found.metadata == MetadataOptions(enabled=False, tokens_required=False, hop_limit=1)


def test_an_instance_of_nobody(told: ToldAws) -> None:
    told.answers("ec2", "describe_instances", {"Reservations": []}, by_filter("instance-id", "i-nonsense"))
    assert told.evidence.instance("i-nonsense") is None


def test_the_instance_may_be_on_a_later_page(told: ToldAws) -> None:
    asked = by_filter("instance-id", NODE)
    told.answers("ec2", "describe_instances", {"Reservations": [], "NextToken": "t"}, asked)
    told.answers("ec2", "describe_instances", holding({"InstanceId": NODE}), asked | {"NextToken": "t"})
    assert told.evidence.instance(NODE) == Instance(NODE, "")


def test_status_checks(told: ToldAws) -> None:
    entry = {
        "InstanceId": NODE,
        "InstanceState": {"Name": "running"},
        "InstanceStatus": {"Status": "impaired"},
        "SystemStatus": {"Status": "ok"},
    }
    told.answers("ec2", "describe_instance_status", {"InstanceStatuses": [entry]}, {"InstanceIds": [NODE]})
    assert told.evidence.status_checks(NODE) == StatusChecks("impaired", "ok")


@pytest.mark.parametrize("code", ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"])
def test_no_status_checks_of_what_is_not_there(told: ToldAws, code: str) -> None:
    told.refuses("ec2", "describe_instance_status", code)
    assert told.evidence.status_checks(NODE) is None


def test_no_status_checks_of_what_does_not_run(told: ToldAws) -> None:
    told.answers("ec2", "describe_instance_status", {"InstanceStatuses": []}, {"InstanceIds": [NODE]})
    assert told.evidence.status_checks(NODE) is None


def test_a_managed_node(told: ToldAws) -> None:
    asked = {"Filters": [{"Key": "InstanceIds", "Values": [NODE]}]}
    entry = {"InstanceId": NODE, "PingStatus": "Online", "AgentVersion": "3.3.1.0"}
    told.answers("ssm", "describe_instance_information", {"InstanceInformationList": [], "NextToken": "t"}, asked)
    told.answers(
        "ssm", "describe_instance_information", {"InstanceInformationList": [entry]}, asked | {"NextToken": "t"}
    )
    found = told.evidence.managed_node(NODE)
    assert found is not None
    assert (found.agent_version, found.seen_at) == ("3.3.1.0", NOW)


@pytest.mark.parametrize("code", ["InvalidInstanceId", "InvalidFilterValue"])
def test_a_node_that_systems_manager_does_not_know(told: ToldAws, code: str) -> None:
    told.refuses("ssm", "describe_instance_information", code)
    assert told.evidence.managed_node(NODE) is None


def test_the_connection_status(told: ToldAws) -> None:
    told.answers("ssm", "get_connection_status", {"Target": NODE, "Status": "Connected"}, {"Target": NODE})
    assert told.evidence.connection_status(NODE) == ConnectionFact(ConnectionStatus.CONNECTED, NOW)


def test_an_odd_connection_status_is_no_guess(told: ToldAws) -> None:
    told.answers("ssm", "get_connection_status", {"Target": NODE, "Status": "perhaps"}, {"Target": NODE})
    assert fault_of(lambda: told.evidence.connection_status(NODE)).kind is FaultKind.SERVICE


def test_an_activation(told: ToldAws) -> None:
    entry = {
        "ActivationId": "a-1",
        "IamRole": "service-role/hybrid",
        "Expired": True,
        "ExpirationDate": datetime(2026, 1, 1, tzinfo=UTC),
        "RegistrationsCount": 5,
        "RegistrationLimit": 5,
    }
    asked = {"Filters": [{"FilterKey": "ActivationIds", "FilterValues": ["a-1"]}]}
    told.answers("ssm", "describe_activations", {"ActivationList": [entry]}, asked)
    expires = datetime(2026, 1, 1, tzinfo=UTC)
    assert told.evidence.activation("a-1") == Activation("a-1", True, expires, 5, 5)


def test_an_activation_that_was_deleted(told: ToldAws) -> None:
    asked = {"Filters": [{"FilterKey": "ActivationIds", "FilterValues": ["a-1"]}]}
    told.answers("ssm", "describe_activations", {"ActivationList": []}, asked)
    assert told.evidence.activation("a-1") is None


@pytest.mark.parametrize(
    ("setting", "role"),
    [("service-role/Manager", "service-role/Manager"), ("$None", "")],
)
def test_default_host_management(told: ToldAws, setting: str, role: str) -> None:
    told.answers(
        "ssm", "get_service_setting", {"ServiceSetting": {"SettingValue": setting}}, {"SettingId": ROLE_SETTING}
    )
    assert told.evidence.host_management() == HostManagement(role)


def test_default_host_management_in_a_region_without_it(told: ToldAws) -> None:
    told.refuses("ssm", "get_service_setting", "ServiceSettingNotFound")
    assert told.evidence.host_management() == HostManagement("")


def test_the_tier(told: ToldAws) -> None:
    told.answers(
        "ssm", "get_service_setting", {"ServiceSetting": {"SettingValue": "advanced"}}, {"SettingId": TIER_SETTING}
    )
    assert told.evidence.tier() == "advanced"


def test_what_may_not_be_seen(told: ToldAws) -> None:
    aws = told.evidence
    calls = [
        ("describe_instances", "ec2:DescribeInstances", lambda: aws.instance(NODE)),
        ("describe_instance_status", "ec2:DescribeInstanceStatus", lambda: aws.status_checks(NODE)),
        ("describe_instance_information", "ssm:DescribeInstanceInformation", lambda: aws.managed_node(NODE)),
        ("get_connection_status", "ssm:GetConnectionStatus", lambda: aws.connection_status(NODE)),
        ("describe_activations", "ssm:DescribeActivations", lambda: aws.activation("a-1")),
        ("get_service_setting", "ssm:GetServiceSetting", aws.tier),
        ("get_service_setting", "ssm:GetServiceSetting", aws.host_management),
    ]
    for operation, action, ask in calls:
        service = action.partition(":")[0]
        code = "UnauthorizedOperation" if service == "ec2" else "AccessDeniedException"
        told.refuses(service, operation, code, "You are not authorized to perform this operation.")
        check_denied(ask, action)
