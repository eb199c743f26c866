"""The AWS CLI, which nobody of this project wrote, as a client of the simulated Region and of our plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI, region_environment
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID
from tests.waiting import wait_until

MANY = 130


@pytest.fixture
def large_world(tmp_path: Path) -> Iterator[World]:
    with SimulatedRegion(demo_fleet(MANY)) as region:
        home = tmp_path / "home"
        yield World(region, home, region_environment(region, home))


def aws(world: World, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [AWS_CLI, *words, "--output", "json"]
    environment = world.environment | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def answered(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_both_listings_come_whole_across_pages(large_world: World) -> None:
    managed = answered(aws(large_world, "ssm", "describe-instance-information"))["InstanceInformationList"]
    reservations = answered(aws(large_world, "ec2", "describe-instances", "--page-size", "50"))["Reservations"]
    instances = [entry for reservation in reservations for entry in reservation["Instances"]]
    ours = subprocess.run(
        [SMTUI, "list", "--json"], env=large_world.environment, capture_output=True, text=True, timeout=60, check=True
    )
    listed = {node["id"]: node for node in json.loads(ours.stdout)["nodes"]}
    alive = {entry["InstanceId"] for entry in instances if entry["State"]["Name"] != "terminated"}
    assert len(listed) == MANY
    assert {entry["InstanceId"] for entry in managed} == {
        node_id for node_id, node in listed.items() if node["ping_status"]
    }
    assert alive == {node_id for node_id, node in listed.items() if node["kind"] == "ec2"}
    assert len(managed) > 50
    assert len(alive) > 50


def test_a_wrong_secret_gets_awss_signature_error(world: World) -> None:
    done = aws(world, "ssm", "describe-instance-information", AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode != 0
    assert "InvalidSignatureException" in done.stderr
    assert "does not match the signature you provided" in done.stderr


def with_plugin(world: World, plugin: str) -> dict[str, str]:
    """The environment with a plugin under the official name, first on PATH."""
    folder = world.home / "bin"
    folder.mkdir()
    (folder / "session-manager-plugin").symlink_to(plugin)
    return world.environment | {"PATH": f"{folder}{os.pathsep}{world.environment['PATH']}"}


def shell_through_the_cli(world: World, environment: dict[str, str]) -> None:
    with Terminal([AWS_CLI, "ssm", "start-session", "--target", ID], environment) as terminal:
        terminal.wait_for("Starting session with SessionId")
        terminal.wait_for("~]$")
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("stty size\r")
        terminal.wait_for("\n30 100")
        sessions = answered(aws(world, "ssm", "describe-sessions", "--state", "Active"))["Sessions"]
        assert [session["Target"] for session in sessions] == [ID]
        terminal.press("exit\r")
        terminal.wait_for("Exiting session with sessionId")
        assert terminal.wait_for_end() == 0
    wait_until(lambda: answered(aws(world, "ssm", "describe-sessions", "--state", "Active"))["Sessions"] == [])


def test_our_plugin_under_the_official_name(world: World) -> None:
    shell_through_the_cli(world, with_plugin(world, PLUGIN))


@pytest.mark.official_plugin
def test_an_official_plugin_against_our_far_end(world: World) -> None:
    official = shutil.which("session-manager-plugin")
    if official is None:
        pytest.skip("no official session-manager-plugin is on PATH")
    told = subprocess.run([official, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    if tuple(int(part) for part in told.strip().split(".")) >= (1, 2, 889, 0):
        pytest.skip(f"the official plugin {told.strip()} refuses a StreamUrl on loopback")
    shell_through_the_cli(world, with_plugin(world, official))
