"""The simulated Region as a process of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from websockets.sync.client import connect

from smtui.demo.account.organisation import START_URL
from smtui.demo.region import demo_fleet
from smtui.demo.story.story_nodes import more_causes, story
from tests.demo.nasty import nasty_fleet
from tests.waiting import PATIENCE

ADDRESS_KEYS = ["access_key_id", "endpoint_url", "region", "secret_access_key"]


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "smtui.demo", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = json.loads(process.stdout.readline())
    return told


def client(told: dict[str, str], service: str) -> Any:
    return boto3.Session().client(
        service,
        region_name=told["region"],
        endpoint_url=told["endpoint_url"],
        aws_access_key_id=told["access_key_id"],
        aws_secret_access_key=told["secret_access_key"],
    )


def test_one_line_of_json_once_it_accepts_calls() -> None:
    with serving() as process:
        told = address(process)
        assert sorted(told) == ADDRESS_KEYS
        assert client(told, "sts").get_caller_identity()["Account"] == "111122223333"
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, "", "")


def test_nobody_signs_in_who_does_not_know_the_start_url(tmp_path: Path) -> None:
    """Nothing is signed there, and any user of the machine could click on its pages."""
    home = tmp_path / "smtui-demo-0123456789abcdef-home"
    with serving(SMTUI_DEMO_HOME=str(home)) as process:
        oidc = client(address(process), "sso-oidc")
        own = next(line for line in (home / ".aws" / "config").read_text().splitlines() if "sso_start_url" in line)
        registered = oidc.register_client(clientName="somebody", clientType="public")
        asked = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
        with pytest.raises(ClientError, match="InvalidRequestException"):
            oidc.start_device_authorization(**asked, startUrl=START_URL)
        assert oidc.start_device_authorization(**asked, startUrl=own.partition("= ")[2])["userCode"]


def test_lines_for_a_shell() -> None:
    with serving("--format", "env") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
    pairs = [shlex.split(line)[1].partition("=") for line in lines if line.startswith("export ")]
    told = {name: value for name, _, value in pairs}
    assert told["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert told["AWS_EC2_METADATA_DISABLED"] == "true"
    assert {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} < set(told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_signal_ends_it_well(number: signal.Signals) -> None:
    with serving() as process:
        address(process)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0


def test_the_end_of_the_parents_pipe_ends_it_only_when_told_so() -> None:
    with serving(SMTUI_DEMO_PARENT_PIPE="1") as process:
        address(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        process.stdin = None
    with serving() as process:
        told = address(process)
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
        assert client(told, "sts").get_caller_identity()
        assert process.poll() is None


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, serving("--port", str(taken.getsockname()[1])) as process:
        out, err = process.communicate(timeout=PATIENCE)
        port = taken.getsockname()[1]
    assert (process.returncode, out) == (1, "")
    assert err == f"smtui: The simulated Region cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_faults_and_nasty_names_from_the_environment(tmp_path: Path) -> None:
    with serving("--nodes", "1", SMTUI_DEMO_FAULTS="deny=ec2:*", SMTUI_DEMO_FLEET=nasty_fleet(tmp_path)) as process:
        told = address(process)
        ssm, ec2 = client(told, "ssm"), client(told, "ec2")
        names = [
            node.get("Name") for node in ssm.describe_instance_information(MaxResults=50)["InstanceInformationList"]
        ]
        assert "[red]x[/]" in names
        with pytest.raises(ec2.exceptions.ClientError, match="UnauthorizedOperation"):
            ec2.describe_instances()


@pytest.mark.parametrize("content", [None, "no JSON", '[{"name": "x", "host": 1, "colour": "red"}]', '["x"]'])
def test_a_fleet_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "fleet.json"
    if content is not None:
        path.write_text(content)
    with serving(SMTUI_DEMO_FLEET=str(path)) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("smtui: SMTUI_DEMO_FLEET: ")
    assert err.count("\n") == 1


def test_more_causes_from_the_environment() -> None:
    with serving("--nodes", "1", SMTUI_DEMO_FLEET="causes") as process:
        told = address(process)
        kept = client(told, "ec2").describe_instances()["Reservations"]
    tags = [tag for reservation in kept for tag in reservation["Instances"][0]["Tags"]]
    names = [tag["Value"] for tag in tags if tag["Key"] == "Name"]
    assert names == ["web-1", *(node.name for node in more_causes()), "terminated-1"]


def test_past_sessions_from_the_environment() -> None:
    with serving("--nodes", "1", SMTUI_DEMO_SESSIONS="430") as process:
        told = address(process)
        pages = client(told, "ssm").get_paginator("describe_sessions").paginate(State="History")
        assert [len(page["Sessions"]) for page in pages] == [200, 200, 30]


@pytest.mark.parametrize("number", ["many", "-1", "20001", "²"])
def test_a_mistaken_number_of_sessions_is_a_sentence(number: str) -> None:
    with serving(SMTUI_DEMO_SESSIONS=number) as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err.startswith("smtui: SMTUI_DEMO_SESSIONS: ")


def test_a_mistaken_fault_is_a_sentence() -> None:
    with serving(SMTUI_DEMO_FAULTS="mutter") as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err.startswith("smtui: SMTUI_DEMO_FAULTS: There is no fault named 'mutter'.")


def test_fifty_thousand_nodes_are_served_from_the_first_to_the_last() -> None:
    fleet = demo_fleet(50_000)
    last = fleet.node(len(fleet) - 1)
    with serving("--nodes", "50000") as process:
        told = address(process)
        page = client(told, "ssm").describe_instance_information(MaxResults=50)
        assert len(page["InstanceInformationList"]) == 50
        assert page["NextToken"]
        [reservation] = client(told, "ec2").describe_instances(InstanceIds=[last.node_id])["Reservations"]
    [instance] = reservation["Instances"]
    assert {"Key": "Name", "Value": last.name} in instance["Tags"]
    assert last.name.endswith(f"{50_000 - len(story()):05d}")


def test_sessions_are_gone_with_it_and_so_is_their_scratch(tmp_path: Path) -> None:
    with serving(TMPDIR=str(tmp_path)) as process:
        told = address(process)
        session = client(told, "ssm").start_session(Target="i-0a1b2c3d4e5f60718")
        with connect(session["StreamUrl"], proxy=None) as shell:
            shell.send(
                json.dumps({"MessageSchemaVersion": "1.0", "RequestId": "r", "TokenValue": session["TokenValue"]})
            )
            assert b"web-1" in shell.recv(timeout=PATIENCE)
            assert any(tmp_path.iterdir())
            process.terminate()
            assert process.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == []
