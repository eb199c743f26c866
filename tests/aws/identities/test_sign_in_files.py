"""Whether a profile is signed in, by files that the AWS CLI, botocore and others write."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import SSOTokenLoadError
from botocore.utils import JSONFileCache, SSOTokenLoader
from hypothesis import given
from hypothesis import strategies as st

from smtui.aws.identities import sign_in_files
from smtui.aws.identities.aws_files import AwsFiles
from smtui.aws.identities.kept_credentials import KeptCredentials, instant, role_session_key
from smtui.aws.identities.profile_kinds import ProfileKinds
from smtui.aws.identities.sign_in_files import SignInFiles, kept_credentials
from smtui.domain.places.profile import Profile, ProfileKind
from smtui.domain.places.sign_in_state import SignedIn, SignInState

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=5), NOW - timedelta(hours=2)
SESSIONS = {"acme": {"sso_start_url": "https://acme.awsapps.com/start", "sso_region": "eu-west-1"}}
SSO = {"sso_session": "acme", "sso_account_id": "111122223333", "sso_role_name": "Ops"}
KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "secret"}
ROLE = {"role_arn": "arn:aws:iam::777788889999:role/Audit", "source_profile": "base"}
MFA = {"mfa_serial": "arn:aws:iam::1:mfa/maria"}
LOGIN_ARN = "arn:aws:iam::222233334444:user/maria"


def put(folder: Path, name: str, content: object, written: datetime = EARLIER) -> None:
    """Write a file of `~/.aws` at that time; a text is written as it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    os.utime(path, (written.timestamp(), written.timestamp()))


def put_token(folder: Path, expires: str, key: str = "acme", written: datetime = EARLIER, **more: Any) -> None:
    name = hashlib.sha1(key.encode()).hexdigest()
    put(folder, f"sso/cache/{name}.json", {"accessToken": "t", "expiresAt": expires, **more}, written)


def state(folder: Path, profiles: dict[str, dict[str, str]], name: str = "p", **environment: str) -> SignInState:
    own_keys = {each: held for each, held in profiles.items() if "aws_access_key_id" in held}
    files = AwsFiles(profiles, SESSIONS, own_keys=own_keys)
    profile = ProfileKinds(files).profile(name) if name else Profile("", ProfileKind.ENVIRONMENT)
    kept = kept_credentials(environment, folder)
    return SignInFiles(files, kept, environment, lambda: NOW).state(profile)


def z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# SSO -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2026-11-29T17:00:00Z", "2026-11-29T17:00:00UTC", "2026-11-29T18:00:00+01:00"])
def test_a_token_of_either_version_of_the_aws_cli_counts(written: str, tmp_path: Path) -> None:
    put_token(tmp_path, written)
    assert state(tmp_path, {"p": SSO}) == SignInState(SignedIn.YES, LATER)


def test_the_older_form_has_its_token_by_start_url(tmp_path: Path) -> None:
    older = {"sso_start_url": "https://x/start#/", "sso_region": "r", "sso_account_id": "1", "sso_role_name": "R"}
    put_token(tmp_path, z(LATER), key="https://x/start#/", refreshToken="r", clientId="c", clientSecret="s")
    assert state(tmp_path, {"p": older}) == SignInState(SignedIn.YES, LATER)


def test_no_token_is_signed_out(tmp_path: Path) -> None:
    assert state(tmp_path, {"p": SSO}) == SignInState(SignedIn.NO)


def test_an_expired_token_says_since_when(tmp_path: Path) -> None:
    put_token(tmp_path, z(EARLIER))
    assert state(tmp_path, {"p": SSO}) == SignInState(SignedIn.NO, EARLIER)


def test_an_expired_token_that_botocore_may_renew_is_not_known(tmp_path: Path) -> None:
    renewal: dict[str, Any] = {"refreshToken": "r", "clientId": "c", "clientSecret": "s"}
    put_token(tmp_path, z(EARLIER), registrationExpiresAt=z(LATER), **renewal)
    assert state(tmp_path, {"p": SSO}) == SignInState(SignedIn.NOT_KNOWN, EARLIER, renews_itself=True)
    put_token(tmp_path, z(EARLIER), registrationExpiresAt=z(EARLIER), **renewal)
    assert state(tmp_path, {"p": SSO}) == SignInState(SignedIn.NO, EARLIER)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("", "is not whole"),
        ('{"accessToken": "t", "expi', "is not whole"),
        ("[]", "is not whole"),
        ('{"clientId": "c"}', "its token file is not whole"),
        ('{"accessToken": "t", "expiresAt": "2026-11-29T17:00:00"}', "no time zone"),
        ('{"accessToken": "t", "expiresAt": 1}', "missing"),
    ],
)
def test_a_token_that_botocore_cannot_use_is_broken(content: str, note: str, tmp_path: Path) -> None:
    put(tmp_path, f"sso/cache/{hashlib.sha1(b'acme').hexdigest()}.json", content)
    found = state(tmp_path, {"p": SSO})
    assert found.signed_in is SignedIn.BROKEN
    assert note in found.note


def test_a_date_that_is_not_understood_is_not_known(tmp_path: Path) -> None:
    put_token(tmp_path, "Sunday")
    assert state(tmp_path, {"p": SSO}).signed_in is SignedIn.NOT_KNOWN


def test_a_token_from_the_future_shows_a_clock_that_is_off(tmp_path: Path) -> None:
    put_token(tmp_path, z(LATER), written=NOW + timedelta(hours=1))
    found = state(tmp_path, {"p": SSO})
    assert found.signed_in is SignedIn.NOT_KNOWN
    assert found.note == "this machine's clock may be 60 min off"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_in_the_cache_is_not_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "sso" / "cache" / f"{hashlib.sha1(b'acme').hexdigest()}.json"
    path.parent.mkdir(parents=True)
    make(path)
    found = state(tmp_path, {"p": SSO})
    assert (found.signed_in, found.note) == (SignedIn.BROKEN, f"{path.name} is not a file")


@given(st.text(max_size=12))
def test_the_file_of_a_session_is_the_one_that_botocore_reads(name: str) -> None:
    asked: list[str] = []

    class Cache(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            asked.append(str(key))
            return False

    with pytest.raises(SSOTokenLoadError):
        SSOTokenLoader(Cache())("https://x", session_name=name)
    assert asked == [hashlib.sha1(name.encode()).hexdigest()]


@given(st.one_of(st.text(max_size=30), st.none(), st.integers(), st.datetimes().map(str)))
def test_no_date_raises_and_none_is_naive(value: object) -> None:
    read, _ = instant(value)
    assert read is None or read.tzinfo is UTC


# Roles ---------------------------------------------------------------------------------------


def put_role_session(folder: Path, settings: dict[str, str], ends: datetime, written: datetime) -> None:
    keys = {"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": z(ends)}
    put(folder, f"cli/cache/{role_session_key(settings)}.json", {"Credentials": keys}, written)


def test_a_role_is_as_its_source_is(tmp_path: Path) -> None:
    assert state(tmp_path, {"p": ROLE, "base": KEYS}) == SignInState(SignedIn.ALWAYS)
    assert state(tmp_path, {"p": ROLE, "base": SSO}) == SignInState(SignedIn.NO)
    put_token(tmp_path, z(LATER))
    assert state(tmp_path, {"p": ROLE, "base": SSO}) == SignInState(SignedIn.YES, LATER)


def test_a_role_with_mfa_asks_for_a_code(tmp_path: Path) -> None:
    assert state(tmp_path, {"p": ROLE | MFA, "base": KEYS}) == SignInState(SignedIn.ASKS_CODE)
    middle = {"role_arn": "arn:aws:iam::1:role/M", "source_profile": "s"} | MFA
    assert state(tmp_path, {"p": ROLE, "base": middle, "s": KEYS}) == SignInState(SignedIn.ASKS_CODE)
    # Without a sign-in of its source no code helps.
    assert state(tmp_path, {"p": ROLE | MFA, "base": SSO}) == SignInState(SignedIn.NO)


def test_a_session_that_the_aws_cli_keeps_counts_until_botocore_asks_for_another(tmp_path: Path) -> None:
    profiles = {"p": ROLE | MFA, "base": KEYS}
    ends = NOW + timedelta(minutes=40)
    put_role_session(tmp_path, ROLE | MFA, ends, ends - timedelta(hours=1))
    assert state(tmp_path, profiles) == SignInState(SignedIn.YES, ends)
    ends = NOW + timedelta(minutes=14)
    put_role_session(tmp_path, ROLE | MFA, ends, ends - timedelta(hours=1))
    assert state(tmp_path, profiles) == SignInState(SignedIn.ASKS_CODE)


def test_a_session_that_lasts_too_long_shows_a_clock_that_is_off(tmp_path: Path) -> None:
    ends = NOW + timedelta(minutes=100)
    put_role_session(tmp_path, ROLE | MFA, ends, NOW - timedelta(minutes=20))
    found = state(tmp_path, {"p": ROLE | MFA, "base": KEYS})
    assert (found.signed_in, found.note) == (SignedIn.NOT_KNOWN, "this machine's clock may be 60 min off")
    longer = ROLE | MFA | {"duration_seconds": "7200"}
    put_role_session(tmp_path, longer, ends, NOW - timedelta(minutes=20))
    assert state(tmp_path, {"p": longer, "base": KEYS}) == SignInState(SignedIn.YES, ends)


# The other kinds -----------------------------------------------------------------------------


def test_keys_need_no_sign_in(tmp_path: Path) -> None:
    assert state(tmp_path, {"p": KEYS}) == SignInState(SignedIn.ALWAYS)


def test_temporary_keys_tell_only_if_their_writer_noted_it(tmp_path: Path) -> None:
    temporary = KEYS | {"aws_session_token": "t"}
    assert state(tmp_path, {"p": temporary}).signed_in is SignedIn.NOT_KNOWN
    noted = temporary | {"x_security_token_expires": "2026-11-29T10:00:00Z"}
    assert state(tmp_path, {"p": noted}) == SignInState(SignedIn.NO, EARLIER)


def test_what_cannot_work_is_broken(tmp_path: Path) -> None:
    missing = state(tmp_path, {"p": {"credential_process": "./creds.sh --x"}})
    assert (missing.signed_in, missing.note) == (SignedIn.BROKEN, "./creds.sh not found")
    loop = state(tmp_path, {"p": ROLE | {"source_profile": "p"}})
    assert loop.signed_in is SignedIn.BROKEN
    assert loop.note.endswith("p → p")


def test_a_broken_file_stops_every_profile(tmp_path: Path) -> None:
    files = AwsFiles({"p": KEYS}, trouble="The file x cannot be read: line 1.")
    states = SignInFiles(files, KeptCredentials(tmp_path), {}, lambda: NOW)
    found = states.state(ProfileKinds(files).profile("p"))
    assert found == SignInState(SignedIn.BROKEN, note="the AWS configuration cannot be read")


def test_a_program_is_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "creds.sh"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    assert state(tmp_path, {"p": {"credential_process": str(program)}}).signed_in is SignedIn.NOT_KNOWN
    assert not ran.exists()


def put_login(folder: Path, ends: datetime, written: datetime) -> None:
    name = hashlib.sha256(LOGIN_ARN.encode()).hexdigest()
    held = {"accessToken": {"expiresAt": z(ends)}, "refreshToken": "r", "dpopKey": "k", "clientId": "c"}
    put(folder, f"login/cache/{name}.json", held, written)


def test_a_sign_in_of_aws_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = {"p": {"login_session": LOGIN_ARN}}
    monkeypatch.setattr(sign_in_files, "_has_crt", lambda: True)
    assert state(tmp_path, profiles) == SignInState(SignedIn.NO)
    soon = NOW + timedelta(minutes=5)
    put_login(tmp_path, soon, NOW - timedelta(minutes=10))
    assert state(tmp_path, profiles) == SignInState(SignedIn.YES, soon, renews_itself=True)
    put_login(tmp_path, EARLIER, EARLIER)
    assert state(tmp_path, profiles) == SignInState(SignedIn.NOT_KNOWN, EARLIER, renews_itself=True)
    put_login(tmp_path, EARLIER, NOW - timedelta(hours=13))
    assert state(tmp_path, profiles) == SignInState(SignedIn.NO, EARLIER)
    put_login(tmp_path / "moved", soon, NOW)
    (tmp_path / "moved" / "login" / "cache").rename(tmp_path / "elsewhere")
    moved = state(tmp_path, profiles, AWS_LOGIN_CACHE_DIRECTORY=str(tmp_path / "elsewhere"))
    assert moved.signed_in is SignedIn.YES
    monkeypatch.setattr(sign_in_files, "_has_crt", lambda: False)
    assert state(tmp_path, profiles) == SignInState(SignedIn.BROKEN, note="needs the Python package awscrt")


def test_a_web_identity_is_as_good_as_its_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    profiles = {"p": {"web_identity_token_file": str(path), "role_arn": "arn:aws:iam::1:role/R"}}
    assert state(tmp_path, profiles).note == f"{path} not found"
    for ends, signed_in in ((LATER, SignedIn.YES), (EARLIER, SignedIn.NO)):
        claims = base64.urlsafe_b64encode(json.dumps({"exp": ends.timestamp()}).encode()).decode().rstrip("=")
        put(tmp_path, "token", f"e30.{claims}.sig")
        assert state(tmp_path, profiles) == SignInState(signed_in, ends)
    put(tmp_path, "token", "no JWT")
    assert state(tmp_path, profiles) == SignInState(SignedIn.NOT_KNOWN)


def test_the_environment(tmp_path: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
    assert state(tmp_path, {}, "", **keys) == SignInState(SignedIn.ALWAYS)
    assert state(tmp_path, {}, "", **keys, AWS_SESSION_TOKEN="t").signed_in is SignedIn.NOT_KNOWN
    dated = state(tmp_path, {}, "", **keys, AWS_SESSION_TOKEN="t", AWS_CREDENTIAL_EXPIRATION=z(EARLIER))
    assert dated == SignInState(SignedIn.NO, EARLIER)


def test_what_botocore_writes_is_what_is_read(tmp_path: Path) -> None:
    key = role_session_key(ROLE)
    ends = (NOW + timedelta(minutes=50)).replace(tzinfo=UTC)
    keys = {"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": ends}
    JSONFileCache(str(tmp_path / "cli" / "cache"))[key] = {"Credentials": keys}
    assert KeptCredentials(tmp_path).role_session(ROLE).ends == ends


def test_the_provider_that_wins_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_files, "_has_crt", lambda: True)
    # `aws login` comes before keys of the configuration file, and a program does, too.
    assert state(tmp_path, {"p": KEYS | {"login_session": LOGIN_ARN}}) == SignInState(SignedIn.NO)
    assert state(tmp_path, {"p": KEYS | {"credential_process": "/bin/echo"}}) == SignInState(SignedIn.NOT_KNOWN)
