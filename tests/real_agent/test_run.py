"""Commands of `smtui run` on the real agent: exit statuses, quoting, much output, and the end of one that hangs."""

from __future__ import annotations

import hashlib
import subprocess

import psutil
import pytest

from tests.end_to_end.shells import SMTUI
from tests.real_agent.conftest import NODE, Bed
from tests.waiting import wait_until


def run(bed: Bed, *words: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [SMTUI, "run", NODE, *words],
        env=bed.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert bed.active_sessions() == []
    return done


@pytest.mark.parametrize(
    ("command", "summary", "status"),
    [
        (["true"], "1 exit 0.", 0),
        (["exit 7"], "1 exit 7.", 1),
        (["kill -9 $$"], "1 ended by a signal.", 1),
        (["no-such-command-anywhere"], "1 exit 127.", 1),
        (["sh", "-c", "exit 255"], "1 exit 255.", 1),
    ],
)
def test_exit_statuses(bed: Bed, command: list[str], summary: str, status: int) -> None:
    done = run(bed, "--", *command)
    assert f"smtui: {summary}\n" in done.stderr.decode(), done.stderr.decode()
    assert done.returncode == status


def test_words_reach_the_shell_unchanged(bed: Bed) -> None:
    words = ["a b", "it's", 'say "x"', "$HOME", "back\\slash", "*", "{{ name }}", "é\n2", ""]
    done = run(bed, "--", "printf", "<%s>\\n", *words)
    lines = [line.partition("| ")[2] for line in done.stdout.decode().splitlines()]
    assert "\n".join(lines) == "\n".join(f"<{word}>" for word in words)


def test_both_outputs_apart_and_much_of_them(bed: Bed) -> None:
    done = run(bed, "--", "seq 1 200000; echo on stderr >&2")
    lines = [line.partition(b"| ")[2] for line in done.stdout.splitlines()]
    expected = [b"%d" % number for number in range(1, 200_001)]
    assert hashlib.sha256(b"\n".join(lines)).digest() == hashlib.sha256(b"\n".join(expected)).digest()
    assert b"! on stderr\n" in done.stderr


def test_a_command_that_hangs_is_ended_on_the_node(bed: Bed) -> None:
    done = run(bed, "--timeout", "3", "--", "echo begun; sleep 98765")
    assert b"| begun\n" in done.stdout
    assert "smtui: 1 timed out." in done.stderr.decode()
    # The agent ends its own child alone; what that has started ends by `timeout`.
    wait_until(
        lambda: not [each for each in psutil.process_iter(["cmdline"]) if "98765" in (each.info["cmdline"] or ())]
    )
