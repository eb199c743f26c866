"""The demo's own AWS configuration, as smtui, boto3 and the AWS CLI read it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.identities.cli_cache import CliCache
from smtui.aws.identities.mfa_sessions import RoleSessions
from smtui.aws.places import BotoPlaces
from smtui.demo import demo_ssh
from smtui.demo.account.organisation import START_URL
from smtui.demo.config_texts import CHAIN, DENIED, MFA, SIGNED_OUT, SSO_SESSION, STATIC, write_config
from smtui.demo.demo_config import HOME_VARIABLE, DemoConfig, config_from, config_home
from smtui.demo.demo_world import DemoWorld
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.mfa_question import MfaQuestion
from smtui.domain.places.profile import ProfileKind
from smtui.domain.places.sign_in_state import SignedIn
from tests.waiting import PATIENCE

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def config(region: SimulatedRegion, tmp_path: Path) -> DemoConfig:
    written = DemoConfig(tmp_path / "home")
    write_config(written, region.endpoint_url, region.keys)
    return written


class Codes:
    """Answers with these codes, one after the other."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.refused: list[bool] = []

    def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
        self.refused.append(refused)
        return self.codes.pop(0)

    def hold_off(self, question: MfaQuestion, sentence: str) -> None:
        raise AssertionError(sentence)


def places(region: SimulatedRegion, config: DemoConfig, codes: Codes | None = None) -> BotoPlaces:
    access = FixedAccess(
        region.endpoint_url, region.access_key_id, region.secret_access_key, region.region, config.folder
    )
    roles = RoleSessions(CliCache(lambda: config.folder / "cli" / "cache"), lambda: codes)
    return BotoPlaces(access, roles=roles)


def fault_of(made: BotoPlaces, place: Place, call: str = "caller") -> FaultKind:
    with pytest.raises(AwsCallFailed) as raised:
        list(getattr(made.at(place), call)())
    return raised.value.fault.kind


def test_each_profile_gives_what_its_kind_gives(region: SimulatedRegion, config: DemoConfig) -> None:
    made = places(region, config)
    callers = {name: made.at(Place(name)).caller() for name in ("", STATIC, DENIED, CHAIN)}
    assert [(caller.account, caller.region) for caller in callers.values()] == [
        (ACCOUNT, "eu-west-1"),
        (ACCOUNT, "eu-west-1"),
        (ACCOUNT, "eu-west-1"),
        (OTHER_ACCOUNT, "eu-west-1"),
    ]
    assert fault_of(made, Place(DENIED), "managed_nodes") is FaultKind.DENIED
    assert fault_of(made, Place(MFA)) is FaultKind.MFA_NEEDED
    assert fault_of(made, Place(SIGNED_OUT)) is FaultKind.SSO_SIGN_IN
    with pytest.raises(AwsCallFailed, match="no-such-profile") as raised:
        made.at(Place("no-such-profile")).caller()
    assert raised.value.fault.kind is FaultKind.UNKNOWN_PROFILE
    assert "ProfileNotFound" not in raised.value.fault.sentence()
    assert fault_of(made, Place("", "me-south-1")) is FaultKind.REGION_NOT_ENABLED


def test_codes_are_asked_for_until_one_is_right(region: SimulatedRegion, config: DemoConfig) -> None:
    codes = Codes("000000", "246810")
    caller = places(region, config, codes).at(Place(MFA)).caller()
    assert (caller.account, caller.region, codes.refused) == (OTHER_ACCOUNT, "eu-central-1", [False, True])
    assert list((config.folder / "cli" / "cache").iterdir()), "the AWS CLI finds the session there"
    assert places(region, config).at(Place(MFA)).caller() == caller, "no code is asked for again"


def test_nothing_of_the_users_counts(
    region: SimulatedRegion, config: DemoConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users-config"
    users.write_text(f"[profile users]\nregion = eu-north-1\n[profile {CHAIN}]\nregion = eu-north-1\n")
    for name, value in {
        "AWS_CONFIG_FILE": str(users),
        "AWS_PROFILE": "users",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "AKIAUSERS",
        "AWS_SECRET_ACCESS_KEY": "users",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    made = places(region, config)
    assert (made.at(Place(CHAIN)).caller().account, made.at(Place(CHAIN)).region()) == (OTHER_ACCOUNT, "eu-west-1")
    assert fault_of(made, Place("users")) is FaultKind.UNKNOWN_PROFILE
    assert made.at(Place()).caller().arn.endswith(":user/demo-operator")


@pytest.mark.parametrize("is_older_form", [False, True])
def test_a_token_is_looked_for_in_the_demos_folder(
    region: SimulatedRegion, config: DemoConfig, *, is_older_form: bool
) -> None:
    (path,) = (config.folder / "sso" / "cache").iterdir()
    token = json.loads(path.read_text()) | {"accessToken": "revoked", "expiresAt": "2999-01-01T00:00:00Z"}
    if is_older_form:
        text = config.config.read_text().replace(f"sso_session = {SSO_SESSION}\n", f"sso_start_url = {START_URL}\n")
        config.config.write_text(text.replace("sso_account_id", "sso_region = eu-west-1\nsso_account_id"))
        path = path.with_name(f"{hashlib.sha1(START_URL.encode(), usedforsecurity=False).hexdigest()}.json")
    path.write_text(json.dumps(token))
    assert fault_of(places(region, config), Place(SIGNED_OUT)) is FaultKind.SSO_SIGN_IN
    assert region.faults.calls("sso:GetRoleCredentials") == 1, "the service has refused it"


def test_a_plugin_resolves_a_chain_by_name_and_gets_the_keys_of_a_code(
    region: SimulatedRegion, config: DemoConfig
) -> None:
    by_name = places(region, config).at(Place(CHAIN)).plugin_credentials()
    assert (by_name.profile, dict(by_name.environment)) == (CHAIN, {})
    variables = config.environment({"AWS_PROFILE": "users", "PATH": "/bin"})
    assert variables["PATH"] == "/bin"
    assert "AWS_PROFILE" not in variables
    keys = places(region, config, Codes("975310")).at(Place(MFA)).plugin_credentials()
    assert (keys.profile, keys.environment["AWS_ACCESS_KEY_ID"][:4]) == ("", "ASIA")


def test_what_the_list_of_profiles_says(region: SimulatedRegion, config: DemoConfig) -> None:
    world = DemoWorld()
    world.config, world._places = config, places(region, config)
    world._tried.set()
    identities = world.identities()
    listed = identities.profiles()
    assert not listed.trouble
    found = {profile.name: profile for profile in listed.profiles}
    assert {name: (profile.kind, profile.account) for name, profile in found.items()} == {
        STATIC: (ProfileKind.KEYS, ACCOUNT),
        DENIED: (ProfileKind.ROLE, ACCOUNT),
        CHAIN: (ProfileKind.ROLE, OTHER_ACCOUNT),
        MFA: (ProfileKind.ROLE, OTHER_ACCOUNT),
        SIGNED_OUT: (ProfileKind.SSO, ACCOUNT),
    }
    assert found[CHAIN].chain == (DENIED, STATIC)
    states = {name: identities.sign_in_state(profile).signed_in for name, profile in found.items()}
    assert states[SIGNED_OUT] is SignedIn.NO
    assert states[MFA] is SignedIn.ASKS_CODE
    assert states[STATIC] is states[CHAIN] is SignedIn.ALWAYS
    regions = identities.regions(CHAIN)
    assert not regions.problem
    assert {each.name for each in regions.regions if each.is_enabled is False} >= {"me-south-1", "af-south-1"}


def test_boto3_reads_the_same_files(
    region: SimulatedRegion, config: DemoConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in config.environment({}).items():
        monkeypatch.setenv(name, value)
    caller = boto3.Session(profile_name=CHAIN).client("sts").get_caller_identity()
    assert caller["Account"] == OTHER_ACCOUNT


@pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI of the dev extra is not installed")
def test_the_aws_cli_goes_by_the_chain_and_by_the_keys(region: SimulatedRegion, config: DemoConfig) -> None:
    def ids(*more: str) -> set[str]:
        argv = [str(AWS), "ssm", "describe-instance-information", "--output", "json", *more]
        variables = config.environment(os.environ) | {"HOME": str(config.home)}
        done = subprocess.run(argv, env=variables, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        told: Any = json.loads(done.stdout)
        return {node["InstanceId"] for node in told["InstanceInformationList"]}

    chain = ids("--profile", CHAIN)
    assert chain
    assert not chain & ids()
    assert list((config.folder / "cli" / "cache").iterdir()), "its role session lies in the demo's folder"


def test_the_files_are_for_the_user_alone(config: DemoConfig) -> None:
    files = [path for path in config.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"config", "credentials"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o700


@pytest.mark.parametrize("named", ["", "relative/smtui-demo-0123456789abcdef-home", "/tmp", "/tmp/smtui-demo-1-home"])
def test_no_other_folder_is_taken(named: str) -> None:
    assert config_from({HOME_VARIABLE: named}) is None


def test_a_folder_of_the_demos_own_is_taken() -> None:
    home = config_home()
    found = config_from({HOME_VARIABLE: str(home)})
    assert found is not None
    assert (found.home, home.exists()) == (home, False)


@pytest.fixture
def world() -> Iterator[DemoWorld]:
    made = DemoWorld()
    made.start()
    yield made
    made.close()


def test_the_folder_comes_and_goes_with_the_demo(world: DemoWorld) -> None:
    assert world.config.config.read_text().startswith("# The AWS configuration of smtui's demo.")
    assert world.at(Place(CHAIN)).caller().account == OTHER_ACCOUNT
    world.close()
    assert not world.config.home.exists()


def test_who_asks_for_profiles_before_the_start_waits_for_it(region: SimulatedRegion, config: DemoConfig) -> None:
    world = DemoWorld()
    world.config = config
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(world.identities().profiles)
        world._places = places(region, config)
        world._tried.set()
        assert len(asked.result(PATIENCE).profiles) == 5
    never = DemoWorld()
    never.close()
    with pytest.raises(RuntimeError, match="not been started"):
        never.boto_places()


def test_ssh_goes_by_the_demos_profiles_and_by_no_variable_of_the_users(
    config: DemoConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_ssh, "make_ssh_folder", lambda _: True)
    monkeypatch.setenv("AWS_PROFILE", "users")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://users.example")
    child: Any = SimpleNamespace(ssh_folder=tmp_path / "keys", config=config)
    found = demo_ssh.surroundings(child, tmp_path / "scratch")
    assert found is not None
    assert (found.environment["AWS_PROFILE"], found.environment["AWS_ENDPOINT_URL"]) == ("", "")
    assert found.environment["AWS_CONFIG_FILE"] == str(config.config)
    assert found.environment["HOME"] == str(config.home), "its sign-ins are there"
