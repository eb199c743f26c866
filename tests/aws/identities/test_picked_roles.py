"""A role of an SSO session without a profile: botocore's own provider, the shared token, and keys for a plugin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.request import PluginCredentials
from tests.aws.conftest import Answer, ScriptedAws

CONFIG = """[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
[profile older]
sso_start_url = https://older.example/start
sso_region = us-east-1
sso_account_id = 444455556666
sso_role_name = Old
region = eu-west-1
[sso-session taken]
sso_start_url = https://taken.example/start
sso_region = eu-west-1
[profile taken/111122223333/Ops]
aws_access_key_id = AKIDFILE
aws_secret_access_key = file-secret
"""
NAME = "acme/111122223333/OpsEngineer"
OLDER = "https://older.example/start/111122223333/Ops"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "ASIAROLE", "AWS_SECRET_ACCESS_KEY": "role-secret", "AWS_SESSION_TOKEN": "token-1"}


@pytest.fixture
def portal(
    scripted: ScriptedAws, config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> ScriptedAws:
    config(CONFIG)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", scripted.url)
    cache = home / ".aws" / "sso" / "cache"
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    ends = datetime.now(UTC) + timedelta(hours=1)
    keys = {"accessKeyId": "ASIAROLE", "secretAccessKey": "role-secret", "sessionToken": "token-1"}
    body = {"roleCredentials": {**keys, "expiration": int(ends.timestamp() * 1000)}}
    scripted.answers[:] = [Answer(body=json.dumps(body))]
    return scripted


def sign_in(home: Path, cache_key: str, minutes: float = 60, token: str = "the-access-token") -> None:
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    ends = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = hashlib.sha1(cache_key.encode()).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps({"accessToken": token, "expiresAt": ends}))


def given(profile: str) -> PluginCredentials:
    return BotoPlaces().at(Place(profile, "eu-central-1")).plugin_credentials()


def fault(places: BotoPlaces, profile: str) -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        places.at(Place(profile, "eu-central-1")).plugin_credentials()
    return raised.value.fault


@pytest.mark.parametrize(("name", "cache_key"), [(NAME, "acme"), (OLDER, "https://older.example/start")])
def test_a_picked_role_gets_its_keys_with_the_shared_token_and_hands_them_to_a_plugin(
    portal: ScriptedAws, home: Path, name: str, cache_key: str
) -> None:
    sign_in(home, cache_key)
    before = sorted(home.rglob("*"))
    assert given(name) == PluginCredentials(environment=ENVIRONMENT), "a plugin knows no such profile"
    (request,) = portal.requests
    assert request.headers["x-amz-sso_bearer_token"] == "the-access-token"
    assert sorted(home.rglob("*")) == before, "and no file has got one"


def test_a_profile_with_such_a_name_comes_first(portal: ScriptedAws) -> None:
    assert given("taken/111122223333/Ops") == PluginCredentials(profile="taken/111122223333/Ops")


def test_without_a_sign_in_the_command_names_the_session(portal: ScriptedAws, home: Path) -> None:
    places = BotoPlaces()
    found = fault(places, NAME)
    assert found.kind is FaultKind.SSO_SIGN_IN
    assert found.sign_in == ("aws", "sso", "login", "--sso-session", "acme")
    sign_in(home, "acme")  # in another window
    assert places.at(Place(NAME, "eu-central-1")).plugin_credentials().environment == ENVIRONMENT


def test_of_a_session_without_a_name_no_command_is_offered(portal: ScriptedAws) -> None:
    assert fault(BotoPlaces(), OLDER).sign_in == ()


@pytest.mark.parametrize(
    "name", ["other/111122223333/OpsEngineer", "acme/1111/OpsEngineer", "https://x/111122223333/r"]
)
def test_a_session_that_is_not_configured_is_an_unknown_profile(portal: ScriptedAws, name: str) -> None:
    assert fault(BotoPlaces(), name).kind is FaultKind.UNKNOWN_PROFILE


def test_a_broken_file_is_reported_as_such(portal: ScriptedAws, config: Callable[[str], None]) -> None:
    config("[sso-session acme\n")
    assert fault(BotoPlaces(), NAME).kind is FaultKind.BROKEN_CONFIG
