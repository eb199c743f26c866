"""Our own plugin begins with signals held back: Ctrl-C while Python boots shows no traceback. No other does."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace

import pytest

from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.plugin import contract
from smtui.plugin.background import BackgroundPlugin
from smtui.plugin.builtin.signals import held_back, started_held_back
from smtui.plugin.contract import Launch
from smtui.plugin.handoff import start
from smtui.plugin.plugin_output import PluginLine
from tests.plugin.desk import QUICK, Desk, python

TELLS_MASK = "import signal; print('blocked', sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))), '.')"
ALL_HELD = f"blocked {sorted(int(number) for number in held_back())} ."
NONE_HELD = "blocked [] ."
EXPECTED = [(True, ALL_HELD), (False, NONE_HELD)]


def launch(*, ours: bool) -> Launch:
    return replace(python(TELLS_MASK), lets_signals_through=ours)


@pytest.mark.parametrize(("ours", "told"), EXPECTED)
def test_in_a_pty(ours: bool, told: str) -> None:
    desk = Desk()
    try:
        running = start(launch(ours=ours), "web-1", patience=QUICK, streams=(desk.slave, desk.slave, desk.slave))
        assert told in running.attach().tail
    finally:
        desk.close()


@pytest.mark.parametrize(("ours", "told"), EXPECTED)
def test_on_pipes(ours: bool, told: str) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    try:
        running = start(launch(ours=ours), "web-1", patience=QUICK, streams=(null, null, null))
        assert told in running.attach().tail
    finally:
        os.close(null)


@pytest.mark.parametrize(("ours", "told"), EXPECTED)
def test_in_the_background(ours: bool, told: str) -> None:
    import queue

    heard: queue.Queue[PluginLine | PluginRun] = queue.Queue()
    plugin = BackgroundPlugin(launch(ours=ours), heard.put)
    while not isinstance(item := heard.get(timeout=60), PluginRun):
        continue
    assert told in item.tail
    assert plugin.pid


def test_the_one_who_starts_it_goes_on_as_before() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with started_held_back():
        assert set(held_back()) <= signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


@pytest.mark.parametrize(("grade", "ours"), [(PluginGrade.BUILTIN, True), (PluginGrade.FINE, False)])
def test_which_plugin_is_started_so(grade: PluginGrade, ours: bool) -> None:
    pick = PluginPick("/usr/bin/session-manager-plugin", None, grade, "")
    started = StartedSession("s-1", "wss://x", "TOKEN", "eu-west-1", "https://ssm")
    prepared = contract.prepare(pick, started, SessionRequest("i-1", Place()), inherited=os.environ)
    assert prepared.lets_signals_through is ours


def test_ctrl_c_while_it_boots_is_answered_when_it_can() -> None:
    """Python's own handler would raise KeyboardInterrupt in the middle of an import."""
    pick = PluginPick("", None, PluginGrade.BUILTIN, "")
    started = StartedSession("s-1", "wss://x", "TOKEN", "eu-west-1", "https://ssm")
    prepared = contract.prepare(pick, started, SessionRequest("i-1", Place()), inherited=os.environ)
    with started_held_back():
        process = subprocess.Popen(
            prepared.argv,
            env=prepared.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert b"Traceback" not in words
    assert b"Error" not in words
