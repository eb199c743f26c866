"""The simulated Region that `smtui --demo` starts for itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3
import psutil
import pytest

from smtui import wiring
from smtui.demo import region_process
from smtui.demo.region_process import DemoDidNotStart, DemoRegionChild
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.run_options import RunOptions


def test_it_accepts_calls_and_ends_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_process, "_END_SECONDS", 60.0)  # a loaded machine is no reason to kill it
    signals: list[int] = []
    monkeypatch.setattr(subprocess.Popen, "send_signal", lambda process, signal: signals.append(signal))
    child = DemoRegionChild.start(nodes=2)
    try:
        caller = boto3.Session().client(
            "sts",
            region_name=child.region,
            endpoint_url=child.endpoint_url,
            aws_access_key_id=child.access_key_id,
            aws_secret_access_key=child.secret_access_key,
        )
        assert caller.get_caller_identity()["Account"] == "111122223333"
        assert os.getsid(child.pid) == child.pid != os.getsid(0)
    finally:
        child.close()
        child.close()
    assert not psutil.pid_exists(child.pid)
    assert (child._process.returncode, signals) == (0, []), "it was asked, and not killed"


def test_it_gets_nothing_of_the_users_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the users own")
    monkeypatch.setenv("AWS_PROFILE", "prod")
    with DemoRegionChild.start(nodes=1) as child:
        environment = psutil.Process(child.pid).environ()
    assert not [name for name in environment if name.startswith("AWS_")]


def test_a_child_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTUI_DEMO_FAULTS", "nonsense")
    with pytest.raises(DemoDidNotStart, match="no fault named 'nonsense'"):
        DemoRegionChild.start()


def test_it_dies_with_a_parent_that_is_killed() -> None:
    program = (
        "from smtui.demo.region_process import DemoRegionChild as C\nc = C.start(1)\nprint(c.pid, flush=True)\ninput()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        psutil.wait_procs([child], timeout=60)
        gone = not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        if not gone:
            child.kill()
    assert gone


def test_what_is_saved_in_the_demo_goes_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SMTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    launcher, close = wiring._demo(RunOptions(demo=True), SettingsBook())
    saved = asyncio.run(launcher.save_report("report.txt", ["a line"]))
    assert Path(saved).read_text() == "a line\n"
    assert Path(saved).is_relative_to(tmp_path)
    close()
    assert list(tmp_path.iterdir()) == []
