"""However a session ends: the terminal is sane, no plugin is left, no session is active, the token was nowhere."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, wrapped
from tests.waiting import wait_until

CONNECT = f"{SMTUI} connect {ID}"


def smtui_process(world: World) -> psutil.Process:
    [process] = [found for found in world.processes(SMTUI) if SMTUI in found.cmdline()]
    return process


def plugin_process(world: World) -> psutil.Process:
    [process] = world.plugins()
    return process


def kill_plugin(world: World) -> None:
    plugin_process(world).kill()


def terminate_smtui(world: World) -> None:
    smtui_process(world).terminate()


def hang_up_smtui(world: World) -> None:
    smtui_process(world).send_signal(signal.SIGHUP)


def cut_for_good(world: World) -> None:
    world.region.faults.apply({"drop_for_good": True, "deny": ["ssm:ResumeSession"], "drop_now": True})


@pytest.mark.parametrize(
    ("end", "status"),
    [(kill_plugin, 1), (terminate_smtui, 143), (hang_up_smtui, 129), (cut_for_good, 1)],
    ids=["plugin killed", "SIGTERM", "SIGHUP", "cut for good"],
)
def test_every_ending_leaves_nothing(world: World, end: Callable[[World], None], status: int) -> None:
    with Terminal(wrapped(f"sh -c 'exec {CONNECT}'"), world.environment) as terminal:
        terminal.wait_for("web-1")
        terminal.wait_for("~]$")
        assert world.active_sessions()
        end(world)
        terminal.wait_for(f"status={status}", patience=30)
        terminal.wait_for_end()
        assert "Traceback" not in terminal.text()
        assert_sane(terminal)
    wait_until(lambda: world.plugins() == [])
    wait_until(lambda: world.active_sessions() == [])


def test_a_closed_terminal_leaves_nothing(world: World) -> None:
    terminal = Terminal(["/bin/sh", "-c", f"exec {CONNECT}"], world.environment)
    terminal.wait_for("~]$")
    terminal.hang_up()
    terminal.wait_for_end()
    wait_until(lambda: world.processes() == [])
    wait_until(lambda: world.active_sessions() == [])


def test_kill_9_of_smtui_takes_the_plugin_with_it(world: World) -> None:
    with Terminal(["/bin/sh", "-c", f"exec {CONNECT}"], world.environment) as terminal:
        terminal.wait_for("~]$")
        smtui_process(world).kill()
        wait_until(lambda: world.processes() == [])
    wait_until(lambda: world.active_sessions() == [])


def test_a_mute_service_is_reported_and_left(world: World) -> None:
    world.region.faults.apply({"mute": True})
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for("Starting session with SessionId")
        terminal.wait_for("Ctrl-C leaves", patience=60)
        terminal.press("\x03")
        terminal.wait_for("status=130")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.region.faults.calls("ssm:TerminateSession") == 1
    assert world.active_sessions() == []


def test_ctrl_c_leaves_a_mute_service_before_it_is_reported_as_well(world: World) -> None:
    world.region.faults.apply({"mute": True})
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for("Starting session with SessionId")
        terminal.press("\x03")
        terminal.wait_for("status=130")
        assert "Ctrl-C leaves" not in terminal.text()
    wait_until(lambda: world.active_sessions() == [])


def test_ctrl_c_before_startsession_has_answered_tells_of_the_session(world: World) -> None:
    world.region.faults.apply({"latency": {"ssm:StartSession": 3}})
    with Terminal(wrapped(f"trap : INT; {CONNECT}"), world.environment, columns=200) as terminal:
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") == 1)
        terminal.press("\x03")
        terminal.press("\x03")
        terminal.wait_for("status=130", patience=2.5)
        assert "a session may have begun" in terminal.text()
        assert "Traceback" not in terminal.text()
        terminal.wait_for_end()
        assert_sane(terminal)


def test_sigterm_before_the_plugin_runs_ends_the_session_in_silence(world: World) -> None:
    world.region.faults.apply({"latency": {"ssm:StartSession": 0.3}})
    with Terminal(wrapped(f"sh -c 'exec {CONNECT}'"), world.environment) as terminal:
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") == 1)
        terminate_smtui(world)
        terminal.wait_for("status=143")
        assert "Traceback" not in terminal.text()
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.region.faults.calls("ssm:TerminateSession") == 1
    assert world.active_sessions() == []


def test_an_impatient_ctrl_c_while_the_session_is_ended_tells_how_to_end_it(world: World) -> None:
    world.region.faults.apply({"mute": True, "hang": ["ssm:TerminateSession"]})
    with Terminal(wrapped(f"trap : INT; {CONNECT}"), world.environment, columns=200) as terminal:
        terminal.wait_for("Starting session with SessionId")
        terminal.press("\x03")
        wait_until(lambda: world.region.faults.calls("ssm:TerminateSession") == 1)

        pressed = 0.0

        def is_told(text: str) -> bool:
            """Ctrl-C again and again, at a person's pace: one too many would end the `stty` behind smtui."""
            nonlocal pressed
            told, now = "aws ssm terminate-session --session-id" in text, time.monotonic()
            if not told and now > pressed + 0.25:
                terminal.press("\x03")
                pressed = now
            return told

        terminal.wait_for(is_told, patience=3)
        terminal.wait_for("status=130")
        terminal.wait_for_end()
        assert_sane(terminal)


def test_a_cut_in_mid_output_loses_and_repeats_nothing(world: World) -> None:
    world.region.faults.apply({"drop_after_bytes": 300_000})
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for("~]$")
        start = len(terminal.output)
        terminal.press("stty -echo; seq 1 200000; echo en''d\r")
        terminal.wait_for("\nend", patience=60)
        got = re.sub(rb"\x1b\[[?\d]*[a-z]|\r", b"", terminal.output[start:]).split(b"\n")
        numbers = [int(line) for line in got if line.isdigit()]
        assert numbers == list(range(1, 200_001))
        terminal.press("exit\r")
        terminal.wait_for("status=0")
    assert world.region.faults.calls("ssm:ResumeSession") >= 1


def token_of(world: World) -> bytes:
    [session] = world.region.sessions._active.values()
    assert len(session.token) > 20
    return session.token.encode()


def test_the_token_is_with_the_plugin_and_nowhere_else(world: World, tmp_path: Path) -> None:
    log = tmp_path / "smtui.log"
    with Terminal(wrapped(f"{CONNECT} --log-file {log}"), world.environment) as terminal:
        terminal.wait_for("~]$")
        token = token_of(world)
        for process in psutil.Process().children(recursive=True):
            assert token not in b"\0".join(word.encode() for word in process.cmdline())
            assert token not in Path(f"/proc/{process.pid}/environ").read_bytes()
        terminal.press("env | grep -c AWS; tr '\\0' '\\n' < /proc/$$/environ | grep -c AWS\r")
        terminal.wait_for("\n0\n0")
        terminal.press("exit\r")
        terminal.wait_for_end()
        assert token not in terminal.output
    assert log.exists()
    for folder, _, files in os.walk(tmp_path):
        for name in files:
            assert token not in (Path(folder) / name).read_bytes()


def test_a_lost_connection_is_reported_and_left_without_a_lie(world: World) -> None:
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for("~]$")
        world.region.faults.apply({"drop_for_good": True, "drop_now": True})
        terminal.wait_for("the connection was lost", patience=10)
        terminal.press("\x03")
        terminal.wait_for("status=", patience=10)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.region.faults.calls("ssm:TerminateSession") == 1
    assert world.active_sessions() == []


def test_the_screen_that_leaves_a_session_says_so_and_is_no_success(world: World) -> None:
    world.region.faults.apply({"hang": ["ssm:StartSession"]})
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment, columns=200) as terminal:
        terminal.wait_for("Ready")
        terminal.press("s")
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") == 1)
        terminal.press("q")
        terminal.wait_for("status=1")
        assert "a session may have begun" in terminal.text()
        terminal.wait_for_end()
        assert_sane(terminal)
