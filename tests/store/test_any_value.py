"""Any value in any place of any file of ours: the live list comes all the same, and nothing is raised."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtui.cli.list_nodes import as_dict, table
from smtui.domain.document_history import DocumentHistory
from smtui.domain.forward import Destination
from smtui.domain.node import Ec2Facts, SsmFacts
from smtui.domain.node_search import haystack
from smtui.domain.place import Caller, Place
from smtui.domain.preset import Preset, PresetsUnusable
from smtui.domain.readiness import readiness
from smtui.domain.roster import Snapshot
from smtui.domain.stored_list import BrokenList, Part
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.store.document_history_file import DocumentHistoryFile
from smtui.store.journal_file import system_id
from smtui.store.node_cache import NodeCache
from smtui.store.presets.preset_file import FILE_NAME, PresetFile
from smtui.store.session_journal import SessionJournal
from tests.domain.build import NOW, ago, ec2_facts, ssm_facts
from tests.engine.fakes import FakeAws, FakePlaces
from tests.store.any_value import ANY_JSON, mutated

PLACE = Place("ops", "eu-west-1")
ACCOUNT = "111122223333"
EXAMPLES = settings(max_examples=200, deadline=None)
BYTES = st.binary(max_size=200) | st.sampled_from([b"", b"\xef\xbb\xbf{}", b"[" * 5000, b'{"a":' * 5000, b"\x00"])


@contextmanager
def folder() -> Iterator[Path]:
    """Of its own for each example."""
    with TemporaryDirectory() as name:
        yield Path(name)


def saved(save: Callable[[Path], object]) -> Any:
    """What a store writes."""
    with folder() as where:
        save(where)
        [path] = (each for each in where.iterdir() if each.is_file())
        return json.loads(path.read_text())


# The list of nodes -------------------------------------------------------------------------------

SNAPSHOT = Snapshot(
    Caller(ACCOUNT, "arn", "AIDA", "eu-west-1"),
    ago(90),
    (
        ssm_facts("i-00000001", seen_at=ago(100), agent_version="3.1.0.0"),
        ssm_facts("i-00000009", seen_at=ago(100), is_latest_agent=False, registered_at=ago(1e6)),
    ),
    (ec2_facts("i-00000001", seen_at=ago(95), tags={"env": "old"}, launched_at=ago(1e6)),),
)
CACHED = saved(lambda where: NodeCache(where).save(PLACE, SNAPSHOT))
"""Its one line: so few nodes have no rest."""


def with_first(side: str, **columns: list[Any]) -> dict[str, Any]:
    first = CACHED["first"]
    return {**CACHED, "first": {**first, side: {**first[side], **columns}}}


def live() -> FakeAws:
    return FakeAws(
        managed=[[ssm_facts("i-00000001", seen_at=NOW), ssm_facts("i-00000002", seen_at=NOW)]],
        machines=[[ec2_facts("i-00000001", seen_at=NOW)]],
        account=ACCOUNT,
    )


async def listed(cache: NodeCache | None) -> tuple[list[Any], list[Any]]:
    """What is shown before and after the live list has come."""
    clock = NOW - timedelta(seconds=1)
    fleet = Fleet(FakePlaces(live()), [PLACE], OffLoop(4), lambda: clock, cache)
    await fleet.restore()
    early = list(fleet.nodes())
    now = fleet.clock()
    for node in early:
        assert haystack(node, readiness(node, now))
        json.dumps(as_dict(node, now))
    table(early, now)
    await fleet.refresh()
    return early, sorted(fleet.nodes(), key=lambda node: node.node_id)


@pytest.fixture(scope="module")
def without_cache() -> list[Any]:
    return asyncio.run(listed(None))[1]


def test_the_good_file_is_shown_first(without_cache: list[Any]) -> None:
    """Else the tests below could not fail."""
    with folder() as where:
        cache = NodeCache(where)
        cache.save(PLACE, SNAPSHOT)
        early, late = asyncio.run(listed(cache))
    assert {node.node_id for node in early} == {"i-00000001", "i-00000009"}
    assert late == without_cache


@EXAMPLES
@given(mutated(CACHED) | ANY_JSON)
@example(with_first("ssm", node_id=["i-00000003"] * 2, seen_at=["2900-01-01T00:00:00+00:00"] * 2))
@example(with_first("ssm", node_id=[["i-00000003"], "i-00000004"]))
@example(with_first("ssm", seen_at=["2026-11-22T12:00:00"] * 2))
@example(with_first("ec2", tags=[{"env": ["old"]}]))
@example(with_first("ec2", node_id=["i-00000001", "i-00000009"]))
@example({**CACHED, "nodes": 3})
@example({**CACHED, "complete_at": "2026-11-22T11:00:00"})
@example({**CACHED, "caller": {**CACHED["caller"], "account": None}})
def test_a_list_of_any_shape(without_cache: list[Any], stored: Any) -> None:
    told: list[str] = []
    with folder() as where:
        cache = NodeCache(where, tell=told.append)
        cache.save(PLACE, SNAPSHOT)
        [path] = (each for each in where.iterdir() if each.is_file())
        path.write_text(json.dumps(stored) + "\n")
        snapshot = read_whole(cache)
        check(snapshot)
        early, late = asyncio.run(listed(cache))
        assert late == without_cache
        assert early == [] or snapshot is not None
        if snapshot is None and isinstance(stored, dict) and stored.get("format") == CACHED["format"]:
            assert str(path) in told[0], "whoever has no list learns why"
        again = read_whole(cache)
        assert again is not None, "the next complete reading replaced it"
        assert {facts.node_id for facts in again.ssm} == {"i-00000001", "i-00000002"}


def read_whole(cache: NodeCache) -> Part | None:
    """All nodes; None if any part cannot be read."""
    stored = cache.load(PLACE)
    if stored is None:
        return None
    try:
        parts = [stored.head.first, stored.head.widest, *stored.rest()]
    except BrokenList:
        return None
    return Part(tuple(each for part in parts for each in part.ssm), tuple(each for part in parts for each in part.ec2))


def check(part: Part | None) -> None:
    """Every value is of its own type."""
    for facts in (*part.ssm, *part.ec2) if part else ():
        assert isinstance(facts, SsmFacts | Ec2Facts)
        assert facts.seen_at.tzinfo is not None
        assert isinstance(facts.node_id, str)
        for date in (getattr(facts, "last_ping", None), getattr(facts, "launched_at", None)):
            assert date is None or date.tzinfo is not None


@EXAMPLES
@given(BYTES)
def test_a_list_of_any_bytes(without_cache: list[Any], content: bytes) -> None:
    with folder() as where:
        cache = NodeCache(where)
        cache.save(PLACE, SNAPSHOT)
        [path] = (each for each in where.iterdir() if each.is_file())
        path.write_bytes(content)
        assert asyncio.run(listed(cache)) == ([], without_cache)


# Documents used last -----------------------------------------------------------------------------

RECENT = saved(lambda where: DocumentHistoryFile(where).add("Acme-Tail", "i-00000001", {"logpath": "/var/log/a"}))


@EXAMPLES
@given(mutated(RECENT) | ANY_JSON)
def test_documents_of_any_shape(stored: Any) -> None:
    told: list[str] = []
    with folder() as where:
        recent = DocumentHistoryFile(where, told.append)
        path = where / "documents.json"
        path.write_text(json.dumps(stored))
        found = recent.load()
        assert all(isinstance(name, str) for name in found.recent)
        for entry in found.entries:
            assert all(isinstance(each, str) for pair in entry.texts.items() for each in pair)
        assert found != DocumentHistory() or not told or not path.exists()
        assert recent.add("Acme-Exit", "i-00000001", {"status": "7"})
        assert recent.load().recent[0] == "Acme-Exit"


# The journal -------------------------------------------------------------------------------------

GONE = {"pid": 2**22 + 1, "started": "long ago", "executable": "/bin/smtui"}
ENTRY = {
    "label": "port 80 of web-1",
    "profile": "ops",
    "region": "eu-west-1",
    "endpoint": "https://ssm",
    "owner": "arn:aws:iam::111122223333:user/ops",
    "started_at": NOW.isoformat(),
    "plugin": GONE,
}
START = {
    **{name: ENTRY[name] for name in ("label", "profile", "region", "endpoint", "owner")},
    "target": "i-00000001",
    "document_name": "",
    "reason": "",
    "asked_at": NOW.isoformat(),
}
JOURNAL = {
    "format": 1,
    "system": system_id(),
    "smtui": GONE,
    "sessions": {"s-1": ENTRY, "s-2": {**ENTRY, "plugin": None}},
    "starts": {"a": START},
}


@EXAMPLES
@given(mutated(JOURNAL) | ANY_JSON)
@example({**JOURNAL, "smtui": {**GONE, "pid": 2**70}})
@example({**JOURNAL, "sessions": {"s-1": {**ENTRY, "plugin": {**GONE, "pid": 10**19}}}})
@example({**JOURNAL, "sessions": {"s-1": {**ENTRY, "started_at": "2026-11-22T12:00:00"}}})
def test_a_journal_of_any_shape_costs_no_other(stored: Any) -> None:
    told: list[str] = []
    with folder() as where:
        journal = SessionJournal(where, lambda: NOW, tell=told.append)
        (where / "sessions-1-a.json").write_text(json.dumps(stored))
        good = {**JOURNAL, "sessions": {"s-good": ENTRY}, "starts": {}}
        (where / "sessions-2-b.json").write_text(json.dumps(good))
        remains = journal.remains()
        found = remains.sessions
        assert "s-good" in {orphan.session_id for orphan in found}
        for orphan in found:
            assert orphan.started_at.tzinfo is not None
            journal.end_plugin(orphan)
            journal.settle(orphan)
        for start in remains.starts:
            assert start.asked_at.tzinfo is not None
            journal.forget(start)
        assert not journal.remains().sessions
        assert not journal.remains().starts
        assert all("sessions-1-a.json" in sentence for sentence in told)


def test_the_good_journal_is_read() -> None:
    """Else the test above could not fail."""
    with folder() as where:
        (where / "sessions-1-a.json").write_text(json.dumps(JOURNAL))
        assert [each.session_id for each in SessionJournal(where, lambda: NOW).remains().sessions] == ["s-1", "s-2"]


@EXAMPLES
@given(BYTES)
def test_a_journal_of_any_bytes(content: bytes) -> None:
    with folder() as where:
        (where / "sessions-1-a.json").write_bytes(content)
        assert SessionJournal(where).remains().sessions == ()


# Presets -----------------------------------------------------------------------------------------

PRESETS = {
    "preset": [
        {"name": "Shop", "port": 80, "command": ["curl", "http://{local_host}:{local_port}/"]},
        {"name": "Orders", "target": "tag:role=bastion", "host": "db.internal", "port": 5432, "local_port": 15432},
    ],
    "theme": {"name": "dark"},
}
ANY_TOML = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from([2**63, 10**4000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NEW = Preset("New one", Destination(8080))


def toml(value: Any) -> str:
    """One value, all of it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return hex(value) if value > 10**19 else str(value)
    return "nan" if math.isnan(value) else f"{value!r}"


def quoted(text: str) -> str:
    return '"' + "".join(each if each.isalnum() and each.isascii() else f"\\U{ord(each):08x}" for each in text) + '"'


def toml_file(data: Any) -> str:
    """With `[[preset]]` tables where that is what there is."""
    lines = []
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "preset" and isinstance(value, list) and all(isinstance(each, dict) for each in value):
            for each in value:
                lines += ["[[preset]]", *(f"{quoted(name)} = {toml(inner)}" for name, inner in each.items())]
        else:
            lines.insert(0, f"{quoted(key)} = {toml(value)}")
    return "\n".join(lines)


@EXAMPLES
@given(mutated(PRESETS, ANY_TOML).map(toml_file))
@example("preset." + "a." * 3_000 + "b = 1")
@example("[[preset]]\nname = 'Shop'\nport." + "a." * 3_000 + "b = 1")
@example("[[preset]]\nname = 'Shop'\nport = 0x" + "F" * 5000)
@example("a = " + "[" * 5000 + "]" * 5000)
def test_presets_of_any_shape_are_never_harmed(text: str) -> None:
    with folder() as where:
        path = where / FILE_NAME
        path.write_text(text, encoding="utf-8")
        presets = PresetFile(where)
        found = presets.load()
        assert not found.problem or str(path) in found.problem
        assert path.read_text(encoding="utf-8") == text, "reading changes nothing"
        with suppress(PresetsUnusable):
            presets.save(NEW, "")
        after = path.read_text(encoding="utf-8")
        assert after == text or after.startswith(text.rstrip())
        again = PresetFile(where).load()
        assert (NEW in again.presets) == (after != text)


@EXAMPLES
@given(BYTES)
def test_presets_of_any_bytes_are_never_harmed(content: bytes) -> None:
    with folder() as where:
        path = where / FILE_NAME
        path.write_bytes(content)
        presets = PresetFile(where)
        if presets.load().problem:
            with pytest.raises(PresetsUnusable):
                presets.save(NEW, "")
            assert path.read_bytes() == content
        else:
            presets.save(NEW, "")
            assert NEW in presets.load().presets
