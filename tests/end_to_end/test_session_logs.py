"""Logs and audits of real sessions by the installed programs: written by the demo's agent, read in real terminals."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import BUCKET, LOG_GROUP
from smtui.domain.shellquote import Shell
from smtui.sessions.notifications import TOPIC
from smtui.topics.library import topic
from smtui.topics.machines import Machines
from smtui.topics.topic_text import advice
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, region_environment
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, wrapped
from tests.waiting import wait_until

AWS = Path(sys.executable).with_name("aws")
HOSTILE = r"printf '\033]0;evil\007\033[31mred\033[0m sl\bes\n'"
PROMPT = "~]$"


@pytest.fixture
def logging_world(tmp_path: Path) -> Iterator[World]:
    """A Region whose preferences log shells to both places."""
    with SimulatedRegion(demo_fleet(), past_sessions=20) as region:
        region.faults.apply({"switch": ["preferences"]})
        home = tmp_path / "home"
        there = World(region, home, region_environment(region, home))
        yield there
        for process in there.processes():
            process.kill()


def run(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, *words], check=False, env=world.environment, capture_output=True, text=True, timeout=60
    )


def aws(world: World, *words: str) -> Any:
    argv = [str(AWS), *words, "--output", "json"]
    done = subprocess.run(argv, env=world.environment, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def mine(world: World) -> str:
    return next(each for each in world.active_sessions() if each.startswith("demo-operator"))


def test_a_shell_is_logged_while_it_runs_followed_and_kept_whole(logging_world: World, tmp_path: Path) -> None:
    world = logging_world
    with Terminal(wrapped(f"{SMTUI} connect {ID} --reason INC-7"), world.environment) as shell:
        shell.wait_for(PROMPT)
        session_id = mine(world)
        with Terminal(wrapped(f"{SMTUI} sessions log --follow {session_id}"), world.environment) as follower:
            follower.wait_for(f"{LOG_GROUP} · {session_id}")
            shell.press(f"{HOSTILE}\r")
            follower.wait_for("red ses")
            shell.press("exit\r")
            shell.wait_for("status=0")
            follower.wait_for("status=0")
            assert_sane(follower)
            assert b"\x1b]0;evil" not in follower.output
            assert b"\x1b[31mred" not in follower.output

    done = run(world, "sessions", "log", session_id)
    assert (done.returncode, "red ses" in done.stdout) == (0, True)
    assert f"s3://{BUCKET}/{session_id}.log" in done.stderr

    events = aws(world, "logs", "get-log-events", "--log-group-name", LOG_GROUP, "--log-stream-name", session_id)
    streamed = [line for event in events["events"] for line in json.loads(event["message"])["sessionData"]]
    assert any("\x1b[31mred" in line for line in streamed)
    copy = tmp_path / "copy.log"
    words = ["s3", "cp", "--quiet", f"s3://{BUCKET}/{session_id}.log", str(copy)]
    subprocess.run([str(AWS), *words], env=world.environment, timeout=60, check=True)
    assert b"\x1b[31mred\x1b[0m" in copy.read_bytes()

    audited = json.loads(run(world, "sessions", "audit", "--json", session_id).stdout)
    (began,) = audited["events"]
    assert (began["name"], began["reason"], began["address"]) == ("StartSession", "INC-7", "127.0.0.1")
    theirs = aws(
        world,
        "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=StartSession",
    )["Events"]  # fmt: skip
    assert began["id"] in {event["EventId"] for event in theirs}


def test_a_hostile_log_of_50_mb_opens_on_the_screen_and_harms_no_terminal(logging_world: World) -> None:
    world = logging_world
    history = world.region.sessions.history()
    session_id = next(each.session_id for each in history if each.document_name == "SSM-SessionManagerRunShell")
    line = (
        b"\x1b]0;pwned\x07\x1b[?1049l\x1b[2J\x1b[?1000h\x9b31mrow\x1bc\x1b]52;c;cHduZWQ=\x07 of a long log\x1b[?25l\r\n"
    )
    data = line * (50 * 2**20 // len(line)) + b"the very last row\r\n"
    world.region.logs.put_object(BUCKET, f"{session_id}.log", data)
    screen = wrapped(f"{SMTUI}")
    with Terminal(screen, world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("Ready")
        terminal.press("3")
        terminal.wait_for("active")
        terminal.press("h")
        terminal.press("/")
        terminal.press(session_id)
        terminal.wait_for("1 of")
        terminal.press("\r")
        terminal.press("\r")
        terminal.wait_for("the very last row")
        terminal.wait_for("52 MB")
        gets = world.region.faults.calls("s3:GetObject")
        assert gets == 1
        terminal.press("g")
        wait_until(lambda: world.region.faults.calls("s3:GetObject") > gets)
        assert b"\x1b]0;pwned" not in terminal.output
        assert b"\x1b]52;c;cHduZWQ=" not in terminal.output
        assert b"\x1bc" not in terminal.output
        terminal.press("q")  # the pane
        terminal.wait_until_gone("[Log]")
        terminal.press("qq")  # the filter, the screen
        terminal.wait_for("api-1")
        terminal.press("q")
        terminal.wait_for("status=0")
        assert_sane(terminal)


def test_the_copied_commands_make_a_rule_that_the_audit_finds(logging_world: World) -> None:
    world = logging_world
    session_id = next(each for each in world.active_sessions() if each.startswith("ana-"))
    before = json.loads(run(world, "sessions", "audit", "--json", session_id).stdout)
    assert before["notified"] is False
    values = {"region": "eu-west-1", "account": "111122223333", "partition": "aws"}
    fixes = advice(topic(TOPIC), values, Machines(Shell.POSIX)).ready_fixes
    commands = [line for fix in fixes for line in fix.lines]
    assert len(commands) == 5
    for command in commands:
        argv = [str(AWS), *shlex.split(command)[1:]]
        subprocess.run(argv, env=world.environment, capture_output=True, timeout=60, check=True)
    (found, *_) = json.loads(run(world, "sessions", "audit", "--json", session_id).stdout)["notifications"]
    assert found == "EventBridge notifies nobody of sessions here."
    topic_arn = "arn:aws:sns:eu-west-1:111122223333:session-manager-sessions"
    aws(world, "sns", "subscribe", "--topic-arn", topic_arn, "--protocol", "sms", "--notification-endpoint", "+4912345")
    after = json.loads(run(world, "sessions", "audit", "--json", session_id).stdout)
    assert after["notified"] is True
    assert after["notifications"] == [
        "The rule session-manager-sessions sends sessions to the SNS topic session-manager-sessions: email "
        "you@example.com (not confirmed yet), sms +4912345."
    ]
