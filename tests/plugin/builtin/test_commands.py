"""Commands on the demo's nodes, through a real plugin process."""

from __future__ import annotations

import subprocess

import pytest

from tests.plugin.builtin.service import SESSION, Service

EXITING = f"\n\nExiting session with sessionId: {SESSION}.\n\n"
UNKNOWN = "The exit status of the remote command is unknown"


def run(
    far: Service, command: str, *, apart: bool = True, from_smtui: bool = True
) -> subprocess.CompletedProcess[bytes]:
    far.book.documents[SESSION] = "AWS-StartNonInteractiveCommand"
    far.book.parameters[SESSION] = {"command": (command,), "separateOutputStream": (str(apart),)}
    plugin = subprocess.Popen(
        far.argv, env=far.environment(from_smtui=from_smtui), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with plugin:
        # Standard input stays open: its end would end the session.
        assert plugin.stdout
        assert plugin.stderr
        out, error = plugin.stdout.read(), plugin.stderr.read()
        return subprocess.CompletedProcess(far.argv, plugin.wait(60), out, error)


def test_streams_and_status_are_the_commands(far: Service) -> None:
    result = run(far, "sh -c 'echo out1; echo err1 >&2; exit 7'")
    assert result.stdout == b"out1\n"
    assert b"\nerr1\n" in result.stderr
    assert result.stderr.decode().endswith(EXITING)
    assert result.returncode == 7


def test_the_official_contract_prints_everything_and_exits_0(far: Service) -> None:
    result = run(far, "sh -c 'echo err1 >&2; exit 7'", from_smtui=False)
    banner = f"\nStarting session with SessionId: {SESSION}\n"
    assert result.stdout.decode() == f"{banner}err1\nEXIT_CODE: 7{EXITING}"
    assert (result.stderr, result.returncode) == (b"", 0)


def test_without_separate_streams_nobody_knows_the_status(far: Service) -> None:
    result = run(far, "sh -c 'echo out1; echo err1 >&2; exit 7'", apart=False)
    assert result.stdout == b"out1\nerr1\n"
    assert UNKNOWN in result.stderr.decode()
    assert result.stderr.decode().endswith(EXITING)
    assert result.returncode == 0


def test_without_separate_streams_the_official_words_are_alone(far: Service) -> None:
    assert UNKNOWN not in run(far, "false", apart=False, from_smtui=False).stdout.decode()


def test_no_shell_takes_part(far: Service) -> None:
    assert run(far, "echo a; exit 7").stdout == b"a; exit 7\n"


def test_a_command_that_is_not_there(far: Service) -> None:
    result = run(far, "no-such-command-anywhere")
    assert b"executable file not found" in result.stderr
    assert result.returncode == 1


def test_a_command_that_was_killed(far: Service) -> None:
    assert run(far, "sh -c 'kill -9 $$'").returncode == 255


def test_much_output_is_whole(far: Service) -> None:
    result = run(far, "seq 1 200000")
    assert result.stdout == "".join(f"{n}\n" for n in range(1, 200_001)).encode()
    assert result.returncode == 0


@pytest.mark.parametrize("from_smtui", [True, False])
def test_ctrl_c_interrupts_the_command(far: Service, from_smtui: bool) -> None:
    far.book.documents[SESSION] = "AWS-StartNonInteractiveCommand"
    far.book.parameters[SESSION] = {
        "command": ("sh -c 'echo ready; exec sleep 600'",),
        "separateOutputStream": ("True",),
    }
    plugin = far.spawn(from_smtui=from_smtui)
    plugin.expect_exact("ready")
    plugin.send("\x03")
    plugin.expect_exact("Exiting session with sessionId")
    plugin.expect_exact("\r\n")
    plugin.wait()


def test_an_interactive_command_has_a_terminal_and_a_shell(far: Service) -> None:
    far.book.documents[SESSION] = "AWS-StartInteractiveCommand"
    far.book.parameters[SESSION] = {"command": ('tty >/dev/null && read answer && echo "got $answer"; exit 3',)}
    plugin = far.spawn(from_smtui=True)
    plugin.send("word\r")
    plugin.expect_exact("got word")
    plugin.expect_exact(f"Exiting session with sessionId: {SESSION}.")
    assert plugin.wait() == 0, "a terminal has no status of the command"
