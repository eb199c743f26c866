"""`smtui plugin` on the command line: the facts of the screen, checks and a test session."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from smtui import plugin_wiring
from smtui.cli.upkeep.plugin import log_lines, status_lines
from smtui.domain.plugin_facts.plugin_survey import ChosenBy, DebugLog
from smtui.engine.plugin_care.care_protocols import TrialRegionFailed
from tests.cli.conftest import Run
from tests.end_to_end.shells import SMTUI
from tests.engine.plugin_care.care_fakes import GOOD, OLD, SEELOG, SOME, FakeCaredPlugins
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake plugins are shell scripts")
LOGS = (DebugLog("/o.log", True), DebugLog("/x.log", False, "off", SEELOG))


def fake_plugin(folder: Path, script: str = "echo 1.2.764.0") -> Path:
    folder.mkdir()
    path = folder / "session-manager-plugin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_status_tells_what_the_screen_does() -> None:
    survey = FakeCaredPlugins([SOME, OLD]).survey(endpoint_is_aws=True)
    told = "\n".join(status_lines(survey, "linux", LOGS))
    for words in (
        "session-manager-plugin  1.2.764.0  ! outdated for forwards  shells",
        "the token would be in argv",
        "shells use the official one, forwards the built-in one (auto).",
        "forwards: Only smtui's own plugin reports the traffic",
        "1.2.835.0  Forwards work again",
        "built-in: debug logging on",
        "official: debug logging off (seelog.xml)",
    ):
        assert words in told
    assert "wrong" not in told


@pytest.mark.parametrize("is_on", [False, True])
def test_the_log_of_an_official_plugin_that_is_not_there_is_named_only_if_it_is_on(is_on: bool) -> None:
    survey = FakeCaredPlugins([]).survey(endpoint_is_aws=True)
    logs = (LOGS[0], replace(LOGS[1], is_on=is_on))
    told = status_lines(survey, "linux", logs)
    assert [line.partition(":")[0] for line in told if "debug logging" in line] == ["built-in", "official"][: 1 + is_on]


def test_status_says_what_is_wrong_and_the_next_step() -> None:
    survey = FakeCaredPlugins([GOOD, OLD], OLD.path, ChosenBy.VARIABLE).survey(endpoint_is_aws=True)
    told = status_lines(survey, "linux", LOGS)
    assert told[-1] == "topic    smtui topics plugin-too-old"
    assert any(line.startswith("next     ") for line in told)


def test_a_plugin_that_works_is_verified(run: Run, tmp_path: Path) -> None:
    path = fake_plugin(tmp_path / "bin")
    told = run("plugin", "verify", str(path))
    assert "✓ answer     It reports version 1.2.764.0" in told.stdout
    assert "? signature  Not known" in told.stdout
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    changed = run("plugin", "verify", str(path))
    assert changed.exit_code == 1
    assert f"✕ file       Every user of this machine can change {path}." in changed.stdout


def test_every_plugin_is_verified_where_none_is_named(run: Run, tmp_path: Path) -> None:
    path = fake_plugin(tmp_path / "bin", "echo no version")
    told = run("plugin", "verify", PATH=f"{path.parent}:{os.environ['PATH']}")
    assert told.exit_code == 1
    assert f"{path} (version not known)" in told.stdout
    assert "built-in " in told.stdout


def test_a_plugin_that_is_not_there_fails_its_check(run: Run) -> None:
    told = run("plugin", "verify", "/nowhere/session-manager-plugin")
    assert told.exit_code == 1
    assert "It cannot be started" in told.stdout


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ('[ "$1" = --version ] && echo 1.2.764.0 || echo refused', 1, "✕ failed"),
        ("echo 1.2.896.0", 0, "not possible. It cannot be tested on this machine"),
        ("echo 1.2.279.0", 1, "not possible. It is never used."),
        ("echo hello", 1, "not possible. It is never used."),
    ],
)
def test_the_exit_status_of_a_test_tells_a_failure_from_what_is_not_possible(
    run: Run, tmp_path: Path, script: str, status: int, said: str
) -> None:
    told = run("plugin", "test", str(fake_plugin(tmp_path / "bin", script)))
    assert (told.exit_code, said in told.stdout) == (status, True)


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_is_tried(tmp_path: Path, number: signal.Signals) -> None:
    noted = tmp_path / "pid"
    hangs = f"echo $$ > {noted}.new; mv {noted}.new {noted}; exec sleep 61"
    plugin = fake_plugin(tmp_path / "bin", f'[ "$1" = --version ] && echo 1.2.764.0 && exit; {hangs}')
    own = {f"SMTUI_{each}_DIR": str(tmp_path / each) for each in ("CONFIG", "STATE", "CACHE")}
    argv = [SMTUI, "plugin", "test", str(plugin)]
    with subprocess.Popen(argv, env=os.environ | own | {"TMPDIR": str(tmp_path)}, start_new_session=True) as testing:
        wait_until(noted.exists)
        testing.send_signal(number)
        assert testing.wait(PATIENCE) == 128 + number
    tried = Path("/proc", noted.read_text().strip())
    wait_until(lambda: not tried.exists() or ") Z " in (tried / "stat").read_text())
    assert not list(tmp_path.glob("smtui-demo-*"))


def test_a_plugin_that_is_not_there_fails_its_test(run: Run, tmp_path: Path) -> None:
    told = run("plugin", "test", str(tmp_path / "none"))
    assert (told.exit_code, "There is no such file." in told.stdout) == (1, True)


def test_our_own_plugin_carries_a_session_of_the_simulated_region(run: Run) -> None:
    told = run("plugin", "test", "builtin")
    assert told.exit_code == 0
    assert told.stdout.startswith("built-in ")
    assert "test session: ✓" in told.stdout


@pytest.mark.official_plugin
@pytest.mark.skipif(shutil.which("session-manager-plugin") is None, reason="no official plugin on PATH")
def test_the_official_plugin_carries_one_or_cannot_be_tested(run: Run) -> None:
    official = shutil.which("session-manager-plugin")
    assert official is not None
    told = run("plugin", "test", official)
    assert told.exit_code == 0
    assert "test session: ✓" in told.stdout or "cannot be tested on this machine" in told.stdout
    verified = run("plugin", "verify", official)
    assert "✓ answer" in verified.stdout


def test_a_region_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        from smtui.demo.region_process import DemoDidNotStart

        raise DemoDidNotStart("The simulated Region did not start: no memory")

    monkeypatch.setattr("smtui.demo.demo_world.DemoWorld.start", fails)
    with pytest.raises(TrialRegionFailed, match="no memory"), plugin_wiring.trial_region():
        pass


def test_logs_are_lines() -> None:
    own, official = LOGS
    assert log_lines(own, official)[2:] == [
        "official plugin   off",
        f"its settings      {SEELOG}",
        "its log           /x.log",
    ]


def test_the_official_log_is_switched_by_a_file_or_by_commands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sessionmanagerplugin"
    monkeypatch.setattr("smtui.store.seelog_file.official_configuration", lambda: folder / "seelog.xml")
    none = run("plugin", "logging", "on", "--official")
    assert none.exit_code == 1
    assert "seelog.xml.template is missing" in none.stderr
    folder.mkdir()
    (folder / "seelog.xml.template").write_text('<seelog minlevel="off"/>')
    on = run("plugin", "logging", "on", "--official")
    assert "official plugin   on, level debug" in on.stdout
    off = run("plugin", "logging", "off", "--official")
    assert "official plugin   off" in off.stdout
    assert not (folder / "seelog.xml").exists()
