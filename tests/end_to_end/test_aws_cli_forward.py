"""The AWS CLI forwards ports with our plugin under the official name, and with an official one where there is one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from smtui.demo.far_end.node_services import demo_bytes
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.story_nodes import story
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN, region_environment
from tests.end_to_end.test_aws_cli import answered, aws, with_plugin
from tests.end_to_end.test_connect import ID
from tests.waiting import wait_until

SIZE = 1_000_000
ANNOUNCED = re.compile(r"Port (\d+) opened for sessionId")


@contextlib.contextmanager
def forwarding(environment: dict[str, str]) -> Iterator[int]:
    """A forward to the web server of `web-1`; the local port."""
    words = [AWS_CLI, "ssm", "start-session", "--target", ID, "--document-name", "AWS-StartPortForwardingSession"]
    cli = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert cli.stdout
    told: list[str] = []
    announced = threading.Event()

    def read() -> None:
        assert cli.stdout
        for line in cli.stdout:
            told.append(line)
            if ANNOUNCED.search(line):
                announced.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert announced.wait(60), told
        found = ANNOUNCED.search("".join(told))
        assert found
        yield int(found[1])
        os.killpg(cli.pid, signal.SIGINT)
        assert cli.wait(60) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(cli.pid, signal.SIGKILL)
        cli.wait()
        reader.join()
        cli.stdout.close()
    assert "Terminate signal received, exiting." in "".join(told)


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def forward_through_the_cli(world: World, plugin: str) -> None:
    wanted = sha256(b"".join(demo_bytes(SIZE))).hexdigest()
    with forwarding(with_plugin(world, plugin)) as port:
        body = fetched(f"http://127.0.0.1:{port}/bytes/{SIZE}")
        assert sha256(body).hexdigest() == wanted
    wait_until(lambda: answered(aws(world, "ssm", "describe-sessions", "--state", "Active"))["Sessions"] == [])


@pytest.fixture(params=["3.3.987.0", "2.3.1205.0"], ids=["multiplexed", "basic"])
def spoken_to(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Region whose web-1 has an agent of this version, which decides how forwards are spoken."""
    nodes = [replace(node, agent_version=request.param) if node.name == "web-1" else node for node in story()]
    with SimulatedRegion(Fleet(nodes)) as region:
        home = tmp_path_factory.mktemp("h") / "home"  # short: the official plugin makes a unix socket in it
        yield World(region, home, region_environment(region, home))


def test_our_plugin_under_the_official_name_forwards(spoken_to: World) -> None:
    forward_through_the_cli(spoken_to, PLUGIN)


@pytest.mark.official_plugin
def test_an_official_plugin_forwards_against_our_far_end(spoken_to: World) -> None:
    official = shutil.which("session-manager-plugin")
    if official is None:
        pytest.skip("no official session-manager-plugin is on PATH")
    told = subprocess.run([official, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    if tuple(int(part) for part in told.strip().split(".")) >= (1, 2, 889, 0):
        pytest.skip(f"the official plugin {told.strip()} refuses a StreamUrl on loopback")
    forward_through_the_cli(spoken_to, official)
