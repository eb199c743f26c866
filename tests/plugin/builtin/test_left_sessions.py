"""A session that the plugin leaves is ended by the API unless the service was heard to end it, or smtui does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pexpect
import pytest

from tests.plugin.builtin.forward import forward
from tests.plugin.builtin.service import PROMPT, SESSION, Service

WEB = {"portNumber": ("80",)}
Leave = Callable[[pexpect.spawn], None]


def by_sigterm(plugin: pexpect.spawn) -> None:
    plugin.kill(signal.SIGTERM)


def by_sighup(plugin: pexpect.spawn) -> None:
    plugin.kill(signal.SIGHUP)


def by_closing_the_terminal(plugin: pexpect.spawn) -> None:
    plugin.ptyproc.fileobj.close()


def left(far: Service, leave: Leave, *, from_smtui: bool = False) -> pexpect.spawn:
    """A plugin that was at its prompt, left in this way, and has ended."""
    plugin = far.spawn(from_smtui=from_smtui)
    plugin.expect(PROMPT)
    leave(plugin)
    plugin.ptyproc.wait()
    return plugin


@pytest.mark.parametrize("leave", [by_sigterm, by_sighup, by_closing_the_terminal])
def test_a_shell_that_is_left_is_ended_by_the_api(far: Service, leave: Leave) -> None:
    left(far, leave)
    assert far.terminated == [SESSION]
    far.book.wait_for("ended")


def test_a_shell_whose_input_ends_is_ended_by_the_api(far: Service) -> None:
    subprocess.run(far.argv, env=far.environment(), input=b"echo\n", capture_output=True, check=True, timeout=60)
    assert far.terminated == [SESSION]
    far.book.wait_for("ended")


def test_a_shell_whose_input_ends_before_it_opens_is_ended_by_the_api(far: Service) -> None:
    far.faults.delay = 1.0
    subprocess.run(far.argv, env=far.environment(), input=b"", capture_output=True, check=True, timeout=60)
    assert far.terminated == [SESSION]


def test_a_signal_that_comes_while_the_plugin_starts_is_not_lost(far: Service) -> None:
    """The session exists already; the default action would leave it behind."""
    late = "import os, signal, sys; from smtui.plugin.builtin import signals; held = signals.hold_back\n"
    late += "def hold(): held(); os.kill(os.getpid(), signal.SIGTERM)\n"
    late += "signals.hold_back = hold; from smtui.plugin.builtin import main; sys.exit(main())\n"
    argv = [sys.executable, "-P", "-c", late, *far.argv[len(far.argv) - 6 :]]
    done = subprocess.run(argv, env=far.environment(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 128 + signal.SIGTERM
    assert far.terminated == [SESSION]


AS_ON_WINDOWS = """
import asyncio, sys
def no(*_): raise NotImplementedError
asyncio.SelectorEventLoop.add_signal_handler = no
from smtui.plugin.builtin import main
sys.exit(main())
"""


@pytest.mark.parametrize("from_smtui", [True, False])
def test_ctrl_c_ends_the_session_where_the_event_loop_handles_no_signals(far: Service, from_smtui: bool) -> None:
    argv = [sys.executable, "-P", "-c", AS_ON_WINDOWS, *far.argv[len(far.argv) - 6 :]]
    with subprocess.Popen(
        argv, env=far.environment(from_smtui=from_smtui), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as plugin:
        far.book.wait_for("connected")
        plugin.send_signal(signal.SIGINT)
        assert plugin.stdout
        plugin.stdout.read()
        assert plugin.wait(60) == (130 if from_smtui else 0)
    assert far.terminated == ([] if from_smtui else [SESSION])


@pytest.mark.parametrize("from_smtui", [True, False])
def test_a_connection_that_is_not_restored_leaves_the_session_to_the_api(far: Service, from_smtui: bool) -> None:
    """The service refuses the token of the new connection: that is no end of the session."""
    plugin = far.spawn(from_smtui=from_smtui)
    plugin.expect(PROMPT)
    far.book.check_token = lambda *_: False  # type: ignore[method-assign]
    far.server.drop_now(SESSION)
    plugin.expect_exact("Cannot perform start session: Channel")
    plugin.ptyproc.wait()
    assert far.terminated == ([] if from_smtui else [SESSION])


def test_a_session_that_was_seen_to_end_is_not_ended_again(far: Service) -> None:
    plugin = far.spawn()
    plugin.expect(PROMPT)
    plugin.send("exit\r")
    plugin.expect(pexpect.EOF)
    plugin.wait()
    assert far.terminated == []


@pytest.mark.parametrize("leave", [by_sigterm])
def test_smtui_ends_the_sessions_of_its_plugins_itself(far: Service, leave: Leave) -> None:
    left(far, leave, from_smtui=True)
    assert far.terminated == []
    far.book.wait_for("disconnected")


@pytest.mark.parametrize("leave", [by_sighup, by_closing_the_terminal])
def test_a_plugin_whose_smtui_is_gone_ends_the_session(far: Service, leave: Leave) -> None:
    left(far, leave, from_smtui=True)
    assert far.terminated == [SESSION]
    far.book.wait_for("ended")


def test_a_forward_whose_agent_obeys_the_flag_needs_no_api(far: Service) -> None:
    with forward(far, WEB, from_smtui=False) as web:
        assert web.port
        assert web.stop() == 0
    assert far.terminated == []
    far.book.wait_for("ended")


def test_a_forward_whose_agent_does_not_answer_is_ended_by_the_api(far: Service) -> None:
    with forward(far, WEB, from_smtui=False) as web:
        assert web.port
        far.faults.mute = True
        assert web.stop() == 0
    assert far.terminated == [SESSION]


def test_a_session_that_could_not_be_ended_is_complained_about(far: Service) -> None:
    far.refusal = {"__type": "AccessDeniedException", "message": "not \x1b[31mallowed"}
    done = subprocess.run(far.argv, env=far.environment(), input=b"", capture_output=True, check=False, timeout=60)
    assert done.stderr.decode() == (
        "smtui: the session may still be active: ssm:TerminateSession was refused: "
        "AccessDeniedException: not \u241b[31mallowed. "
        f"End it with: aws ssm terminate-session --session-id {SESSION} --region us-east-1\n"
    )
    assert done.stdout.decode().endswith("Cannot perform start session: EOF\n")
    assert done.returncode == 0


def test_a_session_that_had_ended_already_is_as_good(far: Service) -> None:
    far.refusal = {"__type": "ValidationException", "message": "It is not in a valid state to be terminated."}
    done = subprocess.run(far.argv, env=far.environment(), input=b"", capture_output=True, check=False, timeout=60)
    assert far.terminated == [SESSION]
    assert done.stderr == b""


AS_THE_AWS_CLI = """
import os, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
    signal.signal(number, signal.SIG_IGN)
print(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, flush=True)
time.sleep(60)
"""


def test_an_aws_cli_that_is_killed_takes_the_session_with_it(far: Service) -> None:
    """Its plugin's input is still open: nothing but the parent's death tells the plugin."""
    reading, writing = os.pipe()
    cli = subprocess.Popen(
        [sys.executable, "-c", AS_THE_AWS_CLI, *far.argv], env=far.environment(), stdin=reading, stdout=subprocess.PIPE
    )
    with cli:
        assert cli.stdout
        cli.stdout.readline()
        far.book.wait_for("connected")
        cli.kill()
    far.book.wait_for("ended")
    assert far.terminated == [SESSION]
    os.close(reading)
    os.close(writing)
