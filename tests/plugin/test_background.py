"""Real processes in the background: their words arrive, their end is told once, and none outlives its welcome."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from smtui.domain.outcome import PluginRun, PluginWord
from smtui.plugin.background import BackgroundPlugin
from smtui.plugin.contract import PARENT_PIPE_VARIABLE, Launch
from smtui.plugin.plugin_output import LineKind, PluginLine
from tests.waiting import wait_until

Item = PluginLine | PluginRun
SECONDS = 60.0


class Transcript:
    def __init__(self) -> None:
        self.items: queue.Queue[Item] = queue.Queue()

    def until_over(self) -> tuple[list[PluginLine], PluginRun]:
        said = []
        while not isinstance(item := self.items.get(timeout=SECONDS), PluginRun):
            said.append(item)
        return said, item

    def until(self, kind: LineKind) -> PluginLine:
        while True:
            item = self.items.get(timeout=SECONDS)
            assert isinstance(item, PluginLine), item
            if item.kind is kind:
                return item


Run = Callable[..., tuple[BackgroundPlugin, Transcript]]


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts a Python script as a plugin; nothing of it is left afterwards."""
    started: list[BackgroundPlugin] = []

    def start(script: str, **environment: str) -> tuple[BackgroundPlugin, Transcript]:
        heard = Transcript()
        argv = (sys.executable, "-u", "-c", textwrap.dedent(script))
        launch = Launch(argv, {"PATH": os.environ["PATH"], **environment})
        started.append(BackgroundPlugin(launch, heard.items.put))
        return started[-1], heard

    yield start
    for plugin in started:
        plugin.kill()


def test_words_of_both_streams_and_the_end(run: Run) -> None:
    _, heard = run(
        """
        import sys
        print("Starting session with SessionId: s-1")
        print("Port 80 opened for sessionId s-1.", flush=True)
        print('{"event": "accepted", "now": 1, "total": 1}', file=sys.stderr, flush=True)
        print("\\n\\nExiting session with sessionId: s-1.\\n")
        """
    )
    said, end = heard.until_over()
    assert {LineKind.BANNER, LineKind.LISTENING, LineKind.ACCEPTED} == {each.kind for each in said}
    assert end.words.word is PluginWord.EXITED
    assert (end.exit_status, end.stopped, end.spoke) == (0, False, True)
    assert '"event"' not in end.tail


def test_a_bind_error_is_in_the_last_words(run: Run) -> None:
    _, heard = run('print("Cannot perform start session: listen tcp 127.0.0.1:80: bind: address already in use")')
    _, end = heard.until_over()
    assert end.words.word is PluginWord.CANNOT_START
    assert "address already in use" in end.words.text


def test_sigint_ends_it(run: Run) -> None:
    plugin, heard = run("import time; print('Waiting for connections...'); time.sleep(100)")
    heard.until(LineKind.LISTENING)
    plugin.interrupt()
    _, end = heard.until_over()
    assert end.stopped
    plugin.interrupt()
    plugin.kill()


def test_a_stubborn_one_is_killed(run: Run) -> None:
    plugin, heard = run(
        """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("Waiting for connections...")
        time.sleep(100)
        """
    )
    heard.until(LineKind.LISTENING)
    plugin.interrupt()
    assert psutil.Process(plugin.pid).is_running()
    plugin.kill()
    _, end = heard.until_over()
    assert end.signal == signal.SIGKILL


def test_streams_that_something_else_holds_open_delay_nothing(run: Run) -> None:
    _, heard = run(
        """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
        print(f"child {child.pid}")
        """
    )
    said, end = heard.until_over()
    assert end.exit_status == 0
    psutil.Process(int(said[0].text.split()[1])).kill()


def test_a_flood_without_line_ends_is_cut(run: Run) -> None:
    _, heard = run("import sys; sys.stdout.write('x' * 5_000_000)")
    said, _ = heard.until_over()
    assert said
    assert max(len(each.text) for each in said) <= 8192


def test_nothing_it_says_can_harm_a_terminal(run: Run) -> None:
    _, heard = run("import sys; sys.stdout.buffer.write(b'\\x1b[2J\\xff\\x9b31m\\n')")
    said, end = heard.until_over()
    assert said[0].text.isprintable()
    assert "\x1b" not in end.tail


def test_no_terminal_no_stdin_and_a_session_of_its_own(run: Run) -> None:
    _, heard = run(
        """
        import os, sys
        print(os.getsid(0) == os.getpid(), sys.stdin.read() == "")
        """
    )
    said, _ = heard.until_over()
    assert said[0].text == "True True"


PARENT = """
import os, sys, time
from smtui.plugin.background import BackgroundPlugin
from smtui.plugin.contract import Launch
launch = Launch((sys.executable, "-u", "-c", sys.argv[1]), {"PATH": os.environ["PATH"], "%s": "1"})
plugin = BackgroundPlugin(launch, lambda said: None)
print(plugin.pid, flush=True)
time.sleep(100)
"""
CHILD = "import sys, time; print('up'); sys.stdin.read(); sys.exit(3)"


def test_the_pipe_ends_with_the_parent_however_that_ends(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT % PARENT_PIPE_VARIABLE, CHILD], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
        assert os.readlink(f"/proc/{child.pid}/fd/0").startswith("pipe:")
        parent.kill()
        wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_what_cannot_be_started_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        BackgroundPlugin(Launch((str(tmp_path / "nothing"),), {}), lambda item: None)
