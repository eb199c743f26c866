"""Where credentials come from, what stands in the way, and what a plugin is given."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.engine.ports import PluginCredentials

STATIC = "aws_access_key_id = AKIDFILE\naws_secret_access_key = file-secret\nregion = eu-west-1\n"
ROLE = "arn:aws:iam::123456789012:role/admin"
DEVICE = "arn:aws:iam::123456789012:mfa/me"


def given(profile: str = "", region: str = "") -> PluginCredentials:
    return BotoPlaces().at(Place(profile, region)).plugin_credentials()


def fault(profile: str = "", region: str = "") -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        BotoPlaces().at(Place(profile, region)).caller()
    return raised.value.fault


def keep_in_cli_cache(home: Path, minutes: float) -> None:
    """What the AWS CLI keeps after it has asked for an MFA code, under the same key."""
    arguments = json.dumps({"RoleArn": ROLE, "SerialNumber": DEVICE}, sort_keys=True)
    name = hashlib.sha1(arguments.encode()).hexdigest()
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    kept = {
        "Credentials": {
            "AccessKeyId": "ASIAROLE",
            "SecretAccessKey": "role-secret",
            "SessionToken": "role-token",
            "Expiration": ends.isoformat(),
        }
    }
    cache = home / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"{name}.json").write_text(json.dumps(kept))


def mfa_config() -> str:
    return (
        f"[profile base]\n{STATIC}"
        f"[profile admin]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\nregion = eu-west-1\n"
        f"[profile through]\nrole_arn = {ROLE}-2\nsource_profile = admin\nregion = eu-west-1\n"
    )


def test_a_given_profile_is_passed_by_name(config: Callable[[str], None]) -> None:
    config(f"[profile work]\n{STATIC}")
    assert given("work") == PluginCredentials(profile="work")


def test_a_given_profile_beats_keys_in_the_environment(config: Callable[[str], None], keys: None) -> None:
    config(f"[profile work]\n{STATIC}")
    assert given("work") == PluginCredentials(profile="work")


def test_the_profile_of_the_environment_is_passed_by_name(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"[profile work]\n{STATIC}")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert given() == PluginCredentials(profile="work")


def test_the_default_profile_has_a_name_too(config: Callable[[str], None]) -> None:
    config(f"[default]\n{STATIC}")
    assert given() == PluginCredentials(profile="default")


def test_keys_in_the_environment_are_inherited(keys: None) -> None:
    assert given() == PluginCredentials()


def test_a_web_identity_of_the_environment_is_inherited_and_one_of_a_profile_named(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("identity")
    made = []

    def instead_of_asking_sts(credentials: object) -> None:
        made.append(credentials)

    monkeypatch.setattr(
        "botocore.credentials.DeferredRefreshableCredentials.get_frozen_credentials", instead_of_asking_sts
    )
    own = f"role_arn = {ROLE}\nweb_identity_token_file = {token}\n"
    config(f"[default]\nregion = eu-west-1\n[profile pod]\nregion = eu-west-1\n{own}")
    assert given("pod") == PluginCredentials(profile="pod")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert given() == PluginCredentials()
    assert given("pod") == PluginCredentials(profile="pod")
    assert len(made) == 3


def test_no_credentials_at_all_give_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(region="eu-west-1") == PluginCredentials()


def test_a_process_is_left_to_the_plugin(config: Callable[[str], None], tmp_path: Path) -> None:
    script = tmp_path / "give.py"
    script.write_text('print(\'{"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "s"}\')')
    config(f"[profile p]\nregion = eu-west-1\ncredential_process = {sys.executable} {script}\n")
    assert given("p") == PluginCredentials(profile="p")


def test_a_process_that_fails_says_what_it_said(config: Callable[[str], None], tmp_path: Path) -> None:
    script = tmp_path / "fail.py"
    script.write_text("import sys; sys.exit('the vault is locked')")
    config(f"[profile p]\nregion = eu-west-1\ncredential_process = {sys.executable} {script}\n")
    found = fault("p")
    assert found.kind is FaultKind.CREDENTIAL_SOURCE
    assert "the vault is locked" in found.sentence()


def test_an_mfa_profile_is_never_asked_for_its_code(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda *_: pytest.fail("asked on the terminal"))
    config(mfa_config())
    for profile in ("admin", "through"):
        found = fault(profile)
        assert found.kind is FaultKind.MFA_NEEDED
        assert DEVICE in found.message


def test_an_mfa_session_that_the_cli_keeps_goes_to_the_plugin_as_keys(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(mfa_config())
    keep_in_cli_cache(home, minutes=50)
    before = sorted(home.rglob("*"))
    assert given("admin") == PluginCredentials(
        environment={
            "AWS_ACCESS_KEY_ID": "ASIAROLE",
            "AWS_SECRET_ACCESS_KEY": "role-secret",
            "AWS_SESSION_TOKEN": "role-token",
        }
    )
    assert sorted(home.rglob("*")) == before


def test_an_mfa_session_made_after_the_first_try_is_found(config: Callable[[str], None], home: Path) -> None:
    config(mfa_config())
    aws = BotoPlaces().at(Place("admin"))
    with pytest.raises(AwsCallFailed):
        aws.plugin_credentials()
    keep_in_cli_cache(home, minutes=50)
    assert aws.plugin_credentials().environment["AWS_ACCESS_KEY_ID"] == "ASIAROLE"


def test_an_mfa_session_that_is_over_or_unreadable_counts_for_nothing(
    config: Callable[[str], None], home: Path
) -> None:
    config(mfa_config())
    keep_in_cli_cache(home, minutes=-1)
    assert fault("admin").kind is FaultKind.MFA_NEEDED
    for file in (home / ".aws" / "cli" / "cache").iterdir():
        file.write_text("{")
    assert fault("admin").kind is FaultKind.MFA_NEEDED


def test_keys_never_show_in_a_repr() -> None:
    places = BotoPlaces.fixed("http://127.0.0.1:9", "AKID", "the-secret-key", "us-east-1")
    aws = places.at(Place())
    shown = repr((places, aws, aws.plugin_credentials(), vars(places)["_maker"].fixed))
    assert "the-secret-key" not in shown


def test_fixed_access_gives_its_keys_and_shuts_the_users_files() -> None:
    places = BotoPlaces.fixed("http://127.0.0.1:9", "AKID", "secret", "us-east-1")
    assert places.at(Place()).plugin_credentials() == PluginCredentials(
        environment={
            "AWS_ACCESS_KEY_ID": "AKID",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )


def test_an_sso_profile_without_a_sign_in(config: Callable[[str], None]) -> None:
    config(
        "[profile s]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://none-such.example/start\n"
    )
    assert fault("s").kind is FaultKind.SSO_SIGN_IN


def test_half_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    found = fault(region="eu-west-1")
    assert found.kind is FaultKind.CREDENTIAL_SOURCE
    assert "AWS_SECRET_ACCESS_KEY" in found.sentence()


def test_a_role_whose_source_is_missing(config: Callable[[str], None]) -> None:
    config(f"[profile r]\nregion = eu-west-1\nrole_arn = {ROLE}\nsource_profile = gone\n")
    found = fault("r")
    assert found.kind is FaultKind.BROKEN_CONFIG
    assert "gone" in found.sentence()


def test_no_credentials_name_the_call() -> None:
    found = fault(region="eu-west-1")
    assert (found.kind, found.action) == (FaultKind.NO_CREDENTIALS, "sts:GetCallerIdentity")


def test_credentials_that_appear_later_are_found(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("smtui.aws.sessions._ATTEMPTS", 1)
    aws = BotoPlaces().at(Place())
    with pytest.raises(AwsCallFailed) as first:
        aws.caller()
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id=A\naws_secret_access_key=b\n")
    with pytest.raises(AwsCallFailed) as second:
        aws.caller()
    assert first.value.fault.kind is FaultKind.NO_CREDENTIALS
    assert second.value.fault.kind is FaultKind.UNREACHABLE
