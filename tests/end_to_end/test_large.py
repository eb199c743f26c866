"""A fleet of 50,000 nodes, whole, through smtui and through the AWS CLI."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, SMTUI, region_environment
from tests.end_to_end.terminal import Terminal

MANY = 50_000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_node_arrives(tmp_path: Path) -> None:
    with SimulatedRegion(demo_fleet(MANY)) as region:
        world = World(region, tmp_path, region_environment(region, tmp_path / "home"))
        ours = run(world, SMTUI, "list", "--json")
        listed = {node["id"] for node in json.loads(ours)["nodes"]}
        theirs = run(world, AWS_CLI, "ssm", "describe-instance-information", "--output", "json")
        managed = {node["InstanceId"] for node in json.loads(theirs)["InstanceInformationList"]}
        assert len(listed) == MANY
        assert len(managed) > MANY / 2
        assert managed <= listed


def test_the_screen_lists_and_filters_them(tmp_path: Path) -> None:
    with SimulatedRegion(demo_fleet(MANY)) as region:
        environment = region_environment(region, tmp_path / "home")
        with Terminal([SMTUI], environment, columns=140, rows=45) as terminal:
            terminal.wait_for("Ready", patience=20)
            terminal.wait_for(lambda text: "50,000 nodes" in text and "reading" not in text, patience=300)
            terminal.press("/i-0a1b2c3d4e5f60718")
            terminal.wait_for("1 of 50,000")
            terminal.press("\r")
            terminal.press("q")
            assert terminal.wait_for_end() == 0


def run(world: World, *command: str) -> str:
    done = subprocess.run(command, env=world.environment, capture_output=True, text=True, timeout=500, check=True)
    return done.stdout
