"""The AWS CLI as a client that we did not write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.demo.support import quiet_region

AWS = Path(sys.executable).with_name("aws")
pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI of the dev extra is not installed")


def aws(region: SimulatedRegion, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": region.endpoint_url,
        "AWS_DEFAULT_REGION": region.region,
        "AWS_ACCESS_KEY_ID": region.access_key_id,
        "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
        "AWS_MAX_ATTEMPTS": "1",
        **changed,
    }
    argv = [str(AWS), *arguments, "--output", "json"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)


def answer(region: SimulatedRegion, *arguments: str) -> Any:
    done = aws(region, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_node_and_every_instance_across_pages() -> None:
    fleet = demo_fleet(130)
    nodes = [fleet.node(index) for index in range(len(fleet))]
    with quiet_region(fleet) as region:
        managed = answer(region, "ssm", "describe-instance-information")["InstanceInformationList"]
        assert [node["InstanceId"] for node in managed] == [node.node_id for node in nodes if node.listed]
        kept = answer(region, "ec2", "describe-instances", "--page-size", "20")["Reservations"]
        ids = [instance["InstanceId"] for reservation in kept for instance in reservation["Instances"]]
        assert ids == [node.node_id for node in nodes if not node.hybrid]


def test_what_troubleshooting_reads(region: SimulatedRegion) -> None:
    role = answer(region, "iam", "get-role", "--role-name", "db-role")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}

    me = answer(region, "sts", "get-caller-identity")["Arn"]
    asked = ["--policy-source-arn", me, "--action-names", "ssm:StartSession", "ssmmessages:OpenDataChannel"]
    told = answer(region, "iam", "simulate-principal-policy", *asked)["EvaluationResults"]
    assert [each["EvalDecision"] for each in told] == ["allowed", "allowed"]

    vpcs = answer(region, "ec2", "describe-vpcs", "--filters", "Name=tag:Name,Values=no-ssmmessages-1")["Vpcs"]
    in_vpc = ["--filters", f"Name=vpc-id,Values={vpcs[0]['VpcId']}"]
    tables = answer(region, "ec2", "describe-route-tables", *in_vpc)["RouteTables"]
    assert sorted(association["Main"] for table in tables for association in table["Associations"]) == [False, True]
    endpoints = answer(region, "ec2", "describe-vpc-endpoints", *in_vpc, "--page-size", "5")["VpcEndpoints"]
    assert [each["ServiceName"].rpartition(".")[2] for each in endpoints] == ["ssm", "ec2messages", "s3", "logs", "kms"]


def test_instance_connect(region: SimulatedRegion) -> None:
    endpoints = answer(region, "ec2", "describe-instance-connect-endpoints")["InstanceConnectEndpoints"]
    assert [each["State"] for each in endpoints] == ["create-complete", "create-failed", "create-complete"]
    key = f"ssh-ed25519 {'A' * 68} test"
    push = ["--instance-id", "i-0a1b2c3d4e5f60718", "--instance-os-user", "ec2-user", "--ssh-public-key", key]
    assert answer(region, "ec2-instance-connect", "send-ssh-public-key", *push)["Success"] is True


def test_a_wrong_secret_gets_the_signature_error(region: SimulatedRegion) -> None:
    done = aws(region, "ssm", "describe-sessions", "--state", "Active", AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode != 0
    assert "(InvalidSignatureException)" in done.stderr
    assert "The request signature we calculated does not match the signature you provided." in done.stderr
