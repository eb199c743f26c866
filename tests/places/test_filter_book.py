"""What is remembered of the list: at once, in its file, whoever else writes it, and whatever is wrong with that."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from smtui.domain.place import Place
from smtui.domain.query.filter_memory import (
    LONGEST_FILTER,
    MOST_EARLIER,
    MOST_PINS,
    MOST_SAVED,
    MOST_USED,
    MOST_VIEWS,
    FilterMemory,
    NodeRef,
    View,
)
from smtui.engine.offloop import OffLoop
from smtui.places.filter_book import FilterBook
from smtui.store.filter_file import FILE_NAME, FilterFile, FiltersInMemory

PLACE = Place("ops", "eu-west-1")
FULL = (
    FilterMemory()
    .with_saved("prod web", "tag:env=prod web")
    .with_earlier("web")
    .with_earlier("status:ready")
    .with_pin_turned(NodeRef(PLACE, "i-1"))
    .with_used(NodeRef(Place(), "i-2"))
    .with_view("ops/eu-west-1", View("web", "name", descending=True))
)


def test_everything_comes_back_from_the_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    assert FilterFile(tmp_path).change(lambda _: replace(FULL, pinned_first=True)) == ""
    assert FilterFile(tmp_path).load() == replace(FULL, pinned_first=True)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_entries_are_once_and_the_oldest_make_room() -> None:
    memory = FilterMemory()
    for number in range(2 * MOST_SAVED):
        memory = memory.with_saved(f"f{number}", "x").with_earlier(f"f{number}")
        memory = memory.with_used(NodeRef(PLACE, f"i-{number}")).with_view(f"p{number}", View())
    assert (len(memory.saved), len(memory.earlier)) == (MOST_SAVED, MOST_EARLIER)
    assert (len(memory.used), len(memory.views)) == (MOST_USED, MOST_VIEWS)
    assert memory.earlier[0] == f"f{2 * MOST_SAVED - 1}" == list(memory.saved)[-1]
    again = memory.with_earlier("f300").with_used(NodeRef(PLACE, "i-390"))
    assert (again.earlier[0], again.earlier.count("f300")) == ("f300", 1)
    assert (again.used[0].node_id, len(again.used)) == ("i-390", MOST_USED)
    renamed = memory.with_saved("F399", "y").saved
    assert (len(renamed), list(renamed)[-1], "f399" in renamed) == (MOST_SAVED, "F399", False)
    for number in range(MOST_PINS + 5):
        memory = memory.with_pin_turned(NodeRef(PLACE, f"i-{number}"))
    assert len(memory.pins) == MOST_PINS
    assert memory.with_earlier("x" * (LONGEST_FILTER + 1)) == memory


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"format": 1}',
        json.dumps({"format": 1, "saved": {"": "x"}, "earlier": [], "pins": [], "used": [], "views": {}}),
        json.dumps({"format": 1, "saved": {"a": 3}}),
        json.dumps({"format": 1, "saved": {}, "earlier": ["x" * 3000]}),
        json.dumps({"format": 1, "saved": {}, "earlier": [], "pins": [{}], "used": [], "views": {}}),
        json.dumps({"format": 1, "saved": {}, "earlier": [], "pins": [], "used": [], "views": {}, "pinned_first": 1}),
    ],
)
def test_a_file_that_cannot_be_used_costs_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    said: list[str] = []
    assert FilterFile(tmp_path, said.append).load() == FilterMemory()
    assert [f"renamed to {FILE_NAME}.unusable" in each for each in said] == [True]
    assert FilterFile(tmp_path, said.append).change(lambda memory: memory.with_earlier("web")) == ""
    assert FilterFile(tmp_path).load().earlier == ("web",)


def test_a_newer_format_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"format": 2}')
    assert FilterFile(tmp_path).load() == FilterMemory()


async def test_two_that_write_the_same_file_keep_what_both_wrote(tmp_path: Path) -> None:
    books = [FilterBook(FilterFile(tmp_path), OffLoop()) for _ in range(2)]
    for book in books:
        await book.load()
    assert await books[0].save("one", "web") == ""
    assert await books[1].save("@two", "db") == ""
    assert books[1].turn_pin(PLACE, "i-1")
    assert await books[1].kept() == ""
    books[0].note_used(PLACE, "i-2")
    assert await books[0].kept() == ""
    memory = FilterFile(tmp_path).load()
    assert (memory.saved, len(memory.pins), len(memory.used)) == ({"one": "web", "two": "db"}, 1, 1)
    assert await books[0].forget("TWO") == ""
    assert FilterFile(tmp_path).load().saved == {"one": "web"}


async def test_what_changes_before_the_file_was_read_stays_changed() -> None:
    book = FilterBook(FiltersInMemory(FULL), OffLoop())
    told: list[int] = []
    book.subscribe(lambda: told.append(len(book.now.pins)))
    loading = book.load()
    assert book.turn_pin(PLACE, "i-9")
    await loading
    assert await book.kept() == ""
    await book.load()
    assert [node.node_id for node in book.now.pins] == ["i-1", "i-9"]
    assert not book.turn_pin(PLACE, "i-9")
    assert told[0] == 1
    book.put_pinned_first(first=True)
    book.note_view("ops", View("x"))
    book.note_filter("x")
    assert (book.now.pinned_first, book.now.views["ops"], book.now.earlier[0]) == (True, View("x"), "x")


async def test_a_file_that_cannot_be_written_costs_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")  # a file where the folder should be
    book = FilterBook(FilterFile(tmp_path / "state"), OffLoop())
    assert "cannot be written: " in await book.save("name", "web")
    assert book.now.saved == {"name": "web"}


@pytest.mark.parametrize(("name", "wrong"), [("", "needs a name"), ('a"b', "no quotes"), ("x" * 99, "at most 80")])
async def test_a_name_that_cannot_be_typed_is_refused(name: str, wrong: str) -> None:
    book = FilterBook(FiltersInMemory(), OffLoop())
    assert wrong in await book.save(name, "web")
    assert not book.now.saved
