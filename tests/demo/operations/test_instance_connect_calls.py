"""Keys that are pushed in the demo, and its EC2 Instance Connect Endpoints, for clients that we did not write."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.account.pushed_keys import PushedKeys
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import made_up_id
from tests.demo.support import client

KEY = f"ssh-ed25519 {'A' * 68} test"
WEB = "i-0a1b2c3d4e5f60718"


def test_a_key_is_valid_for_a_minute() -> None:
    now = [0.0]
    keys = PushedKeys(lambda: now[0])
    keys.put("i-1", "ec2-user", KEY)
    now[0] = 30.0
    keys.put("i-1", "ec2-user", "ssh-rsa other")
    assert keys.of_node("i-1") == {"ec2-user": (KEY, "ssh-rsa other")}
    assert keys.of_node("i-2") == {}
    now[0] = 60.0
    assert keys.of_node("i-1") == {"ec2-user": ("ssh-rsa other",)}
    now[0] = 90.0
    assert keys.of_node("i-1") == {}


def code_of(connect: Any, **changed: Any) -> str:
    given = {"InstanceId": WEB, "InstanceOSUser": "ec2-user", "SSHPublicKey": KEY} | changed
    with pytest.raises(ClientError) as raised:
        connect.send_ssh_public_key(**given)
    return str(raised.value.response["Error"]["Code"])


def test_pushing(region: SimulatedRegion) -> None:
    connect = client(region, "ec2-instance-connect")
    given = {"InstanceId": WEB, "InstanceOSUser": "ec2-user", "SSHPublicKey": KEY}
    assert connect.send_ssh_public_key(**given, AvailabilityZone="eu-west-1a")["Success"] is True
    assert code_of(connect, InstanceId="i-0ffffffffffffffff") == "EC2InstanceNotFoundException"
    assert code_of(connect, InstanceId=made_up_id("i", "stopped-1")) == "EC2InstanceStateInvalidException"
    assert code_of(connect, InstanceId=made_up_id("i", "impaired-1")) == "EC2InstanceUnavailableException"
    assert code_of(connect, AvailabilityZone="eu-west-1c") == "InvalidArgsException"
    assert code_of(connect, SSHPublicKey="x" * 90) == "InvalidArgsException"
    assert code_of(connect, InstanceOSUser="123") == "ValidationException"


def test_listing_endpoints(region: SimulatedRegion) -> None:
    ec2 = client(region, "ec2")
    pages = ec2.get_paginator("describe_instance_connect_endpoints").paginate(PaginationConfig={"PageSize": 1})
    found = [each for page in pages for each in page["InstanceConnectEndpoints"]]
    assert [(each["State"], each["DnsName"]) for each in found] == [
        ("create-complete", "127.0.0.1:9"),
        ("create-failed", "127.0.0.1:9"),
        ("create-complete", "127.0.0.1:9"),
    ]
    usable = {"Name": "state", "Values": ["create-complete", "update-complete"]}
    vpc = {"Name": "vpc-id", "Values": [made_up_id("vpc", "no-nat-1")]}
    (one,) = ec2.describe_instance_connect_endpoints(Filters=[usable, vpc])["InstanceConnectEndpoints"]
    assert one["SubnetId"] == made_up_id("subnet", "no-nat-1")
    named = ec2.describe_instance_connect_endpoints(InstanceConnectEndpointIds=[one["InstanceConnectEndpointId"]])
    assert named["InstanceConnectEndpoints"] == [one]
    with pytest.raises(ClientError, match=r"InvalidInstanceConnectEndpointId\.NotFound"):
        ec2.describe_instance_connect_endpoints(InstanceConnectEndpointIds=["eice-0ffffffffffffffff"])
