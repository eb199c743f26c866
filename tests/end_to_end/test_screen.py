"""The screen in a real terminal: list, shell, back to the same row; every way of ending and of not seeing."""

from __future__ import annotations

import os
import signal

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import LEFT_ON, PUT_BACK, assert_sane, sleeping, wrapped
from tests.waiting import wait_until

FARTHER_DOWN = "bastion-1"


def at_the_list(terminal: Terminal) -> None:
    terminal.wait_for("bastion-1")
    terminal.wait_for(lambda text: "reading" not in text)


def cursor_line(terminal: Terminal) -> str:
    return terminal.line_with("▌")


def test_a_terminal_that_cannot_be_drawn_on_is_pointed_to_the_list(world: World) -> None:
    with Terminal([SMTUI, "--demo"], {**world.environment, "TERM": "dumb"}) as terminal:
        terminal.wait_for("smtui list")
        assert terminal.wait_for_end() == 2


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
def test_the_main_job(world: World, size: tuple[int, int]) -> None:
    columns, rows = size
    with Terminal(wrapped(f"{SMTUI} --demo"), world.environment, columns=columns, rows=rows) as terminal:
        at_the_list(terminal)
        terminal.press("/web-\r")
        terminal.wait_for(lambda text: "bastion-1" not in text and "web-2" in text and "t Troubleshoot" in text)
        terminal.press("j")
        terminal.wait_for(lambda _: "web-2" in cursor_line(terminal))
        terminal.press("\r")
        terminal.wait_for("[web-2 ~]$")
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("stty size\r")
        terminal.wait_for(f"\n{rows} {columns}")
        terminal.press("exit\r")
        terminal.wait_for(lambda _: "web-2" in cursor_line(terminal))
        assert "web-1" in terminal.text(), "the filter still stands"
        assert "bastion-1" not in terminal.text()
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])


def test_keys_in_one_bunch_act_one_after_the_other(world: World) -> None:
    with Terminal(wrapped(SMTUI), world.environment) as terminal:
        at_the_list(terminal)
        terminal.press("/web-2\rg")
        terminal.wait_for("1 of 45")
        terminal.wait_for(lambda _: "web-2" in cursor_line(terminal))  # the header is painted first
        terminal.press("?zz")
        terminal.wait_for("Help · zz")
        terminal.press("\x1b")
        terminal.wait_for(lambda shown: "zz" not in shown)
        terminal.press("\x1b")
        terminal.wait_for(lambda shown: "Help ·" not in shown)
        terminal.press("iq")
        terminal.wait_for("status=0")
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_the_remote_gets_the_keys_and_the_screen_survives(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        terminal.press("\r")
        terminal.wait_for("~]$")
        terminal.press("sleep 100\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x03")
        wait_until(lambda: not sleeping(world))
        terminal.press("sleep 100\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        terminal.resize(90, 28)
        terminal.press("kill %1; stty size\r")
        terminal.wait_for("\n28 90")
        terminal.press("printf '\\033[?1049h\\033[?1003h\\033[?2004h\\033[?25l'; kill -9 $$\r")
        terminal.wait_for(lambda _: "web-1" in cursor_line(terminal))
        terminal.press("\r")
        terminal.wait_for("~]$")
        terminal.press("exit\r")
        terminal.wait_for(lambda _: "web-1" in cursor_line(terminal))
        terminal.press("\x03")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.active_sessions() == []


def test_what_a_cut_session_left_is_undone_before_the_screen_comes_back(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        ours = terminal.modes_left_on()
        terminal.press("\r")
        terminal.wait_for("~]$")
        terminal.press(f"printf '{LEFT_ON}UP'; sleep 100\r")
        wait_until(lambda: b"\x1b\\UP" in terminal.output)
        [plugin] = world.plugins()
        plugin.kill()
        terminal.wait_for("signal 9")
        back = terminal.output.rindex(b"\x1b[?1049h")
        assert [each for each in (*PUT_BACK, b"\x1b[!p") if not 0 < terminal.output.rfind(each) < back] == []
        assert terminal.modes_left_on() == ours
        terminal.press("\x1bq")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)


def smtui_pid(world: World) -> int:
    [process] = [found for found in world.processes(SMTUI) if SMTUI in found.cmdline()]
    return int(process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("in_session", [True, False])
def test_being_told_to_end(world: World, number: signal.Signals, in_session: bool) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        if in_session:
            terminal.press("\r")
            terminal.wait_for("~]$")
        os.kill(smtui_pid(world), number)
        terminal.wait_for(f"status={128 + number}")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])
    assert world.active_sessions() == []


@pytest.mark.parametrize("in_session", [True, False])
def test_a_closed_terminal(world: World, in_session: bool) -> None:
    terminal = Terminal(["/bin/sh", "-c", f"exec {SMTUI} --filter web-1"], world.environment)
    terminal.wait_for("Ready")
    if in_session:
        terminal.press("\r")
        terminal.wait_for("~]$")
    terminal.hang_up()
    terminal.wait_for_end()
    wait_until(lambda: world.processes() == [])
    wait_until(lambda: world.active_sessions() == [])


def test_a_closed_terminal_takes_the_demo_with_it(world: World) -> None:
    terminal = Terminal(["/bin/sh", "-c", f"exec {SMTUI} --demo --filter web-1"], world.environment)
    terminal.wait_for("Ready")
    terminal.press("\r")
    terminal.wait_for("~]$")
    terminal.hang_up()
    terminal.wait_for_end()
    wait_until(lambda: world.processes() == [])


def test_kill_9_takes_the_demo_with_it(world: World) -> None:
    with Terminal(["/bin/sh", "-c", f"exec {SMTUI} --demo --filter web-1"], world.environment) as terminal:
        terminal.wait_for("Ready")
        terminal.press("\r")
        terminal.wait_for("~]$")
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_end()
    wait_until(lambda: world.processes() == [])


def test_a_refused_start_names_what_failed(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        world.region.faults.apply({"deny": ["ssm:StartSession"]})
        terminal.press("\r")
        terminal.wait_for("The session on web-1 did not start")
        text = terminal.text()
        assert "AccessDenied" in text
        assert "ssm:StartSession" in text
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "did not start" not in text)
        terminal.press("q")
        terminal.wait_for("status=0")


def test_a_mute_service_in_the_screen(world: World) -> None:
    world.region.faults.apply({"mute": True})
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        terminal.press("\r")
        terminal.wait_for("Ctrl-C leaves", patience=12)
        terminal.press("\x03")
        terminal.wait_for("Nothing came from the node", patience=5)
        wait_until(lambda: world.active_sessions() == [])
        terminal.press("q")
        terminal.wait_for(lambda _: "web-1" in cursor_line(terminal), patience=5)
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.region.faults.calls("ssm:TerminateSession") == 1


@pytest.mark.parametrize("action", ["ssm:DescribeInstanceInformation", "ssm:GetConnectionStatus", "*"])
def test_quitting_while_a_call_hangs(world: World, action: str) -> None:
    world.region.faults.apply({"hang": [action]})
    with Terminal(wrapped(SMTUI), world.environment) as terminal:
        terminal.wait_for("smtui")
        wait_until(lambda: world.region.faults.state()["calls"] != {})
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)


SSM_LIST, EC2_LIST = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"


@pytest.mark.parametrize(
    ("faults", "environment", "told", "badges"),
    [
        ({"deny": [EC2_LIST]}, {}, EC2_LIST, {"Ready", "Limited", "Offline"}),
        ({"deny": [SSM_LIST]}, {}, SSM_LIST, {"Unknown", "Offline"}),
        ({"deny": [SSM_LIST, EC2_LIST]}, {}, SSM_LIST, set()),
        ({"expired": True}, {}, "expired", set()),
        ({}, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No AWS credentials", set()),
        ({}, {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "No AWS Region", set()),
        ({}, {"AWS_PROFILE": "nope"}, "nope", set()),
        ({}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "127.0.0.1:9", set()),
    ],
)
def test_what_cannot_be_seen_is_said(
    world: World, faults: dict[str, object], environment: dict[str, str], told: str, badges: set[str]
) -> None:
    world.region.faults.apply(faults)
    changed = {name: value for name, value in {**world.environment, **environment}.items() if value}
    with Terminal(wrapped(SMTUI), changed, columns=140, rows=60) as terminal:
        terminal.wait_for(lambda text: told in text and "reading" not in text, patience=40)
        text = terminal.text()
        words = ("Ready", "Limited", "Not connected", "Offline", "Unmanaged", "Unknown")
        seen = {word for word in words if f" {word} " in text}
        assert seen - {"Not connected"} == badges, "only a probe says that, sooner or later"
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
