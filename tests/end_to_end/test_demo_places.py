"""The demo's accounts and Regions: listed together, entered through a chain of roles, one of them silent."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

from smtui.demo.config_texts import CHAIN, DENIED, MFA, SIGNED_OUT, STATIC, write_config
from smtui.demo.demo_config import DemoConfig
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT, SILENT_REGION
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.waiting import wait_until

PROFILES = (STATIC, CHAIN, DENIED, SIGNED_OUT, MFA)


def test_every_place_is_listed_and_each_problem_names_its_own(world: World) -> None:
    config = DemoConfig(world.home)
    write_config(config, world.region.endpoint_url, world.region.keys)
    profiles = [word for profile in PROFILES for word in ("--profile", profile)]
    regions = ["--region", "eu-west-1", "--region", "us-east-1", "--region", "me-south-1"]
    done = subprocess.run(
        [SMTUI, "list", "--json", *profiles, *regions],
        env=config.environment(world.environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert Counter((node["profile"], node["account"], node["region"]) for node in told["nodes"]) == {
        (STATIC, ACCOUNT, "eu-west-1"): 45,
        (STATIC, ACCOUNT, "us-east-1"): 8,
        (CHAIN, OTHER_ACCOUNT, "eu-west-1"): 10,
        (CHAIN, OTHER_ACCOUNT, "us-east-1"): 3,
    }
    assert len({node["id"] for node in told["nodes"] if node["name"] == "web-1"}) == 4
    problems = {problem.partition(": ")[0] for problem in told["problems"]}
    assert problems == {
        f"{profile}/{region}" for profile in PROFILES for region in ("eu-west-1", "us-east-1", "me-south-1")
    } - {f"{profile}/{region}" for profile in (STATIC, CHAIN) for region in ("eu-west-1", "us-east-1")}
    assert any(
        problem.startswith(f"{DENIED}/us-east-1: ssm:DescribeInstanceInformation was denied.")
        for problem in told["problems"]
    )


def test_a_shell_in_the_second_account_while_a_region_is_silent(world: World) -> None:
    argv = f"{SMTUI} --demo --profile {STATIC} --profile {CHAIN} --region eu-west-1 --region {SILENT_REGION}"
    with Terminal(wrapped(argv), world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("of 4 answered")
        terminal.press("/profile:stage web-1\r")
        terminal.wait_for(lambda text: "1 of 55 nodes" in text and "10.20.1.12" in text)
        assert "2 of 4 answered" in terminal.text()
        terminal.press("\r")
        terminal.wait_for("[web-1 ~]$")
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("exit\r")
        terminal.wait_for(lambda text: "10.20.1.12" in text and "of 55 nodes" in text)
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])
