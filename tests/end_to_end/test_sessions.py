"""The account's sessions by the installed programs: listed, terminated after a question, resumed in a real terminal.

The AWS CLI sees and ends the same sessions.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, region_environment
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, sleeping, wrapped
from tests.end_to_end.test_endings import plugin_process, smtui_process
from tests.waiting import wait_until

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def peopled(tmp_path: Path) -> Iterator[World]:
    """A Region in which others are at work."""
    with SimulatedRegion(demo_fleet(), past_sessions=40) as region:
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
    argv = [str(AWS), "ssm", *words, "--output", "json"]
    done = subprocess.run(argv, env=world.environment, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_the_list_is_the_aws_clis(peopled: World) -> None:
    for state, words in (("Active", ()), ("History", ("--history",))):
        theirs = aws(peopled, "describe-sessions", "--state", state)["Sessions"]
        ours = json.loads(run(peopled, "sessions", "--json", *words).stdout)["sessions"]
        facts = ("SessionId", "id"), ("Target", "node"), ("Owner", "owner"), ("Status", "status")
        assert len(ours) == len(theirs) > 3
        for theirs_name, ours_name in facts:
            assert {each[ours_name] for each in ours} == {each[theirs_name] for each in theirs}


def test_a_session_that_the_aws_cli_ends_is_past(peopled: World) -> None:
    with Terminal([SMTUI, "connect", "web-1", "--reason", "INC-7"], peopled.environment) as terminal:
        terminal.wait_for("~]$")
        [mine] = json.loads(run(peopled, "sessions", "--json", "--filter", "who:you").stdout)["sessions"]
        assert (mine["reason"], mine["status"], mine["name"]) == ("INC-7", "Connected", "web-1")
        aws(peopled, "terminate-session", "--session-id", mine["id"])
        terminal.wait_for_end()
    past = json.loads(run(peopled, "sessions", "--json", "--history", "--filter", f"id:{mine['id']}").stdout)
    assert [each["status"] for each in past["sessions"]] == ["Terminated"]


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_a_question_names_the_session_before_it_ends(peopled: World, answer: str) -> None:
    with Terminal([SMTUI, "connect", "web-1"], peopled.environment) as shell:
        shell.wait_for("~]$")
        [mine] = [each for each in peopled.active_sessions() if each.startswith("demo-operator")]
        terminate = wrapped(f"{SMTUI} sessions terminate {mine}")
        with Terminal(terminate, peopled.environment, columns=140) as terminal:
            terminal.wait_for("Terminate it? What runs in it ends, too. [y/N]")
            assert "your shell on web-1 · " in terminal.text()
            assert mine in peopled.active_sessions()
            terminal.press(f"{answer}\r")
            terminal.wait_for(f"status={0 if answer == 'y' else 1}")
            assert ("Your shell on web-1 is terminated." in terminal.text()) is (answer == "y")
            assert_sane(terminal)
        if answer == "y":
            shell.wait_for_end()
        assert (mine in peopled.active_sessions()) is (answer != "y")


def kill_at_once(world: World) -> None:
    """Kill smtui and its plugin so that neither sees the other end.

    The plugin goes first: a terminal that closes lets its stopped programs go on.
    """
    plugin, smtui = plugin_process(world), smtui_process(world)
    smtui.suspend()
    wait_until(lambda: smtui.status() == psutil.STATUS_STOPPED)
    plugin.kill()
    wait_until(lambda: not plugin.is_running() or plugin.status() == psutil.STATUS_ZOMBIE)
    smtui.kill()
    wait_until(lambda: world.processes() == [])


def left_behind(world: World) -> str:
    """A shell with a marked variable whose smtui and plugin were killed at once, so that nobody ended it."""
    with Terminal(["/bin/sh", "-c", f"exec {SMTUI} connect {ID}"], world.environment) as terminal:
        terminal.wait_for("~]$")
        terminal.press("kept=word-$((6*7))\r")
        terminal.press("echo $kept\r")
        terminal.wait_for("\nword-42")
        kill_at_once(world)
    [session] = world.region.sessions.active()
    wait_until(lambda: world.region.sessions.active()[0].status == "Disconnected")
    return session.session_id


def test_a_shell_is_resumed_and_ends_when_it_is_left(world: World) -> None:
    session_id = left_behind(world)
    with Terminal(wrapped(f"{SMTUI} sessions resume {session_id}"), world.environment) as terminal:
        terminal.wait_for("the session is resumed")
        terminal.press("echo again-$kept\r")
        terminal.wait_for("\nagain-word-42")
        terminal.press("stty size\r")
        terminal.wait_for("30 100")
        terminal.press("sleep 100; echo over\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x03")
        wait_until(lambda: not sleeping(world))
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        assert terminal.wait_for_end() == 0
        assert_sane(terminal)
    assert world.active_sessions() == []
    assert world.plugins() == []


def test_a_resumed_shell_that_is_cut_is_ended_like_any_other(world: World) -> None:
    session_id = left_behind(world)
    with Terminal(wrapped(f"{SMTUI} sessions resume {session_id}"), world.environment) as terminal:
        terminal.wait_for("the session is resumed")
        terminal.press("echo again-$kept\r")
        terminal.wait_for("\nagain-word-42")
        plugin_process(world).kill()
        terminal.wait_for("status=1")
        assert_sane(terminal)
    assert world.active_sessions() == []


def test_a_program_redraws_its_screen_when_it_is_resumed(world: World) -> None:
    """No key is typed: the size changes, and back."""
    with Terminal(["/bin/sh", "-c", f"exec {SMTUI} connect {ID}"], world.environment) as terminal:
        terminal.wait_for("~]$")
        loop = "trap 'echo drawn at $(stty size)' WINCH; echo up-$((1+1)); while :; do sleep 0.1; done"
        terminal.press(f"bash -c {shlex.quote(loop)}\r")
        terminal.wait_for("\nup-2")
        kill_at_once(world)
    [session_id] = world.active_sessions()
    wait_until(lambda: world.region.sessions.active()[0].status == "Disconnected")
    with Terminal([SMTUI, "sessions", "resume", session_id], world.environment) as terminal:
        terminal.wait_for("drawn at 30 100")
        terminal.press("\r~.")
        terminal.wait_for_end()
    assert world.active_sessions() == []


def test_a_session_in_use_is_resumed_after_a_question_alone(world: World) -> None:
    with Terminal(["/bin/sh", "-c", f"exec {SMTUI} connect {ID}"], world.environment) as first:
        first.wait_for("~]$")
        first.press("kept=word-$((6*7)); echo $kept\r")
        first.wait_for("\nword-42")
        [session_id] = world.active_sessions()
        assert "--yes" in run(world, "sessions", "resume", session_id).stderr
        with Terminal([SMTUI, "sessions", "resume", session_id], world.environment, columns=160) as second:
            second.wait_for("Resume your shell on web-1? [y/N]")
            assert "the two take the session from each other" in second.text()
            second.press("n\r")
            assert second.wait_for_end() == 1
            assert "smtui: nothing was resumed." in second.text()
        first.press("echo still-$kept\r")
        first.wait_for("\nstill-word-42")
        # A program that hangs does not take it back.
        frozen = [smtui_process(world), plugin_process(world)]
        for process in reversed(frozen):
            process.suspend()
        with Terminal([SMTUI, "sessions", "resume", session_id], world.environment) as second:
            second.wait_for("[y/N]")
            second.press("y\r")
            second.wait_for("the session is resumed")
            second.press("echo again-$kept\r")
            second.wait_for("\nagain-word-42")
            second.press("exit\r")
            assert second.wait_for_end() == 0
        for process in frozen:
            process.resume()
        first.wait_for_end()
    assert world.active_sessions() == []


def test_what_fails_before_the_shell_is_there_leaves_the_session(world: World) -> None:
    session_id = left_behind(world)
    denied = {"deny": ["ssm:ResumeSession"]}
    world.region.faults.apply(denied)
    done = run(world, "sessions", "resume", session_id)
    assert done.returncode == 1
    assert "ssm:ResumeSession was denied" in done.stderr
    assert world.active_sessions() == [session_id]
    world.region.faults.apply({"reset": True, "drop_for_good": True})
    with Terminal(wrapped(f"{SMTUI} sessions resume {session_id}"), world.environment, columns=140) as terminal:
        terminal.wait_for("status=1")
        assert "The session goes on as it was." in terminal.text()
        assert_sane(terminal)
    assert world.active_sessions() == [session_id]
    assert world.region.faults.calls("ssm:TerminateSession") == 0
    assert world.plugins() == []


def test_an_encrypted_session_is_not_resumed(world: World) -> None:
    world.region.faults.apply({"switch": ["kms"]})
    session_id = left_behind(world)
    done = run(world, "sessions", "resume", session_id)
    assert done.returncode == 1
    assert "only the program that started it has that key" in done.stderr
    assert world.region.faults.calls("ssm:ResumeSession") == 0
    world.region.faults.apply({"deny": ["ssm:GetDocument"]})
    with Terminal(wrapped(f"{SMTUI} sessions resume {session_id}"), world.environment, columns=140) as terminal:
        terminal.wait_for("status=1")
        assert "nobody else can resume it" in terminal.text()
        assert "The session goes on as it was." in terminal.text()
        assert_sane(terminal)
    assert world.active_sessions() == [session_id]


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ("ended", "a session that has ended cannot be resumed"),
        ("ana", "usually let you resume only your own sessions"),
        ("port", "Only shells can be resumed"),
        ("nobody", "no session of these places has the id"),
    ],
)
def test_a_session_that_cannot_be_resumed_says_why(peopled: World, which: str, told: str) -> None:
    sessions = json.loads(run(peopled, "sessions", "--json").stdout)["sessions"]
    past = json.loads(run(peopled, "sessions", "--json", "--history", "--filter", "who:you kind:shell").stdout)
    ids = {
        "ended": past["sessions"][0]["id"],
        "ana": next(each["id"] for each in sessions if each["who"] == "ana"),
        "port": next(each["id"] for each in sessions if each["kind"] == "remote port"),
        "nobody": "demo-operator-00000000000000000",
    }
    done = run(peopled, "sessions", "resume", ids[which])
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert peopled.region.faults.calls("ssm:ResumeSession") == 0
    assert "smtui is read-only" in run(peopled, "sessions", "resume", "--read-only", ids[which]).stderr


def test_a_shell_is_resumed_from_the_screen_and_leads_back_to_it(world: World) -> None:
    left_behind(world)
    # With the same journal it would first ask whether to end what was left behind.
    environment = world.environment | {"SMTUI_STATE_DIR": str(world.home / "another-state")}
    with Terminal(wrapped(SMTUI), environment, columns=140, rows=40) as terminal:
        terminal.wait_for("web-1")
        terminal.press("3")
        terminal.wait_for("disconnected")
        terminal.press("s")
        terminal.wait_for("the session is resumed")
        terminal.press("echo again-$kept\r")
        terminal.wait_for("\nagain-word-42")
        terminal.press("exit\r")
        terminal.wait_for("The session on web-1 ended after")
        assert world.active_sessions() == []
        terminal.press("q")
        terminal.wait_for("45 nodes")
        terminal.press("q")
        terminal.wait_for("status=0")
        assert_sane(terminal)
