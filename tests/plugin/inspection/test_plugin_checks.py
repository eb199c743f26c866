"""A plugin is asked for its version, and run for a test session, within limits."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from smtui.domain.plugin_facts.plugin_survey import CheckState
from smtui.domain.plugin_grade import FoundPlugin
from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
from smtui.domain.version import Version
from smtui.plugin.bounded_answer import ask_program, launched
from smtui.plugin.contract import Launch, PluginRefused
from smtui.plugin.inspection.plugin_checks import answer_check, plugin_checks
from smtui.plugin.inspection.trial_run import run_trial
from smtui.plugin.plugin_host import PluginHost
from tests.plugin.desk import children
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake plugins are shell scripts")


def script(folder: Path, text: str) -> Path:
    path = folder / "session-manager-plugin"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def launch(program: Path) -> Launch:
    return Launch((str(program),), {"PATH": os.environ["PATH"]}, hold_stdin=True)


@pytest.mark.parametrize(
    ("text", "state", "said"),
    [
        ("echo 1.2.896.0", CheckState.GOOD, "reports version 1.2.896.0"),
        ("echo hello", CheckState.BAD, "something other than a version"),
        ("echo 1.2.3; exit 3", CheckState.BAD, "exit status 3"),
        ("sleep 60", CheckState.BAD, "did not answer --version within 0 s"),
    ],
)
def test_an_answer_is_a_version_in_time(tmp_path: Path, text: str, state: CheckState, said: str) -> None:
    patience = 0.2 if "sleep" in text else 5.0
    check = answer_check((str(script(tmp_path, text)),), patience)
    assert (check.state, said in check.text) == (state, True)


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    assert "cannot be started" in answer_check((str(tmp_path / "none"),), 1).text


def test_the_status_of_a_program_is_told(tmp_path: Path) -> None:
    answer = ask_program([str(script(tmp_path, "echo out; echo err >&2; exit 7"))], 5.0, with_errors=True)
    assert (answer.text, answer.status) == ("out\nerr\n", 7)
    assert ask_program([str(script(tmp_path, "echo out; echo err >&2"))], 5.0).text == "out\n"


def test_ours_and_official_ones_are_checked_for_what_they_are(tmp_path: Path) -> None:
    found = FoundPlugin(str(script(tmp_path, "echo 1.2.896.0")), Version.of("1.2.896.0"))
    names = [check.name for check in plugin_checks(found, "linux", have=lambda _: False)]
    assert names == ["answer", "file", "package", "signature"]
    ours = plugin_checks(FoundPlugin("", None, ours=True), "linux")
    assert [check.name for check in ours] == ["answer", "file"]
    assert ours[0].state is CheckState.GOOD


def test_a_trial_keeps_what_is_printed_on_both_outputs(tmp_path: Path) -> None:
    end = run_trial(launch(script(tmp_path, "echo out; echo err >&2")), 10.0)
    assert end.in_time
    assert sorted(end.output.split()) == ["err", "out"]


def test_its_input_stays_open(tmp_path: Path) -> None:
    waits = script(tmp_path, "read line; echo ended")
    end = run_trial(launch(waits), 0.3)
    assert not end.in_time
    assert "ended" not in end.output


def test_a_trial_that_hangs_is_killed(tmp_path: Path) -> None:
    before = set(children())
    assert not run_trial(launch(script(tmp_path, "exec sleep 61")), 0.3).in_time
    assert set(children()) <= before


@pytest.mark.parametrize("is_trial", [False, True])
def test_what_is_asked_or_tried_ends_when_smtui_does(tmp_path: Path, is_trial: bool) -> None:
    noted = tmp_path / "pid"
    program = script(tmp_path, f"echo $$ > {noted}.new; mv {noted}.new {noted}; exec sleep 61")

    def use() -> object:
        return run_trial(launch(program), 60.0) if is_trial else answer_check((str(program),), 60.0)

    before, thread = set(children()), threading.Thread(target=use, daemon=True)
    thread.start()
    wait_until(noted.exists)
    PluginHost({}).stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert set(children()) <= before


def test_what_is_just_being_launched_ends_as_well(tmp_path: Path) -> None:
    def launch_while_smtui_ends() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(["sleep", "61"], start_new_session=True)
        PluginHost({}).stop()
        return process

    assert launched(launch_while_smtui_ends).wait(PATIENCE) == -signal.SIGKILL


def test_no_plugin_is_tried_once_smtui_ends() -> None:
    host = PluginHost({"PATH": ""})
    host.stop()
    started = StartedSession("s-1", "ws://127.0.0.1:1/x", "token", "eu-west-1", "http://127.0.0.1:1")
    with pytest.raises(PluginRefused, match="is ending"):
        host.try_out(FoundPlugin("", None, ours=True), started, SessionRequest("i-1"), PluginCredentials(), 1.0)


def test_what_a_plugin_leaves_running_is_killed(tmp_path: Path) -> None:
    end = run_trial(launch(script(tmp_path, "sleep 61 & echo $!")), 10.0)
    left = Path("/proc", end.output.strip())
    wait_until(lambda: not left.exists() or ") Z " in (left / "stat").read_text())


def test_the_output_of_a_trial_is_bounded(tmp_path: Path) -> None:
    end = run_trial(launch(script(tmp_path, "head -c 300000 /dev/zero | tr '\\0' x")), 10.0)
    assert end.in_time
    assert len(end.output) == 64 * 1024
