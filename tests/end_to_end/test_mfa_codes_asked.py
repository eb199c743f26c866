"""A profile with MFA on the command line: a visible question, a refused code, and one answer for every program."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smtui.demo.story.account_facts import OTHER_ACCOUNT
from smtui.demo.story.callers import ADMIN, MFA_DEVICE, NEVER_A_CODE
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_failed_starts import left_by_q
from tests.end_to_end.test_forward import download
from tests.waiting import wait_until


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
        terminal.wait_for("The last code was refused: each is good once.")  # and when the next one comes, if it has not
        terminal.press("492133\r")
        terminal.wait_for("Ready")
        assert terminal.wait_for_end() == 0
    assert run(listing, environment).returncode == 0, "the session is kept"
    who = run([AWS_CLI, "sts", "get-caller-identity", "--profile", "admin"], environment)
    assert f"assumed-role/{ADMIN}/" in who.stdout, who.stderr


def test_a_tunnel_outlives_its_keys_and_asks_when_it_has_to_start_again(
    world: World, environment: dict[str, str]
) -> None:
    later = timedelta()
    world.region.identities._now = lambda: datetime.now(UTC) + later
    with Terminal([SMTUI, "forward", "--profile", "admin", "web-1", "80"], environment, columns=160) as terminal:
        terminal.wait_for("MFA code for")
        terminal.press("111111\r")
        line = terminal.wait_for("→ port 80 of web-1")
        found = re.search(r"127\.0\.0\.1:(\d+) → ", line)
        assert found is not None
        port = int(found[1])
        download(port)
        later = timedelta(hours=2)
        download(port)
        world.region.faults.apply({"drop_now": True})
        terminal.wait_for("reconnecting: ")
        wait_until(lambda: terminal.text().count("MFA code for") == 2, terminal.text)
        terminal.press("222222\r")
        terminal.wait_for("open again.")
        download(port)
        terminal.press("\x03")
        terminal.wait_for_end()


def test_a_dialog_asks_on_the_screen(environment: dict[str, str]) -> None:
    with Terminal([SMTUI, "--profile", "admin"], environment, columns=140) as terminal:
        terminal.wait_for("MFA code · profile admin")
        terminal.press(f"{NEVER_A_CODE}\r")
        terminal.wait_for("The last code was refused: each is good once. Next in")
        terminal.press("492133\r")
        terminal.wait_for("● Ready")
        assert left_by_q(terminal) == 0
