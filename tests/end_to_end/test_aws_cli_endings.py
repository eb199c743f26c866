"""Our plugin under the AWS CLI: however the client leaves, no session stays active."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_aws_cli import answered, aws, with_plugin
from tests.end_to_end.test_connect import ID
from tests.waiting import wait_until

START = [AWS_CLI, "ssm", "start-session", "--target", ID]
AS_A_JOB = ["/bin/sh", "-c", f"{' '.join(START)}; sleep 100"]
"""The terminal outlives the AWS CLI, and so does its process group."""

Leave = Callable[[World, Terminal], None]


def cli(world: World) -> psutil.Process:
    [process] = [found for found in world.processes(AWS_CLI) if AWS_CLI in found.cmdline()]
    return process


def sigterm(world: World, terminal: Terminal) -> None:
    cli(world).terminate()


def sighup(world: World, terminal: Terminal) -> None:
    cli(world).send_signal(signal.SIGHUP)


def sigterm_of_the_plugin(world: World, terminal: Terminal) -> None:
    [plugin] = world.plugins()
    plugin.terminate()


def hang_up(world: World, terminal: Terminal) -> None:
    terminal.hang_up()


def no_session_is_active(world: World) -> bool:
    return not answered(aws(world, "ssm", "describe-sessions", "--state", "Active"))["Sessions"]


def assert_left(world: World) -> None:
    """Nothing of the plugin, no active session, and one call that ended it."""
    wait_until(lambda: world.plugins() == [], patience=30)
    assert no_session_is_active(world)
    assert world.region.faults.calls("ssm:TerminateSession") == 1


@pytest.mark.parametrize("leave", [sigterm, sighup, sigterm_of_the_plugin, hang_up])
@pytest.mark.parametrize("argv", [START, AS_A_JOB], ids=["leader", "job"])
def test_a_shell_on_a_terminal(world: World, argv: list[str], leave: Leave) -> None:
    with Terminal(argv, with_plugin(world, PLUGIN)) as terminal:
        terminal.wait_for("~]$")
        assert not no_session_is_active(world)
        leave(world, terminal)
        assert_left(world)
        if leave is hang_up:
            terminal.wait_for_end()


@contextmanager
def on_pipes(world: World, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The AWS CLI with an open input, its session connected."""
    process = subprocess.Popen(
        [*START, *words], env=with_plugin(world, PLUGIN), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            wait_until(lambda: [session.status for session in world.region.sessions.active()] == ["Connected"])
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_shell_on_pipes_whose_cli_is_killed(world: World, number: signal.Signals) -> None:
    with on_pipes(world) as process:
        process.send_signal(number)
        assert_left(world)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_shell_on_pipes_whose_process_group_is_killed(world: World, number: signal.Signals) -> None:
    with on_pipes(world) as process:
        os.killpg(process.pid, number)
        assert_left(world)


def test_a_shell_on_pipes_whose_input_ends(world: World) -> None:
    with on_pipes(world) as process:
        assert process.stdin
        process.stdin.write(b"echo\n")
        process.stdin.close()
        assert process.wait(60) == 0
        assert_left(world)


def test_a_command_whose_cli_is_killed(world: World) -> None:
    words = ("--document-name", "AWS-StartNonInteractiveCommand", "--parameters", '{"command":["sleep 1000"]}')
    with on_pipes(world, *words) as process:
        process.terminate()
        assert_left(world)


def test_a_forward_whose_cli_is_killed(world: World) -> None:
    with on_pipes(world, "--document-name", "AWS-StartPortForwardingSession") as process:
        process.terminate()
        wait_until(lambda: world.plugins() == [], patience=30)
        assert no_session_is_active(world)
