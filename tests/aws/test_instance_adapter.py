"""The node as EC2 and Systems Manager tell it: what is there, what is gone, what may not be seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.diagnosis.evidence.identity_facts import HostManagement
from smtui.diagnosis.evidence.node_facts import (
    Activation,
    Instance,
    MetadataOptions,
    NetworkInterface,
    SessionSpan,
    StatusChecks,
)
from smtui.domain.fault import FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus
from tests.aws.evidence_support import NOW, StubbedAws, by_filter, check_denied, fault_of

NODE = "i-0123456789abcdef0"
ROLE_SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
TIER_SETTING = "/ssm/managed-instance/activation-tier"


def holding(*instances: dict[str, object]) -> dict[str, object]:
    return {"Reservations": [{"Instances": list(instances)}]}


def test_an_instance_whole(stubbed: StubbedAws) -> None:
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
    stubbed.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    assert stubbed.evidence.instance(NODE) == Instance(
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


def test_an_instance_with_few_fields(stubbed: StubbedAws) -> None:
    answer = holding({"InstanceId": NODE, "State": {"Name": "terminated"}, "SecurityGroups": [{"GroupId": "sg-1"}]})
    stubbed.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    assert stubbed.evidence.instance(NODE) == Instance(NODE, "terminated", group_ids=("sg-1",))


def test_metadata_switched_off(stubbed: StubbedAws) -> None:
    answer = holding({"InstanceId": NODE, "MetadataOptions": {"HttpEndpoint": "disabled", "HttpTokens": "optional"}})
    stubbed.answers("ec2", "describe_instances", answer, by_filter("instance-id", NODE))
    found = stubbed.evidence.instance(NODE)
    assert found is not None
    assert found.metadata == MetadataOptions(enabled=False, tokens_required=False, hop_limit=1)


def test_an_instance_of_nobody(stubbed: StubbedAws) -> None:
    stubbed.answers("ec2", "describe_instances", {"Reservations": []}, by_filter("instance-id", "i-nonsense"))
    assert stubbed.evidence.instance("i-nonsense") is None


def test_the_instance_may_be_on_a_later_page(stubbed: StubbedAws) -> None:
    asked = by_filter("instance-id", NODE)
    stubbed.answers("ec2", "describe_instances", {"Reservations": [], "NextToken": "t"}, asked)
    stubbed.answers("ec2", "describe_instances", holding({"InstanceId": NODE}), asked | {"NextToken": "t"})
    assert stubbed.evidence.instance(NODE) == Instance(NODE, "")


def test_status_checks(stubbed: StubbedAws) -> None:
    entry = {
        "InstanceId": NODE,
        "InstanceState": {"Name": "running"},
        "InstanceStatus": {"Status": "impaired"},
        "SystemStatus": {"Status": "ok"},
    }
    stubbed.answers("ec2", "describe_instance_status", {"InstanceStatuses": [entry]}, {"InstanceIds": [NODE]})
    assert stubbed.evidence.status_checks(NODE) == StatusChecks("impaired", "ok")


@pytest.mark.parametrize("code", ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"])
def test_no_status_checks_of_what_is_not_there(stubbed: StubbedAws, code: str) -> None:
    stubbed.refuses("ec2", "describe_instance_status", code)
    assert stubbed.evidence.status_checks(NODE) is None


def test_no_status_checks_of_what_does_not_run(stubbed: StubbedAws) -> None:
    stubbed.answers("ec2", "describe_instance_status", {"InstanceStatuses": []}, {"InstanceIds": [NODE]})
    assert stubbed.evidence.status_checks(NODE) is None


def test_a_managed_node(stubbed: StubbedAws) -> None:
    asked = {"Filters": [{"Key": "InstanceIds", "Values": [NODE]}], "MaxResults": 50}
    entry = {"InstanceId": NODE, "PingStatus": "Online", "AgentVersion": "3.3.1.0"}
    stubbed.answers("ssm", "describe_instance_information", {"InstanceInformationList": [], "NextToken": "t"}, asked)
    stubbed.answers(
        "ssm", "describe_instance_information", {"InstanceInformationList": [entry]}, asked | {"NextToken": "t"}
    )
    found = stubbed.evidence.managed_node(NODE)
    assert found is not None
    assert (found.agent_version, found.seen_at) == ("3.3.1.0", NOW)


@pytest.mark.parametrize("code", ["InvalidInstanceId", "InvalidFilterValue"])
def test_a_node_that_systems_manager_does_not_know(stubbed: StubbedAws, code: str) -> None:
    stubbed.refuses("ssm", "describe_instance_information", code)
    assert stubbed.evidence.managed_node(NODE) is None


def test_the_connection_status(stubbed: StubbedAws) -> None:
    stubbed.answers("ssm", "get_connection_status", {"Target": NODE, "Status": "Connected"}, {"Target": NODE})
    assert stubbed.evidence.connection_status(NODE) == ConnectionFact(ConnectionStatus.CONNECTED, NOW)


def test_an_odd_connection_status_is_no_guess(stubbed: StubbedAws) -> None:
    stubbed.answers("ssm", "get_connection_status", {"Target": NODE, "Status": "perhaps"}, {"Target": NODE})
    assert fault_of(lambda: stubbed.evidence.connection_status(NODE)).kind is FaultKind.SERVICE


def test_an_activation(stubbed: StubbedAws) -> None:
    entry = {
        "ActivationId": "a-1",
        "IamRole": "service-role/hybrid",
        "Expired": True,
        "ExpirationDate": datetime(2026, 1, 1, tzinfo=UTC),
        "RegistrationsCount": 5,
        "RegistrationLimit": 5,
    }
    asked = {"Filters": [{"FilterKey": "ActivationIds", "FilterValues": ["a-1"]}]}
    stubbed.answers("ssm", "describe_activations", {"ActivationList": [entry]}, asked)
    expires = datetime(2026, 1, 1, tzinfo=UTC)
    assert stubbed.evidence.activation("a-1") == Activation("a-1", True, expires, 5, 5)


def test_sessions_are_the_active_ones_and_the_latest_that_ended(stubbed: StubbedAws) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    active = {"SessionId": "ops-1", "Target": NODE, "StartDate": start}
    elsewhere = {"SessionId": "ops-2", "Target": "i-2", "StartDate": start}
    ended = [{"SessionId": "ops-3", "Target": NODE, "StartDate": start, "EndDate": end}, {"Target": NODE}]
    asked = {"Filters": [{"key": "Target", "value": NODE}], "MaxResults": 200}
    stubbed.answers("ssm", "describe_sessions", {"Sessions": [active], "NextToken": "2"}, {"State": "Active", **asked})
    more = {"State": "Active", **asked, "NextToken": "2"}
    stubbed.answers("ssm", "describe_sessions", {"Sessions": [elsewhere]}, more)
    stubbed.answers("ssm", "describe_sessions", {"Sessions": ended, "NextToken": "3"}, {"State": "History", **asked})
    assert stubbed.evidence.sessions(NODE) == (SessionSpan("ops-1", start), SessionSpan("ops-3", start, end))


def test_an_activation_that_was_deleted(stubbed: StubbedAws) -> None:
    asked = {"Filters": [{"FilterKey": "ActivationIds", "FilterValues": ["a-1"]}]}
    stubbed.answers("ssm", "describe_activations", {"ActivationList": []}, asked)
    assert stubbed.evidence.activation("a-1") is None


@pytest.mark.parametrize(
    ("setting", "role"),
    [("service-role/Manager", "service-role/Manager"), ("$None", "")],
)
def test_default_host_management(stubbed: StubbedAws, setting: str, role: str) -> None:
    stubbed.answers(
        "ssm", "get_service_setting", {"ServiceSetting": {"SettingValue": setting}}, {"SettingId": ROLE_SETTING}
    )
    assert stubbed.evidence.host_management() == HostManagement(role)


def test_default_host_management_in_a_region_without_it(stubbed: StubbedAws) -> None:
    stubbed.refuses("ssm", "get_service_setting", "ServiceSettingNotFound")
    assert stubbed.evidence.host_management() == HostManagement("")


def test_the_tier(stubbed: StubbedAws) -> None:
    stubbed.answers(
        "ssm", "get_service_setting", {"ServiceSetting": {"SettingValue": "advanced"}}, {"SettingId": TIER_SETTING}
    )
    assert stubbed.evidence.tier() == "advanced"


def test_what_may_not_be_seen(stubbed: StubbedAws) -> None:
    aws = stubbed.evidence
    calls = [
        ("describe_instances", "ec2:DescribeInstances", lambda: aws.instance(NODE)),
        ("describe_instance_status", "ec2:DescribeInstanceStatus", lambda: aws.status_checks(NODE)),
        ("describe_instance_information", "ssm:DescribeInstanceInformation", lambda: aws.managed_node(NODE)),
        ("get_connection_status", "ssm:GetConnectionStatus", lambda: aws.connection_status(NODE)),
        ("describe_sessions", "ssm:DescribeSessions", lambda: aws.sessions(NODE)),
        ("describe_activations", "ssm:DescribeActivations", lambda: aws.activation("a-1")),
        ("get_service_setting", "ssm:GetServiceSetting", aws.tier),
        ("get_service_setting", "ssm:GetServiceSetting", aws.host_management),
    ]
    for operation, action, ask in calls:
        service = action.partition(":")[0]
        code = "UnauthorizedOperation" if service == "ec2" else "AccessDeniedException"
        stubbed.refuses(service, operation, code, "You are not authorized to perform this operation.")
        check_denied(ask, action)
