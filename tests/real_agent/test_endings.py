"""Leaving a shell under the AWS CLI, with the real agent at the other end: no session stays active."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import psutil
import pytest

from tests.end_to_end.shells import AWS_CLI, PLUGIN
from tests.end_to_end.terminal import Terminal
from tests.real_agent.conftest import NODE, Bed
from tests.waiting import PATIENCE, wait_until

START = [AWS_CLI, "ssm", "start-session", "--target", NODE]

Leave = Callable[[psutil.Process, Terminal], None]


@pytest.fixture
def environment(bed: Bed) -> dict[str, str]:
    """With our plugin under the official name first on PATH."""
    folder = bed.home / "bin"
    folder.mkdir(parents=True)
    (folder / "session-manager-plugin").symlink_to(PLUGIN)
    around = bed.environment()
    return around | {"PATH": f"{folder}{os.pathsep}{around['PATH']}"}


def sigterm(cli: psutil.Process, terminal: Terminal) -> None:
    cli.terminate()


def sighup(cli: psutil.Process, terminal: Terminal) -> None:
    cli.send_signal(signal.SIGHUP)


def sigkill(cli: psutil.Process, terminal: Terminal) -> None:
    cli.kill()


def sigterm_of_the_plugin(cli: psutil.Process, terminal: Terminal) -> None:
    [plugin] = cli.children()
    plugin.terminate()


def hang_up(cli: psutil.Process, terminal: Terminal) -> None:
    terminal.hang_up()


def escape(cli: psutil.Process, terminal: Terminal) -> None:
    terminal.press("\r~.")


@pytest.mark.parametrize("leave", [sigterm, sighup, sigkill, sigterm_of_the_plugin, hang_up, escape])
def test_a_shell_on_a_terminal(bed: Bed, environment: dict[str, str], leave: Leave) -> None:
    with Terminal(START, environment) as terminal:
        terminal.wait_for(lambda text: text.rstrip().endswith(("$", "#")), PATIENCE)
        [session] = bed.active_sessions()
        [cli] = [child for child in psutil.Process().children() if AWS_CLI in child.cmdline()]
        leave(cli, terminal)
        wait_until(lambda: session not in bed.active_sessions())
        if leave is hang_up:
            terminal.wait_for_end(PATIENCE)


@pytest.mark.parametrize("end", ["end of input", signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=str)
def test_a_shell_on_pipes(bed: Bed, environment: dict[str, str], end: str | signal.Signals) -> None:
    process = subprocess.Popen(
        START, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    with process:
        assert process.stdin
        assert process.stdout
        said = b""
        while b"$" not in said and b"#" not in said:
            read = os.read(process.stdout.fileno(), 4096)
            assert read, said
            said += read
        [session] = bed.active_sessions()
        if isinstance(end, signal.Signals):
            process.send_signal(end)
        else:
            process.stdin.close()
        wait_until(lambda: session not in bed.active_sessions())
        process.kill()
