"""`smtui connect` in a real terminal: a real shell, every key where it belongs, the terminal unharmed."""

from __future__ import annotations

import re
import subprocess

import psutil
import pytest

from tests.end_to_end.conftest import World, command_line
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

ID = "i-0a1b2c3d4e5f60718"
_STTY = re.compile(r"rows \d+; columns \d+;(.*?)@@@", re.DOTALL)


def wrapped(command: str) -> list[str]:
    """`stty -a` before and after the command, each ended by a mark; then the command's status."""
    return ["/bin/sh", "-c", f"stty -a; echo @@@; {command}; s=$?; stty -a; echo @@@; echo status=$s"]


def assert_sane(terminal: Terminal) -> None:
    """The two `stty -a` are the same, no mode of screen, mouse, paste or keyboard is left on, no traceback shown."""
    before, after = (told.split() for told in _STTY.findall(terminal.output.decode(errors="replace")))
    assert before == after
    assert terminal.modes_left_on() == set()
    assert terminal.keyboard_depth() <= 0, "an end by force takes back one mode from each of the two screens"
    assert not terminal.cursor_hidden()
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("target", ["onprem-1", "edge-1"])
def test_a_shell_outside_of_ec2(world: World, target: str) -> None:
    with Terminal([SMTUI, "connect", target], world.environment) as terminal:
        terminal.wait_for(f"[{target} ~]$")
        assert [session.node_id[:3] for session in world.region.sessions.active()] == ["mi-"]
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert world.active_sessions() == []


def test_a_reason_stays_with_the_session(world: World) -> None:
    """Where whoever audits the account looks for it: in the list of sessions."""
    with Terminal([SMTUI, "connect", "web-1", "--reason", "INC-42: disk is full"], world.environment) as terminal:
        terminal.wait_for("~]$")
        assert [session.reason for session in world.region.sessions.active()] == ["INC-42: disk is full"]
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert world.region.sessions.history()[0].reason == "INC-42: disk is full"


@pytest.mark.parametrize("target", ["web-1", ID, "10.0.1.12"])
def test_a_real_shell(world: World, target: str) -> None:
    with Terminal(wrapped(f"{SMTUI} connect {target}"), world.environment) as terminal:
        terminal.wait_for("web-1")
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("printf 'gr\\303\\274n-\\342\\202\\254-%s\\n' wörter\r")
        terminal.wait_for("\ngrün-€-wörter")
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        assert terminal.wait_for_end() == 0
        assert_sane(terminal)
    assert world.active_sessions() == []
    assert world.plugins() == []


def test_keys_reach_the_remote_shell_and_only_it(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} connect {ID}"), world.environment) as terminal:
        terminal.wait_for("web-1")
        terminal.press("sleep 100; echo over $?\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x03")
        terminal.wait_for("^C")
        wait_until(lambda: not sleeping(world))
        terminal.press("sleep 101\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        terminal.press("kill %1; wait; echo gone\r")
        terminal.wait_for("\ngone")
        terminal.press("sleep 102\r")
        wait_until(lambda: bool(sleeping(world)))
        terminal.press("\x1c")
        terminal.wait_for("Quit")
        terminal.press("exit\r")
        terminal.wait_for_end()
        assert_sane(terminal)


def sleeping(world: World) -> list[int]:
    """The remote sleeps: the Region runs in this process, so they are its descendants."""
    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if re.match(r"\S*sleep 10\d$", " ".join(command_line(child)))]


def test_a_resize_is_seen_at_once(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} connect {ID}"), world.environment, columns=100, rows=30) as terminal:
        terminal.wait_for("web-1")
        terminal.press("stty size\r")
        terminal.wait_for("\n30 100")
        terminal.resize(81, 25)
        terminal.press("stty size\r")
        terminal.wait_for("\n25 81")
        terminal.press("exit\r")
        terminal.wait_for_end()


LEFT_ON = (
    r"\033[?1049h\033[?1000;1003h\033[?1006h\033[?2004h\033[?25l\033[?1h\033=\033[>1u\033[>4;2m\033(0"
    r"\033[?9001h\033[?1007h\033[?45h\033[?69h\033[5;40s\302\233?1002h\033[3g"
    r"\033]0;t\007\033]4;1;#123456\007\033]11;red\007\033]8;;http://x\033\\"
)
PUT_BACK = (
    *(b"\x1b[?%dl" % mode for mode in (1049, 1000, 1003, 1006, 2004, 9001, 1007, 45, 69, 1002)),
    *(b"\x1b[>4m", b"\x1b[?5W", b"\x1b[23;0t", b"\x1b]104\x1b\\", b"\x1b]111\x1b\\", b"\x1b]8;;\x1b\\"),
)


@pytest.mark.parametrize("cut", ["the shell", "the plugin"])
def test_a_full_screen_program_that_is_cut_leaves_nothing_behind(world: World, cut: str) -> None:
    with Terminal(wrapped(f"{SMTUI} connect {ID}"), world.environment) as terminal:
        terminal.wait_for("web-1")
        if cut == "the shell":
            terminal.press(f"printf '{LEFT_ON}'; kill -9 $$\r")
        else:
            terminal.press(f"printf '{LEFT_ON}UP'; sleep 100\r")
            wait_until(lambda: b"\x1b\\UP" in terminal.output)
            [plugin] = world.plugins()
            plugin.kill()
        terminal.wait_for("status=", patience=30)
        terminal.wait_for_end()
        assert [each for each in PUT_BACK if each not in terminal.output] == []
        assert (b"\x1b[!p" in terminal.output) == (cut == "the plugin")
        assert_sane(terminal)


def test_off_a_terminal_output_is_unchanged(world: World) -> None:
    script = "echo out; echo err >&2; exit\n"
    done = subprocess.run(
        [SMTUI, "connect", ID],
        input=script,
        env=world.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "out" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert world.active_sessions() == []


@pytest.mark.parametrize("closed", ["<&-", "</dev/null >&-", "</dev/null >&- 2>&-"])
def test_a_closed_stream_is_an_empty_one(world: World, closed: str) -> None:
    with Terminal(wrapped(f"{SMTUI} connect {ID} {closed}"), world.environment) as terminal:
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.active_sessions() == []


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["run web-1 -- id", "cp /etc/hostname web-1:", "doctor", "login", "play /dev/null"])
def test_every_command_does_without_a_closed_stream(world: World, words: str, closed: str) -> None:
    """As a daemon or cron may start it."""
    open_, without = (
        subprocess.run(
            ["sh", "-c", f"exec {SMTUI} {words} {ends}"],
            stdin=subprocess.DEVNULL,
            env=world.environment,
            capture_output=True,
            check=False,
            timeout=120,
        )
        for ends in ("", closed)
    )
    assert without.returncode == open_.returncode, without.stderr
    assert b"NoneType" not in without.stderr


def test_the_screen_without_stdin_is_a_sentence(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} <&-"), world.environment) as terminal:
        terminal.wait_for("status=2")
        assert "needs a terminal" in terminal.text()


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("connect", "nothing-of-the-kind"), 1, "nothing-of-the-kind"),
        (("connect", "tag:env=prod"), 1, "Give one of these as TARGET"),
        (("connect", "stopped-1"), 1, "TargetNotConnected"),
        (("connect", "stopped-1"), 1, "(target-not-connected)"),
        (("connect", "stopped-1"), 1, "smtui doctor i-"),
        (("connect", "i-00000000000000000"), 1, "i-00000000000000000"),
        (("connect", "web-1", "--document-name", "No-Such"), 1, "InvalidDocument"),
        (("connect", "web-1", "--profile", "nope"), 1, "nope"),
    ],
)
def test_what_cannot_start_is_a_sentence(world: World, words: tuple[str, ...], status: int, told: str) -> None:
    with Terminal(wrapped(f"{SMTUI} {' '.join(words)}"), world.environment) as terminal:
        terminal.wait_for(f"status={status}")
        assert told in terminal.text()
        assert "Traceback" not in terminal.text()
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.active_sessions() == []
