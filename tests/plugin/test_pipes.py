from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.domain.outcome import PluginRun, PluginWord
from smtui.plugin.contract import Launch
from smtui.plugin.handoff import Patience, RunningPlugin, runs_on_terminal, start
from smtui.plugin.pipes import Transcript
from tests.plugin.desk import PATIENT, QUICK, Seat, children, desk, open_files, python, shell
from tests.waiting import let_time_pass, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")

UNHURRIED = Patience(stopping=PATIENT)
BANNER = "printf '\\nStarting session with SessionId: u-1\\n';"


class Streams:
    """Our own stdin, stdout and stderr, as pipes whose other ends the test holds."""

    def __init__(self) -> None:
        self.stdin, self.keys = os.pipe()
        self.out, self.stdout = os.pipe()
        self.err, self.stderr = os.pipe()

    @property
    def fds(self) -> tuple[int, int, int]:
        return self.stdin, self.stdout, self.stderr

    def close(self, *names: str) -> None:
        for name in names or ("stdin", "keys", "out", "stdout", "err", "stderr"):
            fd = getattr(self, name)
            if fd >= 0:
                os.close(fd)
                setattr(self, name, -1)


@pytest.fixture
def streams() -> Iterator[Streams]:
    made = Streams()
    yield made
    made.close()


class Piped:
    """A plugin attached to streams in a thread; what it writes is collected."""

    def __init__(self, streams: Streams, launch: Launch, patience: Patience = QUICK, *, read: bool = True) -> None:
        self._streams = streams
        self.shown = {"out": b"", "err": b""}
        self.running: RunningPlugin = start(launch, "web-1", patience=patience, streams=streams.fds)
        self._result: list[PluginRun] = []
        self._attached = threading.Thread(target=lambda: self._result.append(self.running.attach()))
        self._attached.start()
        names = ("out", "err") if read else ()
        self._readers = [threading.Thread(target=self._collect, args=(name,)) for name in names]
        for reader in self._readers:
            reader.start()

    def _collect(self, name: str) -> None:
        while output := os.read(getattr(self._streams, name), 65536):
            self.shown[name] += output

    def wait_for(self, name: str, text: bytes) -> None:
        wait_until(lambda: text in self.shown[name], lambda: self.shown)

    def blocked(self) -> bool:
        """Whether what it wrote stands still, as nobody reads."""
        return not select.select([], [self._streams.fds[1]], [], 0)[1]

    def is_attached(self) -> bool:
        return self._attached.is_alive()

    def wait_until_left(self) -> None:
        self._attached.join(PATIENT)
        assert not self._attached.is_alive(), "it does not end"

    def run(self) -> PluginRun:
        self.wait_until_left()
        self._streams.close("stdout", "stderr")
        for reader in self._readers:
            reader.join(PATIENT)
        assert children() == []
        return self._result[0]


def test_both_outputs_stay_apart_and_unchanged(streams: Streams) -> None:
    code = "import os; os.write(1, b'a\\r\\nb\\n\\x1b[31m\\xff\\0'); os.write(2, b'err\\n'); os._exit(7)"
    piped = Piped(streams, python(code))
    run = piped.run()
    assert piped.shown == {"out": b"a\r\nb\n\x1b[31m\xff\0", "err": b"err\n"}
    assert run.exit_status == 7
    assert "err" in run.tail


def test_what_a_command_that_is_cut_left_in_the_terminal_is_undone() -> None:
    code = "import os, time; os.write(1, b'\\x1b[?1003hout'); os.write(2, b'\\x1b]2;t\\7err'); time.sleep(100)"
    launch = python(code)
    with desk() as at:
        seat = Seat(at, Launch(launch.argv, launch.environment, hold_stdin=True), UNHURRIED)
        at.wait_for(b"out")
        at.wait_for(b"err")
        shown = len(at.shown)
        seat.running.stop()
        seat.run()
        assert at.shown[shown:] == b"\x1b]2;\x1b\\\x1b[23;2t\x1b[!p\x1b[?7h\x1b[?1003l"


def test_a_command_that_ends_by_itself_gets_no_reset() -> None:
    launch = shell(r"printf '\033[1mdone\033[m\n\nExiting session with sessionId: u-1.\n\n'")
    with desk() as at:
        Seat(at, Launch(launch.argv, launch.environment, hold_stdin=True)).run()
        assert b"\x1b[1mdone\x1b[m" in at.shown
        assert b"\x1b[!p" not in at.shown


def test_stdin_and_its_end_are_passed_on(streams: Streams) -> None:
    piped = Piped(streams, shell("cat; echo end"))
    os.write(streams.keys, b"hello\n\x03\xff")
    streams.close("keys")
    assert piped.run().exit_status == 0
    assert piped.shown["out"] == b"hello\n\x03\xffend\n"


def test_a_held_stdin_never_ends_and_ours_is_left_alone(streams: Streams) -> None:
    os.write(streams.keys, b"not for the plugin")
    streams.close("keys")
    code = "import select; print(select.select([0], [], [], 0.3)[0])"
    launch = python(code)
    piped = Piped(streams, Launch(launch.argv, launch.environment, hold_stdin=True))
    piped.run()
    assert piped.shown["out"] == b"[]\n"
    assert os.read(streams.stdin, 100) == b"not for the plugin"


def test_much_output_is_complete(streams: Streams) -> None:
    piped = Piped(streams, shell("seq 1 1000000"))
    piped.run()
    assert piped.shown["out"] == b"".join(b"%d\n" % n for n in range(1, 1_000_001))


def test_a_slow_reader_gets_everything(streams: Streams) -> None:
    piped = Piped(streams, shell("head -c 60000 /dev/zero; head -c 60000 /dev/zero"), read=False)
    let_time_pass(3 * QUICK.draining)
    assert piped.is_attached(), "what was not read would be lost with our process"
    got = 0
    while got < 120_000:
        got += len(os.read(streams.out, 65536))
    assert piped.run().exit_status == 0


def test_a_reader_that_goes_away_ends_the_plugin(streams: Streams) -> None:
    piped = Piped(streams, shell(f"{BANNER} while :; do echo y; done"), read=False)
    os.read(streams.out, 10)
    streams.close("out")
    run = piped.run()
    assert run.hung_up
    assert run.signal is not None


def test_the_first_interrupt_is_the_remotes_and_the_second_ends_it(streams: Streams) -> None:
    piped = Piped(streams, shell("trap 'echo interrupted' INT; trap '' TERM; echo up; while :; do sleep 0.05; done"))
    piped.wait_for("out", b"up")
    piped.running.interrupt()
    piped.wait_for("out", b"interrupted")
    piped.running.interrupt()
    run = piped.run()
    assert run.stopped
    assert run.signal == signal.SIGKILL


def test_a_mute_plugin_is_reported_on_stderr_and_can_be_left(streams: Streams) -> None:
    patience = Patience(word=0.2, leaving=0.2, stopping=0.3, draining=0.3)
    piped = Piped(streams, shell(f"trap '' INT; {BANNER} exec sleep 100"), patience)
    piped.wait_for("err", b"smtui: no answer from web-1 for 0 s. Still waiting; Ctrl-C leaves.\n")
    piped.running.interrupt()
    run = piped.run()
    assert run.left
    assert not run.spoke
    assert b"smtui" not in piped.shown["out"]


def test_a_stop_ends_it_even_while_nobody_reads(streams: Streams) -> None:
    piped = Piped(streams, shell("trap '' TERM; yes"), read=False)
    wait_until(piped.blocked)
    piped.running.stop()
    assert piped.run().stopped


def test_what_comes_after_the_end_is_not_passed_on(streams: Streams, tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    piped = Piped(streams, shell(f"setsid sh -c 'read line < {go}; echo late' & exit 0"))
    piped.wait_until_left()
    pumps = [thread for thread in threading.enumerate() if thread.name.startswith("plugin-output")]
    go.write_text("now\n")
    for pump in pumps:
        pump.join(PATIENT)
    piped.run()
    assert pumps
    assert piped.shown == {"out": b"", "err": b""}


def test_a_grandchild_that_keeps_the_pipes_does_not_keep_us(streams: Streams) -> None:
    piped = Piped(streams, shell("setsid sleep 5 & echo $!; exit 4"))
    run = piped.run()
    assert run.exit_status == 4
    os.kill(int(piped.shown["out"]), signal.SIGKILL)
    for pump in [thread for thread in threading.enumerate() if thread.name.startswith("plugin-output")]:
        pump.join(PATIENT)


def test_nothing_is_left_open(streams: Streams) -> None:
    files = open_files()
    running = start(shell("exit 0"), "x", patience=QUICK, streams=streams.fds)
    running.attach()
    assert open_files() == files
    start(shell("sleep 100"), "x", patience=QUICK, streams=streams.fds).abandon()
    assert open_files() == files
    assert children() == []


def test_it_leads_a_session_of_its_own(streams: Streams) -> None:
    piped = Piped(streams, shell("ps -o sid= -p $$; echo $$"))
    piped.run()
    assert len(set(piped.shown["out"].split())) == 1


def test_a_terminal_on_both_sides_decides(streams: Streams) -> None:
    with desk() as at:
        assert runs_on_terminal((at.slave, at.slave, streams.stderr))
        assert not runs_on_terminal((at.slave, streams.stdout, at.slave))
        assert not runs_on_terminal((streams.stdin, at.slave, at.slave))


def test_last_words_count_wherever_they_were_said_and_whatever_was_read_after_them() -> None:
    heard = Transcript()
    heard.feed(b"\nStarting session with SessionId: u-1\n", 2)
    heard.feed(b"\n\nExiting session with sessionId: u-1.\n\n", 2)
    heard.feed(b"the command's last line\n", 1)
    assert heard.words().word is PluginWord.EXITED


def test_the_last_words_of_an_official_plugin_are_on_stdout() -> None:
    heard = Transcript()
    heard.feed(b"EXIT_CODE: 7\n\nExiting session with sessionId: u-1.\n\n", 1)
    heard.feed(b"of the remote\n", 2)
    assert (heard.words().word, heard.words().exit_code) == (PluginWord.EXITED, 7)


def test_without_last_words_both_streams_are_read_as_one() -> None:
    heard = Transcript()
    assert heard.words().word is PluginWord.NOTHING
    heard.feed(b"just output", 1)
    assert heard.words().word is PluginWord.OTHER
