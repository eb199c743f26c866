"""What was written into the preferences holds for the sessions that start then, as the agent has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.demo.far_end.test_switched_sessions import closing, is_blank, output, session, until_closed
from tests.demo.support import client

NAME = "SSM-SessionManagerRunShell"


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet()) as running:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", running.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", running.secret_access_key)
        yield running


def prefer(region: SimulatedRegion, **inputs: Any) -> None:
    content = json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
    client(region, "ssm").update_document(Name=NAME, Content=content, DocumentVersion="$LATEST")


async def shell(region: SimulatedRegion, *typed: bytes, node: str = "web-1", **asked: Any) -> tuple[bytes, str]:
    async with session(region, node, **asked) as channel:
        events = await until_closed(channel, *typed)
    return output(events), closing(events)


async def test_a_shell_profile_is_typed_into_the_shell(region: SimulatedRegion) -> None:
    prefer(region, shellProfile={"linux": "greeting=$((40+2))\nexport greeting", "windows": ""})
    said, _ = await shell(region, b"echo it-is-$greeting; exit\r")
    assert b"it-is-42" in said


async def test_a_windows_node_has_a_profile_of_its_own(region: SimulatedRegion) -> None:
    prefer(region, shellProfile={"linux": "which=linux", "windows": "which=windows"})
    said, _ = await shell(region, b"echo it-is-$which; exit\r", node="win-1")
    assert b"it-is-windows" in said


async def test_a_command_has_no_profile(region: SimulatedRegion) -> None:
    prefer(region, shellProfile={"linux": "which=linux"})
    command = {"command": ["echo it-is-[$which]"]}
    said, _ = await shell(region, DocumentName="AWS-StartInteractiveCommand", Parameters=command)
    assert b"it-is-[]" in said


async def test_a_shell_runs_as_the_user_of_the_preferences(region: SimulatedRegion) -> None:
    prefer(region, runAsEnabled=True, runAsDefaultUser="ec2-user")
    said, _ = await shell(region, b"echo i-am-$USER-$LOGNAME; exit\r")
    assert b"i-am-ec2-user-ec2-user" in said


async def test_the_callers_tag_wins(region: SimulatedRegion) -> None:
    prefer(region, runAsEnabled=True, runAsDefaultUser="nobody-at-all")
    tag = {"Key": "SSMSessionRunAs", "Value": "ubuntu"}
    client(region, "iam").tag_user(UserName="demo-operator", Tags=[tag])
    said, _ = await shell(region, b"echo i-am-$USER; exit\r")
    assert b"i-am-ubuntu" in said


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("nobody-at-all", "RunAs user nobody-at-all does not exist"),
        ("root", "RunAs user root does not exist"),
        ("", "please set the RunAs default user"),
    ],
)
async def test_a_user_that_the_node_lacks(region: SimulatedRegion, user: str, words: str) -> None:
    prefer(region, runAsEnabled=True, runAsDefaultUser=user)
    _, why = await shell(region)
    assert words in why


async def test_run_as_does_not_apply_to_windows(region: SimulatedRegion) -> None:
    prefer(region, runAsEnabled=True, runAsDefaultUser="nobody-at-all")
    said, _ = await shell(region, b"echo fine-$((40+2)); exit\r", node="win-1")
    assert b"fine-42" in said


@pytest.mark.parametrize("inputs", [{"s3BucketName": "acme-elsewhere"}, {"cloudWatchLogGroupName": "/acme/nowhere"}])
async def test_a_target_that_is_not_there_leaves_the_screen_blank(region: SimulatedRegion, inputs: Any) -> None:
    prefer(region, **inputs)
    async with session(region) as channel:
        assert await is_blank(channel)


async def test_a_group_without_a_key_is_refused_where_one_is_demanded(region: SimulatedRegion) -> None:
    prefer(region, cloudWatchLogGroupName="/acme/api", cloudWatchEncryptionEnabled="True")
    _, why = await shell(region)
    assert "encryption is not set up on the selected CloudWatch Logs log group" in why
    prefer(region, cloudWatchLogGroupName="/acme/api", cloudWatchEncryptionEnabled=False)
    said, _ = await shell(region, b"echo fine-$((40+2)); exit\r")
    assert b"fine-42" in said


async def test_a_key_is_the_one_that_the_preferences_name(region: SimulatedRegion) -> None:
    prefer(region, kmsKeyId="alias/acme-session-manager")
    said, _ = await shell(region, b"echo fine-$((40+2)); exit\r")
    assert b"fine-42" in said
    prefer(region, kmsKeyId="alias/nobody-made-it")
    _, why = await shell(region)
    assert "alias/nobody-made-it" in why


async def test_the_newest_version_holds_though_another_is_the_default_one(region: SimulatedRegion) -> None:
    prefer(region, shellProfile={"linux": "which=newest"})
    assert client(region, "ssm").describe_document(Name=NAME)["Document"]["DefaultVersion"] == "3"
    said, _ = await shell(region, b"echo it-is-$which; exit\r")
    assert b"it-is-newest" in said


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"idleSessionTimeout": "1"}, "Your session timed out due to inactivity."),
        ({"idleSessionTimeout": "60", "maxSessionDuration": "1"}, "Your session has reached its maximum duration."),
    ],
)
async def test_a_session_ends_at_the_limit_of_the_preferences(
    region: SimulatedRegion, inputs: dict[str, str], words: str
) -> None:
    prefer(region, **inputs)
    region.faults.apply({"minute": 0.5})
    assert (await shell(region))[1] == words
