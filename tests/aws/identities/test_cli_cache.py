"""The AWS CLI's cache of role sessions: what is used of it, and how it is written."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smtui.aws.identities.cli_cache import CliCache
from smtui.domain.text import harmless

KEY = "5f0b1c2d"


def entry(minutes: float = 60, **changed: object) -> dict[str, Any]:
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    keys = {"AccessKeyId": "ASIAONE", "SecretAccessKey": "a-secret-to-mask", "SessionToken": "a-token-to-mask"}
    return {"Credentials": {**keys, "Expiration": ends, **changed}, "AssumedRoleUser": {"Arn": "arn:role"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cli" / "cache"


def test_an_entry_is_written_as_the_cli_writes_it(folder: Path) -> None:
    CliCache(lambda: folder).keep(KEY, entry())
    (path,) = folder.iterdir()
    assert path.name == f"{KEY}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    written = json.loads(path.read_text())
    ends = written["Credentials"]["Expiration"]
    assert datetime.strptime(ends, "%Y-%m-%dT%H:%M:%S%Z").strftime("%Y-%m-%dT%H:%M:%SUTC") == ends
    assert written["AssumedRoleUser"] == {"Arn": "arn:role"}
    found = CliCache(lambda: folder).fresh(KEY)
    assert found == written


@pytest.mark.parametrize("ends", ["{}T09:00:00Z", "{}T09:00:00UTC", "{}T09:00:00+00:00"])
def test_every_way_to_write_the_end_is_read(folder: Path, ends: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    CliCache(lambda: folder).keep(KEY, entry(Expiration=ends.format(tomorrow)))
    assert CliCache(lambda: folder).fresh(KEY) is not None


def test_its_secrets_are_masked_from_then_on(folder: Path) -> None:
    CliCache(lambda: folder).keep(KEY, entry(SecretAccessKey="secret-number-one", SessionToken="token-number-one"))
    CliCache(lambda: folder).fresh(KEY)
    assert harmless("secret-number-one token-number-one") == "*** ***"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"Credentials": []}',
        '{"Credentials": {"Expiration": "2999-01-01T00:00:00Z"}}',
        json.dumps(entry(Expiration="soon")),
        json.dumps(entry(Expiration="2999-01-01T00:00:00")),
        json.dumps(entry(Expiration="2999-01-01T00:00:00Z", SessionToken=None)),
        "[" * 100_000,
        " " * (1 << 20) + json.dumps(entry(Expiration="2999-01-01T00:00:00Z")),
    ],
    ids=range(12),
)
def test_what_cannot_be_used_counts_for_nothing(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / f"{KEY}.json").write_text(content)
    assert CliCache(lambda: folder).fresh(KEY) is None


@pytest.mark.parametrize("minutes", [-1, 0, 14])
def test_an_entry_that_ends_soon_counts_for_nothing(folder: Path, minutes: float) -> None:
    CliCache(lambda: folder).keep(KEY, entry(minutes))
    assert CliCache(lambda: folder).fresh(KEY) is None


def test_a_pipe_in_its_place_is_not_waited_for(folder: Path) -> None:
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"{KEY}.json")
    assert CliCache(lambda: folder).fresh(KEY) is None


def test_a_folder_in_its_place_is_not_read_and_costs_no_descriptor(folder: Path) -> None:
    (folder / f"{KEY}.json").mkdir(parents=True)
    before = os.dup(0)
    os.close(before)
    assert CliCache(lambda: folder).fresh(KEY) is None
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_a_link_in_its_place_is_replaced_and_its_target_left_alone(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    other = tmp_path / "other"
    other.write_text("theirs")
    (folder / f"{KEY}.json").symlink_to(other)
    CliCache(lambda: folder).keep(KEY, entry())
    assert other.read_text() == "theirs"
    assert not (folder / f"{KEY}.json").is_symlink()


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_costs_one_sentence_and_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    cache = CliCache(lambda: folder, told.append)
    monkeypatch.setattr("os.fsync", full)
    cache.keep(KEY, entry())
    cache.keep("another", entry())
    assert told == [
        "~/.aws/cli/cache cannot be written: No space left on device. smtui keeps the role's session until it ends;"
        " the AWS CLI will ask for its own."
    ]
    assert list(folder.iterdir()) == []
    assert cache.fresh(KEY) is not None
    monkeypatch.undo()
    cache.keep(KEY, entry())
    (folder / f"{KEY}.json").unlink()
    assert cache.fresh(KEY) is None, "once it could be written, the file alone counts"


def test_a_folder_of_another_user_gets_no_keys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr("os.geteuid", lambda: folder.stat().st_uid + 1)
    told: list[str] = []
    CliCache(lambda: folder, told.append).keep(KEY, entry())
    assert list(folder.iterdir()) == []
    assert "it belongs to another user" in told[0]


def test_a_home_that_is_not_known_costs_a_sentence() -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    told: list[str] = []
    cache = CliCache(nowhere, told.append)
    assert cache.fresh(KEY) is None
    cache.keep(KEY, entry())
    assert cache.fresh(KEY) is not None
    assert "Could not determine home directory" in told[0]


def test_refused_keys_are_not_used_again(folder: Path) -> None:
    cache = CliCache(lambda: folder)
    cache.keep(KEY, entry())
    cache.distrust("ASIAONE")
    assert cache.fresh(KEY) is None
    cache.keep(KEY, entry(AccessKeyId="ASIATWO"))
    assert cache.fresh(KEY) is not None
