"""Signing in: on the command line, and from the screen by the AWS CLI; everything goes on by itself afterwards.

The AWS CLI is a stand-in that asks for a key as a browser would be asked, and then leaves credentials behind.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.demo.browser import answered, opened
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_failed_starts import left_by_q

SIGNED_OUT = """[profile ops]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = OpsEngineer
region = eu-west-1

[sso-session acme]
sso_region = eu-west-1
sso_start_url = https://acme.awsapps.com/start
"""
STAND_IN = """#!/bin/sh
[ "$*" = "sso login --profile ops" ] || { echo "called with $*"; exit 2; }
printf 'Approve in the browser, then press enter: '
read -r answer
[ "$answer" = no ] && { echo 'The request was denied'; exit 255; }
printf '[profile ops]\\nregion = eu-west-1\\naws_access_key_id = %s\\naws_secret_access_key = %s\\n' "$KEY" "$SECRET" \
  > "$AWS_CONFIG_FILE"
echo 'Successfully logged in'
"""


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    given = dict(world.environment)
    given |= {"KEY": given.pop("AWS_ACCESS_KEY_ID"), "SECRET": given.pop("AWS_SECRET_ACCESS_KEY")}
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        del given[name]
    Path(given["AWS_CONFIG_FILE"]).write_text(SIGNED_OUT)
    programs = world.home / "programs"
    programs.mkdir()
    (programs / "aws").write_text(STAND_IN)
    (programs / "aws").chmod(0o755)
    return given | {"PATH": f"{programs}{os.pathsep}{given['PATH']}"}


def test_an_expired_sign_in_is_renewed_from_the_screen(environment: dict[str, str]) -> None:
    with Terminal([SMTUI, "--profile", "ops"], environment, columns=120) as terminal:
        shown = terminal.wait_for(lambda text: "L Sign in" in text and "aws sso login --profile ops" in text)
        assert "ops · eu-west-1" in shown, "the header still shows who and where"
        terminal.press("L")
        terminal.wait_for("a AWS CLI")
        terminal.press("a")
        terminal.wait_for("Approve in the browser")
        terminal.press("no\r")
        terminal.wait_for("The request was denied")
        terminal.press("\x1b")
        terminal.wait_for("L Sign in")
        terminal.press("L")
        terminal.wait_for("a AWS CLI")
        terminal.press("a")
        terminal.wait_for(lambda text: "Approve in the browser" in text and "smtui  ops" not in text)
        terminal.press("\r")
        terminal.wait_for("bastion-1")
        assert left_by_q(terminal) == 0


def test_ctrl_c_leaves_the_sign_in_and_not_smtui(environment: dict[str, str]) -> None:
    with Terminal([SMTUI, "--profile", "ops"], environment, columns=120) as terminal:
        terminal.wait_for("L Sign in")
        terminal.press("L")
        terminal.wait_for("a AWS CLI")
        terminal.press("a")
        terminal.wait_for("Approve in the browser")
        terminal.press("\x03")
        terminal.wait_for("did not sign you in (signal 2)")
        terminal.press("\x1b")
        terminal.wait_for("L Sign in")
        assert left_by_q(terminal) == 0


def page_of(terminal: Terminal) -> str:
    """The address that is on the screen, whole: the terminal is wide."""
    found = re.search(r"AWS's page: (http://\S+)", terminal.wait_for("code_challenge="))
    assert found
    return found[1]


def test_login_through_the_browser_and_then_everything_works(environment: dict[str, str]) -> None:
    environment = environment | {"DISPLAY": ":0", "PATH": os.environ["PATH"]}
    argv = [SMTUI, "login", "--profile", "ops", "--no-browser"]
    with Terminal(argv, environment, columns=500) as terminal:
        page = page_of(terminal)
        terminal.wait_for("Waiting until you approve")
        assert "go back to smtui" in answered(page).text
        assert "It counts for: ops." in terminal.wait_for("Signed in to acme until")
        assert terminal.wait_for_end() == 0
    with Terminal([SMTUI, "--profile", "ops"], environment, columns=120) as terminal:
        terminal.wait_for("bastion-1")
        assert left_by_q(terminal) == 0


def test_ctrl_c_ends_a_login_and_frees_its_port(environment: dict[str, str]) -> None:
    argv = [SMTUI, "login", "--profile", "ops", "--no-browser"]
    with Terminal(argv, environment | {"DISPLAY": ":0"}, columns=500) as terminal:
        page = page_of(terminal)
        terminal.press("\x03")
        assert terminal.wait_for_end() == 130
        back = parse_qs(urlsplit(page).query)["redirect_uri"][0]
        with pytest.raises(URLError):
            opened(back)
