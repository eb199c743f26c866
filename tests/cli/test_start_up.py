"""What wrong words give, and faults of our own; what importing costs is in `tests/test_house.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smtui import __version__
from tests.cli.conftest import Run


def test_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"smtui {__version__}"


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("list", "--nonsense"),
        ("connect",),
        ("connect", "web-1", "--parameter", "no-equals-sign"),
        ("connect", "web-1", "--reason", "x" * 257),
        ("connect", "web-1", "--reason", ""),
        ("connect", "web-1", "--reason", "\udcff"),
        ("sessions", "access", "ask", "web-1", "--reason", "\udcff"),
        ("forward", "web-1", "80", "--reason", " "),
        ("demo", "serve", "--port", "65536"),
        ("demo", "serve", "--nodes", "-1"),
        ("demo", "serve", "--format", "xml"),
    ],
)
def test_wrong_usage_is_status_2(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_without_a_terminal_the_screen_says_so(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "needs a terminal" in result.stderr


def test_plugin_status(run: Run) -> None:
    result = run("plugin", "status", SMTUI_PLUGIN="builtin")
    assert result.exit_code == 0
    assert "shells and forwards use the built-in one (SMTUI_PLUGIN)." in result.stdout
    missing = run("plugin", "status", SMTUI_PLUGIN="/nowhere/session-manager-plugin")
    assert missing.exit_code == 1
    assert "/nowhere/session-manager-plugin" in missing.stdout
    assert missing.stdout.endswith("topic    smtui topics plugin-not-found\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_log_that_cannot_be_written_costs_nothing(environment: dict[str, str | None]) -> None:
    given = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    program = [sys.executable, "-c", "import smtui.cli; smtui.cli.main()", "list", "--log-file", "/dev/full"]
    done = subprocess.run(program, capture_output=True, text=True, env=given, check=False)
    assert done.returncode == 1
    assert "No AWS Region is chosen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_of_our_own_is_a_sentence(environment: dict[str, str | None]) -> None:
    """Without a handler, Python's logging would print the traceback that is meant for the log."""
    program = (
        "import smtui.cli, smtui.wiring\n"
        "def broken(*_, **__): raise RuntimeError('odd')\n"
        "smtui.wiring.wired = broken\n"
        "smtui.cli.main()\n"
    )
    given = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", program, "list"], capture_output=True, text=True, env=given, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: odd" in done.stderr
    assert "Traceback" not in done.stderr
