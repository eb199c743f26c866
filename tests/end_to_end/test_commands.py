"""Command documents from the command line: outputs apart, the remote's status ours, on pipes and on a terminal."""

from __future__ import annotations

import subprocess

import psutil

from tests.end_to_end.conftest import World, command_line
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

ID = "i-0a1b2c3d4e5f60718"
NON_INTERACTIVE = "AWS-StartNonInteractiveCommand"


def words(document: str, *pairs: str) -> list[str]:
    parameters = [word for pair in pairs for word in ("--parameter", pair)]
    return [SMTUI, "connect", ID, "--document-name", document, *parameters]


def run(world: World, document: str, *pairs: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words(document, *pairs),
        stdin=subprocess.DEVNULL,
        env=world.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert world.active_sessions() == []
    assert world.plugins() == []
    return done


def remote(world: World, word: str) -> list[psutil.Process]:
    """Running commands of the Region, which is in this process."""
    children = psutil.Process().children(recursive=True)
    known = {process.pid for process in world.processes()}
    return [child for child in children if child.pid not in known and word in " ".join(command_line(child))]


def test_the_remote_status_is_ours_and_the_outputs_stay_apart(world: World) -> None:
    done = run(world, "Acme-Exit", "status=7")
    assert (done.returncode, done.stdout) == (7, "this is stdout\n")
    assert "this is stderr\n" in done.stderr
    assert "EXIT_CODE" not in done.stdout + done.stderr
    assert run(world, "Acme-Exit", "status=0").returncode == 0


def test_without_separate_outputs_no_status_is_claimed(world: World) -> None:
    done = run(world, NON_INTERACTIVE, "command=sh -c 'echo out; echo err >&2; exit 7'")
    assert (done.returncode, done.stdout) == (0, "out\nerr\n")
    assert done.stderr.count("exit status") == 1


def test_a_parameter_asks_for_the_status(world: World) -> None:
    done = run(world, NON_INTERACTIVE, "command=sh -c 'exit 9'", "separateOutputStream=True")
    assert done.returncode == 9


def test_words_are_executed_without_a_shell(world: World) -> None:
    done = run(world, NON_INTERACTIVE, "command=echo a; exit 7", "separateOutputStream=True")
    assert (done.returncode, done.stdout) == (0, "a; exit 7\n")


def test_long_output_arrives_whole(world: World) -> None:
    done = run(world, NON_INTERACTIVE, "command=seq 1 100000", "separateOutputStream=True")
    assert done.returncode == 0
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 100_001))


def test_on_a_terminal_the_outputs_stay_apart_too(world: World) -> None:
    line = " ".join(words("Acme-Exit", "status=7"))
    command = ["/bin/sh", "-c", f"{line} 2>{world.home}/err; echo status=$?"]
    with Terminal(command, world.environment) as terminal:
        terminal.wait_for("status=7")
        assert "this is stdout" in terminal.text()
        assert "this is stderr" not in terminal.text()
        terminal.wait_for_end()
    assert "this is stderr\n" in (world.home / "err").read_text()


def test_ctrl_c_interrupts_the_remote_command(world: World) -> None:
    document = words(NON_INTERACTIVE, "command=sleep 1000", "separateOutputStream=True")
    with Terminal(document, world.environment) as terminal:
        wait_until(lambda: bool(remote(world, "sleep 1000")))
        terminal.press("\x03")
        assert terminal.wait_for_end() in (130, 255)
    wait_until(lambda: not remote(world, "sleep 1000"))
    assert world.active_sessions() == []
    assert world.plugins() == []


def test_an_interactive_command_has_the_terminal(world: World) -> None:
    command = "command=printf 'name? '; read name; echo hello-$name; stty size; exit 3"
    with Terminal(words("AWS-StartInteractiveCommand", command), world.environment, columns=91, rows=27) as terminal:
        terminal.wait_for("name?")
        terminal.press("world\r")
        terminal.wait_for("hello-world")
        terminal.wait_for("27 91")
        assert terminal.wait_for_end() == 0, "a command on a terminal tells no status"
    assert world.active_sessions() == []


def test_a_shell_of_ones_own_choice_in_a_folder_of_ones_own_choice(world: World) -> None:
    chosen = [SMTUI, "connect", ID, "--shell", "sh", "--cwd", "/usr/share"]
    with Terminal(chosen, world.environment) as terminal:
        terminal.press("echo here: $PWD, $0\r")
        terminal.wait_for("here: /usr/share, sh")
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert world.region.sessions.history()[0].document_name == "AWS-StartInteractiveCommand"
    assert not list((world.home / "state").rglob("*history*")), "nobody chose that document"


def test_what_cannot_be_chosen_is_said(world: World) -> None:
    def connect(*given: str) -> tuple[int, str]:
        argv = [SMTUI, "connect", *given]
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            env=world.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    status, said = connect(ID, "--cwd", "tmp")
    assert (status, "'tmp' is not absolute" in said) == (2, True)
    status, said = connect("win-1", "--user", "ana")
    assert (status, "The node runs Windows" in said) == (1, True)
    world.region.faults.apply_text("deny=ssm:StartSession@document/AWS-StartInteractiveCommand")
    status, said = connect(ID, "--user", "ana")
    assert (status, "run-as there is the same for all sessions" in said) == (1, True)
