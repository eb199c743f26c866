"""The last known list survives a restart, is its owner's alone, and never fails anybody."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.store.file_access import cache_folder, replace_text
from smtui.store.node_cache import NodeCache
from tests.domain.build import NOW, ec2_facts, ssm_facts

PLACE = Place("ops", "eu-west-1")
SNAPSHOT = Snapshot(
    Caller("111122223333", "arn", "AIDA", "eu-west-1"),
    NOW,
    (ssm_facts("i-00000001"), ssm_facts("mi-0123456789abcdef0", name="edge", last_ping=None, is_latest_agent=False)),
    (ec2_facts("i-00000001", tags={"env": "prod", "[red]": "\x1b"}, launched_at=datetime(2026, 1, 1, tzinfo=UTC)),),
)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path / "new")
    assert cache.save(PLACE, SNAPSHOT)
    assert cache.load(PLACE) == SNAPSHOT
    assert cache.load(Place("ops", "eu-west-2")) is None


def test_what_the_environment_chooses_has_a_list_of_its_own(tmp_path: Path) -> None:
    def cache(**environment: str) -> NodeCache:
        return NodeCache(tmp_path, environment)

    assert cache(AWS_PROFILE="ops").save(Place(), SNAPSHOT)
    assert cache(AWS_PROFILE="ops").load(Place()) == SNAPSHOT
    assert cache(AWS_PROFILE="dev").load(Place()) is None
    assert cache(AWS_PROFILE="ops", AWS_REGION="eu-west-2").load(Place()) is None
    assert cache().load(Place()) is None
    assert cache(AWS_PROFILE="ops").save(PLACE, SNAPSHOT)
    assert cache(AWS_PROFILE="dev", AWS_REGION="eu-west-2").load(PLACE) == SNAPSHOT, "it was named"


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    NodeCache(tmp_path / "new").save(PLACE, SNAPSHOT)
    [file] = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}', '{"format": 1, "caller": {}}', "\x00", '"x"'])
def test_a_broken_file_is_no_list(tmp_path: Path, text: str) -> None:
    cache = NodeCache(tmp_path)
    cache.save(PLACE, SNAPSHOT)
    [file] = tmp_path.iterdir()
    file.write_text(text)
    assert cache.load(PLACE) is None


def test_an_unwritable_folder_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert not NodeCache(blocked / "sub").save(PLACE, SNAPSHOT)


def test_nor_does_it_for_a_list_too_long_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.store.node_cache.MOST_NODES", 0)
    (tmp_path / "file").write_text("")
    assert NodeCache(tmp_path / "file").save(PLACE, SNAPSHOT) is False


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    replace_text(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_folder_can_be_chosen(tmp_path: Path) -> None:
    assert cache_folder({"SMTUI_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert cache_folder({}).name == "smtui"
