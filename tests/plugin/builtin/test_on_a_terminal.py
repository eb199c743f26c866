"""The plugin as a process in a pty against the demo's service: what a user at a terminal sees."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.plugin.builtin.service import PROMPT, SESSION, TOKEN, Service
from tests.waiting import wait_until


@contextlib.contextmanager
def at_prompt(far: Service, **options: object) -> Iterator[pexpect.spawn]:
    """The plugin, with the remote's prompt read."""
    with running(far, **options) as plugin:
        plugin.expect(PROMPT)
        yield plugin


@contextlib.contextmanager
def running(far: Service, **options: object) -> Iterator[pexpect.spawn]:
    plugin = far.spawn(**options)  # type: ignore[arg-type]
    try:
        yield plugin
    finally:
        if plugin.isalive():
            plugin.kill(signal.SIGKILL)
            plugin.wait()
        plugin.close()


def run(plugin: pexpect.spawn, line: str) -> str:
    """What a remote command prints."""
    plugin.send(f'{line}; echo "<"done">"\r')
    plugin.expect("\x1b\\[\\?2004l\r|\r\n")
    plugin.expect("<done>")
    printed: str = plugin.before.decode().replace("\r\n", "\n")
    plugin.expect(PROMPT)
    return printed


def status_at_end(plugin: pexpect.spawn) -> int | None:
    plugin.expect(pexpect.EOF)
    plugin.close()
    status: int | None = plugin.exitstatus
    return status


def test_a_shell_from_banner_to_farewell(far: Service) -> None:
    with at_prompt(far) as plugin:
        assert f"\r\nStarting session with SessionId: {SESSION}\r\n".encode() in plugin.before
        assert b"your own machine" in plugin.before
        assert "42" in run(plugin, "echo $((6*7))")
        plugin.send("exit\r")
        plugin.expect_exact(f"\r\n\r\nExiting session with sessionId: {SESSION}.\r\n\r\n")
        assert status_at_end(plugin) == 0
    far.book.wait_for("ended")
    assert far.book.log == [("connected", SESSION), ("ended", SESSION, "")]


@pytest.mark.parametrize("from_smtui", [True, False])
def test_the_terminal_is_given_back_as_it_was(far: Service, from_smtui: bool) -> None:
    with running(far, from_smtui=from_smtui) as plugin:
        # The pty stays open in this process, so that its modes can be read after the plugin's end.
        before = termios.tcgetattr(plugin.child_fd)
        plugin.expect(PROMPT)
        assert termios.tcgetattr(plugin.child_fd) != before
        plugin.send("exit\r")
        plugin.expect_exact("Exiting session")
        plugin.wait()
        assert termios.tcgetattr(plugin.child_fd) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_killed_it_restores_the_terminal_and_ends_the_session(far: Service, number: int) -> None:
    with running(far) as plugin:
        before = termios.tcgetattr(plugin.child_fd)
        plugin.expect(PROMPT)
        plugin.kill(number)
        plugin.wait()
        assert termios.tcgetattr(plugin.child_fd) == before
        assert plugin.exitstatus == 128 + number
    far.book.wait_for("ended")


@pytest.mark.parametrize("from_smtui", [True, False])
def test_what_a_program_that_is_cut_left_on_is_undone_by_one_of_us(far: Service, from_smtui: bool) -> None:
    with at_prompt(far, from_smtui=from_smtui) as plugin:
        plugin.send(r"printf '\033[?1003h\033]2;title\007\033[5;10rUP'; sleep 100" + "\r")
        plugin.expect_exact("\x1b]2;title\x07\x1b[5;10rUP")
        assert plugin.before.endswith(b"\x1b[?1003h" if from_smtui else b"\x1b[?1003h\x1b[22;2t")
        plugin.kill(signal.SIGTERM)
        plugin.expect(pexpect.EOF)
        undone = [b"\x1b[23;2t", b"\x1b[!p", b"\x1b7\x1b[r\x1b8", b"\x1b[?1003l"]
        assert [each for each in undone if each in plugin.before] == ([] if from_smtui else undone)


def test_a_session_that_ends_by_itself_gets_no_reset(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("exit\r")
        plugin.expect(pexpect.EOF)
        assert b"\x1b[!p" not in plugin.before


def test_a_closed_terminal_ends_the_session(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.ptyproc.fileobj.close()
        far.book.wait_for("ended")
        plugin.ptyproc.wait()


def test_killed_with_9_the_session_stays_for_a_resume(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.kill(signal.SIGKILL)
        far.book.wait_for("disconnected")
        assert far.book.log[-1] == ("disconnected", SESSION)


def test_control_c_stops_the_remote_job_and_only_that(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("sh -c 'echo sleep''ing; exec sleep 100'\r")
        plugin.expect_exact("sleeping\r\n")
        plugin.send("\x03")
        plugin.expect(PROMPT)
        assert "still 42" in run(plugin, "echo still $((6*7))")


def test_control_z_reaches_the_remote_shell(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("sh -c 'echo sleep''ing; exec sleep 100'\r")
        plugin.expect_exact("sleeping\r\n")
        plugin.send("\x1a")
        plugin.expect_exact("Stopped")
        plugin.expect(PROMPT)
        assert "sleep 100" in run(plugin, "jobs")


def test_every_control_key_is_just_a_byte(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("stty raw -echo; echo rea''dy; head -c 32 | od -An -tx1; stty sane\r")
        plugin.expect_exact("ready")
        plugin.send(bytes(range(32)))
        plugin.expect_exact(" ".join(f"{n:02x}" for n in range(16)))
        plugin.expect_exact(" ".join(f"{n:02x}" for n in range(16, 32)))


def test_utf8_passes_both_ways(far: Service) -> None:
    with at_prompt(far) as plugin:
        assert "grüße 日本 😀" in run(plugin, "printf '%s\\n' 'grüße 日本 😀'")


def test_the_remote_has_this_terminals_size_and_follows_it_at_once(far: Service) -> None:
    with at_prompt(far, dimensions=(33, 101)) as plugin:
        assert "33 101" in run(plugin, "stty size")
        plugin.send("sh -c 'trap \"stty size\" WINCH; echo wait''ing; while :; do sleep 0.05; done'\r")
        plugin.expect_exact("waiting")
        plugin.setwinsize(40, 120)
        plugin.expect_exact("40 120")


def test_line_ends_are_the_remotes_alone(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("printf 'a\\nb\\n'\r")
        plugin.expect("a\r\nb\r\n")
        assert b"\r\r\n" not in plugin.before + plugin.after


@pytest.mark.parametrize(("from_smtui", "status"), [(True, 255), (False, 0)])
def test_a_wrong_token_is_said_and_never_shown(far: Service, from_smtui: bool, status: int) -> None:
    with running(far, from_smtui=from_smtui, token="wrong-t0ken") as plugin:
        plugin.expect_exact("Cannot perform start session: Channel")
        assert status_at_end(plugin) == status
        assert b"wrong-t0ken" not in plugin.before
        assert b"Traceback" not in plugin.before


@pytest.mark.parametrize("from_smtui", [True, False])
def test_a_mute_service_is_left_with_control_c(far: Service, from_smtui: bool) -> None:
    far.faults.mute = True
    with running(far, from_smtui=from_smtui) as plugin:
        plugin.expect_exact("Starting session")
        far.book.wait_for("connected")
        plugin.send("\x03")
        status = status_at_end(plugin)
        assert status == (130 if from_smtui else 0)
    # smtui, where it is the parent, ends the session itself.
    far.book.wait_for("disconnected" if from_smtui else "ended")


def test_an_unreachable_service_is_left_with_control_c_before_it_is_given_up(far: Service) -> None:
    with running(far, from_smtui=True, url="ws://127.0.0.1:1/v1/data-channel/s-1") as plugin:
        plugin.expect_exact("Starting session")
        wait_until_raw(plugin)
        plugin.send("\x03")
        assert status_at_end(plugin) == 130


def test_an_unreachable_service_is_given_up(far: Service) -> None:
    with running(far, from_smtui=True, url="ws://127.0.0.1:1/v1/data-channel/s-1") as plugin:
        plugin.expect_exact("Cannot perform start session: ")
        assert status_at_end(plugin) == 255


@pytest.mark.parametrize("url", ["ws://10.0.0.1/v1/data-channel/s-1", "wss://evil.example/v1", "http://127.0.0.1/"])
def test_a_stream_url_elsewhere_is_refused(far: Service, url: str) -> None:
    with running(far, from_smtui=True, url=url) as plugin:
        plugin.expect_exact("Cannot perform start session: ")
        assert status_at_end(plugin) == 255


def test_a_connection_cut_in_mid_output_is_resumed_with_nothing_lost(far: Service) -> None:
    with at_prompt(far) as plugin:
        far.faults.drop_after_bytes = 400_000
        plugin.send("seq 1 200000; echo fin''ished\r")
        plugin.expect_exact("finished", timeout=60)
        numbers = plugin.before.replace(b"\r", b"\n").split(b"\n1\n")[1].split()
        assert numbers == [b"%d" % n for n in range(2, 200_001)]
    assert far.resumed == 1
    assert far.faults.drop_after_bytes is None


def test_typing_goes_on_after_a_resume(far: Service) -> None:
    with at_prompt(far) as plugin:
        far.server.drop_now(SESSION)
        assert "again" in run(plugin, "echo ag''ain")


@pytest.mark.parametrize(("from_smtui", "status"), [(True, 255), (False, 0)])
def test_a_session_that_cannot_be_resumed_has_timed_out(far: Service, from_smtui: bool, status: int) -> None:
    with at_prompt(far, from_smtui=from_smtui) as plugin:
        far.resumable = False
        far.server.drop_now(SESSION)
        plugin.expect_exact(f"Session: {SESSION} timed out.\r\n")
        assert status_at_end(plugin) == status


def test_while_nothing_can_be_restored_control_c_leaves(far: Service) -> None:
    with at_prompt(far, from_smtui=True) as plugin:
        far.faults.for_good = True
        far.server.drop_now(SESSION)
        far.book.wait_for("disconnected")
        plugin.expect_exact("the connection was lost")
        plugin.send("\x03")
        assert status_at_end(plugin) == 130


def test_terminate_session_ends_it_in_the_official_words(far: Service) -> None:
    with at_prompt(far) as plugin:
        far.book.terminate(SESSION)
        plugin.expect_exact(f"Exiting session with sessionId: {SESSION}.")
        assert status_at_end(plugin) == 0


@pytest.mark.parametrize(("from_smtui", "status"), [(True, 1), (False, 0)])
def test_the_agents_error_is_shown(far: Service, from_smtui: bool, status: int) -> None:
    far.book.documents[SESSION] = "Acme-Deleted"
    with running(far, from_smtui=from_smtui) as plugin:
        plugin.expect_exact(f"\r\n\r\nSessionId: {SESSION} : \r\n----------ERROR-------\r\n")
        assert status_at_end(plugin) == status


def test_a_terminal_that_nobody_reads_does_not_keep_it_from_ending(far: Service) -> None:
    with at_prompt(far) as plugin:
        plugin.send("yes\r")
        time.sleep(0.5)
        plugin.kill(signal.SIGTERM)
        wait_until(lambda: not plugin.isalive())


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_the_token_is_on_no_command_line_and_in_no_core_file(far: Service) -> None:
    with at_prompt(far) as plugin:
        process = Path("/proc") / str(plugin.pid)
        assert TOKEN.encode() not in (process / "cmdline").read_bytes()
        assert re.search(r"Max core file size\s+0\s+0", (process / "limits").read_text())


def test_a_parent_that_ignores_signals_does_not_make_us_deaf(far: Service) -> None:
    """As the AWS CLI starts it; with Ctrl-C as a signal, since stdin is no terminal."""
    plugin = subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" INT QUIT TSTP; exec "$@"', "sh", *far.argv],
        env=far.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert plugin.stdin
    assert plugin.stdout
    with plugin:
        plugin.stdin.write(b"sh -c 'echo sleep''ing; exec sleep 100'\n")
        read_until(plugin.stdout.fileno(), b"\rsleeping\r\n")
        plugin.send_signal(signal.SIGINT)
        read_until(plugin.stdout.fileno(), b"]$ ")
        plugin.stdin.write(b"echo go''es on; exit\n")
        assert b"goes on" in plugin.stdout.read()
    assert plugin.returncode == 0


def read_until(descriptor: int, wanted: bytes) -> None:
    output = b""
    while wanted not in output:
        output += os.read(descriptor, 65536)


def wait_until_raw(plugin: pexpect.spawn) -> None:
    wait_until(lambda: not termios.tcgetattr(plugin.child_fd)[3] & termios.ECHO)
