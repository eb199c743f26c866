"""The simulated Region as boto3 sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.access_story import access_nodes
from smtui.demo.story.story_nodes import story
from tests.demo.nasty import NASTY_TEXTS, nasty_nodes
from tests.demo.support import client, quiet_region, set_faults, signed

Call = Callable[[], Any]
NODES = {node.name: node for node in story()}


def error_of(call: Call) -> tuple[str, str, int]:
    """Code, message and HTTP status of the error that the call meets."""
    with pytest.raises(ClientError) as caught:
        call()
    response: dict[str, Any] = dict(caught.value.response)
    assert response["ResponseMetadata"]["RequestId"]
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def managed(ssm: Any, **params: Any) -> list[dict[str, Any]]:
    pages = ssm.get_paginator("describe_instance_information").paginate(**params)
    return [node for page in pages for node in page["InstanceInformationList"]]


def instances(ec2: Any, **params: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_instances").paginate(**params)
    return [instance for page in pages for kept in page["Reservations"] for instance in kept["Instances"]]


class TestListing:
    def test_every_managed_node_across_pages(self, region: SimulatedRegion) -> None:
        expected = [node.node_id for node in [*story(), *access_nodes()] if node.listed]
        for size in (5, 7, 50):
            got = managed(client(region, "ssm"), MaxResults=size)
            assert [node["InstanceId"] for node in got] == expected

    def test_ten_nodes_a_page_when_not_asked_otherwise(self, region: SimulatedRegion) -> None:
        page = client(region, "ssm").describe_instance_information()
        assert len(page["InstanceInformationList"]) == 10
        assert page["NextToken"]

    def test_the_facts_of_a_linux_node(self, region: SimulatedRegion) -> None:
        (web,) = managed(client(region, "ssm"), Filters=[{"Key": "InstanceIds", "Values": ["i-0a1b2c3d4e5f60718"]}])
        pinged = web.pop("LastPingDateTime")
        assert timedelta(0) < datetime.now(UTC) - pinged < timedelta(seconds=8)
        web.pop("LastAssociationExecutionDate")
        assert web == {
            "InstanceId": "i-0a1b2c3d4e5f60718",
            "PingStatus": "Online",
            "AgentVersion": "3.3.987.0",
            "IsLatestVersion": True,
            "PlatformType": "Linux",
            "PlatformName": "Amazon Linux",
            "PlatformVersion": "2023",
            "ResourceType": "EC2Instance",
            "IPAddress": "10.0.1.12",
            "ComputerName": "ip-10-0-1-12.eu-west-1.compute.internal",
            "SourceId": "i-0a1b2c3d4e5f60718",
            "SourceType": "AWS::EC2::Instance",
            "AssociationStatus": "Success",
        }

    def test_hybrid_nodes_and_edge_devices_tell_what_they_are(self, region: SimulatedRegion) -> None:
        got = {node["ComputerName"]: node for node in managed(client(region, "ssm"), MaxResults=50)}
        onprem, edge = got["onprem-1.example.net"], got["edge-1.example.net"]
        assert (onprem["Name"], onprem["ResourceType"]) == ("onprem-1", "ManagedInstance")
        assert onprem["InstanceId"].startswith("mi-")
        assert onprem["ActivationId"]
        assert (edge["SourceType"], edge["SourceId"]) == ("AWS::IoT::Thing", "line-4-gateway")
        assert "IsLatestVersion" not in got["WIN-1.corp.example.net"]

    @pytest.mark.parametrize(
        ("key", "values", "names"),
        [
            ("PingStatus", ["ConnectionLost"], {"onprem-lost-1", "edge-lost-1"}),
            (
                "ResourceType",
                ["ManagedInstance"],
                {"onprem-1", "onprem-win-1", "onprem-lost-1", "edge-1", "edge-lost-1"},
            ),
            ("SourceTypes", ["AWS::IoT::Thing"], {"edge-1", "edge-lost-1"}),
            ("PlatformTypes", ["Windows"], {"onprem-win-1"}),
        ],
    )
    def test_filters(self, region: SimulatedRegion, key: str, values: list[str], names: set[str]) -> None:
        for params in (
            {"Filters": [{"Key": key, "Values": values}]},
            {"InstanceInformationFilterList": [{"key": key, "valueSet": values}]},
        ):
            if key == "SourceTypes" and "Filters" not in params:
                continue  # not among the keys of the older form
            got = managed(client(region, "ssm"), **params)
            assert {node["Name"] for node in got if "Name" in node} == names

    def test_a_tag_filter(self, region: SimulatedRegion) -> None:
        got = managed(client(region, "ssm"), Filters=[{"Key": "tag:team", "Values": ["web"]}])
        assert [node["InstanceId"] for node in got] == [NODES[f"web-{n}"].node_id for n in (1, 2, 3)]
        both = [{"Key": "tag:team", "Values": ["web"]}, {"Key": "tag-key", "Values": ["env"]}]
        assert len(managed(client(region, "ssm"), Filters=both)) == len(got)

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"MaxResults": 51}, "ValidationException"),
            ({"MaxResults": 4}, None),
            ({"NextToken": "made-up"}, "InvalidNextToken"),
            ({"NextToken": "é"}, "InvalidNextToken"),
            ({"Filters": [{"Key": "Nope", "Values": ["x"]}]}, "InvalidFilterKey"),
            ({"Filters": [{"Key": "InstanceIds", "Values": ["i-00000000000000000"]}]}, "InvalidInstanceId"),
            (
                {"Filters": [{"Key": "ResourceType", "Values": ["EC2Instance", "ManagedInstance"]}]},
                "InvalidInstanceInformationFilterValue",
            ),
            ({"Filters": [{"Key": "tag:env", "Values": list("abcdef")}]}, "ValidationException"),
            (
                {
                    "Filters": [
                        {"Key": "tag:env", "Values": ["prod"]},
                        {"Key": "PingStatus", "Values": ["Online"]},
                    ]
                },
                "ValidationException",
            ),
            (
                {
                    "Filters": [{"Key": "PingStatus", "Values": ["Online"]}],
                    "InstanceInformationFilterList": [{"key": "PingStatus", "valueSet": ["Online"]}],
                },
                "ValidationException",
            ),
        ],
    )
    def test_bad_parameters(self, region: SimulatedRegion, params: dict[str, Any], code: str | None) -> None:
        ssm = client(region, "ssm")
        if code is None:  # boto3 itself refuses what is too small
            status, body = signed(
                region,
                "ssm",
                data=b'{"MaxResults": 4}',
                headers={"X-Amz-Target": "AmazonSSM.DescribeInstanceInformation"},
            )
            assert status == 400
            assert b"greater than or equal to 5" in body
        else:
            assert error_of(lambda: ssm.describe_instance_information(**params))[0] == code

    def test_a_token_of_another_operation_is_not_taken(self, region: SimulatedRegion) -> None:
        token = client(region, "ec2").describe_instances(MaxResults=5)["NextToken"]
        code, _, _ = error_of(lambda: client(region, "ssm").describe_instance_information(NextToken=token))
        assert code == "InvalidNextToken"

    def test_connection_status(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        expected = {"web-1": "connected", "batch-2": "connected", "no-ssmmessages-1": "notconnected"}
        for name, status in (expected | {"stopping-1": "notconnected", "no-profile-1": "notconnected"}).items():
            node_id = NODES[name].node_id
            answer = ssm.get_connection_status(Target=node_id)
            assert (answer["Target"], answer["Status"]) == (node_id, status)
        assert ssm.get_connection_status(Target="i-unheard-of")["Status"] == "notconnected"


class TestEc2:
    def test_every_instance_across_pages(self, region: SimulatedRegion) -> None:
        ec2 = client(region, "ec2")
        expected = [node.node_id for node in [*story(), *access_nodes()] if not node.hybrid]
        for params in ({}, {"MaxResults": 5}, {"MaxResults": 1000}):
            got = instances(ec2, **params)
            assert [instance["InstanceId"] for instance in got[:-1]] == expected
            assert got[-1]["State"]["Name"] == "terminated"

    def test_the_facts_of_an_instance(self, region: SimulatedRegion) -> None:
        (web,) = instances(client(region, "ec2"), InstanceIds=["i-0a1b2c3d4e5f60718"])
        assert web["InstanceType"] == "t3.small"
        assert web["State"] == {"Code": 16, "Name": "running"}
        assert web["PrivateIpAddress"] == "10.0.1.12"
        assert web["Placement"]["AvailabilityZone"] == "eu-west-1a"
        assert web["IamInstanceProfile"]["Arn"] == "arn:aws:iam::111122223333:instance-profile/web-instance-profile"
        assert {tag["Key"]: tag["Value"] for tag in web["Tags"]} == {"Name": "web-1", "env": "prod", "team": "web"}
        assert web["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
        assert web["LaunchTime"] < datetime.now(UTC)

    def test_what_is_wrong_with_a_node_shows_where_ec2_shows_it(self, region: SimulatedRegion) -> None:
        got = {tag["Value"]: i for i in instances(client(region, "ec2")) for tag in i["Tags"] if tag["Key"] == "Name"}
        assert "IamInstanceProfile" not in got["no-profile-1"]
        assert got["hop-limit-1"]["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert got["metadata-off-1"]["MetadataOptions"]["HttpEndpoint"] == "disabled"
        assert got["win-1"]["Platform"] == "windows"

    @pytest.mark.parametrize(
        ("name", "values", "expected"),
        [
            ("instance-id", ["i-0a1b2c3d4e5f60718", "i-00000000000000000", "mi-00000000000000000"], ["web-1"]),
            ("tag:Name", ["web-?"], ["web-1", "web-2", "web-3"]),
            ("tag:Name", [r"web-\?"], []),
            ("tag:Name", [r"web\-1"], ["web-1"]),
            ("tag:team", ["mob*", "nothing"], ["mac-1"]),
            ("tag-key", ["nope"], []),
            ("instance-state-name", ["stopped", "pending"], ["stopped-1", "pending-1"]),
            ("private-ip-address", ["10.0.1.1?"], ["web-1", "bastion-1", "web-2"]),
            ("ip-address", ["203.0.113.14"], ["web-3"]),
        ],
    )
    def test_filters(self, region: SimulatedRegion, name: str, values: list[str], expected: list[str]) -> None:
        got = instances(client(region, "ec2"), Filters=[{"Name": name, "Values": values}])
        assert [tag["Value"] for i in got for tag in i["Tags"] if tag["Key"] == "Name"] == expected

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"InstanceIds": ["i-00000000000000000"]}, "InvalidInstanceID.NotFound"),
            ({"InstanceIds": ["i-0a1b2c3d4e5f60718", "mi-00000000000000000"]}, "InvalidInstanceID.Malformed"),
            ({"InstanceIds": ["i-0a1b2c3d4e5f60718"], "MaxResults": 5}, "InvalidParameterCombination"),
            ({"MaxResults": 4}, "InvalidParameterValue"),
            ({"NextToken": "made-up"}, "InvalidParameterValue"),
            ({"Filters": [{"Name": "nope", "Values": ["x"]}]}, "InvalidParameterValue"),
            ({"Filters": [{"Name": "instance-id", "Values": ["i"] * 201}]}, "FilterLimitExceeded"),
            ({"DryRun": True}, "DryRunOperation"),
        ],
    )
    def test_bad_parameters(self, region: SimulatedRegion, params: dict[str, Any], code: str) -> None:
        assert error_of(lambda: client(region, "ec2").describe_instances(**params))[0] == code

    def test_status_checks(self, region: SimulatedRegion) -> None:
        ec2 = client(region, "ec2")
        running = ec2.describe_instance_status()["InstanceStatuses"]
        assert {status["InstanceState"]["Name"] for status in running} == {"running"}
        words = {status["InstanceId"]: status["InstanceStatus"]["Status"] for status in running}
        assert words[NODES["web-1"].node_id] == "ok"
        assert words[NODES["impaired-1"].node_id] == "impaired"
        every = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
        assert NODES["stopped-1"].node_id in {status["InstanceId"] for status in every}

    def test_regions(self, region: SimulatedRegion) -> None:
        ec2 = client(region, "ec2")
        names = [found["RegionName"] for found in ec2.describe_regions()["Regions"]]
        assert {"eu-west-1", "us-east-1", "ap-south-1"} < set(names)
        (one,) = ec2.describe_regions(RegionNames=["us-east-1"])["Regions"]
        assert one["Endpoint"] == "ec2.us-east-1.amazonaws.com"
        assert error_of(lambda: ec2.describe_regions(RegionNames=["mars-1"]))[0] == "InvalidParameterValue"


class TestSessions:
    def test_a_session_from_start_to_history(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        node_id = NODES["web-1"].node_id
        begun = ssm.start_session(Target=node_id, Reason="INC-4711")
        session_id = begun["SessionId"]
        assert begun["StreamUrl"].startswith(f"ws://127.0.0.1:9/v1/data-channel/{session_id}")
        assert region.sessions.check_token(session_id, begun["TokenValue"])
        (active,) = ssm.describe_sessions(State="Active")["Sessions"]
        assert (active["SessionId"], active["Target"], active["Status"]) == (session_id, node_id, "Connecting")
        assert (active["Reason"], active["DocumentName"]) == ("INC-4711", "SSM-SessionManagerRunShell")
        assert active["Owner"] == "arn:aws:iam::111122223333:user/demo-operator"
        resumed = ssm.resume_session(SessionId=session_id)
        assert region.sessions.check_token(session_id, resumed["TokenValue"])
        assert not region.sessions.check_token(session_id, begun["TokenValue"])
        assert ssm.terminate_session(SessionId=session_id)["SessionId"] == session_id
        assert ssm.describe_sessions(State="Active")["Sessions"] == []
        (past,) = ssm.describe_sessions(State="History")["Sessions"]
        assert (past["SessionId"], past["Status"]) == (session_id, "Terminated")
        assert past["EndDate"] >= past["StartDate"]

    def test_an_ended_session_is_no_longer_terminated_nor_given_a_token(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        session_id = ssm.start_session(Target=NODES["web-1"].node_id)["SessionId"]
        region.sessions.ended(session_id)
        code, message, status = error_of(lambda: ssm.terminate_session(SessionId=session_id))
        assert (code, status) == ("ValidationException", 400)
        assert session_id in message
        assert "TokenValue" not in ssm.resume_session(SessionId=session_id)

    def test_a_session_that_never_was(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        for call in (ssm.terminate_session, ssm.resume_session):
            assert error_of(partial(call, SessionId="demo-operator-0"))[0] == "DoesNotExistException"

    @pytest.mark.parametrize("name", ["no-profile-1", "no-ssmmessages-1", "stopped-1", "stopping-1", "agent-too-old-1"])
    def test_a_node_without_a_connection_is_not_connected(self, region: SimulatedRegion, name: str) -> None:
        node_id = NODES[name].node_id
        error = error_of(lambda: client(region, "ssm").start_session(Target=node_id))
        assert error == ("TargetNotConnected", f"{node_id} is not connected.", 400)

    def test_documents(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        node_id = NODES["web-1"].node_id
        ssm.start_session(
            Target=node_id, DocumentName="AWS-StartInteractiveCommand", Parameters={"command": ["uptime"]}
        )
        error = error_of(lambda: ssm.start_session(Target=node_id, DocumentName="Acme-Nope"))
        assert error == ("InvalidDocument", "Document with name Acme-Nope does not exist.", 400)

    def test_sessions_are_filtered_and_paged(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        web, api = NODES["web-1"].node_id, NODES["api-1"].node_id
        ids = [ssm.start_session(Target=target)["SessionId"] for target in (web, api, web)]

        def found(**condition: str) -> list[str]:
            filters = [{"key": key, "value": value} for key, value in condition.items()]
            return [s["SessionId"] for s in ssm.describe_sessions(State="Active", Filters=filters)["Sessions"]]

        assert found(Target=web) == [ids[2], ids[0]]
        assert found(SessionId=ids[1]) == [ids[1]]
        assert found(Status="Connected") == []
        assert found(InvokedAfter="2000-01-01T00:00:00Z", AccessType="Standard") == ids[::-1]
        assert found(InvokedBefore="2000-01-01T00:00:00Z") == []
        assert error_of(lambda: found(InvokedAfter="yesterday"))[0] == "ValidationException"
        first = ssm.describe_sessions(State="Active", MaxResults=2)
        rest = ssm.describe_sessions(State="Active", MaxResults=2, NextToken=first["NextToken"])
        assert [s["SessionId"] for page in (first, rest) for s in page["Sessions"]] == ids[::-1]
        assert "NextToken" not in rest


class TestIdentity:
    def test_the_caller(self, region: SimulatedRegion) -> None:
        caller = client(region, "sts").get_caller_identity()
        assert (caller["Account"], caller["Arn"]) == (
            "111122223333",
            "arn:aws:iam::111122223333:user/demo-operator",
        )

    def test_other_regions_exist_and_are_empty(self, region: SimulatedRegion) -> None:
        assert managed(client(region, "ssm", region_name="eu-north-1")) == []
        assert instances(client(region, "ec2", region_name="eu-north-1")) == []

    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            (
                {"aws_secret_access_key": "wrong"},
                {
                    "ssm": ("InvalidSignatureException", 400),
                    "ec2": ("AuthFailure", 401),
                    "sts": ("SignatureDoesNotMatch", 403),
                },
            ),
            (
                {"aws_access_key_id": "AKIAOTHER"},
                {
                    "ssm": ("UnrecognizedClientException", 400),
                    "ec2": ("AuthFailure", 401),
                    "sts": ("InvalidClientTokenId", 403),
                },
            ),
        ],
    )
    def test_wrong_keys(
        self, region: SimulatedRegion, changed: dict[str, str], expected: dict[str, tuple[str, int]]
    ) -> None:
        calls = {"ssm": "describe_instance_information", "ec2": "describe_instances", "sts": "get_caller_identity"}
        for service, answer in expected.items():
            code, message, status = error_of(getattr(client(region, service, **changed), calls[service]))
            assert (code, status) == answer
            if code in {"InvalidSignatureException", "SignatureDoesNotMatch"}:
                assert message.startswith(
                    "The request signature we calculated does not match the signature you provided."
                )

    def test_temporary_credentials_until_they_expire(self) -> None:
        with quiet_region(temporary_credentials=True) as region:
            clients = {service: client(region, service) for service in ("ssm", "ec2", "sts")}
            assert clients["sts"].get_caller_identity()["Account"] == "111122223333"
            set_faults(region, expired=True)
            assert error_of(lambda: clients["ssm"].get_connection_status(Target="i-0"))[0] == "ExpiredTokenException"
            assert error_of(clients["ec2"].describe_regions)[0] == "RequestExpired"
            assert error_of(clients["sts"].get_caller_identity)[0] == "ExpiredToken"
            set_faults(region, expired=False)
            clients["sts"].get_caller_identity()


class TestUnknownOperations:
    @pytest.mark.parametrize(
        "target", ["AmazonSSM.MakeCoffee", "AmazonSSM.ListOpsItemEvents", "AmazonSSM", "Other.Thing"]
    )
    def test_json(self, region: SimulatedRegion, target: str) -> None:
        status, body = signed(region, "ssm", data=b"{}", headers={"X-Amz-Target": target})
        assert (status, body) == (400, b'{"__type":"UnknownOperationException"}')

    @pytest.mark.parametrize(("service", "version"), [("ec2", "2016-11-15"), ("sts", "2011-06-15")])
    def test_query(self, region: SimulatedRegion, service: str, version: str) -> None:
        status, body = signed(region, service, data=f"Action=MakeCoffee&Version={version}".encode())
        assert status == 400
        assert b"<Code>InvalidAction</Code>" in body
        assert b"MakeCoffee" in body

    def test_another_service_is_not_there(self, region: SimulatedRegion) -> None:
        assert signed(region, "dynamodb", data=b"{}")[0] == 404


class TestFaults:
    def test_throttling_in_each_protocol(self, region: SimulatedRegion) -> None:
        set_faults(region, throttle={"*": 3})
        assert error_of(client(region, "ssm").describe_instance_information) == (
            "ThrottlingException",
            "Rate exceeded",
            400,
        )
        assert error_of(client(region, "ec2").describe_instances)[0] == "RequestLimitExceeded"
        assert error_of(client(region, "sts").get_caller_identity)[0] == "Throttling"
        client(region, "sts").get_caller_identity()

    def test_denied_actions_name_caller_action_and_resource(self, region: SimulatedRegion) -> None:
        set_faults(region, deny=["ssm:StartSession", "ec2:DescribeInstances", "sts:*"])
        node_id = NODES["web-1"].node_id
        code, message, status = error_of(lambda: client(region, "ssm").start_session(Target=node_id))
        assert (code, status) == ("AccessDeniedException", 400)
        assert message.startswith(
            "User: arn:aws:iam::111122223333:user/demo-operator is not authorized to perform: ssm:StartSession on "
            f"resource: arn:aws:ec2:eu-west-1:111122223333:instance/{node_id} because"
        )
        code, message, status = error_of(client(region, "ec2").describe_instances)
        assert (code, status) == ("UnauthorizedOperation", 403)
        assert "ec2:DescribeInstances" in message
        assert error_of(client(region, "sts").get_caller_identity)[0] == "AccessDenied"
        assert region.sessions.active() == []

    def test_server_errors(self, region: SimulatedRegion) -> None:
        set_faults(region, server_error={"*": 3})
        for service, call, code in (
            ("ssm", "describe_instance_information", "InternalServerError"),
            ("ec2", "describe_instances", "InternalError"),
            ("sts", "get_caller_identity", "InternalFailure"),
        ):
            error = error_of(getattr(client(region, service), call))
            assert (error[0], error[2]) == (code, 500)

    def test_latency_is_of_the_named_action_only(self, region: SimulatedRegion) -> None:
        set_faults(region, latency={"sts:GetCallerIdentity": 0.3, "ec2:DescribeVpcs": 600})
        sts = client(region, "sts")
        begun = time.monotonic()
        sts.get_caller_identity()
        assert time.monotonic() - begun >= 0.3
        assert client(region, "ec2").describe_subnets()["Subnets"], "no other call waits ten minutes"

    def test_a_call_that_hangs_gets_no_answer_and_does_nothing(self, region: SimulatedRegion) -> None:
        from botocore.config import Config

        set_faults(region, hang=["ssm:StartSession"])
        impatient = Config(retries={"total_max_attempts": 1}, read_timeout=0.3)
        with pytest.raises(ReadTimeoutError):
            client(region, "ssm", config=impatient).start_session(Target=NODES["web-1"].node_id)
        assert region.sessions.active() == []
        assert region.faults.calls("ssm:StartSession") == 1

    def test_the_calls_are_counted_by_action(self, region: SimulatedRegion) -> None:
        ssm = client(region, "ssm")
        for _ in range(3):
            ssm.get_connection_status(Target="i-0")
        state = set_faults(region)
        assert state["calls"] == {"ssm:GetConnectionStatus": 3}
        status, body = signed(region, "smtui-demo", "/_smtui/faults", method="GET")
        assert status == 200
        assert b'"ssm:GetConnectionStatus": 3' in body

    @pytest.mark.parametrize("body", [b"{", b"[]", b'{"nope": 1}', b'{"deny": 3}', b"\xff"])
    def test_mistaken_faults_are_refused(self, region: SimulatedRegion, body: bytes) -> None:
        assert signed(region, "smtui-demo", "/_smtui/faults", data=body)[0] == 400
        assert region.faults.state()["faults"] == {}

    def test_faults_are_set_only_by_who_holds_the_key(self, region: SimulatedRegion) -> None:
        from tests.demo.support import exchange

        assert exchange(region, "POST", "/_smtui/faults", b'{"mute": true}')[0] == 403
        assert signed(region, "ssm", "/_smtui/faults", data=b'{"mute": true}')[0] == 403
        assert region.faults.state()["faults"] == {}


def test_nasty_names_reach_the_client_as_json_has_them_and_harmless_where_xml_cannot() -> None:
    with quiet_region(demo_fleet(1, more=nasty_nodes())) as region:
        hybrid = {node.get("Name") for node in managed(client(region, "ssm"), MaxResults=50)}
        assert set(NASTY_TEXTS) <= hybrid
        ec2_names = {
            tag["Value"] for i in instances(client(region, "ec2")) for tag in i["Tags"] if tag["Key"] == "Name"
        }
    assert "[red]x[/]" in ec2_names
    assert "two\nlines\r\nand\ttab" in ec2_names
    assert not any("\x1b" in name or "\x07" in name for name in ec2_names)
