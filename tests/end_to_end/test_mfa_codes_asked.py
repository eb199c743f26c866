"""A profile with MFA on the command line: a visible question, a refused code, and one answer for every program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smtui.demo.story.account_facts import OTHER_ACCOUNT
from smtui.demo.story.callers import ADMIN, MFA_DEVICE, NEVER_A_CODE
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, SMTUI
from tests.end_to_end.terminal import Terminal


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    given = dict(world.environment)
    key, secret = given.pop("AWS_ACCESS_KEY_ID"), given.pop("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        del given[name]
    Path(given["AWS_CONFIG_FILE"]).write_text(
        f"[profile base]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
        f"[profile admin]\nsource_profile = base\nrole_arn = arn:aws:iam::{OTHER_ACCOUNT}:role/{ADMIN}\n"
        f"mfa_serial = {MFA_DEVICE}\nregion = eu-west-1\n"
    )
    return given


def run(argv: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, check=False, env=environment, capture_output=True, text=True, timeout=120, input="")


def test_a_code_is_asked_for_once_and_serves_every_program(environment: dict[str, str]) -> None:
    listing = [SMTUI, "list", "--profile", "admin"]
    without = run(listing, environment)
    assert without.returncode == 1
    assert "Profile admin needs an MFA code." in without.stderr
    assert "MFA code for" not in without.stderr, "nobody is asked who cannot see it"
    with Terminal(listing, environment, columns=140) as terminal:
        terminal.wait_for(f"MFA code for {MFA_DEVICE}:")
        terminal.press(f"{NEVER_A_CODE}\r")
        terminal.wait_for("The last code was refused: each is good once. The next one comes in")
        terminal.press("492133\r")
        terminal.wait_for("Ready")
        assert terminal.wait_for_end() == 0
    assert run(listing, environment).returncode == 0, "the session is kept"
    who = run([AWS_CLI, "sts", "get-caller-identity", "--profile", "admin"], environment)
    assert f"assumed-role/{ADMIN}/" in who.stdout, who.stderr
