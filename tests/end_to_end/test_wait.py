"""`smtui wait` against a Region: started, Online before connected, never ready, in a script and on a terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import Ping, in_main_vpc
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, region_environment
from tests.end_to_end.terminal import Terminal

STOPPED = made_up_id("i", "stopped-1")


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, *words],
        stdin=subprocess.DEVNULL,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_a_stopped_instance_is_started_and_is_online_before_it_is_connected(world: World) -> None:
    """By its Name: Systems Manager does not list it yet, so it is found through EC2."""
    world.region.faults.apply_text("boot=2;connect=1.5")
    done = run(world.environment, "wait", "stopped-1", "--start", "--timeout", "60")
    assert (done.returncode, done.stdout) == (0, "stopped-1 is ready: a session can start now.\n")
    said = done.stderr.splitlines()
    assert said[0] == "smtui: stopped-1: starting"
    assert said[-1] == "smtui: stopped-1: Online, not connected yet"
    assert len(said) == len(set(said)), "a line for each change alone"
    assert world.region.faults.calls("ec2:StartInstances") == 1
    again = run(world.environment, "wait", STOPPED, "--timeout", "0")
    assert (again.returncode, again.stderr) == (0, "")


def test_one_that_never_comes_is_given_up_with_the_verdict(tmp_path: Path) -> None:
    never = in_main_vpc("never-1", 98, ping=Ping.ABSENT, connected=False, state="stopped", profile="")
    with SimulatedRegion(demo_fleet(more=[never])) as region:
        done = run(region_environment(region, tmp_path), "wait", "never-1", "--start", "--timeout", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "never-1: It did not become ready within 1 s: running, not registered yet." in done.stderr
    assert "instance profile" in done.stderr
    assert f"smtui doctor {never.node_id}" in done.stderr


def test_on_a_terminal_one_line_is_repainted_and_ctrl_c_gives_up(world: World) -> None:
    with Terminal([SMTUI, "wait", "no-profile-1"], world.environment) as terminal:
        terminal.wait_for("not registered yet · gives up in 4:")
        terminal.press("\x03")
        assert terminal.wait_for_end() == 130


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("wait", "web-1", "--read-only", "--start"), 1, "starts no instances"),
        (("wait",), 2, "Missing argument 'TARGET'"),
        (("wait", "web-1", "--timeout", "-1"), 2, "--timeout"),
        (("wait", "web-1", "--filter", "x"), 2, "does not use --filter"),
    ],
)
def test_wrong_usage(world: World, words: tuple[str, ...], status: int, said: str) -> None:
    done = run(world.environment, *words)
    assert done.returncode == status
    assert said in done.stderr


def test_a_denied_call_is_named_and_nobody_is_sure(world: World) -> None:
    world.region.faults.apply_text("deny=ssm:GetConnectionStatus")
    done = run(world.environment, "wait", "web-1", "--timeout", "5")
    assert done.returncode == 3
    assert "Whether it is connected is not known: ssm:GetConnectionStatus was denied." in done.stderr


def test_connect_waits_for_what_it_starts(world: World) -> None:
    world.region.faults.apply_text("boot=1;connect=0.5")
    done = run(
        world.environment, "connect", STOPPED, "--start", "--document-name", "Acme-Exit", "--parameter", "status=7"
    )
    assert (done.returncode, done.stdout) == (7, "this is stdout\n")
    assert world.active_sessions() == []
