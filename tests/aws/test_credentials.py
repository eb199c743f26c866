"""Where credentials come from, what a plugin is given, and which command renews them."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.credentials import create_credential_resolver

from smtui.aws.boto_session import SessionMaker
from smtui.aws.credentials import profile_chain, profile_methods, sign_in_argv
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.request import PluginCredentials
from smtui.topics.next_step import after_fault
from tests.closed_folder import close
from tests.domain.build import NOW

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
    assert len({id(credentials) for credentials in made}) == 3


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
    (kept,) = (home / ".aws" / "cli" / "cache").iterdir()
    for content in ("{", "null", '{"Credentials": {}}', '{"Credentials": {"Expiration": "soon"}}'):
        kept.write_text(content)
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
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    aws = BotoPlaces().at(Place())
    with pytest.raises(AwsCallFailed) as first:
        aws.caller()
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id=A\naws_secret_access_key=b\n")
    with pytest.raises(AwsCallFailed) as second:
        aws.caller()
    assert first.value.fault.kind is FaultKind.NO_CREDENTIALS
    assert second.value.fault.kind is FaultKind.UNREACHABLE


def test_every_way_to_credentials_that_the_installed_botocore_knows_is_known_here() -> None:
    """A botocore with a further way fails here: decide what a plugin gets, and what is said when it fails."""
    session = SessionMaker().make(Place())
    methods = {provider.METHOD for provider in create_credential_resolver(session).providers}
    inherited = {"env", "iam-role", "container-role"}
    files_of_botocore_alone = {"ec2-credentials-file", "boto-config"}  # no plugin reads them: it gets the keys
    assert methods - inherited - files_of_botocore_alone == profile_methods(session)
    assert methods >= inherited | files_of_botocore_alone
    assert profile_methods(session) == {
        "assume-role", "assume-role-with-web-identity", "sso", "login",
        "shared-credentials-file", "config-file", "custom-process",
    }  # fmt: skip


LOGIN = "arn:aws:sts::123456789012:assumed-role/admin/me"


def keep_login(home: Path, **token: object) -> None:
    """What `aws login` keeps: keys for 15 minutes, and what renews them."""
    cache = home / ".aws" / "login" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"{hashlib.sha256(LOGIN.encode()).hexdigest()}.json").write_text(json.dumps(token))


def login_config() -> str:
    return f"[profile l]\nregion = eu-west-1\nlogin_session = {LOGIN}\n"


def test_a_login_without_its_package_says_what_to_install_and_what_to_run(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.credentials.EC", None)
    config(login_config())
    found = fault("l")
    assert found.kind is FaultKind.CREDENTIAL_SOURCE
    assert found.sentence() == "Profile l uses aws login, which needs the Python package awscrt."
    assert "pip install 'smtui[login]'" in after_fault(found)
    assert 'eval "$(aws configure export-credentials --format env --profile l)"' in after_fault(found)


def test_a_login_is_passed_by_its_profiles_name_and_not_as_keys(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.credentials.EC", FakeKeys)
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(home / ".aws" / "login" / "cache"))
    config(login_config())
    ends = (datetime.now(UTC) + timedelta(minutes=14)).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = {"accessKeyId": "ASIALOGIN", "secretAccessKey": "s", "sessionToken": "t", "accountId": "1"}
    keep_login(home, accessToken=keys | {"expiresAt": ends}, refreshToken="r", dpopKey="", clientId="c")
    assert given("l") == PluginCredentials(profile="l")


@pytest.mark.parametrize("token", [{}, {"accessToken": {}, "refreshToken": "r", "dpopKey": "", "clientId": "c"}])
def test_a_login_that_is_kept_in_pieces_asks_for_a_new_one(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch, token: dict[str, object]
) -> None:
    monkeypatch.setattr("botocore.credentials.EC", FakeKeys)
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(home / ".aws" / "login" / "cache"))
    config(login_config())
    keep_login(home, **token)
    found = fault("l")
    assert found.kind is FaultKind.EXPIRED_CREDENTIALS
    assert "profile l" in found.sentence()
    assert after_fault(found) == "Run aws login --profile l to sign in."


class FakeKeys:
    """The part of awscrt that reads a private key: it is not installed for the tests."""

    @staticmethod
    def new_key_from_der_data(_: bytes) -> None:
        return None


def test_a_file_that_must_not_be_read_is_named_where_its_content_is_missed(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"[profile work]\n{STATIC}")
    path = home / ".aws" / "config"
    monkeypatch.setattr("os.access", lambda file, _: str(file) != str(path))
    sentence = f"{path} exists, but this user may not read it."
    assert sentence in fault("other").sentence()
    assert sentence in fault(region="eu-west-1").sentence()
    monkeypatch.setattr("os.access", lambda *_: True)
    assert sentence not in fault("other").sentence()


def test_a_folder_that_must_not_be_searched_is_named_where_its_files_are_missed(
    config: Callable[[str], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"[profile work]\n{STATIC}")
    close(home / ".aws", monkeypatch)
    sentence = f"{home / '.aws' / 'config'} may exist, but this user may not look into its folder."
    assert sentence in fault("other").sentence()


# Signing in ------------------------------------------------------------------------------------

SSO, EXPIRED, NONE = FaultKind.SSO_SIGN_IN, FaultKind.EXPIRED_CREDENTIALS, FaultKind.NO_CREDENTIALS

PROFILES: dict[str, dict[str, str]] = {
    "default": {"sso_start_url": "https://acme.example/start"},
    "ops": {"sso_session": "acme"},
    "mail": {"login_session": "arn:aws:iam::111122223333:user/maria"},
    "admin": {"role_arn": "arn:aws:iam::111122223333:role/admin", "source_profile": "ops"},
    "keys": {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"},
    "round": {"role_arn": "arn:aws:iam::111122223333:role/a", "source_profile": "round-2"},
    "round-2": {"role_arn": "arn:aws:iam::111122223333:role/b", "source_profile": "round"},
    "old": {"credential_process": "/opt/keys"},
}


@pytest.mark.parametrize(
    ("kind", "profile", "command"),
    [
        (SSO, "ops", "aws sso login --profile ops"),
        (EXPIRED, "ops", "aws sso login --profile ops"),
        (EXPIRED, "", "aws sso login"),
        (EXPIRED, "mail", "aws login --profile mail"),
        (EXPIRED, "admin", "aws sso login --profile ops"),
        (SSO, "elsewhere", "aws sso login --profile elsewhere"),
        (NONE, "keys", "aws configure sso --profile keys"),
        (FaultKind.MFA_NEEDED, "admin", "aws sts get-caller-identity --profile admin"),
        (EXPIRED, "keys", ""),
        (EXPIRED, "old", ""),
        (EXPIRED, "round", ""),
        (FaultKind.DENIED, "ops", ""),
        (FaultKind.CREDENTIAL_SOURCE, "ops", ""),
        (FaultKind.UNREACHABLE, "ops", ""),
    ],
)
def test_the_command_follows_from_the_profile(kind: FaultKind, profile: str, command: str) -> None:
    *_, (source, settings) = profile_chain(SimpleNamespace(profile=profile, full_config={"profiles": PROFILES}))
    assert " ".join(sign_in_argv(kind, profile, source, settings)) == command


def test_no_configuration_at_all_leads_to_setting_one_up() -> None:
    assert sign_in_argv(NONE, "", "default", {}) == ("aws", "configure", "sso")


@pytest.mark.parametrize("kind", [SSO, EXPIRED, NONE, FaultKind.INVALID_CREDENTIALS])
def test_the_next_step_carries_the_whole_command_quoted(kind: FaultKind) -> None:
    fault = Fault(kind, "", "", "", NOW, sign_in=("aws", "sso", "login", "--profile", "on call"))
    assert "smtui login --profile 'on call'" in after_fault(fault)
