"""A plugin that was started before its session: it takes its launch on, or ends without a trace."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.plugin import contract, find
from smtui.plugin.builtin import awaited_launch
from smtui.plugin.contract import Launch
from smtui.plugin.find import PROGRAM, is_ours_for_sure
from smtui.plugin.plugin_ahead import PluginAhead
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys")

PATIENCE = 20.0


@pytest.fixture
def terminal() -> Iterator[int]:
    """The user's terminal."""
    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def started(terminal: int) -> PluginAhead:
    return PluginAhead(contract.own_program(), dict(os.environ), (terminal, terminal))


def said(master: int) -> bytes:
    """Everything until the plugin has ended."""
    os.set_blocking(master, True)
    whole = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            return whole
        if not part:
            return whole
        whole += part


def test_both_sides_mean_the_same_argument() -> None:
    assert contract.AWAIT_LAUNCH == awaited_launch.AWAIT_LAUNCH


def test_it_becomes_what_is_launched(terminal: int) -> None:
    ahead = started(terminal)
    environment = {**os.environ, contract.RESPONSE_VARIABLE: "{}", contract.PARENT_VARIABLE: "1"}
    arguments = (contract.RESPONSE_VARIABLE, "eu-west-1", "StartSession")
    running = ahead.launched(Launch((*contract.own_program(), *arguments), environment))
    assert running is not None
    try:
        assert b"The StartSession response has no SessionId." in said(running.master)
        assert running.child.wait(PATIENCE) not in (None, 0), "under smtui the exit status is the true one"
    finally:
        running.child.close()
        os.close(running.master)


def test_it_ends_quietly_if_smtui_is_gone(terminal: int) -> None:
    ahead = started(terminal)
    running = ahead._pty
    os.close(ahead._writing)
    assert said(running.master) == b""
    assert running.child.wait(PATIENCE) == 0
    running.child.close()
    os.close(running.master)


def test_it_can_be_discarded_at_any_moment(terminal: int) -> None:
    ahead = started(terminal)
    pid = ahead._pty.child.pid
    ahead.discard()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_another_program_is_started_anew(terminal: int) -> None:
    ahead = started(terminal)
    assert ahead.launched(Launch(("/bin/true",), {})) is None


def test_one_that_has_ended_is_started_anew(terminal: int) -> None:
    ahead = PluginAhead((sys.executable, "-c", "pass"), dict(os.environ), (terminal, terminal))
    wait_until(lambda: ahead._pty.child.poll() is not None)
    assert ahead.launched(Launch((sys.executable, "-c", "pass"), {})) is None


def _official(folder: Path, text: str) -> dict[str, str]:
    folder.mkdir()
    program = folder / PROGRAM
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


def test_it_is_started_only_where_no_other_plugin_could_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "installers_folders", lambda _: iter(()))
    official = _official(tmp_path / "official", "echo 1.2.764.0")
    ours = _official(tmp_path / "ours", "exec python -m smtui.plugin.builtin")
    assert is_ours_for_sure({})
    assert is_ours_for_sure({**official, "SMTUI_PLUGIN": "builtin"})
    assert is_ours_for_sure(ours)
    assert not is_ours_for_sure(official)
    assert not is_ours_for_sure({**official, "SMTUI_PLUGIN": "auto"})
    assert not is_ours_for_sure({**ours, "SMTUI_PLUGIN": PROGRAM})
