"""`smtui login` against the simulated Region: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from smtui.demo.account.organisation import START_URL
from smtui.demo.account.sign_in_book import GivenToken, SignInBook, SsoClient
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT
from smtui.demo.story.callers import OPS
from smtui.places import browser_start
from tests.cli.conftest import Run
from tests.demo.browser import answered
from tests.demo.support import quiet_region

CONFIG = f"""[profile ops]
sso_session = acme
sso_account_id = {ACCOUNT}
sso_role_name = {OPS}

[profile reader]
sso_session = acme
sso_account_id = {ACCOUNT}
sso_role_name = ReadOnly

[profile fixed]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = a-secret

[profile admin]
role_arn = arn:aws:iam::444455556666:role/Administrator
source_profile = fixed
mfa_serial = arn:aws:iam::{ACCOUNT}:mfa/demo-operator

[sso-session acme]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


class Clicks:
    """The browser that smtui starts: its person clicks at once."""

    def __init__(self) -> None:
        self.word = "Approve"
        self.opened: list[str] = []

    def start(self, address: str) -> bool:
        self.opened.append(address)
        threading.Thread(target=answered, args=(address, self.word), daemon=True).start()
        return True


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> Clicks:
    browser = Clicks()
    monkeypatch.setattr(browser_start, "start_browser", browser.start)
    return browser


@pytest.fixture
def login(run: Run, tmp_path: Path, clicks: Clicks) -> Run:
    (tmp_path / "config").write_text(CONFIG)

    def invoke(*words: str, **variables: str | None) -> Result:
        here = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "DISPLAY": ":0"}
        own = {"SSH_CONNECTION": None, "SSH_TTY": None, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        return run("login", *words, **{**here, **own, **variables})

    return invoke


def token_in(home: Path) -> dict[str, Any]:
    (path,) = (path for path in (home / ".aws" / "sso" / "cache").iterdir() if "accessToken" in path.read_text())
    held: dict[str, Any] = json.loads(path.read_text())
    return held


def test_through_the_browser(login: Run, clicks: Clicks, tmp_path: Path) -> None:
    done = login("--profile", "ops")
    assert done.exit_code == 0, done.output
    assert f"Approve on AWS's page: {clicks.opened[0]}" in done.stdout
    assert "Signed in to acme until 20" in done.stdout
    assert "renewed by itself. It counts for: ops, reader." in done.stdout
    token = token_in(tmp_path)
    assert token["startUrl"] == START_URL
    for secret in ("accessToken", "refreshToken", "clientSecret"):
        assert token[secret] not in done.output


def test_deny_is_status_1_with_a_topic(login: Run, clicks: Clicks) -> None:
    clicks.word = "Deny"
    done = login("--session", "acme")
    assert done.exit_code == 1
    assert "refused on AWS's page" in done.stderr
    assert "\r" not in done.stderr, "nothing is erased where there is no terminal"
    assert "sso-sign-in-failed" in done.stderr


@pytest.fixture
def allows_second(region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person allows the code between the first and the second question of smtui."""
    by_device, asked = SignInBook.by_device, []

    def ask(book: SignInBook, client: SsoClient, device_code: str, at: float) -> GivenToken:
        asked.append(at)
        if len(asked) == 2:
            question = next(each for each in book._questions.values() if each.device_code == device_code)
            book.decide(question, approve=True)
        return by_device(book, client, device_code, at)

    monkeypatch.setattr(SignInBook, "by_device", ask)


@pytest.mark.usefixtures("allows_second")
def test_with_a_code_over_ssh(login: Run, clicks: Clicks, region: SimulatedRegion) -> None:
    done = login("--profile", "ops", "--profile", "reader", SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22")
    assert done.exit_code == 0, done.output
    assert "over ssh, so a code comes first" in done.stderr
    assert f"On any device, open: {region.endpoint_url}/device" in done.stdout
    assert "Type this code:" in done.stdout
    assert done.stdout.count("Signed in to acme") == 1
    assert not clicks.opened


def test_token_that_cannot_be_written(login: Run, tmp_path: Path) -> None:
    (tmp_path / ".aws").write_text("")
    done = login("--profile", "ops")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
    assert "The sign-in itself worked." in done.stderr
    assert "sso-token-file" in done.stderr


def test_profile_that_needs_none(login: Run) -> None:
    done = login("--profile", "fixed")
    assert done.exit_code == 0
    assert "needs no sign-in: it has long-lived keys." in done.stdout


def test_profile_that_needs_a_code_and_nobody_to_ask(login: Run) -> None:
    done = login("--profile", "admin", AWS_REGION="eu-west-1")
    assert done.exit_code == 1
    assert "MFA" in done.stderr


def test_broken_configuration(login: Run, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG + "\n[profile half\n")
    done = login("--profile", "ops")
    assert done.exit_code == 1
    assert "config" in done.stderr
    assert "Traceback" not in done.output


def test_unknown_profile(login: Run) -> None:
    done = login("--profile", "nobody")
    assert done.exit_code == 1
    assert "has no profile nobody" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--session", "acme", "--profile", "ops"),
        ("--aws-cli", "--code"),
        ("--aws-cli", "--no-browser"),
        ("--aws-cli", "--demo"),
        ("--region", "eu-west-1"),
    ],
)
def test_wrong_usage(login: Run, words: tuple[str, ...]) -> None:
    assert login(*words).exit_code == 2


def test_aws_cli_that_is_missing(login: Run, tmp_path: Path) -> None:
    done = login("--profile", "ops", "--aws-cli", PATH=str(tmp_path))
    assert done.exit_code == 1
    assert "The AWS CLI is not on PATH" in done.stderr
    assert "aws sso login --profile ops" in done.stderr


@pytest.mark.parametrize("status", [0, 1])
def test_aws_cli_that_is_there(login: Run, tmp_path: Path, status: int) -> None:
    program = tmp_path / "aws"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/argv\nexit {status}\n')
    program.chmod(0o755)
    done = login("--profile", "ops", "--aws-cli", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.exit_code == status
    assert (tmp_path / "argv").read_text() == "sso login --profile ops\n"
    assert ("ended with status 1" in done.stderr) == bool(status)
