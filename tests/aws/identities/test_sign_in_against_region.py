"""Whole sign-ins against the simulated Region, and their tokens in the hands of programs that we did not write."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.identities.boto_identities import BotoIdentities
from smtui.aws.identities.token_files import token_key
from smtui.aws.places import BotoPlaces
from smtui.demo.account.organisation import START_URL
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT
from smtui.demo.story.callers import OPS
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sign_in_progress import SignInProgress, Stage
from smtui.engine.offloop import OffLoop
from smtui.places.account_browser import AccountBrowser
from smtui.places.loopback_listener import LoopbackListener
from smtui.places.sso_sign_in import SignIns, Surroundings
from tests.demo.browser import answered
from tests.demo.support import quiet_region

AWS_CLI = Path(sys.executable).with_name("aws")
SESSION = SsoSession("acme", START_URL, "eu-west-1", ("sso:account:access",))
LEGACY = SsoSession("", START_URL, "eu-west-1")
CONFIG = f"""[profile ops]
sso_session = acme
sso_account_id = {ACCOUNT}
sso_role_name = {OPS}
region = eu-west-1

[profile old]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_account_id = {OTHER_ACCOUNT}
sso_role_name = {OPS}
region = eu-west-1

[sso-session acme]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""


@pytest.fixture
def region(config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint_url)
        config(CONFIG)
        yield running


@pytest.fixture
def identities(region: SimulatedRegion, home: Path) -> BotoIdentities:
    places = BotoPlaces()
    return BotoIdentities(lambda: places, {}, home / ".aws")


def clicking(word: str) -> Callable[[str], bool]:
    """A browser whose person clicks this as soon as the page is there."""

    def start(address: str) -> bool:
        threading.Thread(target=answered, args=(address, word), daemon=True).start()
        return True

    return start


def signed_in(
    identities: BotoIdentities, session: SsoSession, *, by_browser: bool = True, word: str = "Approve"
) -> SignInProgress:
    async def run() -> SignInProgress:
        around = Surroundings(OffLoop(), LoopbackListener, clicking(word))
        sign_in = SignIns(identities.sso(), around).begin(session, by_browser=by_browser)
        if not by_browser:

            def click() -> None:
                if sign_in.progress.stage is Stage.CODE:
                    clicking(word)(sign_in.progress.address)

            sign_in.watch(click)
        await sign_in.done()
        return sign_in.progress

    return asyncio.run(run())


def aws(home: Path, *arguments: str) -> Any:
    command = [str(AWS_CLI), *arguments, "--output", "json"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def put_token(home: Path, session: SsoSession, **held: Any) -> Path:
    folder = home / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{token_key(session)}.json"
    path.write_text(json.dumps(held))
    return path


@pytest.mark.skipif(not AWS_CLI.exists(), reason="the AWS CLI of the dev extra is not installed")
def test_token_of_the_browser_serves_the_aws_cli(identities: BotoIdentities, home: Path) -> None:
    done = signed_in(identities, SESSION)
    assert done.stage is Stage.DONE, done.failure
    assert Path(done.token_path).parent == home / ".aws" / "sso" / "cache"
    assert done.renews_itself
    assert not done.warning
    assert aws(home, "sts", "get-caller-identity", "--profile", "ops")["Account"] == ACCOUNT


@pytest.mark.skipif(not AWS_CLI.exists(), reason="the AWS CLI of the dev extra is not installed")
def test_token_of_a_code_serves_the_aws_cli_in_the_older_form(identities: BotoIdentities, home: Path) -> None:
    done = signed_in(identities, LEGACY, by_browser=False)
    assert done.stage is Stage.DONE, done.failure
    assert not done.renews_itself
    assert aws(home, "sts", "get-caller-identity", "--profile", "old")["Account"] == OTHER_ACCOUNT


def test_deny_is_told_and_nothing_is_written(identities: BotoIdentities, home: Path) -> None:
    done = signed_in(identities, SESSION, word="Deny")
    assert done.stage is Stage.FAILED
    assert "The sign-in was refused on AWS's page" in done.failure
    assert not (home / ".aws" / "sso" / "cache" / f"{token_key(SESSION)}.json").exists()


def test_registration_is_used_again(identities: BotoIdentities, region: SimulatedRegion) -> None:
    signed_in(identities, SESSION)
    signed_in(identities, SESSION)
    assert region.faults.calls("sso-oidc:RegisterClient") == 1


def issued(identities: BotoIdentities, home: Path) -> dict[str, Any]:
    """What a sign-in wrote."""
    held: dict[str, Any] = json.loads(Path(signed_in(identities, SESSION).token_path).read_text())
    return held


def smtuis_account(region: SimulatedRegion, home: Path) -> str:
    """Whom smtui is with the profile's keys; botocore fetches them, with the token of the files."""
    access = FixedAccess(region.endpoint_url, "AKIDEXAMPLE", "a-secret", "eu-west-1", home / ".aws")
    return BotoPlaces(access).at(Place("ops")).caller().account


def test_botocore_refreshes_our_token(identities: BotoIdentities, home: Path, region: SimulatedRegion) -> None:
    """By its own code, in smtui's session: our token is a file of its kind."""
    held = issued(identities, home)
    soon = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = put_token(home, SESSION, **(held | {"expiresAt": soon}))
    assert smtuis_account(region, home) == ACCOUNT
    new = json.loads(path.read_text())
    assert new["accessToken"] != held["accessToken"]
    assert new["refreshToken"] != held["refreshToken"]
    assert new["expiresAt"] > soon


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%SUTC"])
def test_smtui_uses_tokens_that_the_aws_cli_wrote(
    identities: BotoIdentities, home: Path, region: SimulatedRegion, form: str
) -> None:
    """Version 2 writes Z, version 1 and older ones UTC; neither needs the client where nothing is to be renewed."""
    held = issued(identities, home)
    ends = (datetime.now(UTC) + timedelta(hours=1)).strftime(form)
    put_token(home, SESSION, accessToken=held["accessToken"], expiresAt=ends, region="eu-west-1", startUrl=START_URL)
    assert smtuis_account(region, home) == ACCOUNT


async def test_accounts_and_roles(identities: BotoIdentities, home: Path) -> None:
    await OffLoop().call(lambda: signed_in(identities, SESSION))
    browser = AccountBrowser(identities.sso(), OffLoop())
    assert [each.account_id for each in await browser.accounts(SESSION)] == [ACCOUNT, OTHER_ACCOUNT]
    assert [each.name for each in await browser.roles(SESSION, ACCOUNT)] == [OPS, "ReadOnly"]


def test_token_that_soon_ends_is_renewed_for_the_accounts(identities: BotoIdentities, home: Path) -> None:
    held = issued(identities, home)
    past = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = put_token(home, SESSION, **(held | {"expiresAt": past}))
    assert [len(page) for page in identities.sso().accounts(SESSION)] == [2]
    assert json.loads(path.read_text())["accessToken"] != held["accessToken"]


@pytest.mark.parametrize("held", [{}, {"accessToken": "revoked", "expiresAt": "2999-01-01T00:00:00Z"}])
def test_accounts_without_a_sign_in(identities: BotoIdentities, home: Path, held: dict[str, str]) -> None:
    put_token(home, SESSION, **held)
    with pytest.raises(AwsCallFailed) as raised:
        list(identities.sso().accounts(SESSION))
    assert raised.value.fault.kind is FaultKind.SSO_SIGN_IN


def test_session_without_a_region(identities: BotoIdentities) -> None:
    done = signed_in(identities, SsoSession("acme", START_URL, ""))
    assert "The SSO session acme has no sso_region." in done.failure
    assert done.topic == "aws-configuration"


def test_wrong_start_url(identities: BotoIdentities) -> None:
    done = signed_in(identities, SsoSession("acme", "https://other.awsapps.com/start", "eu-west-1"))
    assert "did not accept the start URL" in done.failure
    assert "issuerUrl is not that of an instance" in done.failure


def test_endpoint_that_is_down(identities: BotoIdentities, region: SimulatedRegion) -> None:
    region.close()
    done = signed_in(identities, SESSION)
    assert done.stage is Stage.FAILED
    assert done.topic == "aws-unreachable"
    assert "Nothing was written" in done.failure


def test_no_secret_is_in_what_is_said(identities: BotoIdentities, home: Path) -> None:
    done = signed_in(identities, SESSION)
    held = json.loads(Path(done.token_path).read_text())
    for name in ("accessToken", "refreshToken", "clientSecret"):
        assert held[name] not in repr(done)
