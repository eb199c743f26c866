"""Run Command of the simulated Region: statuses, limits of output, eventual consistency, cancelling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.account.command_book import VISIBLE_SECONDS
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import BUCKET
from smtui.demo.story.story_nodes import story
from tests.demo.support import client, quiet_region
from tests.waiting import wait_until

NODES = {node.name: node.node_id for node in story()}
WEB_1, WEB_2 = NODES["web-1"], NODES["web-2"]


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


@pytest.fixture
def ssm(region: SimulatedRegion) -> Any:
    return client(region, "ssm")


def send(ssm: Any, *lines: str, nodes: tuple[str, ...] = (WEB_1,), seconds: int = 60, **given: Any) -> str:
    parameters = {"commands": list(lines), "executionTimeout": [str(seconds)]}
    answer = ssm.send_command(
        DocumentName="AWS-RunShellScript", InstanceIds=list(nodes), Parameters=parameters, **given
    )
    command_id: str = answer["Command"]["CommandId"]
    return command_id


def ended(ssm: Any, command_id: str, node: str = WEB_1) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        try:
            found: dict[str, Any] = ssm.get_command_invocation(CommandId=command_id, InstanceId=node)
        except ssm.exceptions.InvocationDoesNotExist:
            return {}
        return found if found["Status"] not in ("Pending", "InProgress", "Cancelling") else {}

    return wait_until(look)


def test_a_script_runs_in_the_nodes_shell(ssm: Any) -> None:
    done = ended(ssm, send(ssm, "echo out of $SMTUI_DEMO_NODE", "echo err >&2", "exit 3"))
    assert (done["Status"], done["ResponseCode"]) == ("Failed", 3)
    assert done["StandardOutputContent"] == "out of web-1\n"
    assert done["StandardErrorContent"] == "err\n"


def test_output_is_cut(ssm: Any) -> None:
    done = ended(ssm, send(ssm, "head -c 50000 /dev/zero | tr '\\0' x; head -c 50000 /dev/zero | tr '\\0' y >&2"))
    assert (len(done["StandardOutputContent"]), len(done["StandardErrorContent"])) == (24_000, 8_000)


def test_all_of_it_is_in_the_bucket(region: SimulatedRegion, ssm: Any) -> None:
    command_id = send(ssm, "seq 1 20000", OutputS3BucketName=BUCKET, OutputS3KeyPrefix="runs")
    url = ended(ssm, command_id)["StandardOutputUrl"]
    key = url.partition(f"/{BUCKET}/")[2]
    assert key == f"runs/{command_id}/{WEB_1}/awsrunShellScript/0.awsrunShellScript/stdout"
    body = client(region, "s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body == "".join(f"{number}\n" for number in range(1, 20_001)).encode()
    with pytest.raises(ClientError, match="NoSuchKey"):
        client(region, "s3").get_object(Bucket=BUCKET, Key="none")


def test_an_invocation_is_not_known_at_once(region: SimulatedRegion, ssm: Any) -> None:
    region.commands._visible_seconds = 1000
    try:
        command_id = send(ssm, "true")
        with pytest.raises(ssm.exceptions.InvocationDoesNotExist):
            ssm.get_command_invocation(CommandId=command_id, InstanceId=WEB_1)
        assert ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"] == []
    finally:
        region.commands._visible_seconds = VISIBLE_SECONDS
    assert ended(ssm, command_id)["Status"] == "Success"


def test_a_time_out_and_cancelling(ssm: Any) -> None:
    late = send(ssm, "sleep 1000", seconds=1)
    cancelled = send(ssm, "sleep 1000", nodes=(WEB_1, WEB_2), MaxConcurrency="1")
    wait_until(lambda: "InProgress" in statuses(ssm, cancelled).values())
    ssm.cancel_command(CommandId=cancelled)
    assert ended(ssm, late)["StatusDetails"] == "Execution Timed Out"
    assert {ended(ssm, cancelled, node)["Status"] for node in (WEB_1, WEB_2)} == {"Cancelled"}


def statuses(ssm: Any, command_id: str) -> dict[str, str]:
    found = ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"]
    return {each["InstanceId"]: each["Status"] for each in found}


def test_the_first_failure_keeps_the_rest_from_running(ssm: Any) -> None:
    command_id = send(ssm, "exit 1", nodes=(WEB_1, WEB_2), MaxConcurrency="1", MaxErrors="0")
    assert ended(ssm, command_id)["Status"] == "Failed"
    assert ended(ssm, command_id, WEB_2)["StatusDetails"] == "Terminated"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"nodes": (WEB_1, "i-00000000000000000")}, "InvalidInstanceId"),
        ({"seconds": 0}, "InvalidParameters"),
    ],
)
def test_what_is_refused(ssm: Any, given: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        send(ssm, "true", **given)
