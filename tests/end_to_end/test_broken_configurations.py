"""Broken credentials and files through the installed programs: `list`, `doctor`, `connect`, the screen."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.aws.test_broken import cases, lay_out
from tests.end_to_end.shells import SMTUI, clean_environment
from tests.end_to_end.terminal import Terminal

CASES = {str(parameters.id): parameters.values[0] for parameters in cases()}


def laid_out(name: str, home: Path) -> tuple[dict[str, Any], dict[str, str]]:
    environment = clean_environment(home)
    case = lay_out(CASES[name], home)
    return case, environment | {
        "AWS_CONFIG_FILE": str(home / ".aws/config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws/credentials"),
        "COLUMNS": "300",
        **case.get("environment", {}),
    }


@pytest.mark.parametrize(
    ("words", "name", "advice"),
    [
        (("list",), "credential_process: noise before the JSON", ""),
        (("connect", "web-1"), "files: a key without =", ""),
        # The doctor gives the command with its topic, as a fix to copy.
        (
            ("doctor",),
            "sign_in: a token file that was cut short",
            "Fix # Sign in smtui login --profile s # Changes: ",
        ),
    ],
)
def test_the_command_line_says_the_sentence_and_no_traceback(
    words: tuple[str, ...], name: str, advice: str, tmp_path: Path
) -> None:
    case, environment = laid_out(name, tmp_path / "home")
    argv = [SMTUI, *words, "--profile", case["profile"]]
    ended = subprocess.run(
        argv, env=environment, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )
    said = " ".join(f"{ended.stdout} {ended.stderr}".split())
    assert ended.returncode == 1
    assert case["says"] in said
    assert (advice or case["advice"]) in said
    assert "Traceback" not in said
    assert "very-secret" not in said


def test_the_screen_says_the_sentence(tmp_path: Path) -> None:
    case, environment = laid_out("credential_process: nothing printed", tmp_path / "home")
    del environment["COLUMNS"]
    with Terminal([SMTUI, "--profile", case["profile"]], environment, columns=150) as terminal:
        terminal.wait_for(case["says"])
        terminal.wait_for(lambda shown: case["advice"] in " ".join(shown.split()))
        terminal.press("q")
        assert terminal.wait_for_end() == 0
