"""Tokens and clients in the AWS CLI's files: botocore reads ours, we read those of others, and what keeps us out."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.utils import JSONFileCache, SSOTokenLoader

from smtui.aws.identities.token_files import TokenFiles, registration_key, token_key
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sso_values import ClientRegistration, SsoToken, TokenNotKept
from smtui.domain.text import KNOWN_SECRETS, MASK

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
SESSION = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
LEGACY = SsoSession("", "https://acme.awsapps.com/start", "eu-west-1")
CLIENT = ClientRegistration("client-id-1", "client-secret-1", NOW + timedelta(days=90))
TOKEN = SsoToken("access-token-1", NOW + timedelta(hours=8), "refresh-token-1")
ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".aws" / "sso" / "cache"


def files(folder: Path) -> TokenFiles:
    return TokenFiles(lambda: folder, lambda: NOW)


def written(folder: Path, session: SsoSession) -> Mapping[str, Any]:
    held: dict[str, Any] = json.loads((folder / f"{token_key(session)}.json").read_text())
    return held


def put(folder: Path, session: SsoSession, **held: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{token_key(session)}.json"
    path.write_text(json.dumps(held))
    return path


def test_token_file_is_the_aws_clis(folder: Path) -> None:
    path = Path(files(folder).keep_token(SESSION, CLIENT, TOKEN))
    assert path.name == f"{hashlib.sha1(b'acme').hexdigest()}.json"
    assert written(folder, SESSION) == {
        "startUrl": "https://acme.awsapps.com/start",
        "region": "eu-west-1",
        "accessToken": "access-token-1",
        "expiresAt": "2026-11-29T17:00:00Z",
        "clientId": "client-id-1",
        "clientSecret": "client-secret-1",
        "registrationExpiresAt": "2027-02-27T09:00:00Z",
        "refreshToken": "refresh-token-1",
    }


@ON_POSIX
def test_only_the_user_can_read_what_we_made(folder: Path) -> None:
    before = os.umask(0)
    try:
        path = Path(files(folder).keep_token(SESSION, CLIENT, TOKEN))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_token_of_the_older_form_is_named_by_its_start_url(folder: Path) -> None:
    path = Path(files(folder).keep_token(LEGACY, CLIENT, replace(TOKEN, refresh_token="")))
    assert path.stem == hashlib.sha1(LEGACY.start_url.encode()).hexdigest()
    assert "refreshToken" not in written(folder, LEGACY)


def test_botocore_loads_both_forms(folder: Path) -> None:
    files(folder).keep_token(SESSION, CLIENT, TOKEN)
    files(folder).keep_token(LEGACY, CLIENT, TOKEN)
    loader = SSOTokenLoader(JSONFileCache(str(folder)))
    assert loader(SESSION.start_url, session_name="acme")["accessToken"] == "access-token-1"
    assert loader(LEGACY.start_url)["accessToken"] == "access-token-1"


@pytest.mark.parametrize(
    "expires_at",
    ["2026-11-29T17:00:00Z", "2026-11-29T17:00:00UTC", "2026-11-29T18:00:00+01:00", "2026-11-29T17:00:00.000000Z"],
)
def test_tokens_of_other_writers_are_read(folder: Path, expires_at: str) -> None:
    put(folder, SESSION, accessToken="of-the-aws-cli-1", expiresAt=expires_at, region="eu-west-1", startUrl="u")
    kept = files(folder).token(SESSION)
    assert kept is not None
    assert kept.token.access_token == "of-the-aws-cli-1"
    assert kept.token.expires_at == NOW + timedelta(hours=8)
    assert kept.client is None


@pytest.mark.parametrize(
    "held",
    [
        {},
        {"accessToken": "a"},
        {"accessToken": 7, "expiresAt": "2026-11-29T17:00:00Z"},
        {"accessToken": "a", "expiresAt": "2026-11-29T17:00:00"},
        {"accessToken": "a", "expiresAt": "tomorrow"},
        {"accessToken": "a", "expiresAt": "Sunday"},
        {"accessToken": "a", "expiresAt": "9999-12-31T23:00:00-23:00"},
        {"accessToken": "a", "expiresAt": None},
        {"clientId": "a registration", "clientSecret": "s", "expiresAt": "2026-11-29T17:00:00Z"},
    ],
)
def test_what_is_no_token_is_none(folder: Path, held: dict[str, Any]) -> None:
    put(folder, SESSION, **held)
    assert files(folder).token(SESSION) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"accessToken": '])
def test_half_a_file_is_none_and_is_replaced(folder: Path, text: str) -> None:
    put(folder, SESSION).write_text(text)
    assert files(folder).token(SESSION) is None
    files(folder).keep_token(SESSION, CLIENT, TOKEN)
    assert files(folder).token(SESSION) is not None


@ON_POSIX
def test_link_is_replaced_and_its_target_untouched(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    folder.mkdir(parents=True)
    (folder / f"{token_key(SESSION)}.json").symlink_to(elsewhere)
    path = Path(files(folder).keep_token(SESSION, CLIENT, TOKEN))
    assert not path.is_symlink()
    assert elsewhere.read_text() == "mine"


@ON_POSIX
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_not_read(folder: Path, kind: str) -> None:
    folder.mkdir(parents=True)
    path = folder / f"{token_key(SESSION)}.json"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    assert files(folder).token(SESSION) is None


@ON_POSIX
def test_folder_that_anybody_may_write_to_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(TokenNotKept, match=r"cannot be written: every user of this machine may write to it\.$"):
        files(folder).keep_token(SESSION, CLIENT, TOKEN)


@ON_POSIX
def test_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(TokenNotKept, match="belongs to another user"):
        files(folder).keep_token(SESSION, CLIENT, TOKEN)


@ON_POSIX
def test_folder_above_that_anybody_may_write_to_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.parent.chmod(0o777)
    with pytest.raises(TokenNotKept, match=f"every user of this machine may write to {folder.parent}"):
        files(folder).keep_token(SESSION, CLIENT, TOKEN)


@ON_POSIX
def test_root_makes_no_folder_in_the_home_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.stat

    def of_another(path: Path, **_: bool) -> os.stat_result:
        return os.stat_result((*really(path)[:4], 1000, *really(path)[5:]))

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", of_another)
    with pytest.raises(TokenNotKept, match=f"{tmp_path} belongs to another user"):
        files(tmp_path / ".aws" / "sso" / "cache").keep_token(SESSION, CLIENT, TOKEN)
    monkeypatch.undo()
    assert not (tmp_path / ".aws").exists()


def test_full_disk_keeps_the_earlier_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(folder).keep_token(SESSION, CLIENT, replace(TOKEN, access_token="earlier-token"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TokenNotKept, match="No space left on device") as raised:
        files(folder).keep_token(SESSION, CLIENT, TOKEN)
    assert "access-token-1" not in str(raised.value)
    assert written(folder, SESSION)["accessToken"] == "earlier-token"
    assert len(list(folder.iterdir())) == 1


def test_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / ".aws").write_text("")
    with pytest.raises(TokenNotKept, match="cannot be written"):
        files(tmp_path / ".aws" / "sso" / "cache").keep_token(SESSION, CLIENT, TOKEN)


def test_client_file_is_the_aws_clis(folder: Path) -> None:
    """The name is the SHA-1 of these facts, written as Python's json does by default."""
    facts = (
        '{"region": "eu-west-1", "scopes": ["sso:account:access"], "session_name": "acme", '
        '"startUrl": "https://acme.awsapps.com/start", "tool": "botocore"}'
    )
    assert registration_key(SESSION) == hashlib.sha1(facts.encode()).hexdigest()
    legacy = facts.replace('["sso:account:access"]', "null").replace('"acme",', "null,")
    assert registration_key(LEGACY) == hashlib.sha1(legacy.encode()).hexdigest()
    files(folder).keep_client(SESSION, CLIENT, by_browser=True)
    held = json.loads((folder / f"{registration_key(SESSION)}.json").read_text())
    assert held == {
        "clientId": "client-id-1",
        "clientSecret": "client-secret-1",
        "expiresAt": "2027-02-27T09:00:00Z",
        "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
    }


def test_each_way_has_its_own_client(folder: Path) -> None:
    kept = files(folder)
    kept.keep_client(SESSION, CLIENT, by_browser=True)
    assert kept.client(SESSION, by_browser=True) == CLIENT
    assert kept.client(SESSION, by_browser=False) is None
    kept.keep_client(SESSION, CLIENT, by_browser=False)
    assert kept.client(SESSION, by_browser=False) == CLIENT
    assert kept.client(SESSION, by_browser=True) is None
    assert kept.client(replace(SESSION, scopes=()), by_browser=False) is None


@pytest.mark.parametrize(("left", "is_used"), [(timedelta(minutes=16), True), (timedelta(minutes=14), False)])
def test_client_that_soon_ends_is_not_used(folder: Path, left: timedelta, *, is_used: bool) -> None:
    kept = files(folder)
    kept.keep_client(SESSION, replace(CLIENT, expires_at=NOW + left), by_browser=False)
    assert (kept.client(SESSION, by_browser=False) is not None) == is_used


def test_secrets_that_were_read_are_masked(folder: Path) -> None:
    secrets = {"accessToken": "masked-access-4711", "refreshToken": "masked-refresh-4711"}
    put(folder, SESSION, expiresAt="2026-11-29T17:00:00Z", **secrets)
    kept = files(folder).token(SESSION)
    assert "4711" not in repr(kept)
    assert KNOWN_SECRETS.masked(" ".join(secrets.values())) == f"{MASK} {MASK}"
