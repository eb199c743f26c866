from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtui.domain.request import SessionRequest, StartedSession
from smtui.plugin.contract import Launch, prepare
from smtui.plugin.find import choose_plugin
from smtui.plugin.handoff import PluginNotStarted, start, terminal_guard
from tests.plugin.desk import PATIENT, QUICK, Desk, Seat, desk, open_files, python, shell

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")

# Stands for smtui: an event loop on the main thread, the hand-over beside it.
_HOST = """
import asyncio, json, sys, threading
from smtui.plugin.contract import Launch
from smtui.plugin.handoff import start, terminal_guard
from smtui.plugin.handoff import Patience

async def main():
    launch = Launch(tuple(json.loads(sys.argv[1])), {"PATH": "/usr/bin:/bin"})
    running = start(launch, "web-1", patience=Patience(stopping=0.3))
    with terminal_guard(running) as caught:
        run = await asyncio.to_thread(running.attach)
    report = {"stopped": run.stopped, "hung_up": run.hung_up, "status": run.exit_status, "signal": run.signal,
              "left": run.left, "caught": caught.ending_signal}
    open(sys.argv[2], "w").write(json.dumps(report))

asyncio.run(main())
"""


class Host:
    """A process that leads the session of its terminal, a desk, and hands it over to a plugin."""

    def __init__(self, at: Desk, launch: Launch, report: Path) -> None:
        self._report = report
        self.process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-c", _HOST, json.dumps(launch.argv), str(report)],
            stdin=at.slave,
            stdout=at.slave,
            stderr=at.slave,
        )
        self._desk = at

    def report(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENT
        while self.process.poll() is None:
            assert time.monotonic() < until, self._desk.shown
            with contextlib.suppress(OSError):
                self._desk.read(0.02)
        assert self.process.returncode == 0, self._desk.read_all()
        report: dict[str, Any] = json.loads(self._report.read_text())
        return report


@pytest.fixture
def host_desk() -> Iterator[Desk]:
    with desk() as at:
        yield at


_UP = "import os,signal,tty\ntty.setraw(0)\nos.write(1, b'\\x1b[?1003hup%d;' % os.getpid())\nwhile True: signal.pause()"


def _pid(at: Desk) -> int:
    at.wait_for(rb"up\d+;")
    found = re.search(rb"up(\d+);", at.shown)
    assert found
    return int(found[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_smtui_ends_the_plugin_first(
    number: signal.Signals, host_desk: Desk, tmp_path: Path
) -> None:
    before = host_desk.modes()
    host = Host(host_desk, python(_UP), tmp_path / "report")
    pid = _pid(host_desk)
    host.process.send_signal(number)
    report = host.report()
    assert (report["stopped"], report["caught"]) == (True, number)
    assert not Path(f"/proc/{pid}").exists()
    assert host_desk.modes() == before
    assert host_desk.read_all().endswith(b"\x1b[?1003l")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP])
def test_a_signal_of_the_keyboard_from_elsewhere_harms_nobody(
    number: signal.Signals, host_desk: Desk, tmp_path: Path
) -> None:
    host = Host(host_desk, shell("echo up$$';'; sleep 0.5; exit 6"), tmp_path / "report")
    _pid(host_desk)
    host.process.send_signal(number)
    report = host.report()
    assert (report["status"], report["caught"]) == (6, 0)


def test_keys_never_become_signals_of_smtui(host_desk: Desk, tmp_path: Path) -> None:
    code = """
import os, tty
tty.setraw(0)
os.write(1, b'up%d;' % os.getpid())
keys = b''
while len(keys) < 3: keys += os.read(0, 9)
os._exit(keys == bytes((3, 26, 28)))
"""
    host = Host(host_desk, python(code), tmp_path / "report")
    _pid(host_desk)
    host_desk.type(b"\x03\x1a\x1c")
    report = host.report()
    assert (report["status"], report["stopped"], report["left"]) == (1, False, False)


def test_a_command_without_input_gets_pipes_even_on_a_terminal(host_desk: Desk) -> None:
    code = "import os, select; os._exit(sum(map(os.isatty, (0, 1, 2))) + len(select.select([0], [], [], 0.2)[0]))"
    launch = python(code)
    host_desk.type(b"typed for the shell that comes after\n")
    run = Seat(host_desk, Launch(launch.argv, launch.environment, hold_stdin=True)).run()
    assert run.exit_status == 0


def test_a_window_change_reaches_the_plugin(host_desk: Desk, tmp_path: Path) -> None:
    code = """
import os, signal, termios
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b'%dx%d;' % termios.tcgetwinsize(0)))
os.write(1, b'up%d;' % os.getpid())
while True: signal.pause()
"""
    host = Host(host_desk, python(code), tmp_path / "report")
    pid = _pid(host_desk)
    host_desk.resize(61, 177)
    host_desk.wait_for(b"61x177;")
    os.kill(pid, signal.SIGKILL)
    assert host.report()["signal"] == signal.SIGKILL


def test_a_closed_terminal_is_noticed(tmp_path: Path) -> None:
    at = Desk()
    host = Host(at, python(_UP), tmp_path / "report")
    pid = _pid(at)
    at.close()
    report = host.report()
    assert report["hung_up"] or report["caught"] == signal.SIGHUP
    assert not Path(f"/proc/{pid}").exists()


def test_the_guard_puts_every_handler_back() -> None:
    guarded = (
        signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH, signal.SIGCONT
    )  # fmt: skip
    before = [signal.getsignal(number) for number in guarded]
    with desk() as at:
        running = start(shell("exit 0"), "x", streams=(at.slave,) * 3)
        with contextlib.suppress(ZeroDivisionError), terminal_guard(running):
            assert signal.getsignal(signal.SIGTSTP) not in (signal.SIG_IGN, signal.SIG_DFL)
            raise ZeroDivisionError
        running.attach()
    assert [signal.getsignal(number) for number in guarded] == before


def test_an_ignored_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with desk() as at:
            running = start(shell("exit 0"), "x", streams=(at.slave,) * 3)
            with terminal_guard(running):
                assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            running.attach()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("kind", ["missing", "no program", "a folder"])
@pytest.mark.parametrize("on_terminal", [True, False])
def test_a_plugin_that_cannot_be_started_leaves_nothing_behind(kind: str, on_terminal: bool, tmp_path: Path) -> None:
    path = tmp_path / "plugin"
    if kind == "no program":
        path.write_text("just text")
    elif kind == "a folder":
        path.mkdir()
    secret = {"AWS_SSM_START_SESSION_RESPONSE": "secret-token"}
    with desk() as at:
        files = open_files()
        streams = (at.slave,) * 3 if on_terminal else (0, os.open(os.devnull, os.O_RDWR), 2)
        with pytest.raises(PluginNotStarted, match=str(path)) as failed:
            start(Launch((str(path), "x"), secret), "web-1", streams=streams)
        assert "secret" not in repr(failed.value) + repr(failed.value.__cause__)
        if not on_terminal:
            os.close(streams[1])
        assert open_files() == files


def test_the_token_is_in_the_plugins_environment_alone(tmp_path: Path) -> None:
    token = "only-for-the-plugin-" + os.urandom(8).hex()
    plugin = tmp_path / "session-manager-plugin"
    plugin.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo 1.2.896.0; exit; }\n'
        f'printf %s "$AWS_SSM_START_SESSION_RESPONSE" > {tmp_path}/response\necho "up$$;"\nread line\n'
    )
    plugin.chmod(0o755)
    picked = choose_plugin({"PATH": f"{tmp_path}:/bin:/usr/bin"}, endpoint_is_aws=True)
    session = StartedSession("u-1", "wss://x", token, "eu-west-1", "https://ssm")
    launch = prepare(picked, session, SessionRequest("i-1"), inherited={"PATH": "/bin:/usr/bin"})
    with desk() as at:
        seat = Seat(at, launch, QUICK)
        pid = _pid(at)
        holders = {pid for pid in _processes() if token in _read(pid, "environ")}
        tellers = {pid for pid in _processes() if token in _read(pid, "cmdline")}
        at.type(b"\n")
        run = seat.run()
    assert holders == {str(pid)}
    assert tellers == set()
    assert json.loads((tmp_path / "response").read_text())["TokenValue"] == token
    assert token not in repr(run) + repr(launch)


def _processes() -> list[str]:
    return [entry for entry in os.listdir("/proc") if entry.isdigit()]


def _read(pid: str, name: str) -> str:
    with contextlib.suppress(OSError):
        return Path("/proc", pid, name).read_bytes().decode("utf-8", "replace")
    return ""
