"""The last known list survives a restart, is its owner's alone, and never fails anybody."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.domain.stored_list import FIRST_ROWS, BrokenList, Part
from smtui.store.file_access import cache_folder, replace_text
from smtui.store.node_cache import NodeCache, StoredNodes
from smtui.store.node_words import node_words
from tests.domain.build import NOW, ec2_facts, ssm_facts

PLACE = Place("ops", "eu-west-1")
SNAPSHOT = Snapshot(
    Caller("111122223333", "arn", "AIDA", "eu-west-1"),
    NOW,
    (ssm_facts("i-00000001"), ssm_facts("mi-0123456789abcdef0", name="edge", last_ping=None, is_latest_agent=False)),
    (ec2_facts("i-00000001", tags={"env": "prod", "[red]": "\x1b"}, launched_at=datetime(2026, 1, 1, tzinfo=UTC)),),
)


def whole(stored: StoredNodes | None) -> Snapshot | None:
    """The head and the rest as one list, sorted."""
    if stored is None:
        return None
    parts = [stored.head.first, *stored.rest()]
    ssm, ec2 = (sorted(chain(*sides), key=lambda facts: facts.node_id) for sides in zip(*map(both, parts), strict=True))
    return Snapshot(stored.head.caller, stored.head.complete_at, tuple(ssm), tuple(ec2))


def both(part: Part) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return part.ssm, part.ec2


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path / "new")
    assert cache.save(PLACE, SNAPSHOT)
    assert whole(cache.load(PLACE)) == SNAPSHOT
    assert cache.load(Place("ops", "eu-west-2")) is None


def test_what_the_environment_chooses_has_a_list_of_its_own(tmp_path: Path) -> None:
    def cache(**environment: str) -> NodeCache:
        return NodeCache(tmp_path, environment)

    assert cache(AWS_PROFILE="ops").save(Place(), SNAPSHOT)
    assert whole(cache(AWS_PROFILE="ops").load(Place())) == SNAPSHOT
    assert cache(AWS_PROFILE="dev").load(Place()) is None
    assert cache(AWS_PROFILE="ops", AWS_REGION="eu-west-2").load(Place()) is None
    assert cache().load(Place()) is None
    assert cache(AWS_PROFILE="ops").save(PLACE, SNAPSHOT)
    assert whole(cache(AWS_PROFILE="dev", AWS_REGION="eu-west-2").load(PLACE)) == SNAPSHOT, "it was named"


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    NodeCache(tmp_path / "new").save(PLACE, SNAPSHOT)
    [file] = (tmp_path / "new").glob("*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_the_names_and_ids_are_kept_for_completion(tmp_path: Path) -> None:
    NodeCache(tmp_path, {"AWS_PROFILE": "ops"}).save(PLACE, SNAPSHOT)
    [path] = (tmp_path / "words").iterdir()
    assert path.name == f"{PLACE.profile or 'ops'}@{SNAPSHOT.caller.region}"
    kept = node_words(str(tmp_path), [PLACE.profile or "ops"], {}, "", 99)
    assert {word for word, _ in kept} >= {entry.node_id for entry in SNAPSHOT.ssm}
    assert {entry.node_id for entry in SNAPSHOT.ec2} <= {word for word, _ in kept}
    assert {entry.name for entry in SNAPSHOT.ec2} - {""} <= {word for word, _ in kept}
    assert path.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]\n", "{}\n", '{"format": 99}\n', '{"format": 2, "caller": {}}\n', "\x00", '"x"\n', "{}"]
)
def test_a_broken_file_is_no_list(tmp_path: Path, text: str) -> None:
    cache = NodeCache(tmp_path)
    cache.save(PLACE, SNAPSHOT)
    [file] = tmp_path.glob("*.jsonl")
    file.write_text(text)
    assert cache.load(PLACE) is None


def test_an_unwritable_folder_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert not NodeCache(blocked / "sub").save(PLACE, SNAPSHOT)


def test_nor_does_it_for_a_list_too_long_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = NodeCache(tmp_path)
    assert cache.save(PLACE, SNAPSHOT)
    monkeypatch.setattr("smtui.store.node_cache.MOST_NODES", 1)
    assert cache.save(PLACE, SNAPSHOT) is False
    assert list(tmp_path.glob("*.json*")) == [], "the earlier, shorter list would be wrong"


def many(count: int) -> Snapshot:
    ids = [f"i-{number:017x}" for number in range(count)]
    ssm = tuple(ssm_facts(each, seen_at=NOW) for each in ids)
    return Snapshot(SNAPSHOT.caller, NOW, ssm, tuple(ec2_facts(each, seen_at=NOW) for each in ids[::2]))


def test_a_long_list_comes_in_parts_and_its_head_first(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path)
    cache.save(PLACE, many(1234))
    stored = cache.load(PLACE)
    assert stored is not None
    assert stored.head.nodes == 1234
    assert len(stored.head.first.node_ids()) == FIRST_ROWS
    assert whole(stored) == many(1234)


def lines_of(folder: Path) -> tuple[Path, list[str]]:
    [file] = folder.glob("*.jsonl")
    return file, file.read_text().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda lines: [*lines[:-1], lines[-1][:-20]], "its last line has no end"),
        (lambda lines: lines[:-1], f"it has {FIRST_ROWS + 1000:,} of 1,234 nodes"),
        (lambda lines: [*lines[:-1], "{}\n"], "ssm is missing"),
        (lambda lines: [*lines, "{"], "its last line has no end"),
        (lambda lines: [*lines[:-1], lines[-1].replace("2026", "2027")], "is later than the latest date"),
    ],
)
def test_a_rest_that_is_spoiled_says_so(tmp_path: Path, spoil: Callable[[list[str]], list[str]], why: str) -> None:
    told: list[str] = []
    cache = NodeCache(tmp_path, tell=told.append)
    cache.save(PLACE, many(1234))
    file, lines = lines_of(tmp_path)
    file.write_text("".join(spoil(lines)))
    stored = cache.load(PLACE)
    assert stored is not None, "its head is as it was"
    with pytest.raises(BrokenList):
        list(stored.rest())
    [sentence] = told
    assert why in sentence
    assert str(file) in sentence


def test_a_line_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    cache = NodeCache(tmp_path, tell=told.append)
    cache.save(PLACE, SNAPSHOT)
    monkeypatch.setattr("smtui.store.node_cache.MOST_LINE_BYTES", 100)
    assert cache.load(PLACE) is None
    assert "it holds more than" in told[0]


def test_a_file_that_is_exchanged_meanwhile_is_read_to_its_end(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path)
    cache.save(PLACE, many(1234))
    stored = cache.load(PLACE)
    cache.save(PLACE, SNAPSHOT)
    assert whole(stored) == many(1234)


def test_the_file_of_an_earlier_version_goes(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path)
    cache.save(PLACE, SNAPSHOT)
    [file] = tmp_path.glob("*.jsonl")
    file.rename(file.with_suffix(".json"))
    cache.save(PLACE, SNAPSHOT)
    assert [each.name for each in tmp_path.glob("*.json*")] == [file.name]


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
